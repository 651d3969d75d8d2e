"""Asking a server whether it is ready: what ``mockroster ready`` does, and ``serve`` of its own worker."""

from __future__ import annotations

import json
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

_PAUSE = 0.01


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a server that is ready says of itself."""

    seed: int
    counts: dict[str, int]


def ask(url: str, timeout: float = 2.0) -> Readiness | None:
    """Return what ``/readyz`` of a server says, or nothing when it is not ready."""
    parts = urlsplit(url)
    connection = connect(parts.scheme, parts.netloc, timeout)
    try:
        connection.request("GET", parts.path.rstrip("/") + "/readyz")
        response = connection.getresponse()
        document: dict[str, Any] = json.loads(response.read())
        return Readiness(document["seed"], document["counts"]) if response.status == 200 else None
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def wait(url: str, timeout: float) -> Readiness | None:
    """Ask until the server is ready, for ``timeout`` seconds at most."""
    deadline = time.monotonic() + timeout
    while (answer := ask(url)) is None and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return answer


def connect(scheme: str, place: str, timeout: float) -> HTTPConnection:
    """Return a connection; a certificate is not checked, because a test server's is nobody's to vouch for."""
    if scheme == "https":
        return HTTPSConnection(place, timeout=timeout, context=ssl._create_unverified_context())  # noqa: S323
    return HTTPConnection(place, timeout=timeout)
