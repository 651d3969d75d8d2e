"""What a scenario is: a class with a name, a place where it acts, and parameters.

A scenario is a dataclass. Its fields, made by ``parameter``, are what a tester may set; its docstring is the
description in the catalogue, whose last line cites where the habit was seen (``Source: …``). An object is shared by
all sandboxes and threads: what it has to remember it keeps in ``exchange.memory``, and it draws from
``exchange.chance``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from mockroster.roster.record import Record

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from mockroster.query.parameters import Query
    from mockroster.sandbox.sandbox import Sandbox
    from mockroster.scenarios.exchange import Exchange
    from mockroster.scenarios.memory import Memory
    from mockroster.scenarios.rng import Chance
    from mockroster.standard.model import Operation, Resource

Place = Literal["data", "access", "reply", "wire", "provider"]
Pairs = list[tuple[str, str]]
Tables = Mapping[str, list[Record]]


def parameter(
    default: Any, help_: str, *, least: float | None = None, most: float | None = None, words: tuple[str, ...] = ()
) -> Any:
    """Return a field of a scenario: an ``int``, ``float``, ``str`` or ``tuple[str, ...]`` with its bounds or words."""
    row = {"help": help_, "least": least, "most": most, "words": words}
    return dataclasses.field(default=default, metadata=row)


@dataclasses.dataclass(frozen=True)
class Scenario:
    """Base of all kinds; a class without a ``name`` is not in the catalogue."""

    name: ClassVar[str]
    acts_at: ClassVar[Place]


class DataScenario(Scenario):
    """Acts on what the sandbox started with.

    What a client or the switchboard has written is shown as it was written.
    """

    acts_at = "data"

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Return the collections that look different, whole. Records are never changed: make new ones.

        ``today`` is the first moment of the sandbox's day, in UTC: what is shown does not change before the next.
        What was written is not among the tables.
        """
        raise NotImplementedError

    def restamp(self, record: Record, today: datetime) -> Record:
        """Return a written record with another ``dateLastModified``, the one member that nobody writes; or as it is."""
        return record


class AccessScenario(Scenario):
    """Acts on the token endpoint and on the decision whether a request may pass."""

    acts_at = "access"

    def at_token(self, exchange: Exchange) -> Response | None:
        """Return the answer to a token request, in place of the token endpoint's own; nothing to let it answer."""

    def issued(self, exchange: Exchange, response: Response) -> Response | None:
        """Return what becomes of the token endpoint's answer; nothing to leave it."""

    def decide(self, exchange: Exchange) -> bool:
        """Return whether the request passes unchecked; raise ``NotAuthenticated`` or ``NotPermitted`` to refuse it."""
        return False


class ReplyScenario(Scenario):
    """Acts on the answer: status, headers, envelope, members."""

    acts_at = "reply"

    def route(self, path: str) -> str:
        """Return the path that the server shall route in place of the one that was asked, without sandbox prefix."""
        return path

    def before(self, exchange: Exchange) -> Response | None:
        """Return the answer in place of the server's own; nothing to let it answer."""

    def admitted(self, exchange: Exchange) -> Response | None:
        """Return the answer to a request that was let in, in place of the server's own; one may raise what refuses it.

        Nothing lets the server answer.
        """

    def delete(self, sandbox: Sandbox, memory: Memory, resource: Resource, sourced_id: str) -> bool:
        """Carry out the deletion of a record that exists, a client's or the switchboard's, in place of the server.

        Return whether the scenario did. ``memory`` is what it remembers in the sandbox.
        """
        return False

    def refresh(self, sandbox: Sandbox, memory: Memory) -> None:
        """Bring the records up to the time of the sandbox before the switchboard shows or changes them."""

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Return the query parameters that the server shall obey."""
        return pairs

    def instead(self, exchange: Exchange, operation: Operation) -> Operation:
        """Return the operation that the server shall carry out for a collection read; the same object each time."""
        return operation

    def reread(self, exchange: Exchange, query: Query) -> Query:
        """Return the query as the server shall understand it."""
        return query

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Return the records that a collection read is about as they shall be paged; never change the list itself."""
        return records

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Return what becomes of the server's answer; nothing to leave it."""


class WireScenario(Scenario):
    """Acts on the bytes of the answer and their timing, after everything else."""

    acts_at = "wire"

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Return what goes out in place of the answer; nothing to leave it."""


class Provider(Scenario):
    """A bundle of scenarios that imitates a vendor; choosing it chooses its parts, in order."""

    acts_at = "provider"
    parts: ClassVar[tuple[str, ...]]
    """As they would be written by themselves, each with the row of the quirks table in a comment beside it.

    A parameter of the provider's own stands in braces: ``clamped-limit:max={max}``.
    """

    def filled_parts(self) -> tuple[str, ...]:
        """Return the parts with the provider's own parameters in them."""
        return tuple(part.format(**dataclasses.asdict(self)) for part in self.parts)
