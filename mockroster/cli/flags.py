"""Command-line flags: those from the table of settings, and the type of a flag that a parser of settings parses."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from typing import Any

import click

from mockroster import settings as table
from mockroster.base_errors import ConfigurationError
from mockroster.parsing import Parser, switch
from mockroster.settings import Settings

Command = Callable[..., None]


class Parsed(click.ParamType[Any]):
    """The type of a flag or argument that a parser of settings parses, with the same error messages.

    An invalid text raises ``ConfigurationError``: ``--days: 'x' is not a whole number from 1 to 3660``.
    """

    name = "text"

    def __init__(self, parse: Parser) -> None:
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        """Return the value of a text. A default has its value already."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            raise ConfigurationError(f"{_label(param)}: {self._shown(value)} is not {error}") from None

    def _shown(self, value: str) -> str:
        return f"{value[:60]!r}"


class ParsedSecret(Parsed):
    """The same for a secret, which error messages do not show."""

    def _shown(self, value: str) -> str:  # noqa: ARG002
        return "the value"


def _label(param: click.Parameter | None) -> str:
    """Return the name of a flag, ``--days``, or of an argument, ``DAYS``."""
    name = param.opts[0] if param else "the value"
    return name.upper() if isinstance(param, click.Argument) else name


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


def load_named_settings(names: Collection[str], flags: Mapping[str, Any]) -> Settings:
    """Return the settings of these names from flags and environment. All others have their defaults.

    Raises ``ConfigurationError``. Variables of other settings are not read, so a wrong one does no harm.
    """
    variables = {table.variable(row) for row in fields(Settings) if row.name in names}
    environment = {name: text for name, text in os.environ.items() if name in variables}
    return table.load_settings({name: flags[name] for name in names if name in flags}, environment)


def _help(row: Any) -> str:
    default = "" if row.default in {None, False} or row.metadata["many"] else f" [{table.default_text(row)}]"
    return f"{row.metadata['help']}{default}"
