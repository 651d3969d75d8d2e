"""Parsers of settings: each returns the value of a text, or raises ``ValueError`` with a description of a valid one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from mockroster.base_errors import nearest
from mockroster.durations import duration, short

Parser = Callable[[str], Any]
"""Parses the text of one value."""


def text(value: str) -> str:
    """Parse a non-empty string. An empty value usually means an unset shell variable."""
    if not value:
        raise ValueError("a value; leave it out for none")
    return value


def whole(least: int, most: int) -> Parser:
    """Return a parser of whole numbers within bounds."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"-?\d{1,12}", value, re.ASCII) or not least <= int(value) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(value)

    return parse


def one_of(*words: str) -> Parser:
    """Return a parser of a choice."""

    def parse(value: str) -> str:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}{nearest(value, words)}")
        return value

    return parse


def switch(value: str) -> bool:
    """Parse a truth value."""
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if value.lower() not in known:
        raise ValueError("true or false")
    return known[value.lower()]


def moment(value: str) -> datetime:
    """Parse an ISO 8601 date or date and time, in UTC by default."""
    try:
        parsed = datetime.fromisoformat(value)
        parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("a date and time such as 2026-01-15T08:00:00Z") from None
    if not 1900 <= parsed.year <= 2200:
        raise ValueError("a date and time from 1900 to 2200")
    return parsed


def client(value: str) -> tuple[str, str]:
    """Parse ``ID:SECRET``; the secret may contain colons."""
    name, colon, secret = value.partition(":")
    if not (name and colon and secret):
        raise ValueError("ID:SECRET")
    if re.search("[\ud800-\udfff]", value):
        raise ValueError("ID:SECRET in UTF-8")
    return name, secret


def token(value: str) -> str:
    """Parse a token that a header can carry: printable ASCII without spaces."""
    if not re.fullmatch(r"[!-~]+", value):
        raise ValueError("a token of printable ASCII without a blank")
    return value


def base_url(value: str) -> str:
    """Parse an absolute http or https URL. A trailing slash is removed."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError("a URL such as https://sis.example.org") from None
    plain = value.isascii() and value.isprintable() and not set(value) & set(' "<>\\')
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or not plain:
        raise ValueError("a URL such as https://sis.example.org, without a query")
    return value.rstrip("/")


def origin(value: str) -> str:
    """Parse the origin of a web page (``https://app.example:3000``), or ``*`` for every origin."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    plain = f"{parts.scheme}://{parts.netloc}"
    is_origin = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    if value == "*":
        return value
    if not is_origin or not re.fullmatch(r"[!-~]+", value) or value.lower() != plain.lower():
        raise ValueError("the origin of a page such as http://localhost:3000, without a path, or * for all")
    default = {"http": 80, "https": 443}[parts.scheme]
    return plain.lower().removesuffix(f":{port}") if port == default else plain.lower()


def host_name(value: str) -> str:
    """Parse the name of a host, without scheme and port."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", value):
        raise ValueError("the name of a host such as mockroster.test, without scheme and port")
    return value.lower()


def existing_file(value: str) -> Path:
    """Parse the path of an existing file."""
    path = Path(value)
    if not passes(path.is_file):
        raise ValueError("the path of a file that is there")
    return path


def writable_path(value: str) -> Path:
    """Parse the path of a file to write in an existing folder. Devices and pipes are refused: writing replaces it."""
    path = Path(value)
    if not passes(lambda: (path.is_file() or not path.exists()) and os.access(path.absolute().parent, os.W_OK)):
        raise ValueError("the path of a file that can be written, in a folder that is there")
    return path.resolve() if path.is_symlink() else path


_STORE_SCHEMES = ("redis", "rediss", "unix")
_STORE_PARAMETERS = ("prefix", "db", "ssl_ca_certs")
_STORE_FORMS = "redis://HOST:PORT/DATABASE, rediss:// for TLS, or unix:///PATH"


def store_url(value: str) -> str:
    """Parse the URL of a store: ``redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE][?prefix=PREFIX]``."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError(f"the URL of a store: {_STORE_FORMS}") from None
    is_located = parts.path if parts.scheme == "unix" else parts.hostname and re.fullmatch(r"(/\d*)?", parts.path)
    if parts.scheme not in _STORE_SCHEMES or not is_located or parts.fragment or not re.fullmatch("[!-~]+", value):
        raise ValueError(f"the URL of a store: {_STORE_FORMS}")
    for name, parameter in parse_qsl(parts.query, keep_blank_values=True):
        if name not in _STORE_PARAMETERS:
            raise ValueError(
                f"the URL of a store: it has the parameter {name[:60]!r}, which is none of "
                f"{', '.join(_STORE_PARAMETERS)}{nearest(name, _STORE_PARAMETERS)}"
            )
        if name == "prefix" and not re.fullmatch(r"[A-Za-z0-9._:-]{0,64}", parameter):
            raise ValueError("the URL of a store: its prefix must be at most 64 of A-Z a-z 0-9 . _ : -")
    return value


def redacted_url(url: str) -> str:
    """Return a URL without its user name and password."""
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"…@{place}").geturl() if at and user else url


def password_of(url: str) -> str | None:
    """Return the password of a URL."""
    password = urlsplit(url).password
    return unquote(password) if password else None


def time_span(least: timedelta, most: timedelta) -> Parser:
    """Return a parser of durations within bounds: ISO 8601 or short, such as ``P1D``, ``5s`` and ``2m``."""

    def parse(value: str) -> timedelta:
        try:
            span = duration(value)
        except (ValueError, OverflowError):
            span = None
        if span is None or not least <= span <= most:
            raise ValueError(f"a duration from {short(least)} to {short(most)}, such as P1D, 90m or 5s")
        return span

    return parse


def passes(test: Callable[[], bool]) -> bool:
    """Return whether a path passes a test; ``False`` if the path is too long or may not be read."""
    try:
        return test()
    except OSError:
        return False
