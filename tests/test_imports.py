"""Statements in docstrings about a module's imports are true; ``make lint`` checks the import contract."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "mockroster"
MODULES = {path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}
ALONE = "This module imports nothing of mockroster's."


def told(name: str) -> str:
    """Return the docstring of a module on one line."""
    return " ".join((ast.get_docstring(ast.parse(MODULES[name])) or "").split())


def imported(name: str) -> set[str]:
    """Return the modules of mockroster that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[name])):
        if isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {module for module in found if module.startswith((".", "mockroster"))}


@pytest.mark.parametrize("name", sorted(name for name, text in MODULES.items() if ALONE in " ".join(text.split())))
def test_a_module_that_imports_nothing_of_ours_does_not(name: str) -> None:
    """The sentence stands only in docstrings, and where it is true."""
    assert ALONE in told(name)
    assert imported(name) == set()


def test_nothing_else_is_promised_in_prose() -> None:
    """No docstring lists what a module may import: nobody would check it."""
    promised = re.compile(r"\b(?:may import|imports only|imports nothing but)\b")

    assert [name for name in sorted(MODULES) if promised.search(told(name))] == []


def test_start_loads_what_it_needs() -> None:
    """A server that generates its district starts without the code of the switchboard, of fixture files and of CSV."""
    code = "import sys, mockroster; mockroster.create_app(students=1); print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    unused = (
        "mockroster.http.admin.switchboard",
        "mockroster.fixtures.read.document",
        "mockroster.standard.csv",
        "yaml",
    )
    assert not set(unused) & set(done.stdout.split())
