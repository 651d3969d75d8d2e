"""Command-line flags from the table of settings: each command has flags for the settings it reads."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields
from typing import Any

import click

from mockroster import settings as table
from mockroster.parsing import switch
from mockroster.settings import Settings

Command = Callable[..., None]


def with_flags(names: Collection[str]) -> Callable[[Command], Command]:
    """Return a decorator that adds the flags of settings to a command. ``load_settings`` parses their texts later."""

    def decorate(command: Command) -> Command:
        for row in reversed(fields(Settings)):
            if row.name in names:
                kind: dict[str, Any] = (
                    {"is_flag": True, "default": None}
                    if row.metadata["parse"] is switch
                    else {"metavar": row.metadata["metavar"], "multiple": row.metadata["many"]}
                )
                command = click.option(table.flag(row), row.name, help=_help(row), **kind)(command)
        return command

    return decorate


def _help(row: Any) -> str:
    default = "" if row.default in {None, False} or row.metadata["many"] else f" [{table.default_text(row)}]"
    return f"{row.metadata['help']}{default}"
