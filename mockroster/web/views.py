"""The four views: a collection, a single read, a put and a delete. Every operation of every version is one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import orjson
from flask import Request, current_app, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response

from mockroster.auth import oauth2
from mockroster.auth.access import authorise
from mockroster.clock import real_now
from mockroster.errors import MalformedRequest, UnprocessableRecord
from mockroster.query import parameters, selection
from mockroster.render import page
from mockroster.roster import write
from mockroster.sandbox.sandbox import Sandbox
from mockroster.spec.model import Kind, Operation
from mockroster.web.address import root

View = Callable[..., Response]

JSON = "application/json"


def sandbox() -> Sandbox:
    """Return the sandbox that the request is meant for."""
    found: Sandbox = current_app.extensions["mockroster"]
    return found


def view_of(operation: Operation) -> View:
    """Return the view of an operation: access first, then its kind."""
    answer = _VIEWS[operation.kind]

    def view(**path: str) -> Response:
        here = sandbox()
        authorise(request, operation.scopes, here.credentials, here.clock.now(), real_now())
        return answer(here, operation, path)

    return view


def token() -> Response:
    """Answer a request for a token."""
    here = sandbox()
    return oauth2.token(request, here.credentials, here.clock.now())


def _collection(here: Sandbox, operation: Operation, path: dict[str, str]) -> Response:
    query = parameters.read(request.query_string.decode("latin-1"), operation)
    records = selection.select(here.overlay, here.selections, operation, path, query)
    shown = records[query.offset : query.offset + query.limit]
    response = Response(page.collection(operation, shown, query, root()), content_type=JSON)
    response.headers["X-Total-Count"] = str(len(records))
    response.headers["Link"] = page.links(root() + quote(request.path), query, len(records))
    return response


def _single(here: Sandbox, operation: Operation, path: dict[str, str]) -> Response:
    query = parameters.read(request.query_string.decode("latin-1"), operation)
    with here.overlay.lock:
        record = selection.find(here.overlay, operation.rows, path["id"])
    response = Response(page.single(operation, record, query, root()), content_type=JSON)
    response.headers["X-Total-Count"] = "1"
    return response


def _put(here: Sandbox, operation: Operation, path: dict[str, str]) -> Response:
    resource = operation.resource
    body = _body(request, resource.name)
    with here.overlay.lock:
        created = write.put(here.overlay, resource, path["id"], body, here.clock.now())
    return Response(status=201 if created else 200, content_type=JSON)


def _delete(here: Sandbox, operation: Operation, path: dict[str, str]) -> Response:
    with here.overlay.lock:
        selection.find(here.overlay, operation.rows, path["id"])
        write.delete(here.overlay, operation.resource, path["id"])
    return Response(status=204)


_VIEWS: dict[Kind, Callable[[Sandbox, Operation, dict[str, str]], Response]] = {
    "collection": _collection,
    "single": _single,
    "put": _put,
    "delete": _delete,
}


def _body(sent: Request, wrapper: str) -> dict[str, Any]:
    """Return the record in the body of a write, out of its wrapper."""
    if sent.content_type and not sent.is_json:
        raise UnsupportedMediaType(f"Content-Type is {sent.content_type[:80]!r}; send {JSON}")
    try:
        document = orjson.loads(sent.get_data(cache=False))
    except orjson.JSONDecodeError as error:
        raise MalformedRequest(f"the body is not JSON: {error}") from None
    record = document.get(wrapper) if isinstance(document, dict) else None
    if not isinstance(record, dict):
        raise UnprocessableRecord({wrapper: f'is missing; the body is {{"{wrapper}": {{…}}}}'})
    return record
