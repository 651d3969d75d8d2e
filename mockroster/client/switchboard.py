"""Call the switchboard of a sandbox over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from mockroster.client.http import TIMEOUT, Answer, ask
from mockroster.errors import ConfigurationError, Refused

__tracebackhide__ = True  # make pytest show the line of the test


@dataclass(frozen=True, slots=True)
class Switchboard:
    """The routes below ``/__admin`` of one sandbox."""

    address: str
    """The address by which this process reaches the sandbox; clients may use another (``--base-url``)."""

    admin_token: str | None = field(default=None, repr=False)

    def call(self, method: str, path: str, document: Mapping[str, Any] | None = None, seconds: float = TIMEOUT) -> Any:
        """Return the response document of a route, ``None`` for an empty body.

        ``seconds`` is the longest wait for data. Raises ``Refused``, ``OSError``, and ``ConfigurationError`` for a
        document that cannot be written as JSON.
        """
        body = None if document is None else encode(document)
        answer = self._ask(method, path, body, "application/json", seconds)
        return answer.json() if answer.content else None

    def read(self, path: str) -> bytes:
        """Return the response body of a route. Raises ``Refused``, ``OSError``."""
        return self._ask("GET", path, None, "application/json").content

    def upload(self, path: str, content: bytes) -> Any:
        """Post a file, whose format the server recognizes, and return the response document.

        Raises ``Refused``, ``OSError``.
        """
        return self._ask("POST", path, content, "application/octet-stream").json()

    def _ask(self, method: str, path: str, body: bytes | None, media_type: str, seconds: float = TIMEOUT) -> Answer:
        headers = {"Content-Type": media_type}
        if self.admin_token:
            headers["Authorization"] = f"Bearer {self.admin_token}"
        return require_success(ask(f"{self.address}/__admin{path}", method, body, headers, seconds))

    def sandbox_row(self) -> dict[str, str]:
        """Return the row of this sandbox: its name, its addresses and a client.

        Raises ``ConfigurationError`` if no mockroster answers.
        """
        try:
            name = self.call("GET", "/health")["sandbox"]
            return next(row for row in self.call("GET", "/sandboxes")["sandboxes"] if row["name"] == name)
        except OSError as error:
            raise ConfigurationError(f"{self.address} cannot be reached: {error.strerror or error}") from None
        except Refused as error:
            if error.status_code == 404:
                raise self._not_an_address() from None
            raise ConfigurationError(f"{self.address} refuses: {error}") from None
        except (HTTPException, ValueError, LookupError, TypeError, StopIteration):
            raise self._not_an_address() from None

    def _not_an_address(self) -> ConfigurationError:
        return ConfigurationError(f"{self.address} is not an address that mockroster serve has printed")


def encode(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON. Raises ``ConfigurationError`` for a value that JSON does not have."""
    try:
        return json.dumps(document).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"the arguments cannot be sent as JSON: {error}") from None


def require_success(answer: Answer) -> Answer:
    """Return a successful response. Raises ``Refused`` with the server's own sentence for any other."""
    if answer.status_code < 300:
        return answer
    raise Refused(_sentence(answer), answer.status_code)


def _sentence(answer: Answer) -> str:
    """Return the description in the status information, or else the body."""
    try:
        return str(answer.json()["statusInfoSet"][0]["imsx_description"])
    except (ValueError, LookupError, TypeError):
        return f"the answer is {answer.status_code} {answer.text[:500]}".rstrip()
