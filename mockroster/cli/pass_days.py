"""``mockroster pass-days``: let days pass on a running server."""

from __future__ import annotations

from http.client import HTTPException

import click

from mockroster.client.sandbox import Sandbox
from mockroster.errors import ConfigurationError, Refused


@click.command(name="pass-days")
@click.argument("days", metavar="DAYS", type=click.IntRange(min=1), default=1)
@click.option("--url", required=True, envvar="MOCKROSTER_URL", metavar="URL", help="the server, or a sandbox of it")
@click.option("--admin-token", envvar="MOCKROSTER_ADMIN_TOKEN", metavar="TOKEN", help="token of its switchboard")
def pass_days(*, days: int, url: str, admin_token: str | None) -> None:
    """Let DAYS days pass on a running server, each with its events; 1 by default.

    URL is the address that serve prints; https://…/sandboxes/NAME selects one sandbox.
    """
    try:
        passed = Sandbox.at(url, admin_token).pass_days(days)
    except ConfigurationError as error:
        raise ConfigurationError(f"--url: {error}") from None
    except (OSError, HTTPException, Refused) as error:
        raise ConfigurationError(str(error)) from None
    click.echo(f"{passed['from']} to {passed['to']}, revision {passed['revision']}")
    width = max(map(len, passed["counts"]), default=0)
    for name, number in passed["counts"].items():
        click.echo(f"  {name:{width}}  {number:,}")
    click.echo(f"changes: {passed['changes']}")
