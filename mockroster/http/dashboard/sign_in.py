"""Sign in to the dashboard of a server with an admin token, and sign out again."""

from __future__ import annotations

import re

from flask import request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from mockroster.http.admin.guard import Guard
from mockroster.http.dashboard import pages
from mockroster.render.request_path import encoded_path

_LOCAL = re.compile(r"/(?![/\\])[!-~]*")
"""An address on this server; the browser takes ``//`` and ``/\\`` for another host."""


def form(status: int = 401, problem: str = "") -> Response:
    """Return the page with the password field; it shows nothing of the sandbox.

    A browser does not send the cookie with a navigation from another site, so the first page asks for itself again.
    """
    is_foreign = request.headers.get("Sec-Fetch-Site") == "cross-site" and not problem
    target = _address() if request.method == "GET" else request.form.get("next", "")
    return pages.render("sign_in.html", status, next=target, problem=problem, again=is_foreign)


def sign_in(guard: Guard) -> Response:
    """Check the password, set the cookie and redirect to the requested page."""
    session = guard.session
    if session is not None and not session.accepts(request.form.get("token", "").strip()):
        return form(403, "That is not the token that the server was started with.")
    target = request.form.get("next", "")
    response = redirect(target if _LOCAL.fullmatch(target) else f"{pages.prefix()}/ui", 303)
    if session is not None:
        session.start(request, response)
    pages.protect(response)
    return response


def sign_out(guard: Guard) -> Response:
    """Delete the cookie and return to the sign-in."""
    response = redirect(f"{pages.prefix()}/ui", 303)
    session = guard.session
    if session is not None:
        session.end(response)
    pages.protect(response)
    return response


def _address() -> str:
    """Return the requested address, on this server."""
    query = request.query_string.decode("latin-1")
    return pages.prefix() + encoded_path(request.environ, request.path) + (f"?{query}" if query else "")
