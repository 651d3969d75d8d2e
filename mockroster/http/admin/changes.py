"""The changes of a sandbox: each changed record before and after, with the cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from flask import g, request
from werkzeug.wrappers import Response

from mockroster.clock import timestamp
from mockroster.delivery import long_work
from mockroster.http.admin.address import root
from mockroster.render.answer import answer
from mockroster.render.record import rendered, rooted
from mockroster.roster.codec import decode
from mockroster.roster.convert import hidden
from mockroster.sandbox.history import revision_at
from mockroster.sandbox.sandbox import Sandbox
from mockroster.standard.model import Resource
from mockroster.standard.versions import MODELS, VERSIONS
from mockroster.state.changes import Batch, Change


@long_work
def show(query: Mapping[str, Any]) -> Response:
    """Return the changes after `since`, a revision or a timestamp, oldest first; `limit` is 1000 by default.

    A batch of changes is never divided, so there may be more than `limit`. `next` is the `since` of the next request.
    """
    sandbox: Sandbox = g.sandbox
    revision = sandbox.state.head().revision
    since = query["since"] if isinstance(query["since"], int) else revision_at(sandbox, query["since"])
    batches = sandbox.state.log.read(since, query["limit"])
    last = batches[-1].revision if batches else revision
    version, address = VERSIONS[query["version"]].id, root(request.environ)
    rows = [row for batch in batches for row in _rows(batch, version, address)]
    document: dict[str, Any] = {"revision": max(revision, last), "changes": rows}
    return answer(document | ({"next": last} if last < revision else {}))


def _rows(batch: Batch, version: str, address: str) -> Iterator[dict[str, Any]]:
    """Yield the changes of a batch in the shape of a version, without records that the version cannot show."""
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
