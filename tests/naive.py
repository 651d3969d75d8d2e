"""A reference implementation of filter and sort, on the JSON that the server returns.

Deliberately slow and simple, and written from the standard and INTERFACE, not from the product: the tests hold it
against the server. It must not import ``mockroster.query``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
}


def found(record: Json, path: str) -> list[Any]:
    """Return every value at a dotted path; a reference stands for its sourcedId."""
    values: list[Any] = [record]
    head, _, rest = path.partition(".")
    for name in [head, *([rest] if rest else [])]:
        nexts: list[Any] = []
        for value in values:
            inner = value.get(name) if isinstance(value, dict) else None
            nexts += inner if isinstance(inner, list) else [] if inner is None else [inner]
        values = nexts
    return [value["sourcedId"] if isinstance(value, dict) and "href" in value else value for value in values]


def is_list(records: list[Json], path: str) -> bool:
    """Return whether the member is a list in the records that have it."""
    head = path.partition(".")[0]
    return any(isinstance(record.get(head), list) for record in records)


def moment(text: str) -> datetime:
    """Return the moment that a date or a date and time names."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


DATES = re.compile(r"(.*\.)?(\w+Date|dateLastModified)")
"""The members that hold a date or a date and time."""


def pair(path: str, value: Any, text: str) -> tuple[Any, Any]:
    """Return a stored value and the filter's text as the same kind of thing."""
    if path.startswith("metadata."):
        return found_pair(value, text)
    if isinstance(value, bool):
        return value, text.lower() == "true"
    if isinstance(value, int | float):
        return value, float(text)
    if DATES.fullmatch(path):
        return moment(value), moment(text)
    return value, text


NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


def found_pair(value: Any, text: str) -> tuple[Any, Any]:
    """Return a value that the provider chose and the text: as numbers where both are, else as strings."""
    if isinstance(value, bool):
        return str(value).lower(), text.lower()
    if isinstance(value, int | float) and NUMBER.fullmatch(text):
        return value, float(text)
    return str(value), text


def spelt(value: Any) -> str:
    """Return a value as ``~`` sees it."""
    return str(value).casefold()


def passes(record: Json, path: str, predicate: str, text: str, *, listed: bool = False) -> bool:
    """Return whether a comparison holds; a missing member equals nothing and is neither before nor after anything."""
    values = found(record, path)
    if predicate == "~":
        wanted = [text, *(text.split(",") if listed else [])]
        return any(part.casefold() in spelt(value) for value in values for part in wanted)
    if predicate == "!=":
        return not passes(record, path, "=", text, listed=listed)
    if predicate == "=" and listed and "," in text and set(text.split(",")) <= {str(value) for value in values}:
        return True
    return any(OPERATORS[predicate](*pair(path, value, text)) for value in values)


def selected(records: list[Json], path: str, predicate: str, text: str) -> list[Json]:
    """Return the records for which a comparison holds, in their order."""
    listed = is_list(records, path)
    return [record for record in records if passes(record, path, predicate, text, listed=listed)]


def ids(records: list[Json]) -> list[str]:
    """Return the sourcedIds of records."""
    return [record["sourcedId"] for record in records]


def ordered(records: list[Json], path: str, *, descending: bool = False) -> list[Json]:
    """Return the records by the first value of a member, missing ones last, ties by sourcedId."""
    by_id = sorted(records, key=lambda record: record["sourcedId"])
    present = [record for record in by_id if found(record, path)]
    absent = [record for record in by_id if not found(record, path)]
    return sorted(present, key=lambda record: found(record, path)[0], reverse=descending) + absent
