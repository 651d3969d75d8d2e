"""The page of the routes below ``/__admin``."""

from __future__ import annotations

from mockroster.http.admin.switchboard import ROUTES
from pages.markdown import NOTE, code, sentence, table


def page() -> str:
    """Return the page of the routes below ``/__admin``."""
    rows = [[method, code(f"/__admin{path}"), sentence(view)] for (method, path), view in ROUTES.items()]
    text = "# Switchboard\n\nEach route is also there below `/sandboxes/<name>`, for that sandbox.\n\n"
    return NOTE + text + table(["Method", "Path", "What it does"], rows)
