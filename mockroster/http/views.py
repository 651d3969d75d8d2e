"""The five views: a collection, a single read, PUT, POST, DELETE. Every operation of every version is one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Request, current_app, g, request
from flask.globals import app_ctx, request_ctx
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.wrappers import Response

from mockroster.auth import oauth2
from mockroster.auth.access import authorise, authorise_by_token
from mockroster.clock import real_now
from mockroster.errors import UnprocessableRecord
from mockroster.fixtures.read.json.numbers import exact
from mockroster.http.admin.address import root
from mockroster.query import parameters, selection
from mockroster.render import page
from mockroster.render.answer import JSON, answer, empty
from mockroster.render.pages import Pages
from mockroster.render.request_path import encoded_path
from mockroster.roster import write
from mockroster.roster.overlay import Overlay
from mockroster.sandbox.records import CLIENT, Author
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.acting import Acting
from mockroster.settings import Settings
from mockroster.standard.model import Kind, Operation
from mockroster.standard.versions import VERSIONS

View = Callable[..., Response]

_PAGES = Pages()
"""Of all sandboxes together, so that there is one bound for them."""


@dataclass(slots=True)
class Asked:
    """One request for an operation, once it is let in."""

    sent: Request
    here: Sandbox
    acting: Acting | None
    """The scenarios that act, if any do."""

    operation: Operation
    path: dict[str, str]
    """The parameters of the path."""

    settings: Settings
    author: Author
    """The client that asks."""


def view_of(operation: Operation, settings: Settings) -> View:
    """Return the view of an operation: access first, then its kind."""
    carry_out = _VIEWS[operation.kind]
    admit = authorise if VERSIONS[operation.resource.version].accepts_signatures else authorise_by_token

    def view(**path: str) -> Response:
        sent, turn = request_ctx.request, app_ctx.g  # a proxy costs more with each use
        here: Sandbox = turn.sandbox
        acting: Acting | None = turn.acting
        author = CLIENT
        if acting is None or not acting.decide():
            author = Author("client", admit(sent, operation.scopes, here.credentials, here.clock.now(), real_now()))
            here = _kept(here)
        instead = None
        if acting is not None:
            acting.author = author
            instead = acting.admitted()
        return instead or carry_out(Asked(sent, here, acting, operation, path, settings, author))

    return view


def _kept(here: Sandbox) -> Sandbox:
    """Return the sandbox of a request whose credentials were accepted, made now if it was but a draft."""
    turn = app_ctx.g
    if turn.keep is None:
        return here
    turn.sandbox, turn.keep = turn.keep(), None
    if turn.acting is not None:
        turn.acting.move_to(turn.sandbox)
    kept: Sandbox = turn.sandbox
    return kept


def token() -> Response:
    """Answer a request for a token."""
    here: Sandbox = g.sandbox
    response = oauth2.token(request, here.credentials, here.clock.now())
    if response.status_code == 200 and (kept := _kept(here)) is not here:
        # Another request has made the sandbox meanwhile: a token of the draft would be good nowhere.
        response = oauth2.token(request, kept.credentials, kept.clock.now())
    if request.content_length is None:  # chunked: it can be read only once, and has been
        g.body = request.get_data()
    return response


def _query(asked: Asked) -> parameters.Query:
    """Return what the client asks; scenarios may have it obeyed otherwise, and links still repeat what was sent."""
    sent, acting = asked.sent.query_string, asked.acting
    page_limit, page_limit_max = asked.settings.page_limit, asked.settings.page_limit_max
    if acting is None:
        return parameters.parse_cached(sent, asked.operation, page_limit, page_limit_max)
    pairs = parameters.split(sent)
    query = acting.reread(parameters.read(acting.rewrite(pairs), asked.operation, page_limit, page_limit_max))
    acting.query = replace(query, pairs=tuple(pairs))
    return acting.query


def _seen(asked: Asked) -> tuple[Overlay, selection.Selections]:
    """Return the records to read from, with the lists that were made of them: as scenarios show them, if any do."""
    held = asked.here.data if asked.acting is None else asked.acting.view()
    return held.overlay, held.selections


def _collection(asked: Asked) -> Response:
    acting = asked.acting
    if acting is not None:
        asked.operation = acting.instead(asked.operation)
    query = _query(asked)
    selected = selection.select(*_seen(asked), asked.operation, asked.path, query)
    records = selected.records if acting is None else acting.order(selected.records)
    address = root(asked.sent.environ)

    def made() -> bytes:
        return page.collection(asked.operation, records[query.offset : query.offset + query.limit], query, address)

    def weighed() -> int:
        return query.weight + len(address)

    is_kept = records is selected.records
    body = _PAGES.get((selected.number, query, address), weighed, made) if is_kept else made()
    app_ctx.g.page = max(0, min(query.limit, len(records) - query.offset)), body
    response = Response(body, content_type=JSON)
    response.headers["X-Total-Count"] = str(len(records))
    path = encoded_path(asked.sent.environ, asked.sent.path)
    response.headers["Link"] = page.links(address + path, query, len(records))
    return response


def _single(asked: Asked) -> Response:
    query = _query(asked)
    overlay, _ = _seen(asked)
    with overlay.exclusive():
        record = selection.find(overlay, asked.operation.rows, asked.path["sourcedId"])
    response = Response(page.single(asked.operation, record, query, root(asked.sent.environ)), content_type=JSON)
    response.headers["X-Total-Count"] = "1"
    return response


def _put(asked: Asked) -> Response:
    resource = asked.operation.resource
    body = _body(asked.sent, resource.name)
    if not isinstance(body, dict):
        raise UnprocessableRecord({resource.name: "must be an object"})
    sourced_id = asked.path["sourcedId"]
    created = asked.here.run(asked.author, lambda overlay, now: write.put(overlay, resource, sourced_id, body, now))
    return empty(201 if created else asked.operation.replaced)


def _delete(asked: Asked) -> Response:
    operation, sourced_id = asked.operation, asked.path["sourcedId"]

    def delete(overlay: Overlay, now: datetime) -> None:
        selection.find(overlay, operation.rows, sourced_id)
        if asked.acting is None or not asked.acting.delete(operation.resource, sourced_id):
            write.delete(overlay, operation.resource, sourced_id, now)

    asked.here.run(asked.author, delete)
    return empty(204)


def _post(asked: Asked) -> Response:
    operation, path = asked.operation, asked.path
    bodies = _body(asked.sent, operation.resource.collection)
    if not isinstance(bodies, list) or not all(isinstance(body, dict) for body in bodies):
        raise UnprocessableRecord({operation.resource.collection: "must be an array of objects"})
    given = {member: path[value[1:-1]] for member, value in operation.preset.items()}

    def post(overlay: Overlay, now: datetime) -> dict[str, str]:
        for parameter, rows in operation.parents:
            selection.find(overlay, rows, path[parameter])
        return write.post(overlay, operation, bodies, given, now)

    pairs = asked.here.run(asked.author, post)
    document = {
        "sourcedIdPairs": [{"suppliedSourcedId": ours, "allocatedSourcedId": its} for ours, its in pairs.items()]
    }
    return answer(document, 201)


_VIEWS: dict[Kind, Callable[[Asked], Response]] = {
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
        document = exact(g.body)
    except ValueError as problem:
        raise UnprocessableRecord({"body": str(problem)}) from None
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
