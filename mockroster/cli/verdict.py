"""``mockroster verdict``: judge the client of a running server by its requests."""

from __future__ import annotations

from typing import Any

import click

from mockroster.cli.verdict_output import VerdictOutput, with_verdict_output
from mockroster.client.sandbox import Sandbox
from mockroster.errors import ConfigurationError, Refused


@click.command()
@click.option("--url", required=True, envvar="MOCKROSTER_URL", metavar="URL", help="the server, or a sandbox of it")
@click.option("--admin-token", envvar="MOCKROSTER_ADMIN_TOKEN", metavar="TOKEN", help="token of its switchboard")
@click.option("--run", metavar="NAME", help="judge one run only")
@click.option("--client", metavar="ID", help="judge one client only")
@with_verdict_output
def verdict(*, url: str, admin_token: str | None, run: str | None, client: str | None, **options: Any) -> None:
    """Judge the client of a running server by what it has asked.

    Ends with 1 if the client breaks a rule of the level of --fail-on, or a stricter one.
    """
    output = VerdictOutput(**options)
    try:
        found = Sandbox.at(url, admin_token).verdict(run, client, output.choices)
    except Refused as error:
        raise ConfigurationError(f"--url: {url} refuses: {error}") from None
    except OSError as error:
        raise ConfigurationError(f"--url: {url} cannot be reached: {error.strerror or error}") from None
    output.finish(found)
