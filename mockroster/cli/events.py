"""``mockroster events``: print the catalogue of roster events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import fill
from typing import Any

import click

from mockroster.cli.scenarios import WIDTH
from mockroster.timeline import catalogue


@click.command()
@click.option("--json", "as_json", is_flag=True, help="print JSON, for programs")
def events(*, as_json: bool) -> None:
    """Print every roster event that can be triggered."""
    rows = [catalogue.describe(event) for event in catalogue.events().values()]
    if as_json:
        click.echo(json.dumps({"events": rows}, indent=2))
        return
    click.echo("\n".join(line for row in rows for line in _lines(row)))


def _lines(row: dict[str, Any]) -> Iterator[str]:
    yield row["name"]
    yield fill(row["description"], WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 4)
    for parameter in row["parameters"]:
        values = f" ({', '.join(parameter['values'])})" if "values" in parameter else ""
        text = f"{parameter['name']}={parameter['default']}  {parameter['help']}{values}"
        yield fill(text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 10)
