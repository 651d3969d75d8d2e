"""Arranging data in a test: one record, or a fixture document merged in."""

from __future__ import annotations

from typing import Any

from flask import g
from werkzeug.wrappers import Response

from mockroster.admin.answers import body
from mockroster.delivery import long_work
from mockroster.errors import UnknownObject, UnprocessableRecord
from mockroster.loading import document
from mockroster.render.answer import answer, empty
from mockroster.roster import write
from mockroster.sandbox.sandbox import Sandbox
from mockroster.spec.model import Resource


def put(collection: str, sourced_id: str) -> Response:
    """Create (201) or replace (200) one record; the body is the bare record, in the shape of 1.1 or 1.2."""
    here: Sandbox = g.sandbox
    resource = _known(collection)
    record, overlay = _unwrapped(body(), resource), here.overlay
    with overlay.lock:
        is_new = document.put(overlay, collection, sourced_id, record, here.clock.now())
    return answer({"sourcedId": sourced_id, **record}, 201 if is_new else 200)


def delete(collection: str, sourced_id: str) -> Response:
    """Delete one record, with what it owns."""
    here: Sandbox = g.sandbox
    resource, overlay = _known(collection), here.overlay
    with overlay.lock:
        if overlay.tables[collection].get(sourced_id) is None:
            raise UnknownObject(f"no {resource.name} has the sourcedId {sourced_id[:255]!r}")
        write.delete(overlay, resource, sourced_id, here.clock.now())
    return empty(204)


@long_work
def merge() -> Response:
    """Merge a fixture document in, all or none."""
    here: Sandbox = g.sandbox
    fixture, overlay = body(), here.overlay
    with overlay.lock:
        document.merge(overlay, fixture, here.clock.now())
    return answer({"counts": overlay.counts()})


def _unwrapped(record: dict[str, Any], resource: Resource) -> dict[str, Any]:
    """Return a record. Raises ``UnprocessableRecord`` for one in the wrapper that OneRoster's own PUT has."""
    for wrapper in (resource.name, resource.collection):
        if set(record) == {wrapper} and wrapper not in resource.schema.members:
            raise UnprocessableRecord({wrapper: f"is a wrapper; here the body is the {resource.name} itself"})
    return record


def _known(collection: str) -> Resource:
    """Return the model of a collection of the path. Raises ``UnknownObject`` with the nearest right name."""
    try:
        return document.resource_of(collection)
    except UnprocessableRecord as error:
        raise UnknownObject(error.description) from None
