"""mockroster: a mock OneRoster server that integration tests are pointed at.

The public names are ``create_app`` (a WSGI application), ``Server`` (a server inside this process), ``Sandbox`` (a
world of a running server, as tests see it) and ``__version__``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockroster.client.sandbox import Sandbox as Sandbox
    from mockroster.embedded import Server as Server
    from mockroster.http.app import create_app as create_app

__version__ = "0.1.0"

__all__ = ["Sandbox", "Server", "__version__", "create_app"]

_HOMES = {
    "Sandbox": "mockroster.client.sandbox",
    "Server": "mockroster.embedded",
    "create_app": "mockroster.http.app",
}


def __getattr__(name: str) -> Any:
    """Import a public name only when it is asked for: neither the command line nor pytest must wait for Flask."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
