"""``mockroster serve``: its flags are the rows of ``settings``."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import fields
from typing import Any

import click

from mockroster import settings as table
from mockroster.cli.banner import banner, record_counts
from mockroster.cli.flags import with_flags
from mockroster.cli.progress import LARGE_DISTRICT, generating
from mockroster.logs import configure, log
from mockroster.ready import Readiness
from mockroster.settings import Settings


@click.command()
@with_flags([row.name for row in fields(Settings)])
def serve(**flags: Any) -> None:
    """Serve a generated district, or fixtures.

    Each flag is also a variable MOCKROSTER_<FLAG>; a repeatable one takes one value a line there.
    Prints one line on stdout when the server is ready.
    """
    # Until the server starts, SIGTERM ends the command at once. Process 1 of a container ignores it by default.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from mockroster.serving.process import serve as serve_until_stopped

    settings = table.load_settings(flags, os.environ)
    configure(settings.log_format)
    for warning in table.unknown_variables(os.environ):
        log.warning(warning)
    if settings.fixtures:
        log.info("reading fixtures …")
    elif settings.students > LARGE_DISTRICT:
        log.info("generating a district of %s students …", f"{settings.students:,}")
    serve_until_stopped(settings, generating, _announce)


def _announce(url: str, settings: Settings, readiness: Readiness) -> None:
    """Print the banner for people, or log its main facts, and print the one line for programs."""
    if settings.log_format == "text":
        colour = sys.stderr is not None and sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        click.echo(banner(url, settings, readiness, colour=colour), err=True)
    else:
        log.info("ready at %s, seed %s, %s", url, readiness.seed, record_counts(readiness))
    click.echo(f"mockroster ready at {url}")
