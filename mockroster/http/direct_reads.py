"""Answer plain reads without Flask, which takes most of the time of a request.

A read is plain if it is a GET of an operation with a valid query and a valid token, or no credentials where none are
required, in a sandbox that exists, on which no scenario can act. Every other request is passed on, errors included: the
views answer plain reads with the same bytes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from werkzeug.exceptions import HTTPException

from mockroster.base_errors import MockrosterError
from mockroster.clock import real_now
from mockroster.delivery import DELIVERY
from mockroster.http.facts import Page, PlainRead, ReadCache
from mockroster.http.path_prefix import SANDBOX, SCENARIOS, decoded
from mockroster.http.reads import Read, read_page, read_record
from mockroster.http.recording import RECORDING, End, Recording, headers_of
from mockroster.query import parameters, selection
from mockroster.render.request_path import route_path
from mockroster.sandbox import runs
from mockroster.sandbox.journal_view import MOST_SENT
from mockroster.scenarios.pipeline import HEADER_KEY
from mockroster.scenarios.spec import active_scenarios
from mockroster.state.values import Arrival

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from mockroster.http.lifecycle import Application
    from mockroster.query.parameters import Query
    from mockroster.sandbox.sandbox import Sandbox
    from mockroster.settings import Settings
    from mockroster.standard.model import Operation

log = logging.getLogger("mockroster")

_NO_BODY = ("", "0")


class _Target(NamedTuple):
    """The operation that a GET names."""

    operation: Operation
    endpoint: str
    arguments: Mapping[str, str]
    path: str
    query_string: bytes


class _PlainRead(NamedTuple):
    """A plain read, before it is executed."""

    target: _Target
    sandbox: Sandbox
    query: Query
    client: str | None


class DirectReads:
    """WSGI middleware that answers plain reads and passes on all other requests."""

    def __init__(self, app: Application, next_app: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._next_app = next_app
        self._limits = settings.page_limit, settings.page_limit_max
        self._facts = ReadCache()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request. ``PATH_INFO`` has no prefixes here."""
        began = time.perf_counter()
        plain = read = None
        try:
            target = self._target(environ)
            if target is not None:
                run = runs.named_in(environ)
                recording = environ[RECORDING] = Recording(_arrival(target, environ), began, run)
                plain = self._plain_read(target, recording, environ)
            if plain is not None:
                read = _execute(plain, environ)
        except (HTTPException, MockrosterError):
            plain = None  # the view raises it again, and it is answered
        except Exception:
            log.exception("%s failed as a plain read; its view answers it", environ["PATH_INFO"])
            plain = None
        if plain is None or read is None:
            return self._next_app(environ, start_response)
        self._finish(plain, read, recording, environ)
        start_response("200 OK", read.headers)
        return [read.body]

    def _target(self, environ: WSGIEnvironment) -> _Target | None:
        """Return the operation of a request that may be a plain read, or ``None``. Raises ``HTTPException``."""
        if environ["REQUEST_METHOD"] != "GET" or _has_body(environ) or _names_scenario(environ):
            return None
        if self._app.has_hooks or (runs.HEADER_KEY in environ and runs.named_in(environ) is None):
            return None
        path = decoded(environ["PATH_INFO"])
        rule, arguments = self._app.url_map.lookup("GET", route_path(environ, path))
        operation = self._app.operations.get(rule.endpoint)
        if operation is None:
            return None
        return _Target(operation, rule.endpoint, arguments, path, environ.get("QUERY_STRING", "").encode("latin-1"))

    def _plain_read(self, target: _Target, recording: Recording, environ: WSGIEnvironment) -> _PlainRead | None:
        """Return the read that a request asks for, or ``None`` if it is not plain. Raises ``HTTPException``.

        The arrival is written first: a remote store returns the state of the sandbox in the same round trip.
        """
        sandbox = recording.enter(self._app.sandboxes, environ.get(SANDBOX, self._app.sandboxes.default.name))
        if sandbox is None:
            return None
        now = sandbox.clock.now()
        token = sandbox.credentials.bearer(environ.get("HTTP_AUTHORIZATION", ""))
        if token is None:
            if sandbox.credentials.required or _has_credentials(environ):
                return None
        elif token.scenarios or not token.permits(target.operation.scopes, now):
            return None
        client = token.client_id if token else None
        if _may_act(sandbox, target.path, target.query_string, client):
            return None
        query = parameters.parse_cached(target.query_string, target.operation, *self._limits)
        return _PlainRead(target, sandbox, query, client)

    def _finish(self, plain: _PlainRead, read: Read, recording: Recording, environ: WSGIEnvironment) -> None:
        """Write the request to the journal, once the response is delivered, and to the log."""
        partial_fact = self._facts.find(environ, recording.head)
        if partial_fact is None or recording.runs is not recording.head.runs:
            target = plain.target
            read_facts = PlainRead(plain.client, target.endpoint, target.arguments.values(), _page(plain, read))
            partial_fact = self._facts.add(environ, recording.head, recording.runs, read_facts)
        end = End(200, tuple(read.headers), read.body[:MOST_SENT], plain.client, b"", (), read.rows, partial_fact)
        recording.finish(end, environ.get(DELIVERY))
        self._app.log_request(recording, 200, plain.sandbox)


def _page(plain: _PlainRead, read: Read) -> Page | None:
    """Return the page for the fact of a read, or ``None`` for a single record."""
    if read.rows is None:
        return None
    newest = plain.sandbox.data.overlay.tables[plain.target.operation.resource.collection].newest
    return Page(read.rows, read.body, plain.query.limit, plain.query.offset, read.total, newest)


def _arrival(target: _Target, environ: WSGIEnvironment) -> Arrival:
    return Arrival(
        "GET",
        target.path[:MOST_SENT],
        target.query_string[:MOST_SENT],
        headers_of(environ),
        target.operation.name,
        real_now(),
    )


def _execute(plain: _PlainRead, environ: WSGIEnvironment) -> Read:
    """Execute a read. Raises ``HTTPException``."""
    data, query, target = plain.sandbox.data, plain.query, plain.target
    if target.operation.kind == "single":
        return read_record(target.operation, query, data.overlay, target.arguments, environ)
    selected = selection.select(data.overlay, data.result_cache, target.operation, target.arguments, query)
    return read_page(target.operation, query, selected.records, selected.number, environ, target.path)


def _may_act(sandbox: Sandbox, path: str, query_string: bytes, client: str | None) -> bool:
    """Return whether a scenario of the sandbox may act on a GET."""
    scenarios = sandbox.scenarios
    return bool(scenarios) and active_scenarios(scenarios).may_act("GET", path, query_string, client)


def _has_body(environ: WSGIEnvironment) -> bool:
    return environ.get("CONTENT_LENGTH", "") not in _NO_BODY or "HTTP_TRANSFER_ENCODING" in environ


def _has_credentials(environ: WSGIEnvironment) -> bool:
    return bool(environ.get("HTTP_AUTHORIZATION")) or "oauth_" in environ.get("QUERY_STRING", "")


def _names_scenario(environ: WSGIEnvironment) -> bool:
    return SCENARIOS in environ or HEADER_KEY in environ
