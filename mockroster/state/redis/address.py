"""The address of a store: a URL with the prefix of its keys."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mockroster.errors import ConfigurationError
from mockroster.parsing import redacted_url, store_url


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
            parts = urlsplit(store_url(text))
        except ValueError as error:
            raise ConfigurationError(f"--store: the value is not {error}") from None
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
        prefix = parameters.pop("prefix", "")
        return cls(urlunsplit(parts._replace(query=urlencode(parameters))), redacted_url(text), prefix)
