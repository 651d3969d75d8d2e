"""Export the records of a sandbox as a fixture document or as a OneRoster CSV bundle, bulk or delta."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import g
from werkzeug.wrappers import Response

from mockroster.clock import timestamp
from mockroster.delivery import long_work
from mockroster.errors import MalformedRequest
from mockroster.fixtures.write.export import TYPES, Export
from mockroster.fixtures.write.zip_stream import zip_files
from mockroster.roster.relations import with_tombstones
from mockroster.sandbox.history import revision_at, undo_log
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios import pipeline

_ENDINGS = {"json": "json", "yaml": "yaml", "csv": "zip"}


@long_work
def show(query: Mapping[str, Any]) -> Response:
    """Return all records; ``format`` is json, yaml or csv (a zip), ``version`` 1.1 or 1.2.

    With ``since`` return the changes after a revision or a timestamp, as a delta bundle in CSV.
    """
    sandbox: Sandbox = g.sandbox
    format_: str = query["format"]
    pipeline.refresh(sandbox)
    if "since" in query:
        if format_ != "csv":
            raise MalformedRequest(f"since: a delta bundle is CSV, and format is {format_}; add format=csv")
        content = _delta(sandbox, query["since"], query["version"])
    else:
        overlay = sandbox.overlay
        with overlay.exclusive():
            tables = with_tombstones(overlay)
        content = Export(tables, format_, query["version"]).document()
    response = Response(content, content_type=TYPES[format_])
    response.headers["Content-Disposition"] = f'attachment; filename="{sandbox.name}.{_ENDINGS[format_]}"'
    return response


def _delta(sandbox: Sandbox, since: Any, version: str) -> Iterator[bytes]:
    """Return the delta bundle of the changes after a revision or a time. Raises ``HistoryTruncated``."""
    from mockroster.fixtures.write.delta import RosterRows, delta_files

    data = sandbox.data
    with data.overlay.exclusive():
        tables, revision = with_tombstones(data.overlay), data.overlay.log_revision
    start = since if isinstance(since, int) else revision_at(sandbox, since)
    changes = undo_log(sandbox, start, revision)
    before = RosterRows.of(changes.apply(tables), version)
    after = RosterRows.of(tables, version)
    return zip_files(delta_files(before, after, changes.records.keys(), timestamp(sandbox.clock.now())))
