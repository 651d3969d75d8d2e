"""One request, as one of the scenarios that are active in it sees it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Request, Response

from mockroster.errors import MockrosterError
from mockroster.query.parameters import Query
from mockroster.render.answer import JSON
from mockroster.render.status import error_information
from mockroster.sandbox.records import CLIENT, Author
from mockroster.scenarios.rng import Chance
from mockroster.standard.model import Operation
from mockroster.standard.versions import VERSIONS

if TYPE_CHECKING:
    from mockroster.sandbox.sandbox import Sandbox
    from mockroster.scenarios.memory import Memory


class Ordered(Response):
    """A failure that a scenario has ordered, not one that the server found."""


@dataclass
class Exchange:
    """What a scenario gets to know of a request."""

    request: Request
    operation: Operation | None
    """What is asked; nothing at the token endpoint, and where a path or method is none of the standard's."""

    path: Mapping[str, str]
    """The parameters of the path."""

    sandbox: Sandbox
    text: str
    """The scenario as it was chosen: ``flaky:every=3``."""

    memory: Memory
    number: int
    """Which of the requests this is that the scenario has seen in the sandbox; the first is 1."""

    query: Query | None = None
    """What a read is asked, as it is obeyed; nothing until that is known, and for a request that is no read."""

    author: Author = CLIENT
    """The author of whatever the request changes."""

    notes: dict[str, Any] = field(default_factory=dict)
    """What the scenario keeps for its later places in the same request."""

    @cached_property
    def chance(self) -> Chance:
        """Draws that are the same for the same seed of the sandbox, scenario and number."""
        return Chance(self.sandbox.seed, self.text, self.number)

    @property
    def version(self) -> str:
        """The version of the standard that is spoken."""
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
        """Return an error in the form of the standard; where a status has several names, ``error`` says which."""
        name = self.operation.name if self.operation else self.request.path
        body = error_information(self.version, error or MockrosterError(), status, description, name)
        return Ordered(orjson.dumps(body), status, headers, content_type=JSON)


def reason(status: int) -> str:
    """Return the words that HTTP has for a status."""
    return HTTP_STATUS_CODES.get(status, "Unknown")


def __getattr__(name: str) -> Any:
    """Return ``Memory`` to packages that import it from where it was."""
    if name != "Memory":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mockroster.scenarios import memory

    warnings.warn("Memory is now in mockroster.scenarios.memory", DeprecationWarning, stacklevel=2)
    return memory.Memory
