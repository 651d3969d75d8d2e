"""The page of the catalogue of scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockroster.scenarios.base import Provider, Scenario
from mockroster.scenarios.catalogue import describe, describe_aim, scenarios
from mockroster.scenarios.places import PLACES
from pages.markdown import NOTE, code, table
from pages.quirks import link_rows

AIM = """Every scenario takes these keys after `@`: `server-error:status=502@path=/users,times=2`.
A scenario acts on the requests that match `path`, `method`, `query` and `client`, each by one of its values.
The other keys count these requests, for each sandbox and text of a scenario.
[Inject faults](../how-to/inject-faults.md#act-on-some-requests-only) has examples.
"""


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
    parts.append(f"\n## The aim of a scenario\n\n{AIM}\n{_parameters(describe_aim())}")
    return "".join(parts)


def _scenario(scenario: type[Scenario], row: Mapping[str, Any]) -> str:
    """Return the section of one scenario."""
    text = f"\n### {row['name']}\n\n{row['description']}\n"
    if issubclass(scenario, Provider):
        text += "Its parts: " + ", ".join(map(code, scenario().filled_parts())) + ".\n"
    if row["source"]:
        text += f"Source: {link_rows(row['source'].replace('``', '`'))}\n"
    return text + ("\n" + _parameters(row["parameters"]) if row["parameters"] else "")


def _parameters(rows: list[Mapping[str, Any]]) -> str:
    """Return the table of parameters."""
    cells = [[code(row["name"]), row["type"], _default(row["default"]), row["help"] + _values(row)] for row in rows]
    return table(["Parameter", "Type", "Default", "What it is"], cells)


def _default(default: Any) -> str:
    text = "|".join(map(str, default)) if isinstance(default, list) else default
    return "" if text in {None, ""} else code(text)


def _values(parameter: Mapping[str, Any]) -> str:
    return ": " + ", ".join(map(code, parameter["values"])) if "values" in parameter else ""
