"""Compare the records of a sandbox with the copy in a request body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import partial
from typing import Any

from flask import g, request
from werkzeug.wrappers import Response

from mockroster.clock import timestamp
from mockroster.delivery import long_work
from mockroster.errors import ConfigurationError, HistoryTruncated, MalformedRequest
from mockroster.http.admin.copies import note_copy
from mockroster.http.admin.models import MOST_CHANGES
from mockroster.render.answer import answer
from mockroster.roster.codec import decode
from mockroster.roster.relations import with_tombstones
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios import pipeline
from mockroster.standard.versions import VERSIONS
from mockroster.state.changes import Batch, Change

_SEPARATOR = ","


@long_work
def compare(query: Mapping[str, Any]) -> Response:
    """Compare the records with the roster in the body: a fixture document, a CSV file or a zip of either.

    `view` is `stored` or, as the active scenarios show the records, `shown`; `revision` goes back to an earlier state.
    """
    # Its readers of CSV and YAML would delay every start.
    from mockroster.judge.compare.body import side_of_body
    from mockroster.judge.compare.compare import Options
    from mockroster.judge.compare.compare import compare as compare_sides
    from mockroster.judge.compare.history import history_of, undone
    from mockroster.judge.compare.rows import Ignored
    from mockroster.judge.compare.side import side_of_records

    sandbox: Sandbox = g.sandbox
    revision: int | None = query.get("revision")
    try:
        ignored = Ignored.parse(name for name in query.get("ignore", "").split(_SEPARATOR) if name)
    except ConfigurationError as error:
        raise MalformedRequest(str(error).replace("--ignore", "ignore", 1)) from None
    copy = side_of_body(request.mimetype, request.get_data())
    pipeline.refresh(sandbox)
    overlay = sandbox.overlay
    with overlay.exclusive():
        head = sandbox.state.head().revision
        if revision is not None and (revision > head or query["view"] == "shown"):
            raise MalformedRequest(_no_revision(revision, head))
        shown = pipeline.shown(sandbox, request) if query["view"] == "shown" else overlay
        truth = side_of_records(sandbox.name, with_tombstones(shown))
        note_copy(sandbox, overlay, pipeline.shown(sandbox, request), copy, _since_start(sandbox))
        if revision is not None:
            truth = side_of_records(sandbox.name, _tables(undone(truth.records, _events(sandbox, revision))))
    version = VERSIONS[query["version"]] if "version" in query else None
    upto = head if revision is None else revision
    log = partial(_history, sandbox, upto)
    result = compare_sides(truth, copy, Options(version, ignored), lambda keys: history_of(log(keys)))
    return answer(result.document())


def _since_start(sandbox: Sandbox) -> Iterator[Any]:
    """Yield the changes that are kept, oldest first."""
    try:
        yield from _events(sandbox, 0)
    except HistoryTruncated as error:
        yield from _events(sandbox, error.oldest - 1)


def _no_revision(revision: int, head: int) -> str:
    if revision > head:
        return f"revision: {revision} is after the present one, {head}"
    return "revision: scenarios show the present records only; leave out view=shown"


def _tables(records: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {collection: [*table.values()] for collection, table in records.items()}


def _history(sandbox: Sandbox, upto: int, keys: Set[tuple[str, str]]) -> Iterator[Any]:
    """Yield the changes of some records up to a revision, as far back as they are kept."""
    try:
        yield from _events(sandbox, 0, keys, upto)
    except HistoryTruncated as error:
        yield from _events(sandbox, error.oldest - 1, keys, upto)


def _events(
    sandbox: Sandbox, since: int, keys: Set[tuple[str, str]] | None = None, upto: int | None = None
) -> Iterator[Any]:
    """Yield changes after a revision, oldest first. Raises ``HistoryTruncated``."""
    while batches := sandbox.state.log.read(since, MOST_CHANGES):
        for batch in batches:
            if upto is not None and batch.revision > upto:
                return
            for change in batch.changes:
                if keys is None or change.key in keys:
                    yield _event(batch, change)
        since = batches[-1].revision


def _event(batch: Batch, change: Change) -> Any:
    from mockroster.judge.compare.history import Event

    before, after = decode(change.before), decode(change.after)
    return Event(batch.revision, timestamp(batch.at), batch.cause, *change.key, before, after)
