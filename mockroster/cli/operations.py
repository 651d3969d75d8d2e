"""``mockroster operations``: print the tables of the standard."""

from __future__ import annotations

import json

import click

from mockroster.standard.model import Operation, Service
from mockroster.standard.versions import SERVICES


@click.command()
@click.option("--json", "as_json", is_flag=True, help="print JSON, for programs")
def operations(*, as_json: bool) -> None:
    """Print every operation that is served."""
    if as_json:
        rows = [_row(service, operation) for service in SERVICES for operation in service.all_operations]
        click.echo(json.dumps({"operations": rows}, indent=2))
        return
    for service in SERVICES:
        click.echo(f"{service.title} at {service.base}")
        for operation in service.all_operations:
            click.echo(f"  {operation.method:<6} {operation.path:<75} {operation.name}")


def _row(service: Service, operation: Operation) -> dict[str, object]:
    return {
        "name": operation.name,
        "method": operation.method,
        "path": service.base + operation.path,
        "resource": operation.resource.collection,
        "purpose": operation.purpose,
        "query": list(operation.query),
        "scopes": list(operation.scopes),
        "standard": operation in service.operations,
    }
