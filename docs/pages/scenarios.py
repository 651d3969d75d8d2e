"""The page of the catalogue of scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockroster.scenarios.base import Provider, Scenario
from mockroster.scenarios.catalogue import describe, scenarios
from mockroster.scenarios.places import PLACES
from pages.markdown import NOTE, code, table
from pages.quirks import link_rows


def page() -> str:
    """Return the page of the catalogue."""
    rows = [(scenario, describe(scenario)) for scenario in scenarios().values()]
    parts = [NOTE, "# Scenarios\n\n"]
    parts.append(
        f"{len(rows)} scenarios, by where they act. "
        "How one is chosen is in [inject faults](../how-to/inject-faults.md); "
        "where each was seen is in [the quirks table](quirks.md), by its rows.\n"
    )
    for kind, title in PLACES.items():
        parts.append(f"\n## {title}\n")
        parts += [_scenario(scenario, row) for scenario, row in rows if row["kind"] == kind]
    return "".join(parts)


def _scenario(scenario: type[Scenario], row: Mapping[str, Any]) -> str:
    """Return the section of one scenario."""
    text = f"\n### {row['name']}\n\n{row['description'].replace('``', '`')}\n"
    if issubclass(scenario, Provider):
        text += "Its parts: " + ", ".join(map(code, scenario().filled_parts())) + ".\n"
    if row["source"]:
        text += f"Source: {link_rows(row['source'].replace('``', '`'))}\n"
    parameters = [
        [
            code(parameter["name"]),
            parameter["type"],
            code(_default(parameter["default"])),
            parameter["help"] + _values(parameter),
        ]
        for parameter in row["parameters"]
    ]
    return text + ("\n" + table(["Parameter", "Type", "Default", "What it is"], parameters) if parameters else "")


def _default(default: Any) -> Any:
    return "|".join(map(str, default)) if isinstance(default, list) else default


def _values(parameter: Mapping[str, Any]) -> str:
    return ": " + ", ".join(map(code, parameter["values"])) if "values" in parameter else ""
