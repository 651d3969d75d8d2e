"""The page of flags and variables, and of the other commands."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

from mockroster.cli.operations import operations
from mockroster.cli.ready import ready
from mockroster.settings import Settings, flag, variable
from pages.markdown import NOTE, code, table


def page() -> str:
    """Return the page of flags and variables."""
    rows = [
        [code(flag(row)), code(variable(row)), _default(row.default), row.metadata["help"]] for row in fields(Settings)
    ]
    commands = (ready, operations)
    return (
        f"{NOTE}# Settings\n\n"
        "A flag of `mockroster serve` comes before its variable, the variable before the default.\n"
        "There is no settings file.\n"
        "`--client` may be given several times; its variable takes one client a line.\n"
        "`--no-auth` takes no value; its variable takes `true` or `false`.\n"
        "A value that will not do ends `serve` with exit code 2 and a sentence, before the port is bound.\n"
        "A `MOCKROSTER_` variable that is not in this table is warned of.\n\n"
        + table(("Flag", "Variable", "Default", "What it is"), rows)
        + "\n`mockroster.create_app` and `mockroster.Server` take the same settings by name: "
        "`Server(students=50, no_auth=True)`.\n"
        + "".join(f"\n## mockroster {command.name}\n\n{_command(command)}" for command in commands)
    )


def _default(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(code(":".join(one)) for one in value)
    return "none" if value is None else code(str(value).lower() if isinstance(value, bool) else value)


def _command(command: click.Command) -> str:
    rows = [
        [code(" or ".join(one.opts)) if isinstance(one, click.Option) else code(one.human_readable_name), _help(one)]
        for one in command.params
    ]
    about = "\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    return f"{about}\n\n{table(('Argument', 'What it is'), rows)}"


def _help(parameter: click.Parameter) -> str:
    return (parameter.help or "") if isinstance(parameter, click.Option) else "optional" * (not parameter.required)
