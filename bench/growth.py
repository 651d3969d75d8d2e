"""How a server grows with its district."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

from serving import V1P1, Server, mockroster

TEACHERS = "role='teacher' AND status='active'"


@dataclass(frozen=True)
class Grown:
    """What a district of some size costs; times of requests are in ms, over HTTP and a connection of their own."""

    students: int
    records: int
    start: float
    """Seconds to the first 200."""

    cpu: float
    """Seconds of CPU time that it took."""

    resident: float
    """MB, when it has answered what is measured here."""

    first_filter: float
    later_filter: float
    first_page: float
    last_page: float


def grown(folder: Path, students: int) -> Grown:
    """Measure a district; the filter looks at its largest collection."""
    with mockroster(folder, "--students", str(students)) as (server, start):
        cpu = server.cpu()
        counts = json.loads(server.get("/readyz"))["counts"]
        enrollments = f"{V1P1}/enrollments?limit=100"
        filtered = f"{enrollments}&filter={quote(TEACHERS)}"
        first_filter = _took(server, filtered)
        later_filter = median(_took(server, filtered) for _ in range(9))
        places = 0, (counts["enrollments"] - 1) // 100 * 100 - 100
        pages = [f"{enrollments}&offset={place}" for place in places]
        for page in pages:
            server.get(page)
        first_page, last_page = (median(_took(server, page) for _ in range(9)) for page in pages)
        resident = server.resident()
    return Grown(
        students, sum(counts.values()), start, cpu, resident, first_filter, later_filter, first_page, last_page
    )


def _took(server: Server, path: str) -> float:
    began = time.perf_counter()
    server.get(path)
    return (time.perf_counter() - began) * 1000


def print_growth(rows: list[Grown]) -> None:
    """Print the table."""
    titles = ("students", "records", "start s", "CPU s", "MB", "first filter", "later", "first page", "last page")
    print("\n" + "".join(f"{title:>14}" for title in titles))
    for row in rows:
        times = (row.first_filter, row.later_filter, row.first_page, row.last_page)
        print(
            f"{row.students:>14,}{row.records:>14,}{row.start:>14.1f}{row.cpu:>14.1f}{row.resident:>14,.0f}"
            + "".join(f"{one:>14.1f}" for one in times),
            flush=True,
        )
