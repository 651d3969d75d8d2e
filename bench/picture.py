"""The tables as a picture: bars for what a page costs, a line of figures for each size of district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from growth import Grown

_WIDTH, _LEFT, _ROW, _BAR = 720, 180, 20, 340
"""A bar of ``_BAR`` is what bare Flask does; ours may be longer."""
_STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #222; } .dim { fill: #666; } .end { text-anchor: end; }
.ours { fill: #2a6fbb; } .bare { fill: #ccd6e0; }
@media (prefers-color-scheme: dark) { text { fill: #ddd; } .dim { fill: #999; } .bare { fill: #445566; } }
</style>"""


def picture(rates: Mapping[str, tuple[float, float]], growth: Sequence[Grown]) -> str:
    """Return the SVG; ``rates`` are requests a second and the share of bare Flask's, by CPU time, of each case."""
    parts = [
        _text(0, 14, "Requests for the CPU time that bare Flask needs for one with an answer of the same size (grey)")
    ]
    top = 24
    for title, (rate, share) in rates.items():
        parts += _bars(top, title, rate, share)
        top += _ROW
    if growth:
        top += 24
        parts.append(_text(0, top, "As the district grows"))
        top += _ROW
        parts += _figures(top, ("students", "records", "start", "memory", "first filter", "later", "last page"), "dim")
        for row in growth:
            top += _ROW
            parts += _figures(top, _said(row), "said")
    height = top + 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        f' role="img" aria-label="Speed of mockroster">\n{_STYLE}\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _bars(top: int, title: str, rate: float, share: float) -> list[str]:
    return [
        _text(0, top + 13, title),
        f'<rect class="bare" x="{_LEFT}" y="{top + 2}" width="{_BAR}" height="14"/>',
        f'<rect class="ours" x="{_LEFT}" y="{top + 4}" width="{share * _BAR:.0f}" height="10"/>',
        _text(_WIDTH, top + 13, f"{share:.2f} ({rate:,.0f} a second)", "end"),
    ]


def _figures(top: int, cells: Sequence[str], kind: str) -> list[str]:
    return [_text(80 + 105 * place, top, cell, f"{kind} end") for place, cell in enumerate(cells)]


def _said(row: Grown) -> tuple[str, ...]:
    return (
        f"{row.students:,}",
        f"{row.records:,}",
        f"{row.start:.1f} s",
        f"{row.resident:,.0f} MB",
        *(f"{one:.1f} ms" for one in (row.first_filter, row.later_filter, row.last_page)),
    )


def _text(left: int, top: int, said: str, kind: str = "said") -> str:
    return f'<text x="{left}" y="{top}" class="{kind}">{said}</text>'
