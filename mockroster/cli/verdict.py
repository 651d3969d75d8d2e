"""``mockroster verdict``: judge the client of a running server by its requests."""

from __future__ import annotations

from typing import Any

import click

from mockroster.cli.server import server_errors, with_server
from mockroster.cli.verdict_output import VerdictOutput, with_verdict_output
from mockroster.client.sandbox import Sandbox


@click.command()
@with_server
@click.option("--run", metavar="NAME", help="judge one run only")
@click.option("--client", metavar="ID", help="judge one client only")
@with_verdict_output
def verdict(*, url: str, admin_token: str | None, run: str | None, client: str | None, **options: Any) -> None:
    """Judge the client of a running server by what it has asked.

    Ends with 1 if the client breaks a rule of the level of --fail-on, or a stricter one.
    """
    output = VerdictOutput(**options)
    with server_errors(url):
        found = Sandbox.at(url, admin_token).verdict(run, client, output.choices)
    if not found["requests"]:
        whose = f" of the client {client[:60]!r}" if client else ""
        click.echo(f"mockroster: nothing was judged: {url} has received no request{whose}", err=True)
    output.finish(found)
