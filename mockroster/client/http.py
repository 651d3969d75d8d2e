"""One request and its answer, over a connection of its own that is closed whatever happens."""

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

PATIENCE = 60.0
"""Seconds that a server may be silent."""

_NOT_QUOTED = "/?:@!$&'()*+,;=~%[]"
"""What may stand in a path and a query as it is; a blank in a filter may not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server has answered; redirects are not followed, and nothing is unpacked."""

    status_code: int
    headers: Message
    """Names count without regard to case; one that is not there is ``None``."""

    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as text, which OneRoster has in UTF-8."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return what the body holds. Raises ``ValueError`` where it is not JSON."""
        return json.loads(self.content)


def ask(url: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Send a request; what needs quoting in the URL is quoted.

    Raises ``OSError`` and ``http.client.HTTPException`` where there is no whole answer.
    """
    parts = urlsplit(url)
    target = quote(f"{parts.path}?{parts.query}" if parts.query else parts.path, safe=_NOT_QUOTED)
    with closing(_connection(parts.scheme, parts.netloc)) as connection:
        connection.request(method, target, body, dict(headers or {}))
        with connection.getresponse() as response:
            return Answer(response.status, response.headers, response.read())


def _connection(scheme: str, place: str) -> HTTPConnection:
    """Return a connection; a certificate is not checked, because a test server's is nobody's to vouch for."""
    if scheme == "https":
        return HTTPSConnection(place, timeout=PATIENCE, context=ssl._create_unverified_context())  # noqa: S323
    return HTTPConnection(place, timeout=PATIENCE)
