"""Which requests are answered on the server's event loop, and which in a thread.

A request is quick unless something says otherwise: its view is marked by ``long_work``, its page is large, its sandbox
is large or not there yet, or scenarios act, which may have to make a view of all records first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException

from mockroster.delivery import is_long
from mockroster.errors import SandboxDropped
from mockroster.http.edge import split_prefix, with_encoded_slashes
from mockroster.scenarios.pipeline import HEADER

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from mockroster.http.edge import Prefix
    from mockroster.http.turn import Application
    from mockroster.sandbox.sandbox import Sandbox

QUICK_ROWS = 200
"""Rows of a page up to which it is made on the event loop: some 40 ms where none was validated before, later 0.3 ms."""

QUICK_RECORDS = 50_000
"""Records of a sandbox up to which a list is filtered and sorted on the event loop: some 20 ms."""

_LIMIT_DIGITS = 9
_ALWAYS_QUICK = frozenset({"livez", "readyz"})
_SCENARIO_HEADER = "HTTP_" + HEADER.upper().replace("-", "_")
_CONSUMER_KEY = re.compile('oauth_consumer_key="?scenario')
_LIMIT = re.compile(r"(?:^|&)[+ ]*limit[+ ]*=[+ ]*(\d+)")


def is_quick(application: Application, environ: WSGIEnvironment) -> bool:
    """Return whether a request is quick; changes nothing and makes no sandbox."""
    try:
        return _is_quick(application, environ)
    except SandboxDropped:
        return False  # a moment ago; the request finds out


def _is_quick(application: Application, environ: WSGIEnvironment) -> bool:
    prefix = split_prefix(with_encoded_slashes(environ))
    try:
        rule, _ = application.url_map.found(environ["REQUEST_METHOD"], prefix.path)
    except HTTPException:
        return not _may_choose_scenarios(application, prefix, environ)  # one may serve the path by another route
    if rule.endpoint in _ALWAYS_QUICK:
        return True
    if is_long(application.view_functions[rule.endpoint]):
        return False
    if _may_choose_scenarios(application, prefix, environ):
        return False
    sandbox = application.sandboxes.peek(prefix.sandbox)
    return sandbox is not None and _is_small(sandbox, environ)


def _may_choose_scenarios(application: Application, prefix: Prefix, environ: WSGIEnvironment) -> bool:
    """Return whether scenarios act, by whatever door; in case of doubt they do."""
    if prefix.scenarios is not None or _SCENARIO_HEADER in environ:
        return True
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if _CONSUMER_KEY.search(authorization) or _CONSUMER_KEY.search(environ["QUERY_STRING"]):
        return True
    sandbox = application.sandboxes.peek(prefix.sandbox)
    return sandbox is not None and bool(sandbox.scenarios or sandbox.credentials.scenarios_of(authorization))


def _is_small(sandbox: Sandbox, environ: WSGIEnvironment) -> bool:
    """Return whether a request needs few records."""
    if sandbox.overlay.base.size > QUICK_RECORDS:
        return False
    limit = _LIMIT.search(environ["QUERY_STRING"])
    return limit is None or (len(limit[1]) <= _LIMIT_DIGITS and int(limit[1]) <= QUICK_ROWS)
