"""Read the body of a response that is in memory."""

from __future__ import annotations

from typing import Any

from flask import Response

from mockroster.delivery import Steps


def complete_body(response: Response) -> bytes:
    """Return the body of a response, empty if it is not in memory."""
    body: Any = response.response
    if isinstance(body, Steps):
        return body.body
    if isinstance(body, (list, tuple)):
        whole = body[0] if len(body) == 1 else b"".join(body)
        return whole if isinstance(whole, bytes) else b""
    return b""
