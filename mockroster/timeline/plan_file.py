"""Read a plan file, YAML or JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from mockroster.errors import ConfigurationError, nearest
from mockroster.timeline.calendar import Calendar, MonthDay
from mockroster.timeline.plan import NAMES, NONE, Plan

_LONGEST_BREAK = 366
_DATES = ("first-day", "last-day", "year-prepared", "year-rolled-over")
_MEMBERS = ("base", *_DATES, "days-off", "rates")
_MOST_BYTES = 1024 * 1024


class PlanFile:
    """A plan file; each message names file and line."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._root = self._parse(self._read())

    def _read(self) -> str:
        path = Path(self._path)
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise ConfigurationError(f"--calendar: {self._path!r} has more than {_MOST_BYTES:,} bytes")
            return path.read_text(encoding="utf-8")
        except OSError as error:
            near = nearest(self._path, NAMES)
            reason = f"is neither {' nor '.join(NAMES)} nor a file that can be read: {error.strerror}{near}"
            raise ConfigurationError(f"--calendar: {self._path[:200]!r} {reason}") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"--calendar: {self._path!r} is not UTF-8") from None

    def _parse(self, text: str) -> yaml.Node:
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            problem = getattr(error, "problem", None) or "cannot be parsed"
            raise ConfigurationError(f"{self._path}:{line}: {problem}") from None
        except RecursionError:
            raise ConfigurationError(f"{self._path}:1: it is nested too deeply") from None
        if not isinstance(node, yaml.MappingNode):
            raise ConfigurationError(f"{self._path}:1: a plan is an object with {', '.join(_MEMBERS)}")
        return node

    def apply(self, plan: Plan) -> Plan:
        """Return a plan with the values of the file."""
        members = dict(self._members(self._root, _MEMBERS, "a member of a plan"))
        calendar = plan.calendar or Calendar()
        numbers = dict(plan.rates)
        if "base" in members and self._scalar(members["base"], "base", NAMES) == NONE:
            numbers = dict.fromkeys(numbers, 0.0)
        dates: dict[str, Any] = {
            name.replace("-", "_"): self._month_day(name, members[name]) for name in _DATES if name in members
        }
        calendar = replace(calendar, **dates)
        if "days-off" in members:
            calendar = replace(calendar, days_off=frozenset(self._days_off(members["days-off"])))
        if "rates" in members:
            for name, node in self._members(members["rates"], tuple(numbers), "a rate"):
                numbers[name] = self._number(name, node)
        self._check_year(calendar, members)
        return Plan(self._path, calendar, numbers)

    def _check_year(self, calendar: Calendar, members: Mapping[str, yaml.Node]) -> None:
        days = calendar.year(2026).days
        if len(days) < 2 or days[-1] >= calendar.year(2027).rollover:
            node = members.get("last-day") or members.get("first-day") or self._root
            message = "the school year must have school days, and end before year-rolled-over"
            raise self._fault(node, "last-day", message)

    def _members(self, node: yaml.Node, known: tuple[str, ...], kind: str) -> Iterator[tuple[str, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self._fault(node, "rates", "must be an object")
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name not in known:
                raise ConfigurationError(
                    f"{self._path}:{key.start_mark.line + 1}: {name[:80]!r} is not {kind}"
                    + (nearest(name, known) or f"; there are {', '.join(known)}")
                )
            if name in seen:
                raise self._fault(key, name, "is there twice")
            seen.add(name)
            yield name, value

    def _scalar(self, node: yaml.Node, name: str, words: tuple[str, ...] = ()) -> str:
        value = node.value if isinstance(node, yaml.ScalarNode) else ""
        if not value or (words and value not in words):
            right = " or ".join(words) or "a value"
            raise self._fault(node, name, f"{value[:80]!r} is not {right}{nearest(value, words)}")
        return str(value)

    def _number(self, name: str, node: yaml.Node) -> float:
        text = self._scalar(node, name)
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not 0 <= number <= 10_000:
            raise self._fault(node, name, f"{text[:80]!r} is not a number from 0 to 10000")
        return number

    def _month_day(self, name: str, node: yaml.Node) -> MonthDay:
        text = self._scalar(node, name)
        try:
            found = datetime.strptime(f"2001-{text}", "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise self._fault(node, name, f"{text[:80]!r} is not a month and a day such as 08-17") from None
        is_autumn = found.month >= 8
        if (name == "first-day" and not is_autumn) or (name.startswith("year-") and is_autumn):
            right = "from August on" if name == "first-day" else "before August"
            raise self._fault(node, name, f"{text} is not {right}")
        return found.month, found.day

    def _days_off(self, node: yaml.Node) -> Iterator[date]:
        if not isinstance(node, yaml.SequenceNode):
            raise self._fault(node, "days-off", "must be a list of dates, or of ranges such as 2026-11-23..2026-11-27")
        for item in node.value:
            text = self._scalar(item, "days-off")
            first, _, last = text.partition("..")
            try:
                begin = date.fromisoformat(first)
                end = date.fromisoformat(last) if last else begin
            except ValueError:
                message = f"{text[:80]!r} is not a date such as 2026-10-12, or a range such as 2026-11-23..2026-11-27"
                raise self._fault(item, "days-off", message) from None
            length = (end - begin).days
            if not 0 <= length <= _LONGEST_BREAK:
                raise self._fault(item, "days-off", f"{text[:80]!r} is backwards or longer than a year")
            yield from (begin + timedelta(days=offset) for offset in range(length + 1))

    def _fault(self, node: Any, name: str, message: str) -> ConfigurationError:
        return ConfigurationError(f"{self._path}:{node.start_mark.line + 1}: {name}: {message}")
