"""The address of a store: a URL with the prefix of its keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mockroster.errors import ConfigurationError, unknown

_PREFIX = re.compile(r"[A-Za-z0-9._:-]{0,64}")
_SCHEMES = ("redis", "rediss", "unix")
_PASSED_ON = ("db", "ssl_ca_certs")
"""Parameters that are passed on to the client library."""


@dataclass(frozen=True, slots=True)
class Address:
    """A server and a prefix of keys on it."""

    url: str
    """For the client library, with its password."""

    shown: str
    """For messages, without user and password."""

    prefix: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Return the address of a URL. Raises ``ConfigurationError``."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise ConfigurationError(f"--store: not a URL: {error}") from None
        if parts.scheme not in _SCHEMES:
            schemes = ", ".join(_SCHEMES)
            raise ConfigurationError(
                f"--store: a URL begins with one of {schemes}, for example redis://127.0.0.1:6379/0?prefix=ci-"
            )
        shown = f"{parts.scheme}://{parts.hostname or ''}{f':{port}' if port else ''}{parts.path}"
        if parts.scheme == "unix":
            _check(bool(parts.path), shown, "the path of the socket is missing")
        else:
            _check(bool(parts.hostname), shown, "the host is missing")
            _check(re.fullmatch(r"(/\d*)?", parts.path) is not None, shown, "the path is the number of a database")
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
        prefix = parameters.pop("prefix", "")
        for name in parameters:
            _check(name in _PASSED_ON, shown, unknown(name, "a parameter", ("prefix", *_PASSED_ON)))
        _check(_PREFIX.fullmatch(prefix) is not None, shown, "the prefix is at most 64 of A-Z a-z 0-9 . _ : -")
        return cls(urlunsplit(parts._replace(query=urlencode(parameters))), shown, prefix)


def _check(is_right: bool, shown: str, message: str) -> None:  # noqa: FBT001
    if not is_right:
        raise ConfigurationError(f"--store {shown}: {message}")
