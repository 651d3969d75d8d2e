"""Nightly files of a generated district: a folder for each day, with a bulk bundle and what changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import click

from mockroster.errors import ConfigurationError
from mockroster.fixtures.write.delta import RosterRows, delta_files
from mockroster.fixtures.write.output import is_file_name
from mockroster.fixtures.write.zip_stream import File, zip_files
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Records
from mockroster.roster.relations import with_tombstones
from mockroster.roster.store import Roster
from mockroster.timeline.nights import nights
from mockroster.timeline.plan import Plan


def check_folder(out: str) -> Path:
    """Return the folder to write to, which must be empty or not there. Raises ``ConfigurationError``."""
    path = Path(out)
    if not out:
        raise ConfigurationError("--out: it is empty; with --days name a folder that is not there yet")
    if is_file_name(out):
        raise ConfigurationError(
            f"--out: {out!r} has the name of a file, and --days writes a folder for each day; "
            f"name a folder such as {str(path.with_suffix(''))!r}, or end the name in a slash"
        )
    try:
        if out == "-" or (path.exists() and not path.is_dir()):
            raise ConfigurationError(f"--out: {out!r} is not the name of a folder, which --days writes")
        if path.is_dir() and any(path.iterdir()):
            raise ConfigurationError(f"--out: the folder {out!r} is not empty; with --days name one that is")
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None
    return path


def save_nights(records: Records, seed: int, now: datetime, days: int, plan: Plan, version: str, out: Path) -> None:
    """Write a folder for the day of ``now`` with a bulk bundle, and for each later day with bulk and delta."""
    overlay = Overlay(Roster.of(records))
    rows = _save(overlay, version, out, now.date())
    changes = 0
    for night in nights(overlay, seed, now.date(), days, plan):
        before, rows = rows, _save(overlay, version, out, night.day)
        at = f"{night.day}T18:00:00.000Z"
        _write(_folder(out, night.day) / "delta.zip", delta_files(before, rows, night.written, at))
        changes += len(night.written)
    click.echo(
        f"mockroster: wrote {days + 1} folders to {out} (csv, {version}), with {changes:,} changed records", err=True
    )


def _save(overlay: Overlay, version: str, out: Path, day: date) -> RosterRows:
    """Write the bulk bundle of a day, and return its rows."""
    rows = RosterRows.of(with_tombstones(overlay), version)
    _write(_folder(out, day) / "bulk.zip", rows.bulk_files())
    return rows


def _folder(out: Path, day: date) -> Path:
    return out / day.isoformat()


def _write(path: Path, files: Iterable[File]) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            file.writelines(zip_files(files))
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"--out: {str(path)!r} cannot be written: {error.strerror or error}")
