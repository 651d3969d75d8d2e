"""A roster as one fixture document, JSON or YAML: a record a line, so that two of them can be compared line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import orjson

from mockroster.exporting.flow import flow

Row = Mapping[str, Any]
"""A record as a document has it: neutral, or as a version sees it."""

Document = Callable[[Mapping[str, Iterable[Row]]], Iterator[bytes]]
"""Writes the records of each collection, in pieces; collections without any are left out."""

_PIECE = 500
"""Records in a piece of a document."""


def json_document(tables: Mapping[str, Iterable[Row]]) -> Iterator[bytes]:
    """Yield a JSON document."""
    before = b"{"
    for collection, rows in _filled(tables):
        yield before + b'\n"%b": [\n' % collection.encode()
        yield from _joined(rows, orjson.dumps, b",\n")
        before = b"\n],"
    yield b"{}\n" if before == b"{" else b"\n]\n}\n"


def yaml_document(tables: Mapping[str, Iterable[Row]]) -> Iterator[bytes]:
    """Yield a YAML document that readers of YAML 1.1 and of 1.2 understand alike."""
    is_empty = True
    for collection, rows in _filled(tables):
        yield f"{collection}:\n- ".encode()
        yield from _joined(rows, _flowing, b"\n- ")
        yield b"\n"
        is_empty = False
    if is_empty:
        yield b"{}\n"


DOCUMENTS: Mapping[str, Document] = {"json": json_document, "yaml": yaml_document}
"""By format."""


def _flowing(row: Row) -> bytes:
    return flow(row).encode()


def _joined(rows: Iterable[Row], written: Callable[[Row], bytes], between: bytes) -> Iterator[bytes]:
    """Yield the rows in pieces, with something between any two of them."""
    left, before = iter(rows), b""
    while piece := between.join(map(written, islice(left, _PIECE))):
        yield before + piece
        before = between


def _filled(tables: Mapping[str, Iterable[Row]]) -> Iterator[tuple[str, Iterable[Row]]]:
    """Yield the collections in which there is something."""
    for collection, rows in tables.items():
        left = iter(rows)
        first = next(left, None)
        if first is not None:
            yield collection, chain((first,), left)
