"""The page of the files of OneRoster CSV."""

from __future__ import annotations

from collections.abc import Mapping

from mockroster.standard.bindings import BINDINGS
from mockroster.standard.csv import METADATA, File, JoinedFile
from pages.markdown import NOTE, code, table

_NEEDS = {"Y": "required", "N": "optional", "D": "in delta files only"}


def page() -> str:
    """Return the page of the files of OneRoster CSV in both versions."""
    text = (
        f"{NOTE}# CSV files\n\n"
        "The files of a OneRoster CSV set beside its `manifest.csv`, and their columns in the order of the standard.\n"
        f"Columns of one's own follow at the right end and are called {code(METADATA + 'name')}.\n"
        "[Use fixture files](../how-to/use-fixture-files.md) says how sets are read and written, and what gets lost.\n"
    )
    names = dict.fromkeys(name for binding in reversed(BINDINGS.values()) for name in binding.by_name)
    return text + "".join(_file(name) for name in sorted(names))


def _file(name: str) -> str:
    files = {number: binding.by_name[name] for number, binding in BINDINGS.items() if name in binding.by_name}
    newest = [*files.values()][-1]
    columns = dict.fromkeys(column for file in (newest, *files.values()) for column in file.by_name)
    rows = [_row(column, files) for column in columns]
    of = f"Each row is one of the {code(newest.resource.collection)}."
    if isinstance(newest, JoinedFile):
        of = f"The rows make up the member {code(newest.join.member)} of {code(newest.resource.collection)}."
    return f"\n## {name}.csv\n\n{of}\n\n{table(('Column', *BINDINGS, 'Format', 'Stands for'), rows)}"


def _row(name: str, files: Mapping[str, File]) -> list[str]:
    found = {number: file.by_name[name] for number, file in files.items() if name in file.by_name}
    column = [*found.values()][-1]
    needs = [_NEEDS[found[number].need] if number in found else "" for number in BINDINGS]
    withdrawn = "; withdrawn in 1.2.1" if column.is_withdrawn else ""
    return [code(name), *needs, column.format + withdrawn, code(column.member) if column.member else ""]
