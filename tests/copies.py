"""Copies of a roster in each form, and random mutations of them, each with what a comparison has to name."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

from mockroster.district import district
from mockroster.fixtures.read.content import File
from mockroster.fixtures.write.export import Export
from mockroster.judge.compare.compare import Options, compare
from mockroster.judge.compare.result import Result
from mockroster.judge.compare.side import Side, side_of_files, side_of_records
from mockroster.roster.defaults import DEFAULTS
from mockroster.roster.record import Records
from mockroster.standard.bindings import BINDINGS
from mockroster.standard.csv import Column, JoinedFile
from mockroster.standard.fields import (
    Date,
    JsonBoolean,
    Listed,
    Member,
    Metadata,
    Number,
    Part,
    Ref,
    Timestamp,
    Uri,
    Vocabulary,
    Year,
)
from mockroster.standard.versions import VERSIONS

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
FORMS = tuple((notation, number) for notation in ("json", "csv") for number in BINDINGS)

Named = tuple[str, str, str, frozenset[str]]
"""Collection, sourcedId, kind and members of a difference."""

Rows = dict[str, list[dict[str, Any]]]
"""The rows of a copy: of JSON by collection, of CSV by file."""

_DATED = {"sourcedId", "status", "dateLastModified"}


@cache
def truth() -> Records:
    """Return the records of a small district."""
    return district(5, 40, NOW)


def truth_side() -> Side:
    """Return these records as a side."""
    return side_of_records("truth", truth())


@dataclass
class Copy:
    """A copy of the district in a form."""

    notation: str
    number: str
    rows: Rows
    named: set[Named] = field(default_factory=set)
    """The differences that the mutations made."""

    def side(self) -> Side:
        """Return the copy as it is read from files."""
        return side_of_files("copy", self.files())

    def files(self) -> list[File]:
        """Return the files of the copy."""
        if self.notation == "json":
            return [File("copy.json", "json", json.dumps(self.rows).encode())]
        return [File(name, "csv", _csv(rows)) for name, rows in self.rows.items()]

    def compared(self) -> Result:
        """Return the differences from the truth."""
        return compare(truth_side(), self.side(), Options())


def copy_in(notation: str, number: str) -> Copy:
    """Return a true copy of the district in a form."""
    export = Export(truth(), notation, number)
    if notation == "json":
        return Copy(notation, number, json.loads(b"".join(export.document())))
    found = ((name, b"".join(pieces).decode()) for name, pieces in export.files())
    return Copy(notation, number, {name: [*csv.DictReader(io.StringIO(text, newline=""))] for name, text in found})


def named(result: Result) -> set[Named]:
    """Return the differences that a comparison names."""
    return {(name, each.sourcedId, each.kind, frozenset(each.members)) for name, each in result.named()}


def mutate(copy: Copy, random: Random) -> None:
    """Make one random mutation of a record that has none yet."""
    choices = _JSON if copy.notation == "json" else _CSV
    while not random.choice(choices)(copy, random):
        pass


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*rows[0]])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _record(copy: Copy, random: Random) -> tuple[str, dict[str, Any], list[dict[str, Any]]] | None:
    """Return collection, row and rows of a record that is active and unchanged, with others left beside it."""
    name = random.choice([*copy.rows])
    collection, rows = name.removesuffix(".csv"), copy.rows[name]
    row = random.choice(rows)
    taken = {(of, sourced_id) for of, sourced_id, *_ in copy.named}
    is_record = collection in truth() and row.get("status", "") in {"", "active"} and len(rows) > 1
    return (collection, row, rows) if is_record and (collection, row["sourcedId"]) not in taken else None


def _drop(copy: Copy, random: Random) -> bool:
    found = _record(copy, random)
    if found is None:
        return False
    collection, row, rows = found
    rows.remove(row)
    copy.named.add((collection, row["sourcedId"], "missing", frozenset()))
    return True


def _add(copy: Copy, random: Random) -> bool:
    found = _record(copy, random)
    if found is None:
        return False
    collection, row, rows = found
    name = f"new-{random.randrange(10**9)}"
    rows.insert(random.randrange(len(rows)), row | {"sourcedId": name})
    needs_parts = copy.notation == "csv" and collection == "users" and copy.number != "1.1"
    if needs_parts:
        roles = copy.rows["roles.csv"]
        roles += [part | {"sourcedId": f"{part['sourcedId']}-{name}", "userSourcedId": name} for part in roles[:1]]
    copy.named.add((collection, name, "extra", frozenset()))
    return True


def _double(copy: Copy, random: Random) -> bool:
    found = _record(copy, random)
    if found is None:
        return False
    collection, row, rows = found
    rows.insert(random.randrange(len(rows)), dict(row))
    copy.named.add((collection, row["sourcedId"], "duplicated", frozenset()))
    return True


def _delete(copy: Copy, random: Random) -> bool:
    found = _record(copy, random)
    if found is None:
        return False
    collection, row, _ = found
    row["status"] = "tobedeleted"
    copy.named.add((collection, row["sourcedId"], "differing", frozenset({"status"})))
    return True


def _change(copy: Copy, random: Random) -> bool:
    found = _record(copy, random)
    if found is None:
        return False
    collection, row, _ = found
    members = VERSIONS[copy.number].resources[collection].schema.members
    member = random.choice([name for name in row if name not in {"sourcedId", "status"}])
    row[member] = _other(members[member], row[member], random)
    copy.named.add((collection, row["sourcedId"], "differing", frozenset({member})))
    return True


def _forget(copy: Copy, random: Random) -> bool:
    found = _record(copy, random)
    if found is None:
        return False
    collection, row, _ = found
    kept = {*_DATED, "enabledUser", "orgs", "role", *DEFAULTS.get(collection, {})}
    members = [name for name in row if name not in kept]
    if not members:
        return False
    member = random.choice(members)
    del row[member]
    copy.named.add((collection, row["sourcedId"], "differing", frozenset({member})))
    return True


def _other(field_: Member | None, value: Any, random: Random) -> Any:
    """Return another value that a field allows."""
    if isinstance(field_, Listed):
        at = random.randrange(len(value))
        return [*value[:at], _other(field_.inner, value[at], random), *value[at + 1 :]]
    if isinstance(field_, Part):
        member = random.choice([*value])
        return value | {member: _other(field_.schema.members[member], value[member], random)}
    if isinstance(field_, Metadata):
        return value | {"changed": f"to {random.randrange(100)}"}
    if isinstance(field_, Vocabulary):
        return random.choice([word for word in field_.words if word != value])
    for kind, change in _CHANGES:
        if isinstance(field_, kind):
            return change(value)
    return f"{value} x"


_CHANGES: tuple[tuple[type[Member], Callable[[Any], Any]], ...] = (
    (JsonBoolean, lambda value: "false" if value in {True, "true"} else "true"),
    (Number, lambda value: value + 1),
    (Ref, lambda value: f"{value}-x"),
    (Timestamp, lambda _: "2019-02-03T04:05:06.000Z"),
    (Date, lambda _: "2019-02-03"),
    (Year, lambda _: "1999"),
    (Uri, lambda value: f"{value}/x"),
)


def _change_cell(copy: Copy, random: Random) -> bool:
    """Change a filled cell of a record."""
    found = _record(copy, random)
    if found is None:
        return False
    collection, row, _ = found
    columns = BINDINGS[copy.number].by_name[collection].by_name
    filled = [columns[name] for name, cell in row.items() if cell and name in columns and name not in _DATED]
    if not filled:
        return False
    column = random.choice(filled)
    if not column.member or not _write(row, column, random):
        return False
    copy.named.add((collection, row["sourcedId"], "differing", frozenset({column.member})))
    return True


def _change_metadata(copy: Copy, random: Random) -> bool:
    found = _record(copy, random)
    if found is None:
        return False
    collection, row, _ = found
    names = [name for name, cell in row.items() if cell and name.startswith("metadata.")]
    if not names:
        return False
    row[random.choice(names)] += "x"
    copy.named.add((collection, row["sourcedId"], "differing", frozenset({"metadata"})))
    return True


def _drop_part(copy: Copy, random: Random) -> bool:
    """Drop a row of a file that is joined into the records of another one."""
    files = [file for file in BINDINGS[copy.number].files if isinstance(file, JoinedFile)]
    file = random.choice(files)
    rows = copy.rows.get(f"{file.name}.csv", [])
    if len(rows) < 2:
        return False
    row = random.choice(rows)
    collection, owner = file.resource.collection, row[file.join.by]
    if (collection, owner) in {(of, sourced_id) for of, sourced_id, *_ in copy.named}:
        return False
    if sum(other[file.join.by] == owner for other in rows) < 2 and file.name == "roles":
        return False
    rows.remove(row)
    copy.named.add((collection, owner, "differing", frozenset({file.join.member})))
    return True


def _write(row: dict[str, Any], column: Column, random: Random) -> bool:
    """Write another value into a cell; return whether there is one."""
    cell = row[column.name]
    if column.format == "List of Pairs":
        row[column.name] = f"{cell},{{New:pair}}"
    elif column.format in {"List of Strings", "List of GUID References"}:
        row[column.name] = f"{cell},x{random.randrange(100)}"
    elif isinstance(column.field, Listed):
        return False
    elif isinstance(column.field, Number):
        row[column.name] = str(float(cell) + 1)
    elif column.format == "Date":
        row[column.name] = "2019-02-03"
    else:
        row[column.name] = str(_other(column.field, cell, random)).replace(" ", "_")
    return True


_JSON = (_drop, _add, _double, _delete, _change, _change, _change, _forget)
_CSV = (_drop, _add, _double, _change_cell, _change_cell, _change_cell, _change_metadata, _drop_part)
