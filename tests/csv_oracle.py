"""A judge of OneRoster CSV sets that shares nothing with the loader: it parses the bytes and knows the rules itself.

Columns, needs, formats and words come from ``mockroster.standard``, which states the binding and is compared with the
standard elsewhere. Whatever else the binding demands is written down here, a rule at a time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from mockroster.standard.bindings import BINDINGS
from mockroster.standard.csv import Binding, Column, File
from mockroster.standard.fields import Listed, OpenVocabulary, Vocabulary

Ids = Mapping[str, Collection[str]]
"""The sourcedIds of each file."""

_Table = tuple[tuple[str, ...], ...]

Rows = Mapping[str, Mapping[str, Mapping[str, str]]]
"""The rows of each file by their sourcedIds."""

RULES = {
    "encoding": "Files are UTF-8; a byte order mark is passed over.",
    "quoting": "Files are written as RFC 4180 says.",
    "bare-quote": "A field with a double quote stands in double quotes.",
    "one-line": "No field has a line break.",
    "manifest": "There is a manifest.csv, with its header, each property once, and no other.",
    "version": "manifest.version is 1.0, oneroster.version that of the binding.",
    "mode": "Each file is absent, bulk or delta in the manifest, and there or not accordingly.",
    "mode-case": "Modes are written in small letters.",
    "file": "No other files are there, and names have their capitals.",
    "header": "A header has the columns of the binding in their order, metadata.* columns last.",
    "rows": "A file has at least one row, and each row as many fields as the header.",
    "blank-row": "No row is blank from end to end.",
    "bulk": "status and dateLastModified are blank in bulk files.",
    "delta": "status and dateLastModified are filled in delta files.",
    "required": "Fields that the binding demands are filled.",
    "id": "A sourcedId has fewer than 256 characters.",
    "id-characters": "A sourcedId has letters, digits and . - _ / @ only.",
    "id-once": "A sourcedId stands once in a file.",
    "reference": "A reference leads to a row of the set, or of the sets before it.",
    "word": "An enumeration has one of its words, or where it is open one that begins with ext:.",
    "boolean": "A boolean is true or false.",
    "boolean-case": "A boolean is written in small letters.",
    "date": "A date is one of the calendar, as 2026-01-15.",
    "time": "A date and time is one, as 2026-01-15T08:00:00.000Z.",
    "year": "A year has four digits.",
    "number": "A number is one, in an Integer without a fraction.",
    "list": "No item of a list is blank.",
    "separator": "No item of a list holds a comma or a double quote.",
    "pair": "A list of pairs is {a:b},{c:d}.",
    "case": "A learning objective of the source case is the URN of a UUID.",
    "audience": "A row of userResources is for a user with one of the roles of the resource.",
    "role": "Each user has a row in roles.csv (1.2), be it in a set before, unless the user is deleted.",
    "interval": "Nothing ends before it begins; a session does not end on the day on which it begins.",
    "bounds": "resultValueMax is not less than resultValueMin.",
}
"""What is checked; the last two go without saying in the binding."""

WARNED = frozenset(
    {
        *("bare-quote", "one-line", "bulk", "id-characters", "boolean-case", "separator", "case", "audience"),
        *("header", "rows", "blank-row", "version", "manifest", "mode-case"),
    }
)
"""Rules of which the loader may warn, because real systems break them and nothing is lost."""

TARGETS = {
    "orgSourcedId": "orgs",
    "schoolSourcedId": "orgs",
    "orgSourcedIds": "orgs",
    "primaryOrgSourcedId": "orgs",
    "courseSourcedId": "courses",
    "classSourcedId": "classes",
    "userSourcedId": "users",
    "studentSourcedId": "users",
    "agentSourcedIds": "users",
    "schoolYearSourcedId": "academicSessions",
    "termSourcedIds": "academicSessions",
    "gradingPeriodSourcedId": "academicSessions",
    "academicSessionSourcedId": "academicSessions",
    "categorySourcedId": "categories",
    "lineItemSourcedId": "lineItems",
    "resultSourcedId": "results",
    "resourceSourcedId": "resources",
    "resourceSourcedIds": "resources",
    "scoreScaleSourcedId": "scoreScales",
    "userProfileSourcedId": "userProfiles",
}
"""The file to which a column refers; ``parentSourcedId`` refers to its own, demographics have the ids of users."""

_INTERVALS = {
    "academicSessions": ("startDate", "endDate"),
    "enrollments": ("beginDate", "endDate"),
    "roles": ("beginDate", "endDate"),
}
_GUID = re.compile(r"[0-9A-Za-z._/@-]+")
_EXTENSION = re.compile(r"ext:[a-zA-Z0-9._-]+", re.ASCII)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z", re.ASCII)
_FLOAT = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_PAIR = r"\{[^{}:]+:[^{}]+\}"
_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Violation:
    """A rule that a set breaks, and where."""

    rule: str
    where: str


@dataclass(frozen=True)
class _Sheet:
    """A file that could be parsed."""

    file: File
    mode: str
    header: Sequence[str]
    rows: Sequence[Mapping[str, str]]


class _MalformedError(Exception):
    """The text of a file is not CSV."""


def violations(files: Mapping[str, bytes], before: Rows | None = None) -> list[Violation]:
    """Return the rules that a set breaks; ``before`` are the rows of the sets over which it is laid."""
    return [*_Judge(files, before or {}).run()]


class _Judge:
    def __init__(self, files: Mapping[str, bytes], before: Rows) -> None:
        self._files = files
        self._before = before
        self._found: list[Violation] = []

    def run(self) -> list[Violation]:
        tables = {name: self._parsed(name, content) for name, content in self._files.items()}
        binding, modes = self._manifest(tables.pop("manifest", None))
        for name in tables.keys() - binding.by_name.keys():
            self._note("file", name)
        sheets = {
            file.name: self._sheet(file, modes.get(file.name, ""), table)
            for file in binding.files
            if (table := tables.get(file.name)) is not None
        }
        merged = {name: self._merged(name, sheets.get(name)) for name in binding.by_name}
        # A profile that is deleted is gone; a record that is deleted is still there, with that status.
        profiles = {name for name, row in merged.get("userProfiles", {}).items() if row.get("status") != "tobedeleted"}
        known = {**merged, "userProfiles": profiles}
        for sheet in sheets.values():
            for number, row in enumerate(sheet.rows):
                self._row(sheet, row, f"{sheet.file.name}[{number}]", known)
        self._judge_audience(sheets, merged)
        self._judge_roles(sheets, merged)
        return self._found

    def _merged(self, name: str, sheet: _Sheet | None) -> dict[str, Mapping[str, str]]:
        """Return the rows of a file by id, over those of the sets before."""
        own = {row["sourcedId"]: row for row in sheet.rows if row.get("sourcedId")} if sheet else {}
        return {**self._before.get(name, {}), **own}

    def _note(self, rule: str, where: str) -> None:
        assert rule in RULES
        self._found.append(Violation(rule, where))

    def _parsed(self, name: str, content: bytes) -> _Table | None:
        try:
            rows = _table(content)
        except UnicodeDecodeError:
            self._note("encoding", name)
            return None
        except _MalformedError:
            self._note("quoting", name)
            return None
        if _has_bare_quote(content):
            self._note("bare-quote", name)
        if any("\n" in cell or "\r" in cell for row in rows for cell in row):
            self._note("one-line", name)
        return rows

    def _manifest(self, rows: _Table | None) -> tuple[Binding, dict[str, str]]:
        """Return the binding that a manifest names, and the modes of its files."""
        if not rows or rows[0] != ("propertyName", "value") or any(len(row) != 2 for row in rows):
            self._note("manifest", "manifest")
        pairs = [(row[0], row[1]) for row in (rows or ())[1:] if len(row) > 1]
        values = dict(reversed(pairs))
        binding = BINDINGS.get(values.get("oneroster.version", ""), BINDINGS["1.2"])
        if (values.get("manifest.version"), values.get("oneroster.version")) != ("1.0", binding.number):
            self._note("version", "manifest")
        properties = {"manifest.version", "oneroster.version", *(f"file.{file.name}" for file in binding.files)}
        optional = {"source.systemName", "source.systemCode"}
        if len(pairs) != len(values) or not properties <= values.keys() <= properties | optional:
            self._note("manifest", "manifest")
        modes = {file.name: values.get(f"file.{file.name}", "") for file in binding.files}
        for name, written in modes.items():
            mode = written.lower()
            if mode != written:
                self._note("mode-case", name)
            if mode not in {"absent", "bulk", "delta"} or (mode == "absent") == (name in self._files):
                self._note("mode", name)
        return binding, {name: mode.lower() for name, mode in modes.items()}

    def _sheet(self, file: File, mode: str, table: _Table) -> _Sheet:
        header, *rows = (table[0], *filter(any, table[1:])) if table else ((),)
        if table and len(rows) < len(table) - 1:
            self._note("blank-row", file.name)
        own = tuple(name for name in header if not re.fullmatch(r"metadata\..+", name))
        if own not in file.headers or header[: len(own)] != own or len({*header}) != len(header):
            self._note("header", file.name)
        if not rows or any(len(row) != len(header) for row in rows):
            self._note("rows", file.name)
        read = [dict(zip(header, row, strict=False)) for row in rows]
        for sourced_id, count in Counter(row.get("sourcedId", "") for row in read).items():
            if count > 1 and sourced_id:
                self._note("id-once", f"{file.name} {sourced_id}")
        return _Sheet(file, mode, header, read)

    def _row(self, sheet: _Sheet, row: Mapping[str, str], where: str, known: Ids) -> None:
        for column in sheet.file.columns:
            if column.is_withdrawn and column.name not in row:
                continue
            cell, at = row.get(column.name, ""), f"{where}.{column.name}"
            if column.need == "D" and bool(cell) != (sheet.mode == "delta"):
                self._note(sheet.mode if sheet.mode in {"bulk", "delta"} else "mode", at)
            elif column.need == "Y" and not cell:
                self._note("required", at)
            # What stands in a bulk file where nothing may stand is one fault, whatever it is.
            if cell and not (column.need == "D" and sheet.mode == "bulk"):
                for rule in _broken(column, cell):
                    self._note(rule, at)
                if row.get("status") != "tobedeleted" or column.name == "sourcedId":
                    self._reference(sheet.file.name, column, cell, at, known)
        self._sense(sheet.file.name, row, where)

    def _reference(self, file: str, column: Column, cell: str, at: str, known: Ids) -> None:
        target = TARGETS.get(column.name)
        if column.name == "parentSourcedId":
            target = file
        elif (file, column.name) == ("demographics", "sourcedId"):
            target = "users"
        names = cell.split(",") if column.format.startswith("List") else [cell]
        if target is not None and not {*names} - {""} <= {*known.get(target, ())}:
            self._note("reference", at)

    def _sense(self, file: str, row: Mapping[str, str], where: str) -> None:
        start, end = _INTERVALS.get(file, ("", ""))
        begin, finish = row.get(start, ""), row.get(end, "")
        if begin and finish and (finish < begin or (finish == begin and file == "academicSessions")):
            self._note("interval", where)
        least, most = row.get("resultValueMin", ""), row.get("resultValueMax", "")
        # In 1.2 what is left out is 0 or 100, as everywhere in the product.
        are_numbers = file == "lineItems" and all(_FLOAT.fullmatch(one or "0") for one in (least, most))
        if are_numbers and float(most or 100) < float(least or 0):
            self._note("bounds", where)
        is_case = row.get("source") == "case" and row.get("learningObjectiveId")
        if is_case and not _URN.fullmatch(row["learningObjectiveId"]):
            self._note("case", where)

    def _judge_audience(self, sheets: Mapping[str, _Sheet], merged: Rows) -> None:
        roles: dict[str, set[str]] = {}
        for row in merged.get("roles", {}).values():
            roles.setdefault(row.get("userSourcedId", ""), set()).add(row.get("role", ""))
        for row in sheets["userResources"].rows if "userResources" in sheets else ():
            resource = merged["resources"].get(row.get("resourceSourcedId", ""), {})
            wanted = {*resource.get("roles", "").split(",")} - {""}
            own = roles.get(row.get("userSourcedId", ""), wanted)
            if wanted and not {*own, *map(_plain_role, own)} & wanted:
                self._note("audience", row.get("sourcedId", ""))

    def _judge_roles(self, sheets: Mapping[str, _Sheet], merged: Rows) -> None:
        if "roles" not in merged or not {"users", "roles"} & sheets.keys():
            return
        owners = {row.get("userSourcedId") for row in merged["roles"].values() if row.get("status") != "tobedeleted"}
        for name, row in merged["users"].items():
            if row.get("status") != "tobedeleted" and name not in owners:
                self._note("role", name)


def _plain_role(role: str) -> str:
    """Return what the resources of both versions call a role: administrators are of one kind there."""
    others = {"aide", "guardian", "parent", "proctor", "relative", "student", "teacher"}
    return role if role in others or role.startswith("ext:") else "administrator"


@cache
def _table(content: bytes) -> _Table:
    """Return the rows of a file; most files of a changed set are judged again and again."""
    return tuple(map(tuple, _parsed(content.decode("utf-8").removeprefix("\ufeff"))))


_CELL = re.compile(r'"((?:[^"]|"")*)"|((?:[^",\r\n][^,\r\n]*)?)')


@cache
def _has_bare_quote(content: bytes) -> bool:
    """Return whether a file without its quoted fields has a double quote."""
    text = content.decode("utf-8").removeprefix("\ufeff")
    return any(cell[2] and '"' in cell[2] for cell in _CELL.finditer(text))


_MARK = re.compile(r",|\r\n|\n|\r|$")


def _parsed(text: str) -> Iterator[list[str]]:
    """Yield the rows of a text (RFC 4180, and any line ends), without blank lines. Raises ``_MalformedError``."""
    at, row, is_open = 0, [], False
    while at < len(text) or is_open:
        cell = _CELL.match(text, at)
        assert cell is not None
        at = cell.end()
        mark = _MARK.match(text, at)
        if mark is None:
            raise _MalformedError(text[at : at + 1])
        row.append(cell[1].replace('""', '"') if cell[1] is not None else cell[2])
        at, is_open = mark.end(), mark[0] == ","
        if not is_open:
            if row != [""]:
                yield row
            row = []


def _broken(column: Column, cell: str) -> Iterator[str]:
    """Yield the rules that the cell of a column breaks by itself."""
    if column.name == "status":
        yield from _unless(cell in {"active", "tobedeleted"}, "word")
    elif column.format in {"Enumeration", "List of Enumerations"}:
        words = cell.split(",") if column.format.startswith("List") else [cell]
        yield from _unless(all(_is_word(column, word) for word in words), "word")
    elif column.format in _SIMPLE:
        rule, test = _SIMPLE[column.format]
        yield from _unless(test(cell), rule)
    elif column.format in _OTHERS:
        yield from _OTHERS[column.format](cell)


def _guid(cell: str) -> Iterator[str]:
    yield from _unless(len(cell) < 256, "id")
    yield from _unless(_GUID.fullmatch(cell) is not None, "id-characters")


def _boolean(cell: str) -> Iterator[str]:
    if cell not in {"true", "false"}:
        yield "boolean-case" if cell.lower() in {"true", "false"} else "boolean"


def _list(cell: str) -> Iterator[str]:
    yield from _unless(all(cell.split(",")), "list")
    yield from _unless('"' not in cell, "separator")


def _unless(is_right: bool, rule: str) -> Iterator[str]:
    if not is_right:
        yield rule


def _pairs(cell: str) -> Iterator[str]:
    if not re.fullmatch(rf"{_PAIR}(,{_PAIR})*", cell):
        yield "pair"
    elif any(re.search('[,"]', pair) for pair in re.findall(_PAIR, cell)):
        yield "separator"


def _is_word(column: Column, cell: str) -> bool:
    field = column.field.inner if isinstance(column.field, Listed) else column.field
    assert isinstance(field, Vocabulary), column.name
    # The models extend the sources of learning objectives in a way of their own; CSV has ext: for all.
    is_open = isinstance(field, OpenVocabulary) or column.name == "source"
    return cell in field.words or (is_open and _EXTENSION.fullmatch(cell) is not None)


def _is_date(cell: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", cell, re.ASCII)) and bool(date.fromisoformat(cell))
    except ValueError:
        return False


def _is_time(cell: str) -> bool:
    match = _TIME.fullmatch(cell)
    return match is not None and _is_date(match[1])


_SIMPLE: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "Date": ("date", _is_date),
    "DateTime": ("time", _is_time),
    "Year": ("year", lambda cell: re.fullmatch(r"\d{4}", cell, re.ASCII) is not None),
    "Float": ("number", lambda cell: _FLOAT.fullmatch(cell) is not None),
    "Integer": ("number", lambda cell: re.fullmatch(r"-?\d+", cell, re.ASCII) is not None),
}
"""By format: the rule, and whether a cell keeps it."""

_OTHERS: Mapping[str, Callable[[str], Iterator[str]]] = {
    "GUID": _guid,
    "Boolean": _boolean,
    "List of Strings": _list,
    "List of GUID References": _list,
    "List of Pairs": _pairs,
}
"""By format: the rules that a cell breaks, for those that have several."""
