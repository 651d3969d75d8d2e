"""Format Markdown tables and code, and quote docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any

NOTE = "<!-- Written by docs/generate.py (make docs); changes made here are lost. -->\n"


Rows = Sequence[Sequence[str]]


def table(head: Sequence[str], rows: Rows) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(text: object) -> str:
    """Return text as code."""
    return f"`{text}`"


def sentence(thing: Any) -> str:
    """Return the first sentence of a docstring, as Markdown."""
    text = " ".join((inspect.getdoc(thing) or "").split()).replace("``", "`")
    return re.split(r"(?<=\.)\s", text)[0].removesuffix(".")


def lower(text: str) -> str:
    """Return a sentence with a lower-case first letter, for use after a colon or in a cell."""
    return text if text.startswith("`") else text[0].lower() + text[1:]
