"""``mockroster pass-days``: let days pass on a running server."""

from __future__ import annotations

import click

from mockroster.cli.flags import Parsed
from mockroster.cli.server import server_errors, with_server
from mockroster.client.sandbox import Sandbox
from mockroster.parsing import whole
from mockroster.timeline.limits import MOST_DAYS


@click.command(name="pass-days", short_help="Let days pass on a running server, each with its events.")
@click.argument("days", type=Parsed(whole(1, MOST_DAYS)), default=1)
@with_server
def pass_days(*, days: int, url: str, admin_token: str | None) -> None:
    """Let DAYS days pass on a running server, each with its events; 1 by default.

    URL is the address that serve prints; https://…/sandboxes/NAME selects one sandbox.
    """
    with server_errors(url):
        passed = Sandbox.at(url, admin_token).pass_days(days)
    click.echo(f"{passed['from']} to {passed['to']}, revision {passed['revision']}")
    width = max(map(len, passed["counts"]), default=0)
    for name, number in passed["counts"].items():
        click.echo(f"  {name:{width}}  {number:,}")
    click.echo(f"changes: {passed['changes']}")
