"""The report of ``validate``: faults with their places, in a bounded number of lines.

Faults of the same kind differ only in place and in the values that they cite. The first ones of each kind are shown,
and the others are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from mockroster.roster.counts import listed

if TYPE_CHECKING:
    from mockroster.errors import Severity
    from mockroster.fixtures.read.raw import Fault

MOST_KINDS = 100
"""The most kinds of faults that are shown, unless all are requested."""

COLOURS = {"error": "red", "warning": "yellow"}

_NUMBER = re.compile(r"\[\d+\]")
_VALUE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d+")
_HINT = "; did you mean "

FaultKind = tuple[str, str, str, str]


@dataclass(slots=True)
class HiddenFaults:
    """Faults that are counted and not shown."""

    like: Fault | None = None
    """The first fault of this kind; ``None`` if they are of several kinds."""

    count: int = 0
    last: Fault | None = None

    def __str__(self) -> str:
        """Return the line that summarizes them."""
        if self.like is None:
            return f"and {self.count:,} more faults of other kinds; --max 0 shows all of them"
        line = f", the last on line {self.last.line:,}" if self.last and self.last.line else ""
        message = f"and {self.count:,} more like it{line}; --max 0 shows all of them"
        return str(replace(self.like, line=None, where=_NUMBER.sub("[]", self.like.where), message=message))


@dataclass(frozen=True, slots=True)
class Report:
    """The result of checking one path."""

    name: str
    counts: Mapping[str, int]
    faults: Sequence[Fault]
    """Errors and warnings only; see ``resolve_severity``."""

    def number(self, severity: str) -> int:
        """Return the number of errors, or of warnings."""
        return sum(fault.severity == severity for fault in self.faults)

    def lines(self, most: int) -> Iterator[str]:
        """Yield the lines for a person, with at most ``most`` faults of each kind; 0 shows all."""
        for shown in limit_faults(self.faults, most):
            yield str(shown) if isinstance(shown, HiddenFaults) else line(shown)
        yield f"{self.name}: {self._summary()}"

    def document(self, most: int) -> dict[str, Any]:
        """Return the report for programs with the same limit. ``hidden`` is present if faults are not shown."""
        shown = [fault for fault in limit_faults(self.faults, most) if not isinstance(fault, HiddenFaults)]
        hidden = len(self.faults) - len(shown)
        return {
            "path": self.name,
            "counts": dict(self.counts),
            "errors": self.number("error"),
            "warnings": self.number("warning"),
            **({"hidden": hidden} if hidden else {}),
            "faults": [_row(fault) for fault in shown],
        }

    def _summary(self) -> str:
        severities = ", ".join(_coloured(self.number(severity), severity) for severity in COLOURS)
        counts = listed(self.counts)
        return f"{severities} in {_number(sum(self.counts.values()), 'record')}{f' ({counts})' if counts else ''}"


def resolve_severity(faults: Iterable[Fault], violation: Severity) -> list[Fault]:
    """Return the faults with ``violation`` as the severity, ``error`` or ``warning``, of violations of the standard."""
    return [replace(fault, severity=violation) if fault.severity == "violation" else fault for fault in faults]


def limit_faults(faults: Sequence[Fault], most: int) -> list[Fault | HiddenFaults]:
    """Return the first ``most`` faults of each kind in order, each kind followed by a count of the rest; 0 for all."""
    if not most:
        return [*faults]
    shown: list[Fault | HiddenFaults] = []
    kinds: dict[FaultKind, HiddenFaults] = {}
    numbers: dict[FaultKind, int] = {}
    others = HiddenFaults()
    for fault in faults:
        kind = _kind(fault)
        number = numbers[kind] = numbers.get(kind, 0) + 1
        if number == 1 and len(kinds) < MOST_KINDS:
            kinds[kind] = HiddenFaults(fault)
        rest = kinds.get(kind, others)
        if rest is not others and number <= most:
            shown.append(fault)
            continue
        rest.count += 1
        rest.last = fault
        if rest is not others and rest.count == 1:
            shown.append(rest)
    return [*shown, others] if others.count else shown


def line(fault: Fault) -> str:
    """Return the line of a fault, with its place first, so that editors find it. Warnings are marked."""
    if fault.severity == "error":
        return str(fault)
    place = fault.file if fault.line is None else f"{fault.file}:{fault.line}"
    return f"{place}: {click.style('warning', COLOURS['warning'])}{str(fault)[len(place) :]}"


def _kind(fault: Fault) -> FaultKind:
    where = _NUMBER.sub("[]", fault.where) if "[" in fault.where else ""
    return fault.file, fault.severity, where, _VALUE.sub("*", fault.message.partition(_HINT)[0])


def _coloured(number: int, severity: str) -> str:
    text = _number(number, severity)
    return click.style(text, COLOURS[severity]) if number else text


def _number(number: int, name: str) -> str:
    return f"{f'{number:,}' if number else 'no'} {name}{'' if number == 1 else 's'}"


def _row(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in ("severity", "file", "line", "where", "message")}
