"""``mockroster scenarios``: print the catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import fill
from typing import Any

import click

from mockroster.scenarios import catalogue
from mockroster.scenarios.base import Provider
from mockroster.scenarios.places import PLACES

WIDTH = 100
"""Columns of a line."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="print JSON, for programs")
def scenarios(*, as_json: bool) -> None:
    """Print every scenario that can be activated."""
    rows = [catalogue.describe(scenario) for scenario in catalogue.scenarios().values()]
    if as_json:
        click.echo(json.dumps({"scenarios": rows, "aim": catalogue.describe_aim()}, indent=2))
        return
    present = {row["kind"] for row in rows}
    groups = [_group(kind, rows) for kind in PLACES if kind in present]
    click.echo("\n\n".join("\n".join(group) for group in [*groups, _aim()]))


def _group(kind: str, rows: list[dict[str, Any]]) -> Iterator[str]:
    yield PLACES[kind]
    for row in rows:
        if row["kind"] == kind:
            yield f"  {row['name']}"
            yield fill(row["description"], WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
            yield from _parts(row["name"])
            for parameter in row["parameters"]:
                yield from _parameter(parameter)


def _aim() -> Iterator[str]:
    """Yield the lines about the aim."""
    yield "Aim: the requests that a scenario acts on, such as server-error@path=/users,times=2"
    for parameter in catalogue.describe_aim():
        yield from _parameter(parameter)


def _parts(name: str) -> Iterator[str]:
    """Yield the line with the scenarios that a provider consists of."""
    scenario = catalogue.scenarios()[name]
    if issubclass(scenario, Provider):
        text = "parts: " + ", ".join(part.partition(":")[0] for part in scenario.parts)
        yield fill(text, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 12, break_on_hyphens=False)


def _parameter(row: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a parameter: name, default and meaning."""
    default = "|".join(map(str, row["default"])) if isinstance(row["default"], list) else row["default"]
    values = f" ({', '.join(row['values'])})" if "values" in row else ""
    text = f"{row['name']}={'' if default is None else default}  {row['help']}{values}"
    yield fill(text, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 12)
