"""Write each request to the journal of its sandbox: when it arrives, and when it has ended.

This runs for every request, so it copies little and formats nothing; ``sandbox/journal_view.py`` formats entries.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from flask import Request, Response

from mockroster.auth.identity import client_of, client_of_token_request
from mockroster.clock import real_now
from mockroster.delivery import DELIVERY, HEADERS, Delivery, ObservedSteps, Outcome, Steps
from mockroster.errors import SandboxDropped, SandboxFull, StoreUnavailable
from mockroster.http.facts import Page, PartialFact, fact_bytes, make_partial_fact
from mockroster.http.request_summary import body_in_memory
from mockroster.http.response_body import complete_body
from mockroster.sandbox.journal_view import MOST_HEADER_SENT, MOST_SENT
from mockroster.sandbox.registry import Sandboxes
from mockroster.sandbox.runs import ONLY_EVERYTHING, runs_of
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.port import SandboxState
from mockroster.state.values import Arrival, Completion, Head

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger("mockroster")

TOKEN = "token"  # noqa: S105
"""The operation of a token request in the journal."""

_OTHER_HEADERS = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
"""The headers whose WSGI names do not begin with ``HTTP_``."""


RECORDING = "mockroster.recording"
"""The WSGI environment key for the journal entry of a request that a middleware has begun."""

Headers = tuple[tuple[str, str], ...]

NO_HEAD = Head(0, 0, timedelta(), ())
"""The head of a sandbox that was dropped."""

_SHARED_SETS = 64
"""The most sets of headers that are kept to be shared by requests; 4 MB at most, by the limits of the server."""


class End(NamedTuple):
    """The response to a request, and the properties of the request that are known at its end."""

    status: int
    headers: Headers
    response_body: bytes
    client: str | None = None
    body: bytes = b""
    scenarios: tuple[str, ...] = ()
    rows: int | None = None
    partial_fact: PartialFact = PartialFact(b"")


class Recording:
    """The journal entry of a request in progress."""

    __slots__ = (
        "_end",
        "_run",
        "_sequence",
        "_state",
        "arrival",
        "began",
        "head",
        "operation",
        "runs",
        "sandbox",
    )

    def __init__(self, arrival: Arrival, began: float, run: str | None = None) -> None:
        """``began`` is the time of arrival by ``time.perf_counter``, ``run`` the name of a run in the request."""
        self.arrival = arrival
        self.began = began
        self.operation = arrival.operation
        """The operation; a scenario may route the request to another than that of the arrival."""

        self.sandbox: Sandbox | None = None
        """The sandbox that the request has entered."""

        self.head = NO_HEAD
        self.runs: tuple[str, ...] = ()
        self._run = run
        self._end: End
        self._sequence = 0
        self._state: SandboxState | None = None

    def begin(self, state: SandboxState) -> None:
        """Write the arrival, once. A dropped sandbox has no journal: the request continues without one."""
        if self._state is state:
            return
        try:
            head, self._sequence = state.begin(self.arrival)
            self._enter(state, head)
        except SandboxDropped:
            self._state = None

    def enter(self, sandboxes: Sandboxes, name: str) -> Sandbox | None:
        """Return the sandbox of that name, with the arrival written to its journal, or ``None``."""
        if self.sandbox is None:
            entered = sandboxes.enter(name, self.arrival)
            if entered is None:
                return None
            self.sandbox, self._sequence = entered
            state = self.sandbox.state
            try:
                self._enter(state, state.head())
            except SandboxDropped:
                self._state = None
        return self.sandbox

    def _enter(self, state: SandboxState, head: Head) -> None:
        """Note the state that the request runs in, and the runs that it belongs to. Raises ``SandboxDropped``."""
        self._state, self.head, self.runs = state, head, head.runs
        if self._run is not None or self.runs != ONLY_EVERYTHING:
            self.runs = runs_of(state, head, self._run, self.arrival.at + head.clock)

    def answer(self, request: Request, response: Response, context: Any) -> None:
        """Add the response of a view, and write the entry once the response is delivered.

        The sandbox differs from the one of ``begin`` if a draft was registered meanwhile, and the operation from that
        of the arrival if a scenario has routed the request.
        """
        sandbox: Sandbox = context.sandbox
        self.begin(sandbox.state)
        touched = tuple(context.pipeline.touched) if context.pipeline else ()
        client = context.get("client") or _client(request, sandbox, self.operation)
        client = client and client[:MOST_HEADER_SENT]
        end = End(
            response.status_code,
            tuple(response.headers),
            complete_body(response)[:MOST_SENT],
            client,
            body_in_memory(context, request.environ)[:MOST_SENT],
            touched,
            _rows(context, response, is_touched=bool(touched)),
            make_partial_fact(request, response, context, self.head, client, self.runs),
        )
        delivery: Delivery | None = request.environ.get(DELIVERY)
        if delivery is None and isinstance(response.response, Steps):
            delivery = Delivery()
            response.response = ObservedSteps(response.response, self.end)
        self.finish(end, delivery)

    def finish(self, end: End, delivery: Delivery | None) -> None:
        """Write the entry once the response is delivered, or at once if the server does not report it."""
        self._end = end
        if delivery is None:
            self.end("answered")
        else:
            delivery.on_end.append(self.end)

    def end(self, outcome: Outcome) -> None:
        """Write the end of the request. If the store cannot be reached, the client still gets its response."""
        if self._state is None:
            return
        status, headers, response_body, client, body, scenarios, rows, partial_fact = self._end
        ended = time.perf_counter()
        completion = Completion(
            status,
            (ended - self.began) * 1000,
            outcome,
            body,
            client,
            scenarios,
            rows,
            headers,
            response_body,
            fact_bytes(partial_fact, self._sequence, self.began, ended, outcome),
            self.runs,
            self.operation,
        )
        try:
            self._state.complete(self._sequence, completion)
        except (StoreUnavailable, SandboxFull) as error:
            log.debug("the end of a request is not in the journal: %s", error)


def arrival_of(request: Request, operation: str | None) -> Arrival:
    """Return the part of a journal entry that is known when a request arrives."""
    return Arrival(
        request.method,
        request.path[:MOST_SENT],
        request.query_string[:MOST_SENT],
        headers_of(request.environ),
        operation,
        real_now(),
    )


def headers_of(environ: WSGIEnvironment) -> Headers:
    """Return the headers of a request by their WSGI names."""
    pairs: Headers | None = environ.get(HEADERS)
    if pairs is not None:
        return pairs
    return _shared(
        tuple(
            [pair for pair in environ.items() if pair[0].startswith("HTTP_") or (pair[0] in _OTHER_HEADERS and pair[1])]
        )
    )


@lru_cache(_SHARED_SETS)
def _shared(headers: Headers) -> Headers:
    """Return the same object for equal headers: a client repeats its headers with each request."""
    return headers


def _client(request: Request, sandbox: Sandbox, operation: str | None) -> str | None:
    """Return the client id that the request gives."""
    if operation == TOKEN:
        return client_of_token_request(request, sandbox.credentials)
    return client_of(request, sandbox.credentials)


def _rows(context: Any, response: Response, *, is_touched: bool) -> int | None:
    """Return the number of rows of a page. If a scenario has changed the page, count those that were sent."""
    page: Page | None = context.get("page")
    if page is None:
        return None
    rows, original = page.rows, page.body
    if not is_touched or (body := complete_body(response)) is original:
        return rows
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return rows  # the scenario has changed the bytes of the page, not its rows
    members = document.values() if isinstance(document, dict) and response.status_code == 200 else ()
    lists = [member for member in members if isinstance(member, list)]
    return len(lists[0]) if len(lists) == 1 else None
