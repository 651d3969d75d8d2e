"""Parse a map of a client's tables. Every error gives file, line, path and nearest name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mockroster.errors import nearest
from mockroster.judge.compare.copy_map.model import ColumnRule, CopyMap, Deletion, Lookup, TableMap
from mockroster.judge.compare.copy_map.nodes import Entry, read_entry
from mockroster.standard.fields import Listed, Member, Metadata, Part
from mockroster.standard.versions import MODELS

_TABLE = ("from", "key", "members", "deleted", "where")
_COLUMN = ("column", "case", "trim", "date", "format", "list", "values", "lookup")
_MISSING = "missing"


def read_map(path: Path) -> CopyMap:
    """Return the map in a file of YAML or JSON. Raises ``ConfigurationError``."""
    root = read_entry(path)
    tables = root.members(MODELS, "a collection")
    if not tables:
        raise root.fault("maps no collection")
    return CopyMap(str(path), tuple(_table(name, entry) for name, entry in tables.items()))


def known_fields(collection: str) -> Mapping[str, Member | None]:
    """Return the fields that a map may name, by member or dotted member of a part; the newest version comes first."""
    fields: dict[str, Member | None] = {}
    for model in reversed([*MODELS[collection].values()]):
        for name, field in model.schema.members.items():
            for path, inner in ((name, field), *_inner(name, field)):
                fields.setdefault(path, inner)
    return fields


def _inner(name: str, field: Member) -> Iterator[tuple[str, Member]]:
    """Yield the members of the parts of a member, with dotted names."""
    inner = field.inner if isinstance(field, Listed) else field
    if isinstance(inner, Part):
        yield from ((f"{name}.{member}", part) for member, part in inner.schema.members.items())


def _table(collection: str, entry: Entry) -> TableMap:
    given = entry.members(_TABLE, "part of a table")
    if "key" not in given:
        raise entry.fault("needs a key: the column with the sourcedId, or columns with the members that they hold")
    columns = given["members"].members() if "members" in given else {}
    return TableMap(
        collection,
        given["from"].text("the name of a file or table") if "from" in given else None,
        _key(collection, given["key"]),
        tuple(_column(collection, member, column) for member, column in columns.items()),
        _deletion(given["deleted"]) if "deleted" in given else None,
        given["where"].text_map("the value of a column") if "where" in given else {},
        entry.at,
    )


def _key(collection: str, entry: Entry) -> tuple[ColumnRule, ...]:
    """Return the columns of a key: one with the sourcedId, or several by the members that they hold."""
    if not entry.is_mapping:
        return (ColumnRule("sourcedId", entry.text("the name of a column"), None, entry.at),)
    return tuple(_column(collection, member, column) for member, column in entry.members().items())


def _column(collection: str, member: str, entry: Entry) -> ColumnRule:
    field = _field(collection, member, entry)
    if entry.is_text:
        return ColumnRule(member, entry.text("the name of a column"), field, entry.at)
    given = entry.members(_COLUMN, "a rule of a column")
    if "column" not in given:
        raise entry.fault("needs the name of its column")
    return ColumnRule(
        member,
        given["column"].text("the name of a column"),
        field,
        entry.at,
        ignores_case="case" in given and given["case"].word("ignore", "exact") == "ignore",
        is_trimmed="trim" in given and given["trim"].flag(),
        is_day="date" in given and given["date"].word("day", "exact") == "day",
        date_format=given["format"].text("a notation of dates such as %d.%m.%Y") if "format" in given else None,
        separator=given["list"].text("the text between the items") if "list" in given else None,
        values=given["values"].text_map("a word of the client") if "values" in given else None,
        lookup=_lookup(given["lookup"]) if "lookup" in given else None,
    )


def _field(collection: str, member: str, entry: Entry) -> Member | None:
    fields = known_fields(collection)
    head = member.partition(".")[0]
    if isinstance(fields.get(head), Metadata) and member != head:
        return None
    if member not in fields:
        raise entry.fault(f"{member[:80]!r} is not a member of {collection}{nearest(member, fields)}")
    return fields[member]


def _lookup(entry: Entry) -> Lookup:
    given = entry.members(("from", "match", "take"), "part of a lookup")
    absent = [name for name in ("from", "match", "take") if name not in given]
    if absent:
        raise entry.fault(f"needs {' and '.join(absent)}")
    table, match, take = (given[name].text("a name") for name in ("from", "match", "take"))
    return Lookup(table, match, take, entry.at)


def _deletion(entry: Entry) -> Deletion | None:
    if not entry.is_mapping:
        entry.word(_MISSING)
        return None
    given = entry.members(("column", "is"), "part of a deletion")
    if "column" not in given:
        raise entry.fault("needs a column")
    values = [text.casefold() for text in given["is"].texts("the value of a deleted row")] if "is" in given else None
    return Deletion(
        given["column"].text("the name of a column"), None if values is None else frozenset(values), entry.at
    )
