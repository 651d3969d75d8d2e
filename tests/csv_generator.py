"""OneRoster CSV sets made from ``mockroster.standard``: complete ones that keep every rule, and one change to each.

A change says nothing of what it does to a set: whether the set is still as it should be is for ``csv_oracle``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from mockroster.standard.bindings import BINDINGS
from mockroster.standard.csv import MODES, Binding, Column, File
from mockroster.standard.fields import Listed, Vocabulary

THEN = "2026-02-01T08:30:00.000Z"
URN = "urn:uuid:5f0c2f0e-8f7d-4a53-9d5c-3a1c51c8b2f6"

WORLD: Mapping[str, Sequence[Mapping[str, str]]] = {
    "academicSessions": [
        {"sourcedId": "y1", "type": "schoolYear", "parentSourcedId": ""},
        {"sourcedId": "t1", "type": "term", "parentSourcedId": "y1"},
        {"sourcedId": "g1", "type": "gradingPeriod", "parentSourcedId": "t1"},
    ],
    "orgs": [
        {"sourcedId": "d1", "type": "district", "parentSourcedId": ""},
        {"sourcedId": "o1", "type": "school", "parentSourcedId": "d1"},
    ],
    "users": [
        {"sourcedId": "u1", "role": "student", "agentSourcedIds": "u3", "username": "ann"},
        {"sourcedId": "u2", "role": "teacher", "agentSourcedIds": "", "username": "tom"},
        {"sourcedId": "u3", "role": "parent", "agentSourcedIds": "u1", "username": "pat"},
    ],
    "roles": [
        {"sourcedId": "w1", "userSourcedId": "u1", "role": "student", "userProfileSourcedId": "p1"},
        {"sourcedId": "w2", "userSourcedId": "u2", "role": "teacher", "userProfileSourcedId": ""},
        {"sourcedId": "w3", "userSourcedId": "u3", "role": "parent", "userProfileSourcedId": ""},
    ],
    "enrollments": [
        {"sourcedId": "e1", "userSourcedId": "u1", "role": "student", "primary": "false"},
        {"sourcedId": "e2", "userSourcedId": "u2", "role": "teacher", "primary": "true"},
    ],
    "demographics": [{"sourcedId": "u1"}],
    "lineItems": [{"sourcedId": "l1", "assignDate": "2025-09-01", "resultValueMin": "0", "resultValueMax": "20"}],
}
"""The rows of files that have more than one, and the fields that must agree with others."""

REFERENCES = {
    **dict.fromkeys(("orgSourcedId", "schoolSourcedId", "orgSourcedIds", "primaryOrgSourcedId"), "o1"),
    **dict.fromkeys(("userSourcedId", "studentSourcedId"), "u1"),
    **dict.fromkeys(("gradingPeriodSourcedId", "academicSessionSourcedId"), "g1"),
    "schoolYearSourcedId": "y1",
    "termSourcedIds": "t1",
    "courseSourcedId": "courses1",
    "classSourcedId": "classes1",
    "categorySourcedId": "categories1",
    "lineItemSourcedId": "l1",
    "resultSourcedId": "results1",
    "resourceSourcedId": "resources1",
    "resourceSourcedIds": "resources1",
    "scoreScaleSourcedId": "scoreScales1",
    "userProfileSourcedId": "p1",
}
"""What columns refer to."""

FIXED = {**REFERENCES, "source": "case", "learningObjectiveId": URN, "roleType": "primary"}
"""What stands in columns wherever they are, but for the rows of ``WORLD`` that say otherwise."""

DATES = {"startDate": "2025-08-01", "beginDate": "2025-08-01", "endDate": "2026-07-31", "birthDate": "2010-04-01"}

VALUES = {
    "GUID": ("a b", "ü1", "x/y@z", "x" * 255, "x" * 256),
    "GUID Reference": ("nowhere",),
    "List of GUID References": ("nowhere", "{},nowhere", "{},"),
    "String": ("ü, „ö“", 'O\'Hara, "Ann"', "=1+1", "x" * 255, "two\nlines"),
    "List of Strings": ("09,10", "09,,10", '09,"10"'),
    "List of Pairs": ("{A:1}", "{A:1},{B:2}", "{A:1,2}", '{A:"1"}', "A:1", "{A}", "{A:1}{B:2}"),
    "Enumeration": ("nonsense", "ext:own.word-1_x", "ext:", "ext:a b", "EXT:own"),
    "List of Enumerations": ("nonsense", "ext:own", "{},nonsense", "{},ext:own"),
    "Boolean": ("true", "false", "TRUE", "False", "yes", "1"),
    "Date": ("2025-09-03", "2025-02-30", "09/03/2025", "2025-9-3", "2025-09-03T00:00:00.000Z"),
    "DateTime": ("2026-02-01T08:30:00Z", "yesterday", "2026-02-01", "2026-02-31T08:30:00.000Z"),
    "Year": ("2027", "27", "2026-27"),
    "Float": ("7", "7.5", "-1", "1.5.2", "ten", "1,5"),
    "Integer": ("7", "7.5", "ten", "1,000"),
}
"""By format: what is put into a field instead; ``{}`` stands for what was there."""


@dataclass(frozen=True)
class Sheet:
    """A file of a set."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def with_cell(self, name: str, cell: str, number: int = 0) -> Sheet:
        """Return the file with another text in a field."""
        at = self.header.index(name)
        rows = [list(row) for row in self.rows]
        rows[number][at] = cell
        return replace(self, rows=tuple(map(tuple, rows)))

    def without(self, name: str) -> Sheet:
        """Return the file without a column."""
        at = self.header.index(name)
        return Sheet(_cut(self.header, at), tuple(_cut(row, at) for row in self.rows))

    def with_column(self, at: int, name: str, cell: str) -> Sheet:
        """Return the file with a column more."""
        rows = tuple((*row[:at], cell, *row[at:]) for row in self.rows)
        return Sheet((*self.header[:at], name, *self.header[at:]), rows)


