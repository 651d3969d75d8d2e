"""The changes of a sandbox: each record before and after, whoever changed it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
from flask import g, request
from werkzeug.wrappers import Response

from mockroster.clock import timestamp
from mockroster.delivery import long_work
from mockroster.errors import HistoryTruncated
from mockroster.http.admin.address import root
from mockroster.http.admin.answers import parameters
from mockroster.render.answer import answer
from mockroster.render.record import rendered, rooted
from mockroster.roster.codec import decode
from mockroster.roster.convert import hidden
from mockroster.sandbox.sandbox import Sandbox
from mockroster.settings import moment, one_of, whole
from mockroster.standard.model import Resource
from mockroster.standard.versions import BINDINGS, MODELS, VERSIONS
from mockroster.state.changes import Batch, Change

_MOST = 10_000
"""Changes of one answer, unless a single batch has more."""


def _revision_or_moment(text: str) -> int | datetime:
    """Parse a revision, which is digits alone, or a timestamp."""
    if re.fullmatch("[0-9]{1,15}", text):
        return int(text)
    try:
        return moment(text)
    except ValueError:
        raise ValueError("a revision such as 17, or a timestamp such as 2026-01-15T08:00:00Z") from None


_PARAMETERS = {"since": _revision_or_moment, "limit": whole(1, _MOST), "version": one_of(*BINDINGS)}


@long_work
def show() -> Response:
    """Answer with the changes after `since`, a revision or a timestamp, oldest first; `limit` is 1000 by default.

    A batch of changes is never divided, so that there may be more than `limit`. `next` is the revision to go on from.
    """
    asked = {"since": 0, "limit": 1000, "version": VERSIONS.newest.number, **parameters(_PARAMETERS)}
    sandbox: Sandbox = g.sandbox
    revision = sandbox.state.head().revision
    since = asked["since"] if isinstance(asked["since"], int) else _revision_at(sandbox, asked["since"])
    batches = sandbox.state.log.read(since, asked["limit"])
    last = batches[-1].revision if batches else revision
    version, address = BINDINGS[asked["version"]].version, root(request.environ)
    rows = [row for batch in batches for row in _rows(batch, version, address)]
    document: dict[str, Any] = {"revision": max(revision, last), "changes": rows}
    return answer(document | ({"next": last} if last < revision else {}))


def _revision_at(sandbox: Sandbox, time: datetime) -> int:
    """Return the last revision before the first batch that is later than a time by the clock of the sandbox.

    Raises ``HistoryTruncated`` where that batch may be one that is no longer kept.
    """
    head = sandbox.state.head()
    if time >= sandbox.clock.now():
        return head.revision
    limit = timestamp(time)  # as changes show theirs, in milliseconds
    since, is_whole = 0, True
    while True:
        try:
            batches = sandbox.state.log.read(since, _MOST)
        except HistoryTruncated as error:
            since, is_whole = error.oldest - 1, False
            continue
        if not batches and not is_whole:
            raise HistoryTruncated(since + 1)
        if not batches:
            return since
        for batch in batches:
            is_later = timestamp(batch.at) > limit
            if is_later and not is_whole:
                raise HistoryTruncated(batch.revision)
            if is_later:
                return batch.revision - 1
            is_whole = True
        since = batches[-1].revision


def _rows(batch: Batch, version: str, address: str) -> Iterator[dict[str, Any]]:
    """Yield the changes of a batch in the shape of a version; those that it has no way to show are left out."""
    author = {"cause": batch.cause} | ({"client": batch.client} if batch.cause == "client" else {})
    for change in batch.changes:
        resource = MODELS[change.collection].get(version)
        if resource is None:
            continue
        before, after = (_shown(resource, document, address) for document in (change.before, change.after))
        if before is not None or after is not None:
            yield {
                "revision": batch.revision,
                "at": timestamp(batch.at),
                **author,
                **_place(change),
                "before": before,
                "after": after,
            }


def _place(change: Change) -> dict[str, str]:
    return {"collection": change.collection, "sourcedId": change.sourcedId}


def _shown(resource: Resource, document: bytes | None, address: str) -> orjson.Fragment | None:
    record = decode(document)
    test = hidden(resource.version, resource.collection)
    if record is None or (test is not None and test(record)):
        return None
    return orjson.Fragment(rooted(rendered(resource, record), address))
