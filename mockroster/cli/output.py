"""The output of ``generate`` and ``export``: options, target and progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import click

from mockroster.cli.flags import Parsed
from mockroster.cli.progress import with_progress
from mockroster.cli.summary import summary
from mockroster.errors import ConfigurationError
from mockroster.fixtures.write.export import DEFAULT_VERSION, FORMATS, VERSIONS, Export
from mockroster.fixtures.write.output import Target, target, write
from mockroster.parsing import one_of
from mockroster.roster.record import Record

_LARGE = 50_000
"""Records from which writing takes long enough to show progress."""


def with_output(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options ``--out``, ``--format`` and ``--version`` to a command."""
    choices = "|".join
    for option in (
        click.option(
            "--version",
            default=DEFAULT_VERSION,
            metavar=choices(VERSIONS),
            type=Parsed(one_of(*VERSIONS)),
            help=f"shape of the records [{DEFAULT_VERSION}]",
        ),
        click.option(
            "--format",
            "format_",
            metavar=choices(FORMATS),
            type=Parsed(one_of(*FORMATS)),
            help="output format [from the ending, or else json]",
        ),
        click.option("--out", required=True, metavar="PATH", help=".json, .yaml, .zip or folder; - is standard output"),
    ):
        command = option(command)
    return command


class ExportOutput:
    """The destination and format of an export, checked before the records are made.

    Raises ConfigurationError for contradicting options and for a destination that cannot be written.
    """

    def __init__(self, out: str, format_: str | None, version: str) -> None:
        self.version = version
        self.out = out
        self.target: Target | None = None if out == "-" else target(out, format_)
        self.format = self.target.format if self.target else format_ or "json"
        if self.target is None and sys.stdout is None:
            raise ConfigurationError("--out -: standard output is closed")
        if self.target is None and self.format == "csv" and sys.stdout.isatty():
            raise ConfigurationError("--format csv: it is a zip, not for a terminal; give --out a name or use a pipe")

    def save(self, tables: Mapping[str, Sequence[Record]]) -> None:
        """Write the records, and print a summary on stderr."""
        export = Export(tables, self.format, self.version)
        count = sum(map(len, tables.values()))
        if count >= _LARGE and sys.stderr.isatty():
            with click.progressbar(length=count, label="writing", file=sys.stderr) as bar:
                self._write(replace(export, tables=with_progress(tables, bar.update)))
        else:
            self._write(export)
        click.echo(summary(export, self.out), err=True)

    def _write(self, export: Export) -> None:
        if self.target is not None:
            write(export, self.target)
            return
        try:
            sys.stdout.buffer.writelines(export.document())
            sys.stdout.buffer.flush()
        except OSError as error:
            raise ConfigurationError(f"--out -: standard output cannot be written: {error.strerror}") from None