@dataclass(frozen=True)
class Package:
    """A set of files."""

    binding: Binding
    mode: str
    sheets: Mapping[str, Sheet]
    manifest: tuple[tuple[str, str], ...]
    dialect: tuple[tuple[str, object], ...] = ()
    encoding: str = "utf-8"
    raw: tuple[str, str] = ("", "")
    """A text, and what stands for it in the file of orgs as it is written."""

    def files(self) -> dict[str, bytes]:
        """Return the files as they are written, by their names without ``.csv``."""
        sheets = {**self.sheets, "manifest": Sheet(("propertyName", "value"), self.manifest)}
        texts = {name: written(sheet, *self.dialect) for name, sheet in sheets.items()}
        texts["orgs"] = texts.get("orgs", "").replace(*self.raw, 1) if self.raw[0] else texts.get("orgs", "")
        return {name: text.encode(self.encoding) for name, text in texts.items() if text}

    def with_sheet(self, name: str, sheet: Sheet) -> Package:
        """Return the set with another file of a name."""
        return replace(self, sheets={**self.sheets, name: sheet})


@cache
def written(sheet: Sheet, *dialect: tuple[str, object]) -> str:
    """Return the text of a file; most files of a changed set are those of the set before."""
    text = io.StringIO(newline="")
    csv.writer(text, **dict(dialect)).writerows((sheet.header, *sheet.rows))  # type: ignore[arg-type]
    return text.getvalue()


Mutation = tuple[str, Package]
"""What was done to a set, in a few words, and what it came to."""


def package(number: str, mode: str, *, is_full: bool = True) -> Package:
    """Return a set with every file of a version: all fields filled, or only those that must be."""
    binding = BINDINGS[number]
    sheets = {file.name: _sheet(file, mode, is_full=is_full) for file in binding.files}
    stated = {"manifest.version": "1.0", "oneroster.version": number, "source.systemName": "SIS"}
    names = [*binding.properties, "source.systemName"]
    return Package(binding, mode, sheets, tuple((name, stated.get(name, mode)) for name in names))


def _sheet(file: File, mode: str, *, is_full: bool) -> Sheet:
    columns = [column for column in file.columns if not column.is_withdrawn]
    rows = [
        tuple(
            _cell(file, column, mode, row) if is_full or column.need != "N" or column.name in row else ""
            for column in columns
        )
        for row in WORLD.get(file.name, [{"sourcedId": f"{file.name}1" if file.name != "userProfiles" else "p1"}])
    ]
    return Sheet(file.header, tuple(rows))


