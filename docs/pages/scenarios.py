"""The page of the catalogue of scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockroster.scenarios.base import Provider, Scenario
from mockroster.scenarios.catalogue import describe, scenarios
from pages.markdown import NOTE, code, table

KINDS = {
    "data": "What the sandbox shows",
    "access": "Tokens and permission",
    "reply": "Status, headers, envelope, members",
    "wire": "Bytes and their timing",
    "provider": "Bundles that imitate a vendor",
}


def page() -> str:
    """Return the page of the catalogue."""
    rows = [(found, describe(found)) for found in scenarios().values()]
    parts = [NOTE, "# Scenarios\n\n"]
    parts.append(
        f"{len(rows)} scenarios, by where they act. "
        "How one is chosen is in [drive an unchanged client](../how-to/drive-an-unchanged-client.md); "
        "where each was seen is in [the quirks table](quirks.md), by its rows.\n"
    )
    for kind, title in KINDS.items():
        parts.append(f"\n## {title}\n")
        parts += [_scenario(found, row) for found, row in rows if row["kind"] == kind]
    return "".join(parts)


def _scenario(found: type[Scenario], row: Mapping[str, Any]) -> str:
    """Return what the catalogue says of one scenario."""
    text = f"\n### {row['name']}\n\n{row['description'].replace('``', '`')}\n"
    if issubclass(found, Provider):
        text += "Its parts: " + ", ".join(map(code, found().filled_parts())) + ".\n"
    if row["source"]:
        text += f"Source: {row['source'].replace('``', '`')}\n"
    given = [
        [code(one["name"]), one["type"], code(_plain(one["default"])), one["help"] + _values(one)]
        for one in row["parameters"]
    ]
    return text + ("\n" + table(["Parameter", "Type", "Default", "What it is"], given) if given else "")


def _plain(default: Any) -> Any:
    return "|".join(map(str, default)) if isinstance(default, list) else default


def _values(one: Mapping[str, Any]) -> str:
    return ": " + ", ".join(map(code, one["values"])) if "values" in one else ""
