"""The head of a request: its request line and header lines (RFC 9112, sections 2 to 6).

The parser is our own because error messages must name the fault, and because most requests of a connection have equal
header lines: ``HeaderLines`` are parsed once and reused as long as the bytes are equal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from mockroster.errors import RequestRejected
from mockroster.serving.limits import Limits

_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VERSION = re.compile(rb"HTTP/(\d)\.(\d)")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BARE = re.compile(rb"\r[^\n]|(?<!\r)\n")
"""A CR or LF that is not part of a CRLF."""

_TARGET_CONTROL = re.compile(rb"[\x00-\x20\x7f]")
_LENGTH = re.compile(rb"\d{1,18}")
_AUTHORITY = re.compile(rb"https?://([^/?#]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HeaderLines:
    """The parsed header lines of a request."""

    environ: dict[str, str] = field(repr=False)
    """The headers by their WSGI names (PEP 3333), each byte as a character."""

    pairs: tuple[tuple[str, str], ...] = field(repr=False)
    """The same headers as pairs."""

    length: int
    """Bytes of the body; 0 without one, and for a chunked one."""

    is_chunked: bool
    connection: frozenset[str]
    """The options of ``Connection``, in lower case."""

    expects_continue: bool
    has_host: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a request."""

    method: str
    target: str
    """As it was sent, each byte as a character."""

    path: str
    """Decoded, each byte as a character."""

    query: str
    """As it was sent, without the ``?``."""

    protocol: str
    headers: HeaderLines
    host: str | None
    """The authority of an absolute-form target, which replaces ``Host`` (RFC 9112, section 3.2.2)."""

    keeps_alive: bool


def check_incomplete(buffer: bytearray, searched: int, limits: Limits) -> None:
    """Raise ``RequestRejected`` for bytes that cannot become a valid head; skip the first ``searched``."""
    if buffer[:1] == b"\x16":
        raise RequestRejected(400, "this is a TLS handshake, but the server expects HTTP, not HTTPS")
    if _BARE.search(buffer, max(0, searched - 1)):
        raise RequestRejected(400, "a line ends with CR or LF alone; lines end with CRLF")
    line_end = buffer.find(b"\r\n")
    if line_end < 0:
        if len(buffer) > limits.target_bytes + 1024:
            raise RequestRejected(414, f"the request target is longer than {limits.target_bytes:,} bytes")
        return
    if len(buffer) - line_end > limits.header_bytes + 4:
        raise RequestRejected(431, f"the header lines are longer than {limits.header_bytes:,} bytes")
    if line_end >= searched - 2:  # the request line is complete since the last check
        parse_request_line(bytes(buffer[:line_end]), limits)


def parse_request_line(line: bytes, limits: Limits) -> tuple[bytes, bytes, bytes]:
    """Return method, target and protocol of a request line. Raises ``RequestRejected``."""
    parts = line.split(b" ")
    if len(parts) != 3:
        if len(parts) > 3 and _VERSION.fullmatch(parts[-1]):
            raise RequestRejected(400, "the request target contains a space; send it as %20")
        raise RequestRejected(400, f"{_quote(line)} is not a request line such as 'GET /path HTTP/1.1'")
    method, target, protocol = parts
    version = _VERSION.fullmatch(protocol)
    if not version:
        raise RequestRejected(400, f"{_quote(protocol)} is not a protocol version; use HTTP/1.1")
    if version[1] != b"1":
        raise RequestRejected(505, f"{_quote(protocol)} is not supported; use HTTP/1.1")
    if not _METHOD.fullmatch(method):
        raise RequestRejected(400, f"{_quote(method)} is not a method such as GET")
    if method != method.upper():
        raise RequestRejected(501, f"{_quote(method)} is not a known method: methods are case-sensitive, as in GET")
    if len(target) > limits.target_bytes:
        raise RequestRejected(414, f"the request target is longer than {limits.target_bytes:,} bytes")
    if not target or _TARGET_CONTROL.search(target):
        raise RequestRejected(400, "the request target contains a control character; send it percent-encoded")
    return method, target, protocol


