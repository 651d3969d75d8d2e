"""HTTP responses: a JSON document, or no content."""

from __future__ import annotations

from typing import Any

import orjson
from werkzeug.wrappers import Response

JSON = "application/json"


def answer(document: Any, status: int = 200) -> Response:
    """Return a JSON response."""
    return Response(orjson.dumps(document), status, content_type=JSON)


def empty(status: int) -> Response:
    """Return a response without a body or Content-Type."""
    return _Untyped(None if status == 204 else b"", status)  # a 204 has no Content-Length either


class _Untyped(Response):
    """A response without a Content-Type."""

    default_mimetype = None
