"""The page of flags and variables, and of the other commands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import Field, fields
from typing import Any

import click

from mockroster.cli.main import COMMANDS, mockroster
from mockroster.parsing import switch
from mockroster.settings import Settings, default_text, flag, variable
from pages.markdown import NOTE, code, table


def page() -> str:
    """Return the page of flags and variables."""
    rows = [[code(flag(row)), code(variable(row)), _default(row), row.metadata["help"]] for row in fields(Settings)]
    several = [row for row in fields(Settings) if row.metadata["many"]]
    switches = [row for row in fields(Settings) if row.metadata["parse"] is switch]
    context = click.Context(mockroster)
    commands = [mockroster.get_command(context, name) for name in COMMANDS if name != "serve"]
    return (
        f"{NOTE}# Settings\n\n"
        "A flag of `mockroster serve` comes before its variable, the variable before the default.\n"
        "There is no settings file.\n"
        f"{_flags(several)} may be given several times; the variable takes one value a line.\n"
        f"{_flags(switches)} take no value; the variable takes `true` or `false`.\n"
        "An empty variable is ignored; an empty value of a flag is an error.\n"
        "An invalid value ends `serve` with exit code 2 and a sentence, before the port is bound.\n"
        "For a `MOCKROSTER_` variable that is not in this table `serve` logs a warning.\n\n"
        + table(("Flag", "Variable", "Default", "What it is"), rows)
        + "\n`mockroster.create_app` and `mockroster.Server` take the same settings by name: "
        "`Server(students=50, no_auth=True)`.\n"
        + "".join(f"\n## mockroster {command.name}\n\n{_command(command)}" for command in commands if command)
    )


def _flags(rows: Sequence[Field[Any]]) -> str:
    *first, last = [code(flag(row)) for row in rows]
    return f"{', '.join(first)} and {last}"


def _default(row: Field[Any]) -> str:
    value = row.default
    if isinstance(value, tuple):
        return ", ".join(code(":".join(pair)) for pair in value)
    return "none" if value is None else code(str(value).lower() if isinstance(value, bool) else default_text(row))


def _command(command: click.Command) -> str:
    rows = [
        [
            code(" or ".join(parameter.opts))
            if isinstance(parameter, click.Option)
            else code(parameter.human_readable_name),
            _help(parameter),
        ]
        for parameter in command.params
    ]
    lines = [line.strip() for line in (command.help or "").splitlines() if line.strip()]
    about = re.sub(r"MOCKROSTER_[\w<>]+", lambda match: code(match[0]), "\n".join(lines))
    return f"{about}\n\n{table(('Argument', 'What it is'), rows)}"


def _help(parameter: click.Parameter) -> str:
    about = (parameter.help or "") if isinstance(parameter, click.Option) else ""
    needed = "required" if parameter.required else "" if about else "optional"
    return "; ".join(part for part in (about, needed) if part)
