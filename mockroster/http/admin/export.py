"""Export the records of a sandbox as a fixture document or as a OneRoster CSV bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.fixtures.write.export import TYPES, Export
from mockroster.roster.relations import with_tombstones
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios import pipeline

_ENDINGS = {"json": "json", "yaml": "yaml", "csv": "zip"}


@long_work
def show(query: Mapping[str, Any]) -> Response:
    """Return all records; ``format`` is json, yaml or csv (a zip), ``version`` 1.1 or 1.2."""
    sandbox: Sandbox = g.sandbox
    format_: str = query["format"]
    pipeline.refresh(sandbox)
    overlay = sandbox.overlay
    with overlay.exclusive():
        tables = with_tombstones(overlay)
    content = Export(tables, format_, query["version"]).document()
    response = Response(content, content_type=TYPES[format_])
    response.headers["Content-Disposition"] = f'attachment; filename="{sandbox.name}.{_ENDINGS[format_]}"'
    return response
