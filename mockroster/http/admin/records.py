"""Read and write the records of a sandbox as stored, one by one or by merging fixtures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import g, request
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.errors import MalformedRequest, UnknownObject, UnprocessableRecord
from mockroster.fixtures.read import document, patch
from mockroster.http.admin.address import root
from mockroster.http.admin.route import read_object
from mockroster.render.answer import JSON, answer, empty
from mockroster.render.record import rendered, rooted
from mockroster.roster import write
from mockroster.roster.convert import hidden
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.sandbox.records import SWITCHBOARD
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios import pipeline
from mockroster.standard.model import Resource
from mockroster.standard.versions import MODELS, VERSIONS

PATCHES = (JSON, "application/merge-patch+json")
"""Media types of a JSON merge patch."""


def show(collection: str, query: Mapping[str, Any]) -> Response:
    """Return records as stored, in the shape of `version` 1.1 or 1.2 (the default); `limit` is 100 by default."""
    resource = _model(collection, query)
    records, test = _current().overlay.records(collection), hidden(resource.version, collection)
    shown = [record for record in records if not test(record)] if test else records
    page = shown[query["offset"] : query["offset"] + query["limit"]]
    content = rooted(b",".join(rendered(resource, record) for record in page), root(request.environ))
    response = Response(b'{"%s":[%s]}' % (collection.encode(), content), content_type=JSON)
    response.headers["X-Total-Count"] = str(len(shown))
    return response


def single(collection: str, sourced_id: str, query: Mapping[str, Any]) -> Response:
    """Return one bare record as stored, in the shape of `version` 1.1 or 1.2 (the default)."""
    resource = _model(collection, query)
    return _answered(resource, _found(_current().overlay, resource, sourced_id))


def put(collection: str, sourced_id: str, body: dict[str, Any]) -> Response:
    """Create (201) or replace (200) one record, and return it as stored, in the shape of 1.2.

    The body is the bare record, in the shape of 1.1 or 1.2.
    """
    sandbox, resource = _current(), _known(collection)
    given = _unwrapped(body, resource)

    def apply(overlay: Overlay, now: datetime) -> tuple[bool, Record]:
        is_new = document.put(overlay, collection, sourced_id, given, now)
        return is_new, _found(overlay, resource, sourced_id)

    is_new, record = sandbox.run(SWITCHBOARD, apply)
    return _answered(resource, record, 201 if is_new else 200)


def change(collection: str, sourced_id: str, query: Mapping[str, Any], body: dict[str, Any]) -> Response:
    """Change one record by a JSON merge patch in the shape of `version` and return the record.

    A record that the version can no longer show is returned in the shape of 1.2.
    """
    sandbox, resource = _current(), _model(collection, query)

    def apply(overlay: Overlay, now: datetime) -> Record:
        patch.apply(overlay, resource, _found(overlay, resource, sourced_id), body, now)
        return overlay.tables[collection].get(sourced_id) or Record()

    record = sandbox.run(SWITCHBOARD, apply)
    test = hidden(resource.version, collection)
    is_hidden = test is not None and test(record)
    return _answered(_known(collection) if is_hidden else resource, record)


def delete(collection: str, sourced_id: str, query: Mapping[str, Any]) -> Response:
    """Delete one record and its children; with `as=tobedeleted` all stay and are marked as deleted."""
    sandbox, resource = _current(), _known(collection)

    def remove(overlay: Overlay, now: datetime) -> None:
        _found(overlay, resource, sourced_id)
        if "as_" in query:
            write.mark_deleted(overlay, resource, sourced_id, now)
        else:
            pipeline.delete(sandbox, resource, sourced_id)

    sandbox.run(SWITCHBOARD, remove)
    return empty(204)


@long_work
def merge() -> Response:
    """Merge fixtures, all or none: a document of JSON or YAML, a CSV file, or a zip of any, bulk or delta."""
    from mockroster.fixtures.read import upload  # its readers of CSV and YAML would delay every start

    sandbox, content = _current(), request.get_data()
    if not content.strip():
        raise MalformedRequest('the body is empty; send fixtures such as {"orgs": [...]}')
    kind, warnings = upload.kind_of(request.mimetype, content), []
    if kind in {"csv", "zip"}:
        files = upload.read_upload(kind, content)
        warnings = sandbox.run(SWITCHBOARD, lambda overlay, now: upload.merge_files(overlay, files, now))
    else:
        fixtures = read_object() if kind == "json" else upload.yaml_document(content)
        sandbox.run(SWITCHBOARD, lambda overlay, now: document.merge(overlay, fixtures, now))
    return answer({"counts": sandbox.overlay.counts()} | ({"warnings": warnings} if warnings else {}))


def _current() -> Sandbox:
    """Return the sandbox of the request with current records."""
    sandbox: Sandbox = g.sandbox
    pipeline.refresh(sandbox)
    return sandbox


def _unwrapped(record: dict[str, Any], resource: Resource) -> dict[str, Any]:
    """Return the record. Raises ``UnprocessableRecord`` for one in the wrapper of OneRoster's own PUT."""
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


def _model(collection: str, query: Mapping[str, Any]) -> Resource:
    """Return the model of a collection in the requested version. Raises ``UnknownObject``."""
    newest = _known(collection)
    if "version" not in query:
        return newest
    resource = MODELS[collection].get(VERSIONS[query["version"]].id)
    if resource is None:
        number = VERSIONS[newest.version].number
        raise UnknownObject(f"OneRoster {query['version']} has no {collection}; ask for version={number}")
    return resource


def _found(overlay: Overlay, resource: Resource, sourced_id: str) -> Record:
    """Return a record as stored. Raises ``UnknownObject``, also where the version cannot show it."""
    record = overlay.get(resource.collection, sourced_id)
    test = hidden(resource.version, resource.collection)
    if record is None:
        raise UnknownObject(f"no {resource.name} has the sourcedId {sourced_id[:255]!r}")
    if test is not None and test(record):
        number = VERSIONS[resource.version].number
        raise UnknownObject(f"OneRoster {number} has no way to show the {resource.name} {sourced_id[:255]!r}")
    return record


def _answered(resource: Resource, record: Record, status: int = 200) -> Response:
    return Response(rooted(rendered(resource, record), root(request.environ)), status, content_type=JSON)
