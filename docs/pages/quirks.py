"""The page of the quirks table: each habit of a provider, where it was seen, and the scenarios that imitate it.

``quirks.csv`` has the rows, ``sources.csv`` the short names of the sources. The scenarios are those that cite a row.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

from mockroster.scenarios.catalogue import describe, scenarios
from pages.markdown import NOTE, table

HERE = Path(__file__).parent

TOPICS = {
    "Paging": (*range(1, 25), 136, 137, 140, 148),
    "Authentication": (*range(25, 47), 139, 152),
    "Bodies": (*range(47, 72),),
    "Paths": (*range(72, 84), 149, 154),
    "Queries": (*range(84, 95), 138),
    "Failures, limits and transport": (*range(95, 114), *range(141, 146), 147, 150, 153, 156),
    "Data": (*range(114, 129), 146),
    "Vendors": (151, 155),
    "CSV files": (*range(129, 136),),
}
"""The rows of each topic, in order. A row keeps its number, which scenarios cite."""


def page() -> str:
    """Return the page of the quirks table."""
    cited = scenarios_by_row()
    rows = {int(row["row"]): row for row in _read("quirks.csv")}
    parts = [
        NOTE,
        "# The quirks table\n\n",
        "What real providers do, and the [scenarios](scenarios.md) that imitate it.\n",
        "What was read: a vendor's own documentation, client code written to cope with it, server code, or an "
        "integrator's notes.\n",
    ]
    for topic, numbers in TOPICS.items():
        parts.append(f"\n## {topic}\n\n")
        cells = [_cells(rows[number], cited.get(number, [])) for number in numbers]
        parts.append(table(["Row", "What a client meets", "Scenarios", "Seen at", "What was read"], cells))
    parts.append("\n## Short names\n\n")
    parts.append(table(["Name", "Is"], [[row["name"], row["is"]] for row in _read("sources.csv")]))
    return "".join(parts)


def rows_of(source: str) -> list[int]:
    """Return the rows that the source of a scenario cites."""
    return [int(number) for part in re.findall(r"\brows? ([\d, and]+)", source) for number in re.findall(r"\d+", part)]


def link_rows(source: str) -> str:
    """Return the source of a scenario with a link to each row that it cites."""
    return re.sub(
        r"(\brows? )([\d, and]+)",
        lambda part: part[1] + re.sub(r"\d+", lambda row: f"[{row[0]}](quirks.md#row-{row[0]})", part[2]),
        source,
    )


def scenarios_by_row() -> dict[int, list[str]]:
    """Return the names of the scenarios that cite each row."""
    cited: dict[int, list[str]] = defaultdict(list)
    for name, scenario in scenarios().items():
        for number in dict.fromkeys(rows_of(describe(scenario)["source"])):
            cited[number].append(name)
    return cited


def _cells(row: dict[str, str], names: list[str]) -> list[str]:
    """Return the cells of a row: links to its scenarios, or the reason why there is none."""
    found = ", ".join(f"[{name}](scenarios.md#{name})" for name in names)
    number = row["row"]
    return [
        f'<a id="row-{number}"></a>{number}',
        row["quirk"],
        found or f"None: {row['reason']}",
        row["seen"],
        row["read"],
    ]


def _read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
