"""The views of the five kinds of operations: read a collection, read one record, PUT, POST and DELETE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Request, current_app, g
from flask.globals import app_ctx, request_ctx
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.wrappers import Response

from mockroster.auth import oauth2
from mockroster.auth.access import authorise, authorise_by_token
from mockroster.clock import real_now
from mockroster.errors import UnprocessableRecord
from mockroster.fixtures.read.json.numbers import exact
from mockroster.http import reads
from mockroster.http.facts import Page
from mockroster.query import parameters, selection
from mockroster.query.result_cache import ResultCache
from mockroster.render.answer import JSON, answer, empty
from mockroster.roster import write
from mockroster.roster.overlay import Overlay
from mockroster.sandbox.records import CLIENT, Author
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.pipeline import Pipeline
from mockroster.settings import Settings
from mockroster.standard.model import Kind, Operation
from mockroster.standard.versions import VERSIONS

View = Callable[..., Response]


@dataclass(slots=True)
class OperationRequest:
    """A request for an operation, once it is authorized."""

    http: Request
    sandbox: Sandbox
    pipeline: Pipeline | None
    """The active scenarios, if any."""

    operation: Operation
    arguments: dict[str, str]
    """The values of the path parameters."""

    settings: Settings
    author: Author
    """The client that sends the request."""


def view_of(operation: Operation, settings: Settings) -> View:
    """Return the view of an operation, which authorizes the request and executes it."""
    execute = _VIEWS[operation.kind]
    authenticate = authorise if VERSIONS[operation.resource.version].accepts_signatures else authorise_by_token

    def view(**path: str) -> Response:
        request, context = request_ctx.request, app_ctx.g  # a proxy costs more with each use
        sandbox: Sandbox = context.sandbox
        pipeline: Pipeline | None = context.pipeline
        author = CLIENT
        if pipeline is None or not pipeline.authorize():
            context.client = authenticate(
                request, operation.scopes, sandbox.credentials, sandbox.clock.now(), real_now()
            )
            author = Author("client", context.client)
            sandbox = _keep_sandbox(sandbox)
        response = None
        if pipeline is not None:
            pipeline.author = author
            response = pipeline.before_operation()
        return response or execute(OperationRequest(request, sandbox, pipeline, operation, path, settings, author))

    return view


def _keep_sandbox(sandbox: Sandbox) -> Sandbox:
    """Return the sandbox of an authorized request, after registering it if it is a draft."""
    context = app_ctx.g
    if context.keep_draft is None:
        return sandbox
    context.sandbox, context.keep_draft = context.keep_draft(), None
    if context.pipeline is not None:
        context.pipeline.move_to(context.sandbox)
    kept: Sandbox = context.sandbox
    return kept


def token() -> Response:
    """Answer a token request."""
    request, sandbox = request_ctx.request, app_ctx.g.sandbox
    response = oauth2.token(request, sandbox.credentials, sandbox.clock.now())
    if response.status_code == 200 and (kept := _keep_sandbox(sandbox)) is not sandbox:
        # Another request has created the sandbox meanwhile: a token of the draft would be invalid there.
        response = oauth2.token(request, kept.credentials, kept.clock.now())
    if not request.environ.get("CONTENT_LENGTH"):  # chunked: the stream can be read only once
        g.body = request.get_data()
    return response


def _parse_query(request: OperationRequest) -> parameters.Query:
    """Return the query that is executed. Scenarios may change it; links repeat the query of the client."""
    query_string, pipeline = request.http.query_string, request.pipeline
    page_limit, page_limit_max = request.settings.page_limit, request.settings.page_limit_max
    if pipeline is None:
        return parameters.parse_cached(query_string, request.operation, page_limit, page_limit_max)
    pairs = parameters.split(query_string)
    query = pipeline.transform_query(
        parameters.read(pipeline.rewrite(pairs), request.operation, page_limit, page_limit_max)
    )
    pipeline.query = replace(query, pairs=tuple(pairs))
    return pipeline.query


def _readable_records(request: OperationRequest) -> tuple[Overlay, ResultCache]:
    """Return the records to read, as data scenarios show them, with the cache of their selections."""
    data = request.sandbox.data if request.pipeline is None else request.pipeline.view()
    return data.overlay, data.result_cache


def _collection(request: OperationRequest) -> Response:
    pipeline = request.pipeline
    if pipeline is not None:
        request.operation = pipeline.replace_operation(request.operation)
    query = _parse_query(request)
    overlay, result_cache = _readable_records(request)
    selected = selection.select(overlay, result_cache, request.operation, request.arguments, query)
    records = selected.records if pipeline is None else pipeline.order(selected.records)
    number = selected.number if records is selected.records else None
    environ = request.http.environ
    read = reads.read_page(request.operation, query, records, number, environ, request.http.path)
    newest = overlay.tables[request.operation.resource.collection].newest
    app_ctx.g.page = Page(read.rows or 0, read.body, query.limit, query.offset, read.total, newest)
    return Response(read.body, headers=read.headers)


def _single(request: OperationRequest) -> Response:
    query = _parse_query(request)
    overlay, _ = _readable_records(request)
    read = reads.read_record(request.operation, query, overlay, request.arguments, request.http.environ)
    return Response(read.body, headers=read.headers)


def _put(request: OperationRequest) -> Response:
    resource = request.operation.resource
    body = _parse_body(request.http, resource.name)
    if not isinstance(body, dict):
        raise UnprocessableRecord({resource.name: "must be an object"})
    sourced_id = request.arguments["sourcedId"]
    created = request.sandbox.run(
        request.author, lambda overlay, now: write.put(overlay, resource, sourced_id, body, now)
    )
    return empty(201 if created else request.operation.replaced)


def _delete(request: OperationRequest) -> Response:
    operation, sourced_id = request.operation, request.arguments["sourcedId"]

    def delete(overlay: Overlay, now: datetime) -> None:
        selection.find(overlay, operation.rows, sourced_id)
        if request.pipeline is None or not request.pipeline.delete(operation.resource, sourced_id):
            write.delete(overlay, operation.resource, sourced_id, now)

    request.sandbox.run(request.author, delete)
    return empty(204)


def _post(request: OperationRequest) -> Response:
    operation, arguments = request.operation, request.arguments
    bodies = _parse_body(request.http, operation.resource.collection)
    if not isinstance(bodies, list) or not all(isinstance(body, dict) for body in bodies):
        raise UnprocessableRecord({operation.resource.collection: "must be an array of objects"})
    preset = {member: arguments[value[1:-1]] for member, value in operation.preset.items()}

    def post(overlay: Overlay, now: datetime) -> dict[str, str]:
        for parameter, rows in operation.parents:
            selection.find(overlay, rows, arguments[parameter])
        return write.post(overlay, operation, bodies, preset, now)

    pairs = request.sandbox.run(request.author, post)
    document = {
        "sourcedIdPairs": [
            {"suppliedSourcedId": supplied, "allocatedSourcedId": allocated} for supplied, allocated in pairs.items()
        ]
    }
    return answer(document, 201)


_VIEWS: dict[Kind, Callable[[OperationRequest], Response]] = {
    "collection": _collection,
    "single": _single,
    "put": _put,
    "post": _post,
    "delete": _delete,
}


def _parse_body(request: Request, wrapper: str) -> Any:
    """Return the value in the wrapper of a request body."""
    content_type = request.environ.get("CONTENT_TYPE")
    if content_type and content_type != JSON and not request.is_json:
        raise UnsupportedMediaType(f"Content-Type is {content_type[:80]!r}; send {JSON}")
    try:
        body = app_ctx.g.body = _read_body(request)
        document = exact(body)
    except ValueError as error:
        raise UnprocessableRecord({"body": str(error)}) from None
    if not isinstance(document, dict) or wrapper not in document:
        raise UnprocessableRecord({wrapper: f'is missing; the body is {{"{wrapper}": …}}'})
    if len(document) > 1:
        raise UnprocessableRecord(
            {name[:80]: f"is not part of the body; {wrapper} is all" for name in document if name != wrapper}
        )
    return document[wrapper]


def _read_body(request: Request) -> bytes:
    """Return the bytes of a body. Raises ``RequestEntityTooLarge``, before reading if the length is announced."""
    if request.environ.get("CONTENT_LENGTH"):
        return request.get_data(cache=False)
    most: int = current_app.config["MAX_CONTENT_LENGTH"]
    stream, body = request.environ["wsgi.input"], bytearray()
    if request.environ.get("wsgi.input_terminated"):
        while len(body) <= most and (read := stream.read(most + 1 - len(body))):
            body += read
    if len(body) > most:
        raise RequestEntityTooLarge
    return bytes(body)
