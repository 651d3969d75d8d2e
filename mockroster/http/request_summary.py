"""Summarize the query and the body of a request for its fact."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus
from zlib import adler32, crc32

import orjson

from mockroster.judge.fact import NONE, Flag, digest
from mockroster.standard.versions import SCOPES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Request

_POSITION = re.compile(rb"(?:^|&)[+ ]*(?:limit|offset)[+ ]*=[^&]*")
_SIGNATURE = re.compile(rb"(?:^|&)oauth_\w+=[^&]*")
_HAS_LIMIT = re.compile(rb"(?:^|&)[+ ]*limit[+ ]*=")
_LIMIT = re.compile(r"(?:^|&)limit=(\d{1,9})(?:&|$)")
_OFFSET = re.compile(r"(?:^|&)offset=(\d{1,9})(?:&|$)")
_WATERMARK = re.compile(r"\bdateLastModified\s*>=?\s*['\"]?([^'\"&]+)")
_FLAGS = (
    (re.compile(r"(?:^|&)sort=\s*sourcedId\s*(?:&|$)"), Flag.SORTED),
    (re.compile(r"\bstatus\s*(?:=\s*['\"]active|!=\s*['\"]tobedeleted)", re.IGNORECASE), Flag.ACTIVE_ONLY),
    (re.compile(r"(?:^|&)(?:filter|fields|sort|orderBy)="), Flag.SELECTIVE),
    (re.compile(r"(?:^|&)filter="), Flag.NARROWED),
)
"""The flags of a decoded query."""

_SCOPE = re.compile('(?:^|&|")scope(?:=|"\\s*:\\s*")([^&"]+)')
_BITS = {scope: number for number, scope in enumerate(SCOPES)}

_MOST_CACHED = 1024
"""The most bytes of a query whose shape is cached."""

_MOST_PARSED = 65_536
"""The most bytes of the body of a PUT in which the sourcedId is looked for."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A query, apart from the position of the page."""

    digest: int
    flags: int
    watermark: float
    text: str


def summarize_query(query: str) -> tuple[int, Shape, bool]:
    """Return the digest of a query string, its shape, and whether it has a limit."""
    raw = query.encode("latin-1", "replace")
    if b"oauth_" in raw:
        raw = _SIGNATURE.sub(b"", raw)
    rest = _POSITION.sub(b"", raw)
    shape = _shape(rest) if len(rest) <= _MOST_CACHED else _shape.__wrapped__(rest)
    return crc32(raw) ^ adler32(raw), shape, rest != raw and _HAS_LIMIT.search(raw) is not None


@lru_cache(512)
def _shape(raw: bytes) -> Shape:
    """Return the shape of a query string without ``limit`` and ``offset``."""
    text = unquote_plus(raw.lstrip(b"&").decode("latin-1"), errors="replace")
    flags = 0
    for pattern, flag in _FLAGS:
        flags |= flag if pattern.search(text) else 0
    watermark = _WATERMARK.search(text)
    ordered = "&".join(sorted(text.split("&")))
    return Shape(digest(ordered), flags, seconds_of(watermark[1]) if watermark else 0.0, text)


@lru_cache(512)
def seconds_of(timestamp: str) -> float:
    """Return a timestamp in seconds, 0 if it is invalid."""
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(timestamp.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return 0.0


def page_limit(query: str) -> int:
    """Return the limit in a query string, ``NONE`` without a valid one."""
    limit = _LIMIT.search(query)
    return int(limit[1]) if limit else NONE


def page_position(query: str) -> tuple[int, int]:
    """Return the limit and the offset that a query string asks for."""
    offset = _OFFSET.search(query)
    return page_limit(query), int(offset[1]) if offset else 0


def requested_scopes(context: Any, request: Request) -> int:
    """Return the scopes that a token request names, as bits."""
    text = f"{request.environ['QUERY_STRING']}&{body_in_memory(context, request.environ).decode('utf-8', 'replace')}"
    scope = _SCOPE.search(text) if "scope" in text else None
    names = unquote_plus(scope[1]).split() if scope else ()
    return sum(1 << _BITS[name] for name in {*names} if name in _BITS)


def body_in_memory(context: Any, environ: WSGIEnvironment) -> bytes:
    """Return the body of a request if it is in memory, else nothing; it does not wait for a body."""
    body: bytes | None = context.get("body")
    if body is not None:
        return body
    stream = environ["wsgi.input"]
    return stream.getvalue() if isinstance(stream, BytesIO) else b""


def body_digest(context: Any, request: Request) -> int:
    """Return the digest of the body of a request if it is in memory, else 0.

    The digest of a PUT leaves the sourcedId of the record out, so that the same record under another id has the same
    digest.
    """
    body = body_in_memory(context, request.environ)
    if request.method == "PUT" and len(body) <= _MOST_PARSED:
        body = _without_id(body)
    return crc32(body)


def _without_id(body: bytes) -> bytes:
    """Return a wrapped record without its sourcedId, or the body if it is none or is nested too deeply."""
    try:
        document = orjson.loads(body)
        if not isinstance(document, dict):
            return body
        return orjson.dumps({name: _bare(record) for name, record in document.items()})
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return body


def _bare(record: Any) -> Any:
    if not isinstance(record, dict):
        return record
    return {key: value for key, value in record.items() if key != "sourcedId"}
