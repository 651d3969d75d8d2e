"""A server inside this process, for tests and scripts: the same server, its event loop in a thread of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from socket import socket
from threading import Event, Thread
from typing import Self, Unpack

from mockroster.client.sandbox import Sandbox
from mockroster.client.switchboard import Switchboard
from mockroster.http.app import create_app
from mockroster.http.turn import Application
from mockroster.keywords import SettingKeywords
from mockroster.serving.limits import Limits
from mockroster.serving.listen import listen, reachable
from mockroster.serving.process import tls_context
from mockroster.serving.server import HttpServer
from mockroster.settings import Settings, checked


class Server(Sandbox):
    """A mockroster server in this process, until ``close`` or the end of a ``with`` block.

    Its members are those of its sandbox ``default``; ``sandbox()`` lends others. ``settings`` are those of
    ``create_app``, and ``host``, ``port`` (a free one where none is given), ``tls_cert``, ``tls_key`` and
    ``max_connections``; those that need a process of their own (``reload``, ``url_file``) mean nothing here.
    ``limits`` replaces the bounds of the HTTP server. Raises ``ConfigurationError``.
    """

    def __init__(self, *, limits: Limits | None = None, **settings: Unpack[SettingKeywords]) -> None:
        chosen = replace(Settings(port=0), **checked(settings))
        self._application = create_app(chosen)
        self._tls = tls_context(chosen)
        self._limits = limits or Limits(connections=chosen.max_connections)
        sockets = listen(chosen.host, chosen.port)
        self._stopped: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        started = Event()
        self._thread = Thread(target=self._serve, args=(sockets, started), name="mockroster", daemon=True)
        self._thread.start()
        started.wait()
        self.address = f"{'https' if self._tls else 'http'}://{reachable(chosen.host)}:{sockets[0].getsockname()[1]}"
        """The URL at which it listens; ``url`` is the one that clients are told."""

        board = Switchboard(self.address, chosen.admin_token)
        super().__init__(board, board.card())

    @property
    def application(self) -> Application:
        """The WSGI application that is served."""
        return self._application

    def close(self) -> None:
        """Answer no more, once what is under way is finished or a second is over. A second call does nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()

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
