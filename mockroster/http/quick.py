"""Decide which requests are answered on the server's event loop, and which in a thread.

With a remote store, only the check that the process is up is quick.
Without one, a request is quick unless its view is marked by ``long_work``, its page is large, its sandbox is large,
does not exist yet or must be waited for, or scenarios are active, which may have to derive a view of all records first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException

from mockroster.delivery import is_long
from mockroster.errors import SandboxDropped
from mockroster.http.path_prefix import decoded, prefix_of
from mockroster.render.request_path import SLASH
from mockroster.scenarios.pipeline import HEADER_KEY
from mockroster.scenarios.spec import active_scenarios

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from mockroster.http.lifecycle import Application
    from mockroster.http.path_prefix import Prefix
    from mockroster.sandbox.sandbox import Sandbox

QUICK_ROWS = 200
"""The largest page that is built on the event loop: some 40 ms if no record was validated before, 0.3 ms later."""

QUICK_RECORDS = 50_000
"""The most records in a sandbox for which lists are filtered and sorted on the event loop: some 20 ms."""

_LIMIT_DIGITS = 9
_LIVE = "/livez"
_LIVE_ENDPOINT = "livez"
_READY_ENDPOINT = "readyz"
_CONSUMER_KEY = re.compile('oauth_consumer_key="?scenario')
_LIMIT = re.compile(r"(?:^|&)[+ ]*limit[+ ]*=[+ ]*(\d+)")


def is_quick(application: Application, environ: WSGIEnvironment) -> bool:
    """Return whether a request is quick. Changes nothing and creates no sandbox."""
    try:
        return _is_quick(application, environ)
    except SandboxDropped:
        return False  # just now; handling the request will report it


def _is_quick(application: Application, environ: WSGIEnvironment) -> bool:
    prefix = prefix_of(environ)
    if application.sandboxes.store.is_remote:
        return prefix.path == _LIVE  # no round trip may hold the event loop
    try:
        rule, _ = application.url_map.lookup(environ["REQUEST_METHOD"], prefix.path)
    except HTTPException:
        sandbox = application.sandboxes.peek(prefix.sandbox)
        return not _may_choose_scenarios(sandbox, prefix, environ)  # a scenario may route the path elsewhere
    if rule.endpoint == _LIVE_ENDPOINT:
        return True
    sandbox = application.sandboxes.peek(prefix.sandbox)
    if sandbox is None or not sandbox.is_free:
        return False
    if rule.endpoint == _READY_ENDPOINT:
        return True
    is_short = not is_long(application.view_functions[rule.endpoint])
    return is_short and not _may_choose_scenarios(sandbox, prefix, environ) and _is_small(sandbox, environ)


def _may_choose_scenarios(sandbox: Sandbox | None, prefix: Prefix, environ: WSGIEnvironment) -> bool:
    """Return whether scenarios may be active, from any source. If in doubt, return true."""
    if prefix.scenarios is not None or HEADER_KEY in environ:
        return True
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if _CONSUMER_KEY.search(authorization) or _CONSUMER_KEY.search(environ["QUERY_STRING"]):
        return True
    return sandbox is not None and _may_act(sandbox, prefix, environ, authorization)


def _may_act(sandbox: Sandbox, prefix: Prefix, environ: WSGIEnvironment, authorization: str) -> bool:
    """Return whether a scenario of the sandbox, or of a token in it, may act on a request."""
    token = sandbox.credentials.bearer(authorization)
    if token is not None and token.scenarios:
        return True
    scenarios = sandbox.scenarios
    if not scenarios or (token is None and authorization):
        return bool(scenarios)
    path = decoded(prefix.path.replace(SLASH, "/"))
    query = environ["QUERY_STRING"].encode("latin-1")
    client = token.client_id if token else None
    return active_scenarios(scenarios).may_act(environ["REQUEST_METHOD"], path, query, client)


def _is_small(sandbox: Sandbox, environ: WSGIEnvironment) -> bool:
    """Return whether a request needs few records."""
    if sandbox.start.roster.size > QUICK_RECORDS:
        return False
    limit = _LIMIT.search(environ["QUERY_STRING"])
    return limit is None or (len(limit[1]) <= _LIMIT_DIGITS and int(limit[1]) <= QUICK_ROWS)
