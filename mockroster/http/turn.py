"""One request from end to end: which world it is meant for, which scenarios act in it, what the journal says of it."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, Request, Response, g
from flask.globals import app_ctx, request_ctx
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from mockroster.auth import oauth1, oauth2
from mockroster.errors import ConfigurationError, MalformedRequest
from mockroster.http.admin.guard import Guard
from mockroster.http.edge import ROUTED, SANDBOX, SCENARIOS, routed
from mockroster.http.failures import refusal_body
from mockroster.http.lean import Line, NoSession, Reply, Routes, Way
from mockroster.http.quick import is_quick
from mockroster.http.recording import TOKEN, Recording, arrival_of
from mockroster.logs import RequestLine, RequestLog
from mockroster.render.request_path import route_path
from mockroster.sandbox.journal_view import MOST_SENT
from mockroster.sandbox.registry import Sandboxes, name_of
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.pipeline import HEADER, Pipeline
from mockroster.scenarios.spec import ActiveScenario, canonical, parse_scenarios
from mockroster.standard.model import Operation

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_UNTOUCHED = re.compile("/(?:__admin|livez|readyz)(?:/|$)")
"""Where no scenario acts and the journal does not look."""

_QUIET = frozenset({"/livez", "/readyz", "/__admin/health"})
"""What the log passes over: it is asked all the time, and says nothing of a client."""


class Application(Flask):
    """A Flask application that finds the sandbox of each request and asks the scenarios that act in it."""

    sandboxes: Sandboxes
    operations: dict[str, Operation]
    """By endpoint."""

    token_endpoints: frozenset[str]
    guard: Guard
    request_log: RequestLog | None = None
    url_map: Routes
    url_rule_class = Line
    response_class = Reply
    session_interface = NoSession()

    def create_url_adapter(self, request: Request | None) -> Way | None:
        """Return the way of a request to its route."""
        if request is None:
            return None
        return Way(self.url_map, request.method, route_path(request.environ, request.path))

    def is_quick(self, environ: WSGIEnvironment) -> bool:
        """Return whether our own server may answer a request on its event loop."""
        return is_quick(self, environ)

    def refusal_body(self, status: int, description: str, target: str) -> bytes:
        """Return the body of a request that our own server refuses, in the form of the version that was asked."""
        return refusal_body(status, description, target)

    def full_dispatch_request(self) -> Response:
        """Answer a request, and log it where that is wanted."""
        began = time.perf_counter()
        response = self._answered(began)
        if self.request_log is not None and request_ctx.request.path not in _QUIET:
            self._log(self.request_log, response, began)
        return response

    def _answered(self, began: float) -> Response:
        """Return the answer, and record it in the journal.

        ``g.sandbox`` is the world that the request is meant for, ``g.acting`` what acts in it; ``g.keep`` makes a
        sandbox of a draft, where the world is one.
        """
        sent, turn = request_ctx.request, app_ctx.g  # a proxy costs more with each use
        turn.acting = turn.keep = None
        try:
            turn.sandbox = sandbox = self._addressed(sent)
        except HTTPException as error:
            return self.finalize_request(self.handle_user_exception(error))
        if _UNTOUCHED.match(sent.path):
            return super().full_dispatch_request()
        recording = None
        try:
            acting = self._prepared(sandbox, sent)
            recording = self._recording(sandbox, sent, began)
            recording.begin(sandbox.state)
            response = self._turn(acting, sent)
        except Exception as error:  # noqa: BLE001 # logged and answered, or raised again, by ``handle_user_exception``
            if recording is None:
                recording = self._recording(sandbox, sent, began)
                recording.begin(sandbox.state)
            response = self.finalize_request(self.handle_user_exception(error))
            response = self.make_response(turn.acting.mark(response)) if turn.acting else response
        recording.answer(sent, response, turn.sandbox, turn)
        return response

    def _log(self, log: RequestLog, response: Response, began: float) -> None:
        """Write the line of a request, also of one that the journal does not have."""
        sent, turn = request_ctx.request, app_ctx.g
        sandbox: Sandbox | None = turn.get("sandbox")
        redactor = (sandbox or self.sandboxes.default).redactor
        line = RequestLine(
            sent.method,
            redactor.path(sent.path[:MOST_SENT]),
            redactor.text(sent.query_string[:MOST_SENT].decode("utf-8", "replace")),
            response.status_code,
            (time.perf_counter() - began) * 1000,
            self._operation_name(sent),
            tuple(turn.acting.touched) if turn.acting else (),
            sandbox.name if sandbox else None,
        )
        log.write(line)

    def _operation_name(self, sent: Request) -> str | None:
        """Return the name by which journal and log know what is asked."""
        endpoint = sent.endpoint or ""
        operation = self.operations.get(endpoint)
        return operation.name if operation else TOKEN if endpoint in self.token_endpoints else None

    def _recording(self, sandbox: Sandbox, sent: Request, began: float) -> Recording:
        """Return the journal entry of a request, which is not written yet."""
        return Recording(arrival_of(sent, sandbox, self._operation_name(sent)), began)

    def _addressed(self, sent: Request) -> Sandbox:
        """Return the sandbox that the path names.

        One that does not exist yet is made for a request that may drive the switchboard; any other gets a draft, which
        becomes a sandbox when the credentials are accepted (``g.keep``).

        Raises ``MalformedRequest`` for a name or scenario that is none, ``ForeignRequest`` for what a page of another
        origin asks the switchboard.
        """
        if self.guard.covers(sent.path):
            self.guard.check(sent)
        name, spec = sent.environ.get(SANDBOX), sent.environ.get(SCENARIOS)
        scenarios = _of_path(spec) if spec is not None else ()
        if name is None:
            name, scenarios = (name_of(scenarios), scenarios) if scenarios else (self.sandboxes.default.name, ())
        else:
            scenarios = ()
        found = self.sandboxes.find(name)
        if found is not None:
            return found
        draft = self.sandboxes.draft(name, scenarios)
        if self.guard.admits(sent):
            return self.sandboxes.keep(draft)
        if not draft.credentials.required:
            self.guard.check_invited(sent)
            return self.sandboxes.keep(draft)
        app_ctx.g.keep = partial(self.sandboxes.keep, draft)
        return draft

    def _prepared(self, sandbox: Sandbox, sent: Request) -> Pipeline | None:
        """Return the scenarios that act, if any do; they may have the request routed otherwise."""
        scenarios = _chosen(sandbox, sent, (oauth2 if self._asks_for_token(sent) else oauth1).scenarios_of(sent))
        if not scenarios:
            return None
        acting = Pipeline(scenarios, sent, None, {}, sandbox)
        asked = route_path(sent.environ, sent.path)
        if (path := acting.route(asked)) != asked:
            self._reroute(sent, path)
        acting.operation, acting.path = self.operations.get(sent.endpoint or ""), sent.view_args or {}
        return acting

    def _turn(self, acting: Pipeline | None, sent: Request) -> Response:
        """Answer with the scenarios round about; without any, answer."""
        is_token = self._asks_for_token(sent)
        if acting is None or not (acting.operation or is_token or _misses(sent)):
            return super().full_dispatch_request()
        g.acting = acting
        response: WerkzeugResponse
        if is_token:
            response = acting.on_token_request() or acting.on_token_response(super().full_dispatch_request())
        else:
            response = acting.after(acting.before() or super().full_dispatch_request())
        return self.make_response(acting.mark(response))

    def _asks_for_token(self, sent: Request) -> bool:
        return (sent.endpoint or "") in self.token_endpoints

    def _reroute(self, sent: Request, path: str) -> None:
        """Find the operation of another path than was asked; the request keeps its own, which links repeat."""
        sent.environ[ROUTED] = path
        sent.url_rule = sent.view_args = sent.routing_exception = None
        request_ctx.url_adapter = Way(self.url_map, sent.method, path)
        request_ctx.match_request()


def _of_path(spec: str) -> tuple[str, ...]:
    """Return the scenarios of a base path. Raises ``MalformedRequest`` with the nearest right name."""
    try:
        scenarios = canonical([spec])
    except ConfigurationError as error:
        raise MalformedRequest(f"/scenarios/{spec[:80]}: {error}") from None
    if not scenarios:
        raise MalformedRequest("/scenarios/ is followed by no scenario; /scenarios/flaky:every=3/ would be one")
    return scenarios


def _misses(sent: Request) -> bool:
    """Tell whether a request is meant for a service and meets none of its operations: a wrong path or method."""
    return sent.routing_exception is not None and routed(sent).startswith("/ims/")


_HEADER = "HTTP_" + HEADER.upper().replace("-", "_")


def _chosen(sandbox: Sandbox, sent: Request, client: tuple[str, ...]) -> tuple[ActiveScenario, ...]:
    """Return the scenarios that act: the sandbox's own, the path's, the client's or its token's, the header's.

    Raises ``MalformedRequest`` with the nearest right name.
    """
    texts = [*sandbox.scenarios]
    if SANDBOX in sent.environ and SCENARIOS in sent.environ:
        texts.append(sent.environ[SCENARIOS])
    texts += client
    texts += sandbox.credentials.scenarios_of(sent.environ.get("HTTP_AUTHORIZATION", ""))
    header = sent.environ.get(_HEADER)
    if header is not None:
        texts.append(header)
    if not texts:
        return ()
    try:
        return tuple({one.text: one for one in parse_scenarios(texts)}.values())
    except ConfigurationError as error:
        raise MalformedRequest(f"{HEADER}: {error}") from None
