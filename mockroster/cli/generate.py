"""``mockroster generate``: write a generated district to files."""

from __future__ import annotations

import os
from dataclasses import fields

import click

from mockroster import settings as table
from mockroster.cli.flags import with_flags
from mockroster.cli.output import ExportOutput, with_output
from mockroster.cli.progress import LARGE_DISTRICT
from mockroster.clock import Clock
from mockroster.settings import Settings

_SETTINGS = ("students", "seed", "profile", "now")
"""The settings that determine a district."""

_ROWS = [row for row in fields(Settings) if row.name in _SETTINGS]


@click.command()
@with_flags(_SETTINGS)
@with_output
def generate(*, out: str, format_: str | None, version: str, **flags: str | None) -> None:
    """Write a generated district to PATH.

    The settings of the district are also variables MOCKROSTER_<FLAG>, as for serve.
    JSON and YAML hold all records; a folder or .zip holds a file for each collection, or a OneRoster CSV bundle.
    """
    from mockroster.district import district

    for warning in table.unknown_variables(os.environ):
        click.echo(f"mockroster: {warning}", err=True)
    known = [table.variable(row) for row in _ROWS]
    settings = table.load_settings(flags, {name: text for name, text in os.environ.items() if name in known})
    output = ExportOutput(out, format_, version)
    if settings.students > LARGE_DISTRICT:
        click.echo(f"mockroster: generating a district of {settings.students:,} students …", err=True)
    now = Clock(settings.now).now()
    output.save(district(settings.seed, settings.students, now, settings.profile))
