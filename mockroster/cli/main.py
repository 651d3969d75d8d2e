"""The command ``mockroster``. Every error is one sentence on stderr and exit code 2."""

from __future__ import annotations

import gc
import sys
from importlib import import_module

import click

from mockroster import __version__
from mockroster.base_errors import ConfigurationError

COMMANDS = (
    "compare",
    "events",
    "exercise",
    "export",
    "generate",
    "operations",
    "pass-days",
    "ready",
    "scenarios",
    "serve",
    "validate",
    "verdict",
)
"""Each is a function of that name, in the module of that name, with an underscore for a hyphen."""


class Commands(click.Group):
    """A group that imports a command on first use: ``ready``, which health checks run, must not wait for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command. If there is none of that name, import all, so that click suggests the nearest."""
        for name in (cmd_name,) if cmd_name in COMMANDS else COMMANDS:
            module = name.replace("-", "_")
            self.add_command(getattr(import_module(f"mockroster.cli.{module}"), module))
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def mockroster() -> None:
    """Serve a mock OneRoster API, and test the clients that use it."""


def main() -> None:
    """Run the command line; the entry point of the package."""
    # Almost no object of a command becomes garbage, and looking for it takes a sixth of the time.
    gc.disable()
    try:
        code = mockroster.main(prog_name="mockroster", standalone_mode=False)
        if sys.stdout:  # a caller may have closed it
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        _end(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(0)
    except click.ClickException as error:
        _end(f"mockroster: {error.format_message()}", error.exit_code)
    except OSError as error:
        # Errors of named files are reported elsewhere; this is standard output, on a full disk for example.
        _end(f"mockroster: {error.strerror or error}", 1)
    except ConfigurationError as error:
        _end(f"mockroster: {error}", error.exit_code)
    sys.exit(code)


def _end(message: str, code: int) -> None:
    click.echo(message, err=True)
    sys.exit(code)