def _cell(file: File, column: Column, mode: str, row: Mapping[str, str]) -> str:
    """Return the text of a field in a set that keeps all rules."""
    if column.need == "D":
        return "" if mode == "bulk" else {"status": "active", "dateLastModified": THEN}[column.name]
    if column.name in row:
        return row[column.name]
    return FIXED.get(column.name) or _plain(column)


def _plain(column: Column) -> str:
    values = {
        "String": f"a {column.name}",
        "List of Strings": "09",
        "List of Pairs": "{LDAP:uid=ann}",
        "Boolean": "false",
        "Date": DATES.get(column.name, "2025-09-08"),
        "Year": "2026",
        "Float": "10",
        "Integer": "10",
    }
    return values[column.format] if column.format in values else ",".join(_words(column)[-2:])


def _words(column: Column) -> Sequence[str]:
    """Return the words of an enumeration; of several, where a list of them is meant, the last two are taken."""
    inner = column.field.inner if isinstance(column.field, Listed) else column.field
    words = inner.words if isinstance(inner, Vocabulary) else ("active", "tobedeleted")
    return words if column.format.startswith("List") else words[:1]


def _cut(row: tuple[str, ...], at: int) -> tuple[str, ...]:
    return (*row[:at], *row[at + 1 :])


def cells(package: Package) -> Iterator[Mutation]:
    """Yield the set with another text in one field of one row, for each column and each kind of text."""
    for name, sheet in package.sheets.items():
        for column in package.binding.by_name[name].columns:
            if column.is_withdrawn:
                continue
            there = sheet.rows[0][sheet.header.index(column.name)]
            inner = column.field.inner if isinstance(column.field, Listed) else column.field
            words = inner.words if isinstance(inner, Vocabulary) else ()
            for cell in dict.fromkeys(("", *VALUES[column.format], *words)):
                if (text := cell.format(there) if cell.startswith("{}") else cell) != there:
                    label = f"{name}.{column.name}: {text[:40]!r} for {there!r}"
                    yield label, package.with_sheet(name, sheet.with_cell(column.name, text))


def times(package: Package) -> Iterator[Mutation]:
    """Yield the set with status and time filled where they are blank, and the other way round."""
    values = {"status": ("active", "tobedeleted", "deleted"), "dateLastModified": (THEN, "yesterday")}
    for name, sheet in package.sheets.items():
        for column, cells_ in values.items():
            for cell in cells_:
                yield f"{name}.{column}: {cell!r}", package.with_sheet(name, sheet.with_cell(column, cell, -1))


def intervals(package: Package) -> Iterator[Mutation]:
    """Yield the set with one interval backwards, and one of no length."""
    for name, sheet in package.sheets.items():
        for begin, end in (("startDate", "endDate"), ("beginDate", "endDate")):
            if begin in sheet.header:
                start = sheet.rows[0][sheet.header.index(begin)] or DATES[begin]
                begun = sheet.with_cell(begin, start)
                for cell in ("2025-07-01", start):
                    yield f"{name}: {start} to {cell}", package.with_sheet(name, begun.with_cell(end, cell))
    items = package.sheets["lineItems"]
    yield (
        "lineItems: 20 to 10",
        package.with_sheet("lineItems", items.with_cell("resultValueMax", "10").with_cell("resultValueMin", "20")),
    )


def headers(package: Package) -> Iterator[Mutation]:
    """Yield the set with one header otherwise: a column missing, renamed, moved, doubled, nameless or one's own."""
    for name, sheet in package.sheets.items():
        for column in sheet.header:
            yield f"{name} without {column}", package.with_sheet(name, sheet.without(column))
            renamed = tuple(f"{one}X" if one == column else one for one in sheet.header)
            yield f"{name}.{column} renamed", package.with_sheet(name, replace(sheet, header=renamed))
        for left, right in pairwise(sheet.header):
            at, cells_ = sheet.header.index(left), [*zip(*sheet.rows, strict=True)]
            moved = sheet.without(left).with_column(at + 1, left, "")
            rows = [list(row) for row in moved.rows]
            for row, cell in zip(rows, cells_[at], strict=True):
                row[at + 1] = cell
            yield (
                f"{name}: {right} before {left}",
                package.with_sheet(name, replace(moved, rows=tuple(map(tuple, rows)))),
            )
        end = len(sheet.header)
        for at, column, cell in ((end, "metadata.x", "1"), (end, "metadata.x", ""), (end, "own", "1"), (end, "", "")):
            yield f"{name} with {column!r}", package.with_sheet(name, sheet.with_column(at, column, cell))
        yield f"{name} with metadata inside", package.with_sheet(name, sheet.with_column(3, "metadata.x", "1"))
        yield f"{name} with a column twice", package.with_sheet(name, sheet.with_column(end, sheet.header[-1], ""))


