"""Writes the pages of ``docs/reference/`` and the pictures of ``docs/explanation/`` from the product's tables.

``make docs`` runs it. ``--check`` writes nothing and ends with 1 when a page is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pages import (
    counts,
    csv,
    errors,
    events,
    operations,
    pictures,
    quirks,
    records,
    rules,
    scenarios,
    settings,
    switchboard,
    versions,
    writes,
    year,
)
from pages.districts import districts

HERE = Path(__file__).parent


def main() -> int:
    """Write every page, or tell which are stale."""
    texts = generated()
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        sys.stderr.writelines(f"{path.relative_to(HERE.parent)} is stale; run make docs\n" for path in stale)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], encoding="utf-8")
    sys.stderr.write(f"docs: {len(stale)} of {len(texts)} generated files written anew\n")
    return 0


def generated() -> dict[Path, str]:
    """Return the text of every generated file by its path."""
    reference, explanation = HERE / "reference", HERE / "explanation"
    made = districts()
    return {
        reference / "operations.md": operations.page(),
        reference / "records.md": records.page(),
        reference / "settings.md": settings.page(),
        reference / "errors.md": errors.page(),
        reference / "writes.md": writes.page(),
        reference / "versions.md": versions.page(),
        reference / "scenarios.md": scenarios.page(),
        reference / "quirks.md": quirks.page(),
        reference / "rules.md": rules.page(),
        reference / "events.md": events.page(),
        reference / "switchboard.md": switchboard.page(),
        reference / "csv.md": csv.page(),
        reference / "counts.md": counts.page(made),
        explanation / "sessions.svg": pictures.sessions(made[1000]),
        explanation / "records.svg": pictures.records(made[1000]),
        explanation / "year.svg": year.picture(),
    }


if __name__ == "__main__":
    sys.exit(main())
