"""The command ``mockroster``: whatever is wrong with a command is one sentence on stderr and exit code 2."""

from __future__ import annotations

import sys

import click

from mockroster import __version__
from mockroster.cli.export import export
from mockroster.cli.generate import generate
from mockroster.cli.operations import operations
from mockroster.cli.ready import ready
from mockroster.cli.scenarios import catalogue
from mockroster.cli.serve import serve
from mockroster.cli.validate import validate
from mockroster.errors import ConfigurationError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def mockroster() -> None:
    """Serve OneRoster from a district that never was."""


for command in (serve, ready, generate, validate, export, operations, catalogue):
    mockroster.add_command(command)


def main() -> None:
    """Run the command line; the entry point of the package."""
    try:
        code = mockroster.main(prog_name="mockroster", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        _end(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(0)
    except click.ClickException as error:
        _end(f"mockroster: {error.format_message()}", error.exit_code)
    except ConfigurationError as error:
        _end(f"mockroster: {error}", error.exit_code)
    sys.exit(code)


def _end(message: str, code: int) -> None:
    click.echo(message, err=True)
    sys.exit(code)
