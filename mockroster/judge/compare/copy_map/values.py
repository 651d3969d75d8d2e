"""Bring a value of the standard and a cell of a client into one form, by the rules of a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson

from mockroster.judge.compare.copy_map.model import ColumnRule
from mockroster.standard.fields import Date, JsonBoolean, Listed, Member, Number, Timestamp, read_moment, read_number

_BOOLEANS = {"true": True, "t": True, "yes": True, "y": True, "1": True} | {
    "false": False,
    "f": False,
    "no": False,
    "n": False,
    "0": False,
}
_DAY = 10


def value_at(record: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path; inside a list, the values of all its items. ``None`` if there is none."""
    if path in record:
        return record[path]
    head, dot, rest = path.partition(".")
    value = record.get(head) if dot else None
    if isinstance(value, Mapping):
        return value_at(value, rest)
    if isinstance(value, list):
        return [inner for item in value if isinstance(item, Mapping) and (inner := value_at(item, rest)) is not None]
    return None


def truth_value(rule: ColumnRule, value: Any) -> Any:
    """Return the comparable form of a value of the standard; ``None`` for a missing one."""
    items = value if isinstance(value, list) else [value]
    words = rule.values or {}
    renamed = [words.get(_text(item), item) if isinstance(item, str | bool) else item for item in items]
    values = _without_blanks(rule, renamed)
    return _sorted_values(values) if _is_list(rule) or isinstance(value, list) else next(iter(values), None)


def copy_value(rule: ColumnRule, cell: Any) -> Any:
    """Return the comparable form of a client's value; ``None`` for a blank one."""
    if isinstance(cell, str) and rule.separator is not None:
        cell = cell.split(rule.separator)
    values = _without_blanks(rule, cell if isinstance(cell, list) else [cell])
    return _sorted_values(values) if _is_list(rule) else next(iter(values), None)


def _is_list(rule: ColumnRule) -> bool:
    return isinstance(rule.field, Listed) or "." in rule.member or rule.separator is not None


def _without_blanks(rule: ColumnRule, items: Iterable[Any]) -> list[Any]:
    """Return the comparable forms of items, without blank ones."""
    return [value for item in items if (value := _scalar(rule, item)) is not None]


def _sorted_values(values: Iterable[Any]) -> Any:
    """Return the distinct values of a list, sorted; ``None`` if there are none."""
    return sorted({_key(value): value for value in values}.items()) or None


def _key(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _scalar(rule: ColumnRule, value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, Mapping | list):
        return _key(value) if value else None
    field = rule.field.inner if isinstance(rule.field, Listed) else rule.field
    # A member whose words are renamed is compared by the client's words.
    typed = value if rule.values else _convert(field, value, rule)
    if not isinstance(typed, str):
        return typed
    text = typed.strip() if rule.is_trimmed or rule.separator is not None else typed
    return (text.casefold() if rule.ignores_case else text) or None


def _convert(field: Member | None, value: Any, rule: ColumnRule) -> Any:
    """Convert a value to the type of its field; a value that cannot be converted stays text."""
    text = _text(value)
    if isinstance(field, JsonBoolean):
        return _BOOLEANS.get(text.strip().casefold(), text)
    if isinstance(field, Number):
        number = read_number(text.strip())
        return text if number is None else number
    if isinstance(field, Date | Timestamp):
        return _moment(text, field, rule)
    return text


def _moment(text: str, field: Member, rule: ColumnRule) -> str:
    if rule.date_format is not None:
        with suppress(ValueError):  # the truth is in the notation of the standard
            text = datetime.strptime(text, rule.date_format).isoformat()  # noqa: DTZ007 - UTC is assumed below
    accepted = field.accept(text) if read_moment(text) is not None else text
    return str(accepted)[:_DAY] if rule.is_day else str(accepted)


def _text(value: Any) -> str:
    """Return a value as text: booleans as in JSON, numbers without a trailing fraction of zero."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
