"""The view Scenarios: the catalogue, the active scenarios, and a form for each scenario."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from mockroster.errors import nearest
from mockroster.http.dashboard import pages
from mockroster.scenarios.catalogue import describe, describe_aim, scenarios


def show() -> Response:
    """Return the catalogue, with the form of the scenario that the address names."""
    catalogue = [describe(scenario) for scenario in scenarios().values()]
    return pages.page(
        "scenarios.html",
        view="scenarios",
        catalogue=catalogue,
        aim=describe_aim(),
        chosen=_chosen(catalogue),
        search=request.args.get("q", ""),
    )


def _chosen(catalogue: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the scenario that the address names. Raises ``NotFound`` with the nearest name."""
    name = request.args.get("scenario")
    if name is None:
        return None
    rows = {row["name"]: row for row in catalogue}
    if name not in rows:
        raise NotFound(f"There is no scenario {name[:80]!r}{nearest(name[:80], rows)}")
    return rows[name]
