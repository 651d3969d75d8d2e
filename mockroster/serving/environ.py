"""The WSGI environment of a request (PEP 3333)."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Mapping, Sequence
from io import BytesIO
from socket import socket
from typing import TYPE_CHECKING, Any

from mockroster.delivery import HEADERS
from mockroster.serving.head import Head

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def server_environ(listening: socket, tls: ssl.SSLContext | None, *, is_shared: bool) -> dict[str, Any]:
    """Return the members of the WSGI environment that all requests share.

    ``is_shared`` tells whether other processes serve the same application on the same socket.
    """
    name: Sequence[Any] = listening.getsockname()
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if tls is not None else "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": is_shared,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "SERVER_SOFTWARE": "mockroster",
        "SERVER_NAME": str(name[0]),
        "SERVER_PORT": str(name[1]),
        "SCRIPT_NAME": "",
    }


def request_environ(base: Mapping[str, Any], head: Head, body: bytes | None) -> WSGIEnvironment:
    """Return the environment of a request; ``base`` is that of its connection, ``body`` is None without a body.

    ``RAW_URI``, a name of gunicorn's, has the target as received.
    """
    environ: dict[str, Any] = {**base, **head.headers.environ}
    environ["REQUEST_METHOD"] = head.method
    environ["PATH_INFO"] = head.path
    environ["QUERY_STRING"] = head.query
    environ["RAW_URI"] = environ["REQUEST_URI"] = head.target
    environ["SERVER_PROTOCOL"] = head.protocol
    if head.host is None:
        environ[HEADERS] = head.headers.pairs
    else:
        environ["HTTP_HOST"] = head.host
    if body is not None:
        environ["CONTENT_LENGTH"] = str(len(body))  # RFC 3875, section 4.1.2: the length after decoding chunks
    environ["wsgi.input"] = BytesIO(body or b"")
    return environ
