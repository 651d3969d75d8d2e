"""Send one HTTP request over a new connection."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

TIMEOUT = 60.0
"""Seconds to wait for the server to send data."""

_NOT_QUOTED = "/?:@!$&'()*+,;=~%[]"
"""Characters that are not quoted in a path and a query. A space in a filter is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The response of a server. Redirects are not followed, and content encodings are not decoded."""

    status_code: int
    headers: Message
    """Names are case-insensitive; a missing header is ``None``."""

    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as text; OneRoster uses UTF-8."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Parse the body. Raises ``ValueError`` if it is not JSON."""
        return json.loads(self.content)


def ask(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = TIMEOUT,
) -> Answer:
    """Send a request, after quoting the URL where necessary.

    Raises ``OSError`` and ``http.client.HTTPException`` if no complete response arrives.
    """
    parts = urlsplit(url)
    target = quote(f"{parts.path}?{parts.query}" if parts.query else parts.path, safe=_NOT_QUOTED)
    with closing(_connection(parts.scheme, parts.netloc, seconds)) as connection:
        connection.request(method, target, body, dict(headers or {}))
        with connection.getresponse() as response:
            return Answer(response.status, response.headers, response.read())


def _connection(scheme: str, host: str, seconds: float) -> HTTPConnection:
    """Return a connection. Certificates are not verified: test servers use self-signed ones."""
    if scheme == "https":
        return HTTPSConnection(host, timeout=seconds, context=ssl._create_unverified_context())  # noqa: S323
    return HTTPConnection(host, timeout=seconds)