def parse_header_lines(block: bytes, limits: Limits) -> HeaderLines:
    """Parse header lines; ``block`` has them all, each ended by CRLF. Raises ``RequestRejected``."""
    if block.count(b"\n") != block.count(b"\r\n") or block.count(b"\r") != block.count(b"\r\n"):
        raise RequestRejected(400, "a header line does not end with CRLF")
    if _CONTROL.search(block):
        raise RequestRejected(400, "a header line contains a control character")
    lines = block.split(b"\r\n")[:-1]
    if len(lines) > limits.header_count:
        raise RequestRejected(431, f"the request has more than {limits.header_count} header lines")
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            raise RequestRejected(400, _explain_invalid_line(line, name))
        name, value = name.lower(), value.strip(b" \t")
        headers[name] = _merge_duplicates(name, headers[name], value) if name in headers else value
    return _interpret(headers)


def _explain_invalid_line(line: bytes, name: bytes) -> str:
    if line[:1] in {b" ", b"\t"}:
        return "a header line begins with a space or tab: folded lines are obsolete (RFC 9112, section 5.2)"
    if name.rstrip(b" \t") != name:
        return f"there is a space between {_quote(name.rstrip())} and its colon"
    return f"{_quote(line)} is not a header line such as 'Name: value'"


def _merge_duplicates(name: bytes, first: bytes, second: bytes) -> bytes:
    """Return the value of a duplicate header (RFC 9110, section 5.3)."""
    if name == b"host":
        raise RequestRejected(400, "the request has two Host headers")
    if name == b"content-length":
        if first != second:
            raise RequestRejected(400, "the request has two different Content-Length headers")
        return first
    return first + (b"; " if name == b"cookie" else b", ") + second


def _interpret(headers: dict[bytes, bytes]) -> HeaderLines:
    transfer_encoding = headers.pop(b"transfer-encoding", None)
    length = headers.pop(b"content-length", None)
    if transfer_encoding is not None:
        if length is not None:
            raise RequestRejected(400, "the request has both Content-Length and Transfer-Encoding")
        if transfer_encoding.lower() != b"chunked":
            raise RequestRejected(501, f"Transfer-Encoding {_quote(transfer_encoding)} is not supported; use chunked")
    if length is not None and not _LENGTH.fullmatch(length):
        raise RequestRejected(400, f"Content-Length {_quote(length)} is not a whole number")
    expectation = headers.get(b"expect")
    if expectation is not None and expectation.lower() != b"100-continue":
        raise RequestRejected(417, f"Expect {_quote(expectation)} is not supported; only 100-continue is")
    environ = {_wsgi_name(name): value.decode("latin-1") for name, value in headers.items()}
    if length is not None:
        environ["CONTENT_LENGTH"] = str(int(length))
    options = headers.get(b"connection", b"").decode("latin-1").lower()
    return HeaderLines(
        environ,
        tuple(environ.items()),
        int(length) if length is not None else 0,
        transfer_encoding is not None,
        frozenset(option.strip() for option in options.split(",")) if options else frozenset(),
        expectation is not None,
        b"host" in headers,
    )


def build_head(method: bytes, target: bytes, protocol: bytes, headers: HeaderLines) -> Head:
    """Return the head of a request. Raises ``RequestRejected`` for a target or a combination that is not allowed."""
    is_http_1_0 = protocol == b"HTTP/1.0"
    host = None
    if target[:1] != b"/":
        target_host = _AUTHORITY.match(target)
        if target_host:
            host = target_host[1].decode("latin-1")
            rest = target[target_host.end() :]
            target = rest if rest[:1] == b"/" else b"/" + rest
        elif target != b"*" or method != b"OPTIONS":
            raise RequestRejected(400, f"the request target {_quote(target)} is neither a path nor an http URL")
    if not is_http_1_0 and not headers.has_host:
        raise RequestRejected(400, "the Host header is missing; HTTP/1.1 requires it")
    if is_http_1_0 and headers.is_chunked:
        raise RequestRejected(400, "HTTP/1.0 has no chunked bodies")
    path, _, query = target.partition(b"?")
    return Head(
        method.decode("ascii"),
        target.decode("latin-1"),
        (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1"),
        query.decode("latin-1"),
        "HTTP/1.0" if is_http_1_0 else "HTTP/1.1",
        headers,
        host,
        "keep-alive" in headers.connection if is_http_1_0 else "close" not in headers.connection,
    )


@lru_cache(maxsize=256)
def _wsgi_name(name: bytes) -> str:
    """Return the WSGI name of a header; ``Content-Length`` is set separately."""
    if name == b"content-type":
        return "CONTENT_TYPE"
    return "HTTP_" + name.decode("ascii").upper().replace("-", "_")


def _quote(value: bytes) -> str:
    """Return a value of the request, shortened and escaped for a message."""
    return ascii(value[:60].decode("latin-1"))
