"""mockroster: a mock OneRoster server that integration tests are pointed at.

The public names are ``create_app`` (a WSGI application) and ``__version__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockroster.web.app import create_app as create_app

__version__ = "0.1.0"

__all__ = ["__version__", "create_app"]


def __getattr__(name: str) -> Any:
    """Import the application only when it is asked for: the command line must not wait for Flask."""
    if name == "create_app":
        from mockroster.web.app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