def rows(package: Package) -> Iterator[Mutation]:
    """Yield the set with the rows of one file otherwise: none, one twice, one too long or too short, one blank."""
    for name, sheet in package.sheets.items():
        first = sheet.rows[0]
        ragged = ("long", (*first, "more")), ("short", first[:-1]), ("blank", ("",) * len(first))
        yield f"{name} without rows", package.with_sheet(name, replace(sheet, rows=()))
        yield f"{name} with a row twice", package.with_sheet(name, replace(sheet, rows=(*sheet.rows, first)))
        for what, row in ragged:
            changed = replace(sheet, rows=(row, *sheet.rows[1:]))
            yield f"{name} with a {what} row", package.with_sheet(name, changed)
        yield f"{name} without a row", package.with_sheet(name, replace(sheet, rows=sheet.rows[1:] or sheet.rows))


def manifests(package: Package) -> Iterator[Mutation]:
    """Yield the set with one property otherwise: missing, twice, of another value, of an unknown name."""
    values = {*MODES, "BULK", "", "full", "1.0", "1.1", "1.2", "1"}
    for at, (name, value) in enumerate(package.manifest):
        yield f"manifest without {name}", replace(package, manifest=_without(package.manifest, at))
        yield f"manifest with {name} twice", replace(package, manifest=(*package.manifest, (name, value)))
        for other in sorted(values - {value, "bulk" if value == "delta" else "delta"}):
            if name != "source.systemName":
                changed = tuple((one, other if one == name else said) for one, said in package.manifest)
                yield f"manifest: {name} is {other!r}", replace(package, manifest=changed)
    yield "manifest with own", replace(package, manifest=(*package.manifest, ("file.own", "absent")))


def _without(pairs: tuple[tuple[str, str], ...], at: int) -> tuple[tuple[str, str], ...]:
    return (*pairs[:at], *pairs[at + 1 :])


def absences(package: Package) -> Iterator[Mutation]:
    """Yield the set without one file, with and without a word about it in the manifest."""
    for name in package.sheets:
        left = {other: sheet for other, sheet in package.sheets.items() if other != name}
        yield f"without {name}, unsaid", replace(package, sheets=left)
        said = tuple((one, "absent" if one == f"file.{name}" else value) for one, value in package.manifest)
        yield f"without {name}", replace(package, sheets=left, manifest=said)
        yield f"{name} under another name", replace(package, sheets={**left, f"{name}2": package.sheets[name]})


def dialects(package: Package) -> Iterator[Mutation]:
    """Yield the set written in other ways: line ends, quotes, a byte order mark, another separator or encoding."""
    for dialect in (("lineterminator", "\n"), ("lineterminator", "\r"), ("quoting", csv.QUOTE_ALL), ("delimiter", ";")):
        yield f"written with {dialect}", replace(package, dialect=(dialect,))
    name = package.sheets["orgs"].rows[0][package.sheets["orgs"].header.index("name")]
    for raw in ('"a ""name"""', f'"{name}', f'{name}"', f'"{name}" x', f'a "{name}"'):
        yield f"with {raw}", replace(package, raw=(name, raw))
    sheet = package.sheets["orgs"].with_cell("name", "Schüle")
    for encoding in ("utf-8", "utf-8-sig", "latin-1"):
        yield f"encoded as {encoding}", replace(package.with_sheet("orgs", sheet), encoding=encoding)


MUTATIONS: Sequence[Callable[[Package], Iterator[Mutation]]] = (
    *(cells, times, intervals, headers, rows, manifests, absences, dialects),
)
"""Every kind of change."""
