"""Answers as HTTP has them: a JSON document, or nothing."""

from __future__ import annotations

from typing import Any

import orjson
from werkzeug.wrappers import Response

JSON = "application/json"


def answer(document: Any, status: int = 200) -> Response:
    """Return a document as JSON."""
    return Response(orjson.dumps(document), status, content_type=JSON)


def empty(status: int) -> Response:
    """Return an answer without a body, and so without a type of one."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response
