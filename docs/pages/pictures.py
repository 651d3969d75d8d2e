"""Diagrams of a district, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from mockroster.roster.record import Records

_STYLE = "<style>text{font:12px sans-serif;fill:#222}.n{fill:#555}</style>"


def sessions(district: Records) -> str:
    """Return a diagram of one school year: year, semesters, terms and grading periods, one row each."""
    rows = [row for row in district["academicSessions"] if row["startDate"] >= "2025-08-01"]
    first, width, height = datetime(2025, 8, 1, tzinfo=UTC), 730, 26
    kinds = {"schoolYear": "#dbe7f3", "semester": "#c3d8ec", "term": "#a9c8e4", "gradingPeriod": "#8fb8dc"}
    boxes = []
    for row in rows:
        start, end = (
            (datetime.fromisoformat(row[name]).replace(tzinfo=UTC) - first).days * 2
            for name in ("startDate", "endDate")
        )
        top = list(kinds).index(row["type"]) * height + 20
        colour = kinds[row["type"]]
        label = row["title"].partition(",")[0].replace("Grading Period", "GP")
        boxes.append(
            f'<rect x="{start}" y="{top}" width="{end - start}" height="{height}" fill="{colour}" stroke="#fff"/>'
            f'<text x="{(start + end) / 2:g}" y="{top + 17}" text-anchor="middle">{label}</text>'
        )
        if row["type"] == "gradingPeriod":
            boxes.append(f'<text class="n" x="{start}" y="14">{row["startDate"][5:]}</text>')
    return svg(width, 20 + height * len(kinds), "The sessions of one school year", boxes)


def records(district: Records) -> str:
    """Return a bar chart of the number of records in each collection."""
    most = max(map(len, district.values()))
    bars = []
    for place, (kind, rows) in enumerate(district.items()):
        top, length = place * 22, round(480 * len(rows) / most)
        bars.append(
            f'<text x="130" y="{top + 15}" text-anchor="end">{kind}</text>'
            f'<rect x="138" y="{top + 3}" width="{max(length, 1)}" height="16" fill="#8fb8dc"/>'
            f'<text class="n" x="{144 + length}" y="{top + 15}">{len(rows):,}</text>'
        )
    return svg(700, len(district) * 22 + 4, "Records of a district of 1,000 students, by kind", bars)


def svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    """Return a picture of these parts."""
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">'
    return "\n".join([head, f"<title>{title}</title>", _STYLE, *parts, "</svg>", ""])
