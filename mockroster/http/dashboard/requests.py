"""The view Requests: the frame that the scripts fill from the stream and the journal."""

from __future__ import annotations

from werkzeug.wrappers import Response

from mockroster.http.dashboard import pages


def show() -> Response:
    """Return the page."""
    return pages.page("requests.html", view="requests")
