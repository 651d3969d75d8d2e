"""Run the server inside this process, for tests and scripts, with its event loop in a thread."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from socket import socket
from threading import Event, Thread
from typing import Self, Unpack

from mockroster.client.sandbox import Sandbox
from mockroster.client.switchboard import Switchboard
from mockroster.http.app import create_app
from mockroster.http.lifecycle import Application
from mockroster.keywords import SettingKeywords
from mockroster.serving.limits import Limits
from mockroster.serving.listen import listen, reachable
from mockroster.serving.process import tls_context
from mockroster.serving.server import HttpServer
from mockroster.settings import Settings, parse_settings


class Server(Sandbox):
    """A mockroster server in this process, until ``close`` or the end of a ``with`` block.

    Its members are those of its sandbox ``default``; ``sandbox()`` creates others. ``settings`` are those of
    ``create_app``, and ``host``, ``port`` (a free one by default), ``tls_cert``, ``tls_key`` and ``max_connections``.
    Settings that need processes of their own (``reload``, ``url_file``, ``day_every``, ``workers``) have no effect.
    ``limits`` replaces the limits of the HTTP server. Raises ``ConfigurationError``.
    """

    def __init__(self, *, limits: Limits | None = None, **settings: Unpack[SettingKeywords]) -> None:
        merged = replace(Settings(port=0), **parse_settings(settings))
        self._application = create_app(merged)
        self._tls = tls_context(merged)
        self._limits = limits or Limits(connections=merged.max_connections)
        sockets = listen(merged.host, merged.port)
        self._stopped: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        started = Event()
        self._thread = Thread(target=self._serve, args=(sockets, started), name="mockroster", daemon=True)
        self._thread.start()
        started.wait()
        self.address = f"{'https' if self._tls else 'http'}://{reachable(merged.host)}:{sockets[0].getsockname()[1]}"
        """The URL at which it listens; ``url`` is the one in references and links."""

        switchboard = Switchboard(self.address, merged.admin_token)
        super().__init__(switchboard, switchboard.sandbox_row())

    @property
    def application(self) -> Application:
        """The WSGI application that is served."""
        return self._application

    def close(self) -> None:
        """Stop after the requests in progress, or after one second. A second call does nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()
            self._application.sandboxes.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self, sockets: list[socket], started: Event) -> None:
        asyncio.run(self._serve_until_stopped(sockets, started))

    async def _serve_until_stopped(self, sockets: list[socket], started: Event) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = HttpServer(
            self._application,
            sockets,
            limits=self._limits,
            tls=self._tls,
            refusal_body=self._application.refusal_body,
        )
        await server.start()
        started.set()
        await self._stopped.wait()
        await server.stop()
