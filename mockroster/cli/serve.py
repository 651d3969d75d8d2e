"""``mockroster serve``: its flags are the rows of ``settings``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import click

from mockroster import settings as table
from mockroster.cli.card import card, counted
from mockroster.cli.progress import MANY, generating
from mockroster.logs import configure, log
from mockroster.ready import Readiness
from mockroster.settings import Settings


def _with_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a flag for each setting; the texts are read later, with those of the environment."""
    for row in reversed(fields(Settings)):
        kind: dict[str, Any] = (
            {"is_flag": True, "default": None}
            if row.metadata["parse"] is table.switch
            else {"metavar": row.metadata["metavar"], "multiple": row.metadata["many"]}
        )
        command = click.option(table.flag(row), row.name, help=_help(row), **kind)(command)
    return command


def _help(row: Any) -> str:
    default = "" if row.default in {None, False} or row.metadata["many"] else f" [{row.default}]"
    return f"{row.metadata['help']}{default}"


@click.command()
@_with_flags
def serve(**flags: Any) -> None:
    """Serve a generated district, or fixtures.

    Each flag is also a variable MOCKROSTER_<FLAG>; one that is repeatable takes a value a line there.
    Prints one line on stdout when it answers.
    """
    from mockroster import server

    settings = table.gathered(flags, os.environ)
    configure(settings.log_format)
    for warning in table.unknown_variables(os.environ):
        log.warning(warning)
    if settings.fixtures:
        log.info("reading fixtures …")
    elif settings.students > MANY:
        log.info("generating a district of %s students …", f"{settings.students:,}")
    server.serve(settings, generating, _announce)


def _announce(url: str, settings: Settings, readiness: Readiness) -> None:
    """Print the card for people, or the like of it for a log, and the one line for programs."""
    if settings.log_format == "text":
        click.echo(card(url, settings, readiness, colour=sys.stderr.isatty()), err=True)
    else:
        log.info("ready at %s, seed %s, %s", url, readiness.seed, counted(readiness))
    click.echo(f"mockroster ready at {url}")
    sys.stdout.flush()
