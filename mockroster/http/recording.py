"""Write each request to the journal of its sandbox: when it arrives, and when it has ended.

Most of this runs for every request, so it copies little and formats nothing; see ``sandbox/journal_view.py``.
"""

from __future__ import annotations

import time
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

import orjson
from flask import Request, Response

from mockroster.auth.identity import client_of, client_of_token_request
from mockroster.delivery import DELIVERY, HEADERS, Delivery, ObservedSteps, Outcome, Steps
from mockroster.errors import SandboxDropped
from mockroster.http.facts import Measured, Page, fact_bytes, measure
from mockroster.http.response_body import complete_body
from mockroster.sandbox.journal_view import MOST_HEADER_SENT, MOST_SENT
from mockroster.sandbox.runs import runs_of
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.port import SandboxState
from mockroster.state.values import Arrival, Completion, Head

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

TOKEN = "token"  # noqa: S105
"""The operation of a token request in the journal."""

_OTHER_HEADERS = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
"""The headers whose WSGI names do not begin with ``HTTP_``."""


Headers = tuple[tuple[str, str], ...]

_SHARED = 64
"""Sets of headers that are shared by the requests that have them; 4 MB at most, by the limit of the server."""


class Recording:
    """The journal entry of a request in progress."""

    __slots__ = ("_began", "_end", "_head", "_measured", "_response", "_run", "_runs", "_sequence", "_state", "arrival")

    def __init__(self, arrival: Arrival, began: float, run: str | None = None) -> None:
        """``began`` is the time of arrival by ``time.perf_counter``, ``run`` the name of a run in the request."""
        self.arrival = arrival
        self._run = run
        self._head: Head
        self._measured: Measured
        self._runs: tuple[str, ...] = ()
        self._began = began
        self._end: tuple[bytes, str | None, tuple[str, ...], int | None] = (b"", None, (), None)
        self._response: Response
        self._sequence = 0
        self._state: SandboxState | None = None

    def begin(self, state: SandboxState) -> None:
        """Write the arrival. A dropped sandbox has no journal: the request continues without one."""
        try:
            self._head, self._sequence = state.begin(self.arrival)
            self._runs = runs_of(state, self._head, self._run, self.arrival.at)
        except SandboxDropped:
            self._state = None
        else:
            self._state = state

    def answer(self, request: Request, response: Response, sandbox: Sandbox, context: Any) -> None:
        """Add the response, and write the entry once the response is delivered.

        ``sandbox`` differs from the one of ``begin`` if a draft was registered meanwhile.
        """
        if self._state is not sandbox.state:
            self.begin(sandbox.state)
        touched = context.pipeline.touched if context.pipeline else ()
        body = _body(context, request.environ)[:MOST_SENT]
        client = _client(request, sandbox, self.arrival.operation)
        self._end = body, client, tuple(touched), _rows(context, response, is_touched=bool(touched))
        self._response = response
        if self._state is not None:
            self._measured = measure(request, response, context, self._head, client, self._runs)
        delivery: Delivery | None = request.environ.get(DELIVERY)
        if delivery is not None:
            delivery.on_end.append(self.end)
        elif isinstance(response.response, Steps):
            response.response = ObservedSteps(response.response, self.end)
        else:
            self.end("answered")

    def end(self, outcome: Outcome) -> None:
        """Write the end of the request."""
        if self._state is not None:
            self._state.complete(self._sequence, self._completion(outcome))

    def _completion(self, outcome: Outcome) -> Completion:
        response = self._response
        body, client, scenarios, rows = self._end
        ended = time.perf_counter()
        return Completion(
            response.status_code,
            (ended - self._began) * 1000,
            outcome,
            body,
            client,
            scenarios,
            rows,
            tuple(response.headers),
            complete_body(response)[:MOST_SENT],
            fact_bytes(self._measured, self._sequence, self._began, ended, outcome),
            self._runs,
        )


def arrival_of(request: Request, sandbox: Sandbox, operation: str | None) -> Arrival:
    """Return the part of a journal entry that is known when a request arrives."""
    return Arrival(
        request.method,
        request.path[:MOST_SENT],
        request.query_string[:MOST_SENT],
        _headers(request.environ),
        operation,
        sandbox.clock.now(),
    )


def _headers(environ: WSGIEnvironment) -> Headers:
    """Return the headers of a request by their WSGI names."""
    pairs: Headers | None = environ.get(HEADERS)
    if pairs is not None:
        return pairs
    return _shared(
        tuple(
            [pair for pair in environ.items() if pair[0].startswith("HTTP_") or (pair[0] in _OTHER_HEADERS and pair[1])]
        )
    )


@lru_cache(_SHARED)
def _shared(headers: Headers) -> Headers:
    """Return the same object for equal headers: a client repeats its headers with each request."""
    return headers


def _body(context: Any, environ: WSGIEnvironment) -> bytes:
    """Return the request body if it is in memory. The journal does not wait for a body."""
    read: bytes | None = context.get("body")
    if read is not None:
        return read
    stream = environ["wsgi.input"]
    return stream.getvalue() if isinstance(stream, BytesIO) else b""


def _client(request: Request, sandbox: Sandbox, operation: str | None) -> str | None:
    """Return the client id that the request gives."""
    if operation == TOKEN:
        client = client_of_token_request(request, sandbox.credentials)
    else:
        client = client_of(request, sandbox.credentials)
    return client and client[:MOST_HEADER_SENT]


def _rows(context: Any, response: Response, *, is_touched: bool) -> int | None:
    """Return the number of rows of a page. If a scenario has changed the page, count those that were sent."""
    page: Page | None = context.get("page")
    if page is None:
        return None
    rows, made = page.rows, page.body
    if not is_touched or (body := complete_body(response)) is made:
        return rows
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return rows  # the scenario has changed the bytes of the page, not its rows
    members = document.values() if isinstance(document, dict) and response.status_code == 200 else ()
    lists = [member for member in members if isinstance(member, list)]
    return len(lists[0]) if len(lists) == 1 else None
