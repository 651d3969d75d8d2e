"""The base classes of scenarios.

A scenario is a frozen dataclass with a ``name``. Its fields, made by ``parameter``, are the parameters that a tester
may set. Its docstring is the description in the catalogue; the last paragraph cites the source (``Source: …``).

One object serves all sandboxes and threads. Keep state in ``exchange.memory``, and draw random values from
``exchange.rng``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from mockroster.parameters import parameter as parameter
from mockroster.roster.record import Record
from mockroster.scenarios.grammar import escape
from mockroster.scenarios.renamed_hooks import keep_former_names

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from mockroster.query.parameters import Query
    from mockroster.sandbox.sandbox import Sandbox
    from mockroster.scenarios.exchange import Exchange
    from mockroster.scenarios.memory import Memory
    from mockroster.scenarios.rng import Rng
    from mockroster.standard.model import Operation, Resource

NAME_MEMBER, AIM_MEMBER = "scenario", "at"
"""The members for name and aim in the JSON form of a scenario; no parameter may have one of these names."""

Stage = Literal["data", "access", "reply", "wire", "provider"]
Pairs = list[tuple[str, str]]
Tables = Mapping[str, list[Record]]


@dataclasses.dataclass(frozen=True)
class Scenario:
    """Base of all scenarios. A class without a ``name`` is not in the catalogue."""

    name: ClassVar[str]
    stage: ClassVar[Stage]
    renamed_hooks: ClassVar[Mapping[str, str]] = {}
    """The present names of hooks by the former ones, which work for one release."""

    def __init_subclass__(cls) -> None:
        """Accept hooks by their former names."""
        super().__init_subclass__()
        keep_former_names(cls, cls.renamed_hooks)

    @classmethod
    def plain_members(cls, members: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the parameters of the JSON form as strings, numbers and arrays of these.

        Override it in a scenario with a parameter that JSON users write as an object.
        """
        return members


class DataScenario(Scenario):
    """Changes the records that the sandbox started with.

    Records that a client or the switchboard has written are returned as written.
    """

    stage: ClassVar[Stage] = "data"

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Return the changed collections, each with all of its records. Do not modify records: make new ones.

        ``tables`` holds no written records. ``today`` is midnight UTC of the sandbox's day; the result is reused
        until the next day.
        """
        raise NotImplementedError

    def restamp(self, record: Record, today: datetime) -> Record:
        """Return a written record with another ``dateLastModified``, or unchanged. The server sets that member."""
        return record


class AccessScenario(Scenario):
    """Replaces token responses, and allows or refuses requests."""

    stage: ClassVar[Stage] = "access"
    renamed_hooks: ClassVar[Mapping[str, str]] = {
        "at_token": "on_token_request",
        "issued": "on_token_response",
        "decide": "authorize",
    }

    def on_token_request(self, exchange: Exchange) -> Response | None:
        """Return a response in place of the token endpoint's, or ``None`` to call the endpoint."""

    def on_token_response(self, exchange: Exchange, response: Response) -> Response | None:
        """Return the changed response of the token endpoint, or ``None`` to leave it unchanged."""

    def authorize(self, exchange: Exchange) -> bool:
        """Return ``True`` to accept the request without checking its credentials, ``False`` to check them.

        Raise ``NotAuthenticated`` or ``NotPermitted`` to refuse the request.
        """
        return False


class ReplyScenario(Scenario):
    """Changes the query that is carried out, and the status, headers and body of the response."""

    stage: ClassVar[Stage] = "reply"
    renamed_hooks: ClassVar[Mapping[str, str]] = {
        "admitted": "before_operation",
        "instead": "replace_operation",
        "reread": "transform_query",
    }
    acts_on_any_path: ClassVar[bool] = False
    """Whether ``before`` is called for every path, and not only for those of the standard."""

    def route(self, path: str) -> str:
        """Return the path to route in place of the requested one. Paths have no sandbox prefix."""
        return path

    def before(self, exchange: Exchange) -> Response | None:
        """Return a response in place of the server's, or ``None``. Credentials are not checked yet."""

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Return a response in place of the operation's, or ``None``. The request is authorized.

        Raise an HTTP error to refuse the request.
        """

    def delete(self, sandbox: Sandbox, memory: Memory, resource: Resource, sourced_id: str) -> bool:
        """Delete an existing record for a client or the switchboard. Return ``False`` to let the server delete it.

        ``memory`` is the scenario's memory in the sandbox.
        """
        return False

    def refresh(self, sandbox: Sandbox, memory: Memory) -> None:
        """Update records that depend on the sandbox's clock, before the switchboard reads or changes them."""

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Return the query parameters to parse in place of the client's."""
        return pairs

    def replace_operation(self, exchange: Exchange, operation: Operation) -> Operation:
        """Return the operation to carry out for a collection read. Return the same object for the same operation."""
        return operation

    def transform_query(self, exchange: Exchange, query: Query) -> Query:
        """Return the query to carry out in place of the parsed one."""
        return query

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Return the records to page through in place of the selected ones. Do not modify the list."""
        return records

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Return the changed response, or ``None`` to leave it unchanged."""


class WireScenario(Scenario):
    """Changes the bytes of the response and their timing, after all other scenarios."""

    stage: ClassVar[Stage] = "wire"

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Return the response to send, or ``None`` to leave it unchanged."""


class Provider(Scenario):
    """A bundle of scenarios that imitates a vendor. Activating it activates its parts, in order."""

    stage: ClassVar[Stage] = "provider"
    parts: ClassVar[tuple[str, ...]]
    """The parts as scenario texts, each with its row of the quirks table in a comment.

    A parameter of the provider is written in braces: ``clamped-limit:max={max}``.
    """

    def filled_parts(self) -> tuple[str, ...]:
        """Return the parts with the provider's parameters filled in."""
        values = {name: escape(value) for name, value in dataclasses.asdict(self).items()}
        return tuple(part.format(**values) for part in self.parts)
