"""A server inside this process, for tests and scripts: werkzeug's, with a thread for each request.

``server.py`` says how ``mockroster serve`` serves. Here nothing is forked, a start costs a district, an end next to
nothing, and several servers may run side by side.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterable
from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from mockroster.client.sandbox import Sandbox
from mockroster.client.switchboard import Switchboard
from mockroster.errors import ConfigurationError
from mockroster.server import reachable
from mockroster.settings import Settings, checked
from mockroster.web.app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("mockroster")

_GLANCE = 0.02
"""Seconds after which a server looks whether it is to end."""

_BACKLOG = 128


class Server(Sandbox):
    """A mockroster server in this process, until ``close`` or the end of a ``with`` block.

    Its members are those of its sandbox ``default``; ``sandbox()`` lends others. ``settings`` are those of
    ``create_app``, and ``host``, ``port`` (a free one where none is given), ``tls_cert`` and ``tls_key``; those that
    need a process of their own (``reload``, ``url_file``) mean nothing here. Raises ``ConfigurationError``.
    """

    def __init__(self, **settings: Any) -> None:
        chosen = replace(Settings(port=0), **checked(settings))
        app = create_app(chosen)
        self._http = _http(app, chosen)
        self._thread = Thread(target=self._http.serve_forever, args=(_GLANCE,), name="mockroster", daemon=True)
        self._thread.start()
        scheme = "https" if chosen.tls_cert else "http"
        board = Switchboard(f"{scheme}://{reachable(chosen.host)}:{self._http.port}", chosen.admin_token)
        super().__init__(board, board.card())

    def close(self) -> None:
        """Answer no more; what is under way goes on to its end. Twice is as good as once."""
        self._http.shutdown()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _http(app: WSGIApplication, settings: Settings) -> BaseWSGIServer:
    """Return a server that listens already. Raises ``ConfigurationError`` where it cannot."""
    certificate = _certificate(settings)
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family, backlog=_BACKLOG) as listening:
            # werkzeug takes a copy of the socket; left to bind by itself, it would end the process on a port in use.
            return make_server(
                host,
                port,
                _Breaking(app),
                threaded=True,
                request_handler=_Handler,
                ssl_context=certificate,
                fd=listening.fileno(),
            )
    except (OSError, OverflowError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(f"host {host}, port {port}: cannot serve there: {reason}") from None


def _certificate(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:
        raise ConfigurationError(
            f"tls_cert, tls_key: they cannot be used as a PEM certificate and its key: {error}"
        ) from None
    return context


class _Handler(WSGIRequestHandler):
    """Says nothing of requests, which the sandbox remembers; faults go where those of mockroster go."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        if type == "error":
            log.error(message, *args)

    def connection_dropped(self, *_: Any, **__: Any) -> None:
        """Wait for no further request on a connection that broke."""
        self.close_connection = True


class _Breaking:
    """WSGI middleware that closes the connection for an answer that HTTP cannot have, as granian does."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if sum(name.lower() == "content-length" for name, _ in headers) > 1:
                raise ConnectionAbortedError("an answer has one length")
            return start_response(status, headers, exc_info)

        return self._app(environ, begin)
