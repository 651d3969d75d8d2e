"""``manifest.csv``: which version a set of CSV files has, and which of its files are bulk, delta or absent."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mockroster.errors import nearest
from mockroster.loading.csv.sheet import Sheet
from mockroster.standard.csv import MANIFEST, MANIFEST_OPTIONAL, MANIFEST_VERSION, MODES, Binding
from mockroster.standard.versions import BINDINGS

_VERSION = re.compile(r"\s*[vV]?(\d)(?:\.(\d))?(?:\.\d)*0*\s*")
"""A version as spreadsheets and people write it: ``1`` for 1.0, ``1.2.1`` for the edition of 1.2."""

_Rows = Mapping[str, tuple[int, str]]
"""Number of the row, and value, by property."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says, as far as it can be understood."""

    binding: Binding | None
    """The files of the version that it names."""

    modes: Mapping[str, str]
    """``bulk``, ``delta`` or ``absent`` by file; what is wrong there is left out."""


def read(sheet: Sheet, present: Collection[str]) -> Manifest:
    """Return what a manifest says; ``present`` are the names of the files that are there, without ``.csv``."""
    if tuple(sheet.header) != MANIFEST:
        sheet.fault(-1, "", f"the header must be {','.join(MANIFEST)}, not {','.join(sheet.header)[:80]!r}")
        return Manifest(None, {})
    rows = _rows(sheet)
    rows = _understood(sheet, rows)
    version = rows.get("oneroster.version")
    binding = BINDINGS.get(version[1]) if version else None
    _check_values(sheet, rows)
    _check_names(sheet, rows, binding)
    modes = {name: mode for name in present if (mode := rows.get(f"file.{name}", (0, ""))[1]) in MODES}
    if binding:
        _check_files(sheet, rows, binding, present)
        modes |= {file.name: rows[f"file.{file.name}"][1] for file in binding.files if f"file.{file.name}" in rows}
    return Manifest(binding, {name: mode for name, mode in modes.items() if mode in MODES})


def _rows(sheet: Sheet) -> _Rows:
    rows: dict[str, tuple[int, str]] = {}
    for number, (name, value) in enumerate(sheet.rows()):
        if name in rows:
            sheet.fault(number, "", f"{name!r} is there already, as manifest[{rows[name][0]}]")
        else:
            rows[name] = number, value
    return rows


def _understood(sheet: Sheet, rows: _Rows) -> _Rows:
    """Return the rows with values that a spreadsheet has altered, or a person has capitalised, as they were meant."""
    found: dict[str, tuple[int, str]] = {}
    for name, (number, value) in rows.items():
        meant = _meant(name, value)
        found[name] = number, meant
        if meant != value:
            message = f"{value[:80]!r} is taken for {meant!r}; write it so"
            sheet.fault(number, name, message, "violation")
    return found


def _meant(name: str, value: str) -> str:
    if name.startswith("file."):
        mode = value.strip().lower()
        return mode if mode in MODES else value
    right = {"manifest.version": [MANIFEST_VERSION], "oneroster.version": [*BINDINGS]}.get(name, [])
    numbers = _VERSION.fullmatch(value)
    version = f"{numbers[1]}.{numbers[2] or 0}" if numbers else value
    return version if version in right else value


def _check_values(sheet: Sheet, rows: _Rows) -> None:
    for name, right in (("manifest.version", [MANIFEST_VERSION]), ("oneroster.version", [*BINDINGS])):
        if name in rows and rows[name][1] not in right:
            number, value = rows[name]
            sheet.fault(number, name, f"{value[:80]!r} is not {' or '.join(right)}")


def _check_names(sheet: Sheet, rows: _Rows, binding: Binding | None) -> None:
    bindings = [binding] if binding else [*BINDINGS.values()]
    needed = [name for name in bindings[0].properties if all(name in one.properties for one in bindings)]
    known = [*dict.fromkeys(name for one in bindings for name in one.properties), *MANIFEST_OPTIONAL]
    for name in needed:
        if name not in rows:
            right = _right_value(name, binding)
            sheet.fault(None, name, f"the property is missing; its value is {right}")
    for name, (number, _) in rows.items():
        if name not in known:
            of = f"OneRoster {binding.number}" if binding else "OneRoster"
            message = f"{name[:80]!r} is not a property of a manifest of {of}{nearest(name, known)}"
            sheet.fault(number, "propertyName", message, "violation")


def _right_value(name: str, binding: Binding | None) -> str:
    if name.startswith("file."):
        return " or ".join(MODES)
    if name == "manifest.version":
        return MANIFEST_VERSION
    return binding.number if binding else " or ".join(BINDINGS)


def _check_files(sheet: Sheet, rows: _Rows, binding: Binding, present: Collection[str]) -> None:
    for file in binding.files:
        number, mode = rows.get(f"file.{file.name}", (0, ""))
        is_there = file.name in present
        if not mode and f"file.{file.name}" in rows:
            sheet.fault(number, f"file.{file.name}", f"is blank; its value is {' or '.join(MODES)}")
        elif mode and mode not in MODES:
            message = f"{mode[:80]!r} is not one of {', '.join(MODES)}{nearest(mode, MODES)}"
            sheet.fault(number, f"file.{file.name}", message)
        elif mode == "absent" and is_there:
            sheet.fault(number, f"file.{file.name}", f"says absent, and {file.name}.csv is there; say bulk or delta")
        elif mode in {"bulk", "delta"} and not is_there:
            sheet.fault(number, f"file.{file.name}", f"says {mode}, and there is no {file.name}.csv; say absent")
