"""Handle one request from end to end: resolve its sandbox, select its scenarios, dispatch it, record and log it."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response, g
from flask.globals import app_ctx, request_ctx
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from mockroster.auth import oauth1, oauth2
from mockroster.errors import ConfigurationError, MalformedRequest
from mockroster.http.admin.guard import Guard
from mockroster.http.error_responses import refusal_body
from mockroster.http.flask_tuning import CachedMapAdapter, FastRequest, FastResponse, LazyRule, Routes
from mockroster.http.path_prefix import ROUTED, SANDBOX, SCENARIOS, routed_path
from mockroster.http.quick import is_quick
from mockroster.http.recording import RECORDING, TOKEN, Recording, arrival_of
from mockroster.logs import RequestLine, RequestLog
from mockroster.render.request_path import route_path
from mockroster.sandbox import runs
from mockroster.sandbox.registry import Sandboxes, name_of
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.aim import ActiveScenario, ActiveScenarios, Area, Selector
from mockroster.scenarios.pipeline import HEADER, HEADER_KEY, Pipeline
from mockroster.scenarios.spec import active_scenarios, canonical
from mockroster.standard.model import Operation

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_WITHOUT_SCENARIOS = re.compile("/(?:__admin|livez|readyz|ui|docs)(?:/|$)")
"""Paths that no scenario affects and that the journal does not record."""

_RESERVED = re.compile("/openapi(?:/|$)|/$")
"""Other paths that no scenario affects."""

_NOT_LOGGED = re.compile("/(?:livez|readyz|__admin/health)$|/(?:ui|docs)(?:/|$)")
"""Paths that are not logged: they are requested by health checks and people, not by the client under test."""


class Application(Flask):
    """A Flask application that resolves the sandbox of each request and applies the scenarios that are active there."""

    sandboxes: Sandboxes
    operations: dict[str, Operation]
    """The operation of each endpoint."""

    token_endpoints: frozenset[str]
    guard: Guard
    request_log: RequestLog | None = None
    url_map: Routes
    url_rule_class = LazyRule
    request_class = FastRequest
    response_class = FastResponse

    def create_url_adapter(self, request: Request | None) -> CachedMapAdapter | None:
        """Return the adapter that matches a request to its route."""
        if request is None:
            return None
        return CachedMapAdapter(self.url_map, request.method, route_path(request.environ, request.path))

    @property
    def has_hooks(self) -> bool:
        """Return whether functions are registered that Flask calls before or after each request."""
        return bool(
            self.url_value_preprocessors
            or self.before_request_funcs
            or self.after_request_funcs
            or self.teardown_request_funcs
        )

    def preprocess_request(self) -> Any:
        """Call the functions that are registered to be called before each request, if there are any."""
        return super().preprocess_request() if self.has_hooks else None

    def is_quick(self, environ: WSGIEnvironment) -> bool:
        """Return whether the built-in server may answer a request on its event loop."""
        return is_quick(self, environ)

    def refusal_body(self, status: int, description: str, target: str) -> bytes:
        """Return the body for a request that the built-in server refuses, in the form of the requested version."""
        return refusal_body(status, description, target)

    def full_dispatch_request(self) -> Response:
        """Answer a request, and log it if there is a request log."""
        began = time.perf_counter()
        request, context = request_ctx.request, app_ctx.g  # a proxy costs more with each use
        response = self._respond(request, context, began)
        if self.request_log is not None:
            self._log(request, context, response, began)
        return response

    def _respond(self, request: Request, context: Any, began: float) -> Response:
        """Return the response, and record the request in the journal.

        Sets ``g.sandbox``, the sandbox of the request, and ``g.pipeline``, its active scenarios. If the sandbox is a
        draft, ``g.keep_draft`` registers it.
        """
        context.pipeline = context.keep_draft = context.recording = recording = None
        if not _WITHOUT_SCENARIOS.match(request.path):
            recording = context.recording = request.environ.get(RECORDING) or self._new_recording(request, began)
        try:
            context.sandbox = sandbox = self._resolve_sandbox(request, recording)
        except HTTPException as error:
            return self.finalize_request(self.handle_user_exception(error))
        if recording is None:
            return super().full_dispatch_request()
        try:
            runs.check_header(request.environ)
            response = self._dispatch(self._select_scenarios(sandbox, request), request)
        except Exception as error:  # noqa: BLE001 # logged and answered, or raised again, by ``handle_user_exception``
            response = self.finalize_request(self.handle_user_exception(error))
            response = self.make_response(context.pipeline.mark(response)) if context.pipeline else response
        if context.keep_draft is not None and context.pipeline and self._is_authentic(request, sandbox):
            context.sandbox = context.keep_draft()  # a scenario answered first, and has counted the request
            context.pipeline.move_to(context.sandbox)
        recording.operation = self._operation_name(request)
        recording.answer(request, response, context)
        return response

    def _log(self, request: Request, context: Any, response: Response, began: float) -> None:
        """Write a line for a request, including requests that the journal does not record."""
        sandbox: Sandbox | None = context.get("sandbox")
        recording = context.recording or self._new_recording(request, began)
        touched = context.pipeline.touched if context.pipeline else ()
        self.log_request(recording, response.status_code, sandbox, tuple(touched))

    def log_request(
        self, recording: Recording, status: int, sandbox: Sandbox | None, touched: tuple[str, ...] = ()
    ) -> None:
        """Write a line for a request to the log, if there is one. ``touched`` are the scenarios that changed it."""
        arrival = recording.arrival
        if self.request_log is None or _NOT_LOGGED.match(arrival.path):
            return
        redactor = (sandbox or self.sandboxes.default).redactor
        self.request_log.write(
            RequestLine(
                arrival.method,
                redactor.path(arrival.path),
                redactor.text(arrival.query.decode("utf-8", "replace")),
                status,
                (time.perf_counter() - recording.began) * 1000,
                recording.operation,
                touched,
                sandbox.name if sandbox else None,
            )
        )

    def _operation_name(self, request: Request) -> str | None:
        """Return the operation's name for the journal and the log."""
        endpoint = request.endpoint or ""
        operation = self.operations.get(endpoint)
        return operation.name if operation else TOKEN if endpoint in self.token_endpoints else None

    def _new_recording(self, request: Request, began: float) -> Recording:
        """Return a new journal entry for a request, not yet written."""
        run = runs.named_in(request.environ)
        return Recording(arrival_of(request, self._operation_name(request)), began, run)

    def _resolve_sandbox(self, request: Request, recording: Recording | None) -> Sandbox:
        """Return the sandbox that the path names, with the arrival of the request written to its journal.

        If it does not exist, create it for a request that may use the switchboard or that needs no credentials. Any
        other request gets a draft, which is registered once the credentials are accepted (``g.keep_draft``).

        Raises ``MalformedRequest`` for an invalid name or scenario, and ``ForeignRequest`` if a page of another origin
        requests the switchboard.
        """
        if self.guard.covers(request.path):
            self.guard.check(request)
        name, spec = request.environ.get(SANDBOX), request.environ.get(SCENARIOS)
        scenarios = _scenarios_of_path(spec) if spec is not None else ()
        if name is None:
            name, scenarios = (name_of(scenarios), scenarios) if scenarios else (self.sandboxes.default.name, ())
        else:
            scenarios = ()
        existing = self.sandboxes.find(name) if recording is None else recording.enter(self.sandboxes, name)
        if existing is not None:
            return existing
        sandbox = self._draft(request, name, scenarios)
        if recording is not None:
            recording.begin(sandbox.state)
        return sandbox

    def _draft(self, request: Request, name: str, scenarios: tuple[str, ...]) -> Sandbox:
        """Return a new sandbox, or a draft if only accepted credentials may create it."""
        draft = self.sandboxes.draft(name, scenarios)
        if self.guard.admits(request):
            return self.sandboxes.keep(draft)
        if not draft.credentials.required and not self.guard.covers(request.path):
            self.guard.check_invited(request)
            return self.sandboxes.keep(draft)
        app_ctx.g.keep_draft = partial(self.sandboxes.keep, draft)
        return draft

    def _select_scenarios(self, sandbox: Sandbox, request: Request) -> Pipeline | None:
        """Return the scenarios that act on the request, or ``None``. They may route it to another path."""
        active = _requested_scenarios(
            sandbox, request, (oauth2 if self._is_token_request(request) else oauth1).scenarios_of(request)
        )
        if active is None or not active.reaches_path(request.path):
            return None
        scenarios = active.scenarios
        selector = Selector(request, sandbox)
        touched = self._route(scenarios, selector, sandbox, request)
        area = self._area(request)
        selected = selector.select(scenarios, area)
        if not selected:
            return None
        if any(active.acts_on_any_path for active in selected):
            self.guard.check_invited(request)
        operation = self.operations.get(request.endpoint or "")
        path = request.view_args or {}
        is_token_request = area is Area.TOKEN
        return Pipeline(selected, request, operation, path, sandbox, touched, is_token_request=is_token_request)

    def _route(
        self, scenarios: tuple[ActiveScenario, ...], selector: Selector, sandbox: Sandbox, request: Request
    ) -> dict[str, None]:
        """Let scenarios route the request to another path, and return the names of those that did."""
        routing = [active for active in scenarios if active.changes_routes]
        if not routing:
            return {}
        area = Area.TOKEN if self._is_token_request(request) else Area.SERVICE
        pipeline = Pipeline(selector.select(routing, area), request, None, {}, sandbox)
        requested = route_path(request.environ, request.path)
        if (path := pipeline.route(requested)) != requested:
            self._reroute(request, path)
        return pipeline.touched

    def _dispatch(self, pipeline: Pipeline | None, request: Request) -> Response:
        """Dispatch the request, with the hooks of the acting scenarios before and after."""
        if pipeline is None:
            return super().full_dispatch_request()
        g.pipeline = pipeline
        response: WerkzeugResponse | None = pipeline.before()
        if response is None and self._is_token_request(request):
            response = pipeline.on_token_request()
            response = response or pipeline.on_token_response(super().full_dispatch_request())
        response = pipeline.after(response or super().full_dispatch_request())
        return self.make_response(pipeline.mark(response))

    def _is_authentic(self, request: Request, sandbox: Sandbox) -> bool:
        """Return whether the credentials of a request are valid, whatever it was answered."""
        if self._is_token_request(request):
            return oauth2.presents_client(request, sandbox.credentials)
        token = sandbox.credentials.bearer(request.environ.get("HTTP_AUTHORIZATION", ""))
        return token is not None and token.permits((), sandbox.clock.now())

    def _area(self, request: Request) -> Area:
        """Return the part of the server that answers the request."""
        if (request.endpoint or "") in self.operations or _matches_no_operation(request):
            return Area.SERVICE
        if self._is_token_request(request) or request.path in self.token_endpoints:
            return Area.TOKEN
        return Area.RESERVED if _RESERVED.match(request.path) else Area.ELSEWHERE

    def _is_token_request(self, request: Request) -> bool:
        return (request.endpoint or "") in self.token_endpoints

    def _reroute(self, request: Request, path: str) -> None:
        """Match the request to another path. The request keeps its own path, which links repeat."""
        request.environ[ROUTED] = path
        request.url_rule = request.view_args = request.routing_exception = None
        request_ctx.url_adapter = CachedMapAdapter(self.url_map, request.method, path)
        request_ctx.match_request()


