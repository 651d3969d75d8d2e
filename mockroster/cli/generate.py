"""``mockroster generate``: write a generated district to files."""

from __future__ import annotations

import os

import click

from mockroster import settings as table
from mockroster.cli.flags import Parsed, load_named_settings, with_flags
from mockroster.cli.output import ExportOutput, with_output
from mockroster.cli.progress import LARGE_DISTRICT
from mockroster.clock import Clock
from mockroster.errors import ConfigurationError
from mockroster.parsing import whole
from mockroster.settings import Settings
from mockroster.timeline.limits import MOST_DAYS

_SETTINGS = ("students", "seed", "profile", "now", "calendar")
"""The settings that determine a district and its days."""


@click.command()
@with_flags(_SETTINGS)
@with_output
@click.option("--days", type=Parsed(whole(1, MOST_DAYS)), metavar="N", help="write nightly files of the next N days")
def generate(*, out: str, format_: str | None, version: str, days: int | None, **flags: str | None) -> None:
    """Write a generated district to PATH.

    The settings of the district are also variables MOCKROSTER_<FLAG>, as for serve.
    JSON and YAML hold all records; a folder or .zip holds a file for each collection, or a OneRoster CSV bundle.
    With --days PATH is a folder with a folder for each day: bulk.zip, and from the second day on delta.zip.
    """
    from mockroster.district import district

    for warning in table.unknown_variables(os.environ):
        click.echo(f"mockroster: {warning}", err=True)
    settings = load_named_settings(_SETTINGS, flags)
    if days is not None:
        _generate_nights(settings, out, format_, version, days)
        return
    if flags["calendar"] is not None:
        raise ConfigurationError("--calendar: it plans the days of nightly files; add --days, or leave it out")
    output = ExportOutput(out, format_, version)
    if settings.students > LARGE_DISTRICT:
        click.echo(f"mockroster: generating a district of {settings.students:,} students …", err=True)
    now = Clock(settings.now).now()
    output.save(district(settings.seed, settings.students, now, settings.profile))


def _generate_nights(settings: Settings, out: str, format_: str | None, version: str, days: int) -> None:
    """Write nightly files. Raises ``ConfigurationError``."""
    from mockroster.cli.nights import check_folder, save_nights
    from mockroster.district import district
    from mockroster.timeline.plan import load_plan

    if format_ not in {None, "csv"}:
        raise ConfigurationError(f"--format {format_}: with --days the files are OneRoster CSV; leave --format out")
    plan = load_plan(settings.calendar)
    folder, now = check_folder(out), Clock(settings.now).now()
    records = district(settings.seed, settings.students, now, settings.profile)
    save_nights(records, settings.seed, now, days, plan, version, folder)
