"""``mockroster export``: write the records of a running server to files."""

from __future__ import annotations

import click

from mockroster.cli.output import ExportOutput, with_output
from mockroster.cli.server import server_errors, with_server
from mockroster.client.switchboard import Switchboard
from mockroster.client.truth import stored_records


@click.command()
@with_server
@with_output
def export(*, url: str, admin_token: str | None, out: str, format_: str | None, version: str) -> None:
    """Write the current records of a running server to PATH.

    URL is the address that serve prints; https://…/sandboxes/NAME selects one sandbox.
    JSON and YAML hold all records; a folder or .zip holds a file for each collection, or a OneRoster CSV bundle.
    """
    output = ExportOutput(out, format_, version)
    with server_errors(url):
        switchboard = Switchboard(url, admin_token)
        switchboard.sandbox_row()
        records = stored_records(switchboard)
    output.save(records)
