"""Arranging data in a test: one record, or a fixture document merged in."""

from __future__ import annotations

from flask import g
from werkzeug.wrappers import Response

from mockroster.admin.answers import answer, body, nothing
from mockroster.errors import UnknownObject
from mockroster.loading import document
from mockroster.roster import write
from mockroster.sandbox.sandbox import Sandbox


def put(collection: str, sourced_id: str) -> Response:
    """Create (201) or replace (200) one record; the body is the bare record, in the shape of 1.1 or 1.2."""
    here: Sandbox = g.sandbox
    document.resource_of(collection)
    with here.overlay.lock:
        known = here.overlay.tables[collection].get(sourced_id) is not None
        record = {"sourcedId": sourced_id, **body()}
        document.merge(here.overlay, {collection: [record]}, here.clock.now())
    return answer({collection: [record]}, 200 if known else 201)


def delete(collection: str, sourced_id: str) -> Response:
    """Delete one record, with what it owns."""
    here: Sandbox = g.sandbox
    resource = document.resource_of(collection)
    with here.overlay.lock:
        if here.overlay.tables[collection].get(sourced_id) is None:
            raise UnknownObject(f"no {resource.name} has the sourcedId {sourced_id[:255]!r}")
        write.delete(here.overlay, resource, sourced_id, here.clock.now())
    return nothing()


def merge() -> Response:
    """Merge a fixture document in, all or none."""
    here: Sandbox = g.sandbox
    fixture = body()
    with here.overlay.lock:
        document.merge(here.overlay, fixture, here.clock.now())
        counts = here.overlay.counts()
    return answer({"counts": counts})
