"""The five views: a collection, a single read, PUT, POST, DELETE. Every operation of every version is one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson
from flask import Request, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.wrappers import Response

from mockroster.admin.address import root
from mockroster.auth import oauth2
from mockroster.auth.access import authorise, authorise_by_token
from mockroster.clock import real_now
from mockroster.errors import UnprocessableRecord
from mockroster.query import parameters, selection
from mockroster.render import page
from mockroster.render.answer import JSON, answer, empty
from mockroster.roster import write
from mockroster.roster.overlay import Overlay
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.acting import Acting
from mockroster.spec.model import Kind, Operation
from mockroster.spec.scopes import SIGNED_VERSIONS

View = Callable[..., Response]


def view_of(operation: Operation) -> View:
    """Return the view of an operation: access first, then its kind."""
    carry_out = _VIEWS[operation.kind]
    admit = authorise if operation.resource.version in SIGNED_VERSIONS else authorise_by_token

    def view(**path: str) -> Response:
        here: Sandbox = g.sandbox
        acting: Acting | None = g.acting
        if acting is None or not acting.decide():
            admit(request, operation.scopes, here.credentials, here.clock.now(), real_now())
        instead = None if acting is None else acting.admitted()
        return instead or carry_out(here, operation, path)

    return view


def token() -> Response:
    """Answer a request for a token."""
    here: Sandbox = g.sandbox
    response = oauth2.token(request, here.credentials, here.clock.now())
    if request.content_length is None:  # chunked: it can be read only once, and has been
        g.body = request.get_data()
    return response


def _asked(operation: Operation) -> parameters.Query:
    """Return what the client asks; scenarios may have it obeyed otherwise, and links still repeat what was sent."""
    pairs = parameters.split(request.query_string.decode("utf-8", "replace"))
    acting: Acting | None = g.acting
    if acting is None:
        return parameters.read(pairs, operation)
    understood = acting.reread(parameters.read(acting.rewrite(pairs), operation))
    acting.query = replace(understood, pairs=tuple(pairs))
    return acting.query


def _seen(here: Sandbox) -> tuple[Overlay, selection.Selections]:
    """Return the records to read from, with the lists that were made of them: as scenarios show them, if any do."""
    acting: Acting | None = g.acting
    if acting is None:
        held = here.held
        return held.overlay, held.selections
    view = acting.view()
    return view.overlay, view.selections


def _collection(here: Sandbox, operation: Operation, path: dict[str, str]) -> Response:
    acting: Acting | None = g.acting
    operation = operation if acting is None else acting.instead(operation)
    query = _asked(operation)
    records = selection.select(*_seen(here), operation, path, query)
    if acting is not None:
        records = acting.order(records)
    shown = records[query.offset : query.offset + query.limit]
    response = Response(page.collection(operation, shown, query, root()), content_type=JSON)
    response.headers["X-Total-Count"] = str(len(records))
    response.headers["Link"] = page.links(root() + quote(request.path), query, len(records))
    return response


def _single(here: Sandbox, operation: Operation, path: dict[str, str]) -> Response:
    query = _asked(operation)
    overlay, _ = _seen(here)
    with overlay.lock:
        record = selection.find(overlay, operation.rows, path["sourcedId"])
    response = Response(page.single(operation, record, query, root()), content_type=JSON)
    response.headers["X-Total-Count"] = "1"
    return response


def _put(here: Sandbox, operation: Operation, path: dict[str, str]) -> Response:
    resource = operation.resource
    body = _body(request, resource.name)
    if not isinstance(body, dict):
        raise UnprocessableRecord({resource.name: "must be an object"})
    overlay = here.overlay
    with overlay.lock:
        created = write.put(overlay, resource, path["sourcedId"], body, here.clock.now())
    return empty(201 if created else operation.replaced)


def _delete(here: Sandbox, operation: Operation, path: dict[str, str]) -> Response:
    overlay = here.overlay
    with overlay.lock:
        selection.find(overlay, operation.rows, path["sourcedId"])
        write.delete(overlay, operation.resource, path["sourcedId"], here.clock.now())
    return empty(204)


def _post(here: Sandbox, operation: Operation, path: dict[str, str]) -> Response:
    bodies = _body(request, operation.resource.collection)
    if not isinstance(bodies, list) or not all(isinstance(body, dict) for body in bodies):
        raise UnprocessableRecord({operation.resource.collection: "must be an array of objects"})
    given = {member: path[value[1:-1]] for member, value in operation.preset.items()}
    overlay = here.overlay
    with overlay.lock:
        for parameter, rows in operation.parents:
            selection.find(overlay, rows, path[parameter])
        pairs = write.post(overlay, operation, bodies, given, here.clock.now())
    document = {
        "sourcedIdPairs": [{"suppliedSourcedId": ours, "allocatedSourcedId": its} for ours, its in pairs.items()]
    }
    return answer(document, 201)


_VIEWS: dict[Kind, Callable[[Sandbox, Operation, dict[str, str]], Response]] = {
    "collection": _collection,
    "single": _single,
    "put": _put,
    "post": _post,
    "delete": _delete,
}


def _body(sent: Request, wrapper: str) -> Any:
    """Return what is in the body of a write, out of its wrapper."""
    if sent.content_type and not sent.is_json:
        raise UnsupportedMediaType(f"Content-Type is {sent.content_type[:80]!r}; send {JSON}")
    try:
        g.body = _read(sent)
        document = orjson.loads(g.body)
    except orjson.JSONDecodeError as error:
        raise UnprocessableRecord({"body": f"is not JSON: {error}"}) from None
    if not isinstance(document, dict) or wrapper not in document:
        raise UnprocessableRecord({wrapper: f'is missing; the body is {{"{wrapper}": …}}'})
    if len(document) > 1:
        raise UnprocessableRecord(
            {name[:80]: f"is not part of the body; {wrapper} is all" for name in document if name != wrapper}
        )
    return document[wrapper]


def _read(sent: Request) -> bytes:
    """Return the bytes of a body. Raises ``RequestEntityTooLarge``, before reading where the length is announced."""
    if sent.content_length is not None:
        return sent.get_data(cache=False)
    most: int = current_app.config["MAX_CONTENT_LENGTH"]
    stream, body = sent.environ["wsgi.input"], bytearray()
    if sent.environ.get("wsgi.input_terminated"):
        while len(body) <= most and (read := stream.read(most + 1 - len(body))):
            body += read
    if len(body) > most:
        raise RequestEntityTooLarge
    return bytes(body)
