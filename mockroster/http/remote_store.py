"""Requests of a server whose store is another process: each reads the heads of its sandboxes once, in a thread."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mockroster.delivery import DELIVERY, Delivery
from mockroster.state.port import Store

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class RemoteStoreMiddleware:
    """Runs each request in the context that the store has for requests."""

    def __init__(self, application: WSGIApplication, store: Store) -> None:
        self._application = application
        self._store = store

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        delivery: Delivery | None = environ.get(DELIVERY)
        if delivery is not None:
            delivery.is_blocking = True
        with self._store.request():
            return self._application(environ, start_response)
