"""The view of a request that is passed to the hooks of a scenario."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

import orjson
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Request, Response

from mockroster.errors import MockrosterError
from mockroster.query.parameters import Query
from mockroster.render.answer import JSON
from mockroster.render.status import error_information
from mockroster.sandbox.records import CLIENT, Author
from mockroster.scenarios.rng import Rng
from mockroster.standard.model import Operation
from mockroster.standard.versions import VERSIONS

if TYPE_CHECKING:
    from mockroster.sandbox.sandbox import Sandbox
    from mockroster.scenarios.memory import Memory


class InjectedError(Response):
    """An error response made by a scenario, not by the server."""


@dataclass
class Exchange:
    """A request, with the state of one scenario in it."""

    request: Request
    operation: Operation | None
    """The requested operation; ``None`` at the token endpoint and for unknown paths and methods."""

    path: Mapping[str, str]
    """The path parameters."""

    sandbox: Sandbox
    text: str
    """The scenario as written: ``flaky:every=3``."""

    memory: Memory
    number: int
    """The number of requests that the scenario has seen in the sandbox, including this one."""

    query: Query | None = None
    """The query of a read as it is carried out; ``None`` until it is parsed, and for other requests."""

    author: Author = CLIENT
    """The author of changes made by the request."""

    is_token_request: bool = False
    """Whether the request is for the token endpoint."""

    notes: dict[str, Any] = field(default_factory=dict)
    """Values for later hooks of the scenario in the same request."""

    @cached_property
    def rng(self) -> Rng:
        """A random number generator seeded by sandbox seed, scenario and request number."""
        return Rng(self.sandbox.seed, self.text, self.number)

    @property
    def chance(self) -> Rng:
        """Return ``rng``; deprecated."""
        warnings.warn("exchange.chance is now exchange.rng", DeprecationWarning, stacklevel=2)
        return self.rng

    def read_body(self) -> bytes:
        """Return the body of the request, and leave it to be read again. A chunked body could be read only once."""
        body = self.request.get_data()
        if self.request.content_length is None:
            self.request.environ["wsgi.input"] = BytesIO(body)
        return body

    @property
    def version(self) -> str:
        """The requested version of the standard."""
        if self.operation:
            return self.operation.resource.version
        return VERSIONS.of_path(self.request.path).id

    def failure(
        self,
        status: int,
        description: str,
        headers: Mapping[str, str] | None = None,
        error: Exception | None = None,
    ) -> Response:
        """Return an error response in the standard's form; ``error`` selects among the code minors of a status.

        At the token endpoint it has the form of RFC 6749, section 5.2, except for a 404: there is no endpoint then.
        """
        if self.is_token_request and status != 404:
            document = {"error": _token_error(status), "error_description": description}
            return InjectedError(orjson.dumps(document), status, headers, content_type=JSON)
        name = self.operation.name if self.operation else self.request.path
        body = error_information(self.version, error or MockrosterError(), status, description, name)
        return InjectedError(orjson.dumps(body), status, headers, content_type=JSON)


def _token_error(status: int) -> str:
    """Return the error code of a failure of the token endpoint."""
    if status in {429, 502, 503, 504}:
        return "temporarily_unavailable"
    if status == 401:
        return "invalid_client"
    return "server_error" if status >= 500 else "invalid_request"


def reason(status: int) -> str:
    """Return the reason phrase of an HTTP status."""
    return HTTP_STATUS_CODES.get(status, "Unknown")


def __getattr__(name: str) -> Any:
    """Return classes that have moved or been renamed, for one release."""
    if name == "Memory":
        from mockroster.scenarios import memory

        warnings.warn("Memory is now in mockroster.scenarios.memory", DeprecationWarning, stacklevel=2)
        return memory.Memory
    if name == "Ordered":
        warnings.warn("Ordered is now called InjectedError", DeprecationWarning, stacklevel=2)
        return InjectedError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
