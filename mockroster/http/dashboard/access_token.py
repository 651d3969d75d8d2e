"""Issue a token to the person at the dashboard, without the token endpoint and its scenarios."""

from __future__ import annotations

from flask import g
from werkzeug.wrappers import Response

from mockroster.http.dashboard import pages
from mockroster.render.answer import answer
from mockroster.sandbox.sandbox import Sandbox
from mockroster.standard.versions import SCOPES


def issue() -> Response:
    """Return a token of the sandbox's first client with every scope."""
    sandbox: Sandbox = g.sandbox
    client = pages.first_client(sandbox)
    client_id = "anonymous" if client is None else client.id
    token = sandbox.credentials.tokens.issue(client_id, SCOPES, sandbox.clock.now())
    response = answer({"access_token": token.value, "client": client_id, "required": client is not None})
    response.headers["Cache-Control"] = "no-store"
    return response