def _scenarios_of_path(spec: str) -> tuple[str, ...]:
    """Return the scenarios of ``/scenarios/<spec>``. Raises ``MalformedRequest`` with the nearest right name."""
    try:
        return canonical([spec])
    except ConfigurationError as error:
        raise MalformedRequest(f"/scenarios/{spec[:80]}: {error}") from None


def _decode_header(value: str) -> str:
    """Return a header as the client wrote it: in UTF-8 (curl), or in Latin-1 (clients in Python and Java)."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _matches_no_operation(request: Request) -> bool:
    """Return whether a request below a service's base matches no operation: the path or the method is wrong."""
    return request.routing_exception is not None and routed_path(request).startswith("/ims/")


def _requested_scenarios(sandbox: Sandbox, request: Request, client: tuple[str, ...]) -> ActiveScenarios | None:
    """Return the active scenarios, if any: those of the sandbox, the path, the client or its token, and the header.

    Raises ``MalformedRequest`` with the nearest right name.
    """
    environ = request.environ
    texts = sandbox.scenarios
    if SANDBOX in environ and SCENARIOS in environ:
        texts = (*texts, environ[SCENARIOS])
    texts += client + sandbox.credentials.scenarios_of(environ.get("HTTP_AUTHORIZATION", ""))
    header = environ.get(HEADER_KEY, "").strip()
    if header:
        texts = (*texts, header if header.isascii() else _decode_header(header))
    if not texts:
        return None
    try:
        return active_scenarios(texts)
    except ConfigurationError as error:
        raise MalformedRequest(f"{HEADER}: {error}") from None
