"""``mockroster validate``: everything that is wrong with fixture files, each fault by its place."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockroster import settings as table
from mockroster.cli.flags import with_flags
from mockroster.clock import Clock
from mockroster.settings import Settings

if TYPE_CHECKING:
    from mockroster.loading.written import Fault

_FLAGS = ("fixtures_limit", "now")
"""The settings that it has a flag for."""

_SETTINGS = (*_FLAGS, "seed", "students", "profile")
"""The settings that it reads: those of the district too, over which ``base: generated`` lays a set."""

_LARGE = 20 * 1024 * 1024
"""Bytes from which checking takes so long that one is told of it."""

_COLOURS = {"error": "red", "warning": "yellow"}


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be said of one path."""

    name: str
    counts: Mapping[str, int]
    faults: Sequence[Fault]

    def number(self, severity: str) -> int:
        """Return how many faults are errors, or warnings."""
        return sum(fault.severity == severity for fault in self.faults)


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="print JSON, for programs")
@with_flags(_FLAGS)
def validate(*, paths: tuple[str, ...], as_json: bool, **flags: str | None) -> None:
    """Print everything that is wrong with fixtures: files, folders or zips, - for standard input.

    Each PATH is a set of its own. Exit code 0 if there are no errors, 1 if there are, 2 where a PATH cannot be read.
    """
    from mockroster.errors import UnreadableFixtures

    known = [table.variable(row) for row in fields(Settings) if row.name in _SETTINGS]
    settings = table.gathered(flags, {name: text for name, text in os.environ.items() if name in known})
    reports: list[Report] = []
    for path in paths:
        try:
            reports.append(_report(path, settings))
        except UnreadableFixtures as error:
            click.echo(f"mockroster: {error}", err=True)
            continue
        if not as_json:
            _print(reports[-1])
    if as_json:
        click.echo(json.dumps({"sets": [_row(report) for report in reports]}, indent=2))
    if len(reports) < len(paths):
        raise SystemExit(UnreadableFixtures.exit_code)
    raise SystemExit(int(any(report.number("error") for report in reports)))


def _report(path: str, settings: Settings) -> Report:
    """Return what is wrong with a path. Raises ``UnreadableFixtures``."""
    from mockroster.loading.assembly import assembled
    from mockroster.loading.reading import read
    from mockroster.sandbox.opening import generated

    _announce(path)
    fixtures = read(path, settings.fixtures_limit * 1024 * 1024)
    clock = Clock(settings.now)
    base = None
    if fixtures.base == "generated":
        base = generated(settings.seed, settings.students, clock, settings.profile)
    assembly = assembled([fixtures], clock.now(), base)
    return Report(fixtures.name, assembly.counts, assembly.faults)


def _announce(path: str) -> None:
    """Tell somebody who waits why."""
    if sys.stderr.isatty() and (size := _size(Path(path))) > _LARGE:
        click.echo(f"mockroster: checking {path}, {size / 1024 / 1024:,.0f} MB …", err=True)


def _size(path: Path) -> int:
    """Return how many bytes a file or a folder holds; of what cannot be read, whoever reads it says so."""
    try:
        files = path.iterdir() if path.is_dir() else (path,)
        return sum(file.stat().st_size for file in files if file.is_file())
    except OSError:
        return 0


def _print(report: Report) -> None:
    for fault in report.faults:
        click.echo(_line(fault))
    click.echo(f"{report.name}: {_summary(report)}")


def _line(fault: Fault) -> str:
    """Return the line of a fault: the place first, so that editors find it; a warning is called one."""
    if fault.severity == "error":
        return str(fault)
    place = fault.file if fault.line is None else f"{fault.file}:{fault.line}"
    return f"{place}: {click.style('warning', _COLOURS['warning'])}{str(fault)[len(place) :]}"


def _summary(report: Report) -> str:
    told = ", ".join(_counted(report.number(severity), severity) for severity in _COLOURS)
    counts = ", ".join(f"{count:,} {name}" for name, count in report.counts.items())
    return f"{told} in {_number(sum(report.counts.values()), 'record')}{f' ({counts})' if counts else ''}"


def _counted(number: int, severity: str) -> str:
    text = _number(number, severity)
    return click.style(text, _COLOURS[severity]) if number else text


def _number(number: int, name: str) -> str:
    return f"{number or 'no'} {name}{'' if number == 1 else 's'}"


def _row(report: Report) -> dict[str, Any]:
    return {
        "path": report.name,
        "counts": dict(report.counts),
        "errors": report.number("error"),
        "warnings": report.number("warning"),
        "faults": [*_faults(report)],
    }


def _faults(report: Report) -> Iterator[dict[str, Any]]:
    for fault in report.faults:
        yield {name: getattr(fault, name) for name in ("severity", "file", "line", "where", "message")}
