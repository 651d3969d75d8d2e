"""``mockroster validate``: print every fault in fixture files with its place."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockroster.cli.flags import Parsed, load_named_settings, with_flags
from mockroster.cli.report import Report, resolve_severity
from mockroster.clock import Clock
from mockroster.parsing import whole
from mockroster.settings import Settings

if TYPE_CHECKING:
    from mockroster.fixtures.read.assembly import Assembly
    from mockroster.fixtures.read.raw import Fault, FixtureSet

_FLAGS = ("fixtures_limit", "now")
"""The settings that have a flag."""

_SETTINGS = (*_FLAGS, "seed", "students", "profile")
"""The settings that are read, including those of the district that ``base: generated`` extends."""

_LARGE = 20 * 1024 * 1024
"""Bytes from which checking takes long enough to say so."""


@click.command(short_help="Print every fault in fixtures: files, folders or zips.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--onto", multiple=True, metavar="BASE", help="roster that each PATH changes, for delta files; may be repeated"
)
@click.option("--strict", is_flag=True, help="report every violation of a MUST of the standard as an error")
@click.option(
    "--max",
    "most",
    metavar="N",
    type=Parsed(whole(0, 1_000_000)),
    default=10,
    help="faults of each kind to show, 0 for all [10]",
)
@click.option("--json", "as_json", is_flag=True, help="print JSON, for programs")
@with_flags(_FLAGS)
def validate(
    *, paths: tuple[str, ...], onto: tuple[str, ...], strict: bool, most: int, as_json: bool, **flags: str | None
) -> None:
    """Print every fault in fixtures: files, folders or zips, - for standard input.

    Each PATH is a set of its own. Exit code 0 if there are no errors, 1 if there are, 2 if a PATH cannot be read.
    """
    from mockroster.errors import UnreadableFixtures

    if "-" in onto:
        raise click.UsageError("--onto -: a base is read more than once; name a file, a folder or a zip")
    settings = load_named_settings(_SETTINGS, flags)
    reports: list[Report] = []
    for path in paths:
        try:
            report = _report(path, settings, onto)
        except UnreadableFixtures as error:
            click.echo(f"mockroster: {error}", err=True)
            continue
        reports.append(replace(report, faults=resolve_severity(report.faults, "error" if strict else "warning")))
        if not as_json:
            for line in reports[-1].lines(most):
                click.echo(line)
    if as_json:
        click.echo(json.dumps({"sets": [report.document(most) for report in reports]}, indent=2))
    if len(reports) < len(paths):
        raise SystemExit(UnreadableFixtures.exit_code)
    raise SystemExit(int(any(report.number("error") for report in reports)))


def _report(path: str, settings: Settings, onto: Sequence[str] = ()) -> Report:
    """Return the faults of a path, or those that it adds to a base. Raises ``UnreadableFixtures``."""
    _announce(path)
    fixtures = _read(path, settings)
    name, counts = fixtures.name, fixtures.counts()
    if not onto:
        assembly = _merge([fixtures], settings)
        return Report(name, assembly.counts, assembly.faults)
    base_faults = _merge([_read(base, settings) for base in onto], settings).faults
    _print_base_errors(onto, base_faults)
    changed = _merge([*(_read(base, settings) for base in onto), fixtures], settings)
    # Faults of the base alone are not reported for this path.
    remaining = Counter(base_faults)
    return Report(name, counts, [fault for fault in changed.faults if not _take(remaining, fault)])


def _take(faults: Counter[Fault], fault: Fault) -> bool:
    """Remove a fault from others, and return whether it was among them."""
    faults[fault] -= 1
    return faults[fault] >= 0


def _read(path: str, settings: Settings) -> FixtureSet:
    from mockroster.fixtures.read.load import read

    return read(path, settings.fixtures_limit * 1024 * 1024)


def _merge(sets: Sequence[FixtureSet], settings: Settings) -> Assembly:
    from mockroster.fixtures.read.assembly import assemble
    from mockroster.sandbox.district import generated

    clock = Clock(settings.now)
    base = None
    if any(fixtures.base == "generated" for fixtures in sets):
        base = generated(settings.seed, settings.students, clock.now(), settings.profile)
    return assemble(sets, clock.now(), base)


def _print_base_errors(onto: Sequence[str], faults: Sequence[Fault]) -> None:
    """Print how many errors the base itself has."""
    errors = sum(fault.severity == "error" for fault in faults)
    if errors:
        number = "an error" if errors == 1 else f"{errors:,} errors"
        click.echo(f"mockroster: {' '.join(onto)} has {number} of its own, not shown here", err=True)


def _announce(path: str) -> None:
    """Print the name and size of a large file to a terminal."""
    if sys.stderr.isatty() and (size := _size(Path(path))) > _LARGE:
        click.echo(f"mockroster: checking {path}, {size / 1024 / 1024:,.0f} MB …", err=True)


def _size(path: Path) -> int:
    """Return the size of a file or folder in bytes; 0 if it cannot be read, which is reported later."""
    try:
        files = path.iterdir() if path.is_dir() else (path,)
        return sum(file.stat().st_size for file in files if file.is_file())
    except OSError:
        return 0
