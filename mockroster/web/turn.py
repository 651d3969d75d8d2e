"""One request from end to end: which world it is meant for, which scenarios act in it, what the journal says of it."""

from __future__ import annotations

import re
import time

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from mockroster.auth import oauth2
from mockroster.errors import ConfigurationError, MalformedRequest
from mockroster.sandbox.journal import MOST_BODY, Entry
from mockroster.sandbox.registry import Sandboxes
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.acting import HEADER, Acting
from mockroster.scenarios.spec import Chosen, chosen
from mockroster.spec.model import Operation
from mockroster.web.edge import SANDBOX, SCENARIOS

TOKEN = "token"  # noqa: S105
"""What the token endpoint is called in the journal."""

_UNTOUCHED = ("/__admin", "/livez", "/readyz")
"""Where no scenario acts and the journal does not look."""


class Application(Flask):
    """A Flask application that finds the sandbox of each request and asks the scenarios that act in it."""

    sandboxes: Sandboxes
    operations: dict[str, Operation]
    """By endpoint."""

    token_endpoints: frozenset[str]

    def full_dispatch_request(self) -> Response:
        """Answer a request. ``g.sandbox`` is the world that it is meant for, ``g.acting`` what acts in it."""
        began = time.perf_counter()
        g.acting = None
        try:
            g.sandbox = self.sandboxes.get(request.environ.get(SANDBOX, self.sandboxes.default.name))
            if request.path.startswith(_UNTOUCHED):
                return super().full_dispatch_request()
            response = self._turn(g.sandbox)
        except HTTPException as error:
            return self.finalize_request(self.handle_user_exception(error))
        self._write(g.sandbox, response, began)
        return response

    def _turn(self, sandbox: Sandbox) -> Response:
        """Answer with the scenarios round about; without any, answer."""
        endpoint = request.endpoint or ""
        operation, is_token = self.operations.get(endpoint), endpoint in self.token_endpoints
        scenarios = _chosen(sandbox, oauth2.scenarios_of(request) if is_token else ())
        if not scenarios or not (operation or is_token):
            return super().full_dispatch_request()
        g.acting = acting = Acting(scenarios, request, operation, request.view_args or {}, sandbox)
        response: WerkzeugResponse
        if is_token:
            response = acting.at_token() or acting.issued(super().full_dispatch_request())
        else:
            response = acting.after(acting.before() or super().full_dispatch_request())
        return self.make_response(acting.named(response))

    def _write(self, sandbox: Sandbox, response: Response, began: float) -> None:
        """Write the request into the journal of its sandbox."""
        operation = self.operations.get(request.endpoint or "")
        acting: Acting | None = g.acting
        sandbox.journal.write(
            Entry(
                method=request.method,
                path=request.path,
                query=redacted(request.query_string.decode("utf-8", "replace")),
                headers={name.lower(): _header(name, value) for name, value in request.headers},
                body=redacted(g.get("body", b"")[:MOST_BODY].decode("utf-8", "replace")),
                status=response.status_code,
                ms=round((time.perf_counter() - began) * 1000, 3),
                operation=operation.name if operation else TOKEN if request.endpoint in self.token_endpoints else None,
                scenarios=tuple(acting.touched) if acting else (),
                at=sandbox.clock.now(),
            )
        )


def _chosen(sandbox: Sandbox, client: tuple[str, ...]) -> tuple[Chosen, ...]:
    """Return the scenarios that act: the sandbox's own, the path's, the client's or its token's, the header's.

    Raises ``MalformedRequest`` with the nearest right name.
    """
    texts = [*sandbox.scenarios]
    if SCENARIOS in request.environ:
        texts.append(request.environ[SCENARIOS])
    texts += client
    bearer = request.environ.get("HTTP_AUTHORIZATION", "")
    if bearer[:7].lower() == "bearer ":
        token = sandbox.credentials.tokens.find(bearer[7:].strip())
        texts += token.scenarios if token else ()
    if HEADER in request.headers:
        texts.append(request.headers[HEADER])
    if not texts:
        return ()
    try:
        return chosen(texts)
    except ConfigurationError as error:
        raise MalformedRequest(f"{HEADER}: {error}") from None


_SECRET = re.compile(
    r"""("?(?:client_secret|oauth_signature|access_token|password)"?\s*[=:]\s*"?)[^"&\s,}]+""", re.IGNORECASE
)


def redacted(text: str) -> str:
    """Return a text without the secrets that it holds."""
    return _SECRET.sub(r"\1[redacted]", text)


def _header(name: str, value: str) -> str:
    """Return the value of a header as the journal may keep it."""
    if name.lower() in {"authorization", "proxy-authorization", "cookie"}:
        return f"{value.partition(' ')[0][:20]} [redacted]"
    return value[:500]
