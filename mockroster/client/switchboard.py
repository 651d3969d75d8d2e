"""The switchboard of a sandbox, called over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from mockroster.client.http import Answer, ask
from mockroster.errors import ConfigurationError, Refused


@dataclass(frozen=True, slots=True)
class Switchboard:
    """What is below ``/__admin`` of one sandbox."""

    address: str
    """Where this process reaches the sandbox; clients may see it elsewhere (``--base-url``)."""

    admin_token: str | None = field(default=None, repr=False)

    def call(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> Any:
        """Return what a route answers, ``None`` for an empty body. Raises ``Refused``, and ``OSError``."""
        __tracebackhide__ = True  # pytest then shows the line of the test, not ours
        body = None if document is None else json.dumps(document).encode()
        headers = {"Content-Type": "application/json"}
        if self.admin_token:
            headers["Authorization"] = f"Bearer {self.admin_token}"
        answer = accepted(ask(f"{self.address}/__admin{path}", method, body, headers))
        return answer.json() if answer.content else None

    def card(self) -> dict[str, str]:
        """Return what the server says of this sandbox: its name, its addresses and a client.

        Raises ``ConfigurationError`` where no mockroster answers.
        """
        try:
            name = self.call("GET", "/health")["sandbox"]
            return next(row for row in self.call("GET", "/sandboxes")["sandboxes"] if row["name"] == name)
        except OSError as error:
            raise ConfigurationError(f"{self.address} cannot be reached: {error.strerror or error}") from None
        except Refused as error:
            raise ConfigurationError(f"{self.address} refuses: {error}") from None
        except (HTTPException, ValueError, LookupError, TypeError, StopIteration):
            raise ConfigurationError(f"{self.address} is not an address that mockroster serve has printed") from None


def accepted(answer: Answer) -> Answer:
    """Return an answer that is a success. Raises ``Refused`` with the server's own sentence."""
    __tracebackhide__ = True
    if answer.status_code < 300:
        return answer
    raise Refused(_sentence(answer))


def _sentence(answer: Answer) -> str:
    """Return what status information says, or else the body itself."""
    try:
        return str(answer.json()["statusInfoSet"][0]["imsx_description"])
    except (ValueError, LookupError, TypeError):
        return f"the answer is {answer.status_code} {answer.text[:500]}".rstrip()
