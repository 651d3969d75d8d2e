"""The records of a sandbox as they are stored: shown, arranged and changed one by one, or merged in from fixtures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.errors import UnknownObject, UnprocessableRecord
from mockroster.fixtures.read import document, patch, upload
from mockroster.http.admin.address import root
from mockroster.http.admin.answers import body, parameters
from mockroster.render.answer import JSON, answer, empty
from mockroster.render.record import rendered, rooted
from mockroster.roster import write
from mockroster.roster.convert import hidden
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.sandbox.records import SWITCHBOARD
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios import pipeline
from mockroster.settings import one_of, whole
from mockroster.standard.model import Resource
from mockroster.standard.versions import BINDINGS, MODELS, VERSIONS

_VERSION = {"version": one_of(*BINDINGS)}
_PAGE = {**_VERSION, "limit": whole(1, 10_000), "offset": whole(0, 10**9)}
_PATCHES = frozenset({JSON, "application/merge-patch+json"})


def show(collection: str) -> Response:
    """Answer with records as stored, in the shape of `version` 1.1 or 1.2 (the default); `limit` is 100 by default."""
    asked = {"limit": 100, "offset": 0, **parameters(_PAGE)}
    here, resource = _current(), _model(collection, asked)
    records, test = here.overlay.records(collection), hidden(resource.version, collection)
    shown = [record for record in records if not test(record)] if test else records
    page = shown[asked["offset"] : asked["offset"] + asked["limit"]]
    found = rooted(b",".join(rendered(resource, record) for record in page), root(request.environ))
    response = Response(b'{"%s":[%s]}' % (collection.encode(), found), content_type=JSON)
    response.headers["X-Total-Count"] = str(len(shown))
    return response


def single(collection: str, sourced_id: str) -> Response:
    """Answer with one bare record as stored, in the shape of `version` 1.1 or 1.2 (the default)."""
    resource = _model(collection, parameters(_VERSION))
    return _answered(resource, _found(_current().overlay, resource, sourced_id))


def put(collection: str, sourced_id: str) -> Response:
    """Create (201) or replace (200) one record; the body is the bare record, in the shape of 1.1 or 1.2."""
    here = _current()
    resource = _known(collection)
    record = _unwrapped(body(), resource)
    is_new = here.run(SWITCHBOARD, lambda overlay, now: document.put(overlay, collection, sourced_id, record, now))
    return answer({"sourcedId": sourced_id, **record}, 201 if is_new else 200)


def change(collection: str, sourced_id: str) -> Response:
    """Change members of one record by a JSON merge patch in the shape of `version`; answer with the record.

    Where the version can no longer show it, it is shown as 1.2 has it.
    """
    here, resource = _current(), _model(collection, parameters(_VERSION))
    if request.mimetype not in _PATCHES and request.mimetype.endswith("json"):
        raise UnsupportedMediaType(f"Content-Type is {request.mimetype[:80]!r}; send application/merge-patch+json")
    changes = body()

    def apply(overlay: Overlay, now: datetime) -> Record:
        patch.apply(overlay, resource, _found(overlay, resource, sourced_id), changes, now)
        return overlay.tables[collection].get(sourced_id) or Record()

    record = here.run(SWITCHBOARD, apply)
    test = hidden(resource.version, collection)
    is_hidden = test is not None and test(record)
    return _answered(_known(collection) if is_hidden else resource, record)


def delete(collection: str, sourced_id: str) -> Response:
    """Delete one record, with what it owns; with `as=tobedeleted` both stay, and are marked so."""
    asked = parameters({"as": one_of("tobedeleted")})
    here, resource = _current(), _known(collection)

    def remove(overlay: Overlay, now: datetime) -> None:
        _found(overlay, resource, sourced_id)
        if "as" in asked:
            write.mark_deleted(overlay, resource, sourced_id, now)
        else:
            pipeline.delete(here, resource, sourced_id)

    here.run(SWITCHBOARD, remove)
    return empty(204)


@long_work
def merge() -> Response:
    """Merge fixtures in, all or none: a document of JSON or YAML, a CSV file, or a zip of any, bulk or delta."""
    here, content = _current(), request.get_data()
    kind, warnings = upload.kind_of(request.mimetype, content), []
    if kind in {"csv", "zip"}:
        files = upload.read_upload(kind, content)
        warnings = here.run(SWITCHBOARD, lambda overlay, now: upload.merge_files(overlay, files, now))
    else:
        fixtures = body() if kind == "json" else upload.yaml_document(content)
        here.run(SWITCHBOARD, lambda overlay, now: document.merge(overlay, fixtures, now))
    return answer({"counts": here.overlay.counts()} | ({"warnings": warnings} if warnings else {}))


def _current() -> Sandbox:
    """Return the sandbox of the request, its records as of now."""
    here: Sandbox = g.sandbox
    pipeline.refresh(here)
    return here


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


def _model(collection: str, asked: dict[str, Any]) -> Resource:
    """Return the model of a collection in the version that is asked for. Raises ``UnknownObject``."""
    newest = _known(collection)
    if "version" not in asked:
        return newest
    found = MODELS[collection].get(BINDINGS[asked["version"]].version)
    if found is None:
        number = VERSIONS[newest.version].number
        raise UnknownObject(f"OneRoster {asked['version']} has no {collection}; ask for version={number}")
    return found


def _found(overlay: Overlay, resource: Resource, sourced_id: str) -> Record:
    """Return a record as stored. Raises ``UnknownObject``, also where the version has no way to show it."""
    record = overlay.get(resource.collection, sourced_id)
    test = hidden(resource.version, resource.collection)
    if record is None:
        raise UnknownObject(f"no {resource.name} has the sourcedId {sourced_id[:255]!r}")
    if test is not None and test(record):
        number = VERSIONS[resource.version].number
        raise UnknownObject(f"OneRoster {number} has no way to show the {resource.name} {sourced_id[:255]!r}")
    return record


def _answered(resource: Resource, record: Record) -> Response:
    return Response(rooted(rendered(resource, record), root(request.environ)), content_type=JSON)
