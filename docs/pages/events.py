"""The page of the catalogue of events and of the rates of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockroster.timeline.catalogue import describe, events
from pages.markdown import NOTE, code, table

_HEAD = """# Events

An event changes records as a student information system does: in one batch, with all that belongs together.
[Roster events](../how-to/roster-events.md) shows how to trigger them and how to let days pass;
[Rates](../explanation/rates.md) explains the numbers.

"""


def page() -> str:
    """Return the page of the catalogue."""
    rows = [describe(event) for event in events().values()]
    parts = [NOTE, _HEAD, f"{len(rows)} events.\n"]
    parts += [_event(row) for row in rows]
    parts.append("\n## Rates\n\nA plan file sets any of these numbers, under `rates`.\n\n")
    rates = [
        [code(rate.name), f"{rate.default:g}", rate.unit, rate.source]
        for event in events().values()
        for rate in event.rates
    ]
    parts.append(table(["Rate", "In `us-k12`", "Unit", "Source"], rates))
    return "".join(parts)


def _event(row: Mapping[str, Any]) -> str:
    """Return the section of one event."""
    text = f"\n## {row['name']}\n\n{row['description']}\nSource: {row['source']}\n"
    parameters = [
        [
            code(parameter["name"]),
            parameter["type"],
            code(parameter["default"]) if parameter["default"] != "" else "",
            parameter["help"] + (": " + ", ".join(map(code, parameter["values"])) if "values" in parameter else ""),
        ]
        for parameter in row["parameters"]
    ]
    return text + ("\n" + table(["Parameter", "Type", "Default", "What it is"], parameters) if parameters else "")
