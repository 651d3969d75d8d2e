"""The scenarios that are active in one request, in order, each asked at its place.

Without any, nothing here costs more than an empty loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TypeVar

from werkzeug.wrappers import Request, Response

from mockroster.query.parameters import Query
from mockroster.query.selection import Selections
from mockroster.render.answer import JSON
from mockroster.roster import write
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.sandbox.records import CLIENT, SWITCHBOARD, Author
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.base import (
    AccessScenario,
    DataScenario,
    Pairs,
    ReplyScenario,
    Scenario,
    WireScenario,
)
from mockroster.scenarios.chance import Chance
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.memory import Memory
from mockroster.scenarios.spec import Chosen, chosen
from mockroster.standard.model import Operation, Resource

HEADER = "X-Mockroster-Scenario"
"""Chooses scenarios in a request, and names in an answer those that touched it."""

RUN_NOTHING = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""The policy of a page that a scenario orders: it may repeat what the request said, and so must not run."""

_INERT = frozenset({JSON, "text/plain"})
"""Types that no browser takes for a page. An answer without a type may be taken for one."""

_RECORD = 1000
"""Bytes of a record that is shown otherwise than it is stored, with its place in a table."""

_S = TypeVar("_S", bound=Scenario)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class View:
    """The records as data scenarios show them."""

    overlay: Overlay
    selections: Selections
    changed: Mapping[str, Set[str]]
    """The collections that each scenario changed, by its name."""

    weight: int = 0
    """Bytes that it takes beside the stored records, by estimate."""


@dataclass
class Acting:
    """The scenarios of one request."""

    chosen: tuple[Chosen, ...]
    request: Request
    operation: Operation | None
    path: Mapping[str, str]
    sandbox: Sandbox
    touched: dict[str, None] = field(default_factory=dict)
    """The names of those that had a hand in the answer, in order."""

    query: Query | None = None
    """What a read is asked, once that is known."""

    author: Author = CLIENT
    """The client that asks, once it is let in."""

    _exchanges: dict[str, Exchange] = field(default_factory=dict)

    def move_to(self, sandbox: Sandbox) -> None:
        """Go on in another sandbox, which has been made of the one before."""
        self.sandbox = sandbox
        for text, exchange in self._exchanges.items():
            exchange.sandbox, exchange.memory = sandbox, Memory(sandbox, text)

    def route(self, path: str) -> str:
        """Return the path that scenarios want routed. It is asked before anything else, and no counter goes up."""
        for one in self.chosen:
            if isinstance(one.scenario, ReplyScenario):
                other = one.scenario.route(path)
                if other != path:
                    self._touch(one.scenario)
                    path = other
        return path

    def before(self) -> Response | None:
        """Return the answer that a scenario gives in place of the server's."""
        return self._first(ReplyScenario, lambda scenario, exchange: scenario.before(exchange))

    def at_token(self) -> Response | None:
        """Return the answer that a scenario gives in place of the token endpoint's."""
        return self._first(AccessScenario, lambda scenario, exchange: scenario.at_token(exchange))

    def decide(self) -> bool:
        """Return whether a scenario lets the request pass unchecked; one may raise what refuses it."""
        passes = self._first(AccessScenario, lambda scenario, exchange: scenario.decide(exchange) or None)
        return passes is not None

    def admitted(self) -> Response | None:
        """Return the answer that a scenario gives to a request that was let in; one may raise what refuses it."""
        return self._first(ReplyScenario, lambda scenario, exchange: scenario.admitted(exchange))

    def delete(self, resource: Resource, sourced_id: str) -> bool:
        """Return whether a scenario has carried out the deletion of a record in place of the server."""
        done = self._first(
            ReplyScenario,
            lambda scenario, exchange: scenario.delete(self.sandbox, exchange.memory, resource, sourced_id) or None,
        )
        return done is not None

    def issued(self, response: Response) -> Response:
        """Return what scenarios make of the token endpoint's answer."""
        return self._changed(AccessScenario, response, lambda scenario, *given: scenario.issued(*given))

    def rewrite(self, pairs: Pairs) -> Pairs:
        """Return the query parameters as scenarios want them obeyed."""
        for scenario, exchange in self._each(ReplyScenario):
            rewritten = scenario.rewrite(exchange, pairs)
            if rewritten != pairs:
                self._touch(scenario)
                pairs = rewritten
        return pairs

    def instead(self, operation: Operation) -> Operation:
        """Return the operation that scenarios want carried out."""
        for scenario, exchange in self._each(ReplyScenario):
            other = scenario.instead(exchange, operation)
            if other is not operation:
                self._touch(scenario)
                operation = other
        return operation

    def reread(self, query: Query) -> Query:
        """Return the query as scenarios want it understood."""
        for scenario, exchange in self._each(ReplyScenario):
            understood = scenario.reread(exchange, query)
            if understood != query:
                self._touch(scenario)
                query = understood
        return query

    def order(self, records: Sequence[Record]) -> Sequence[Record]:
        """Return the records that a collection read is about as scenarios want them paged; their hooks get lists."""
        for scenario, exchange in self._each(ReplyScenario):
            given = records if isinstance(records, list) else [*records]
            ordered = scenario.order(exchange, given)
            if ordered is not given:
                self._touch(scenario)
                records = ordered
        return records

    def after(self, response: Response) -> Response:
        """Return what scenarios make of an answer, those of the wire last."""
        response = self._changed(ReplyScenario, response, lambda scenario, *given: scenario.after(*given))
        return self._changed(WireScenario, response, lambda scenario, *given: scenario.send(*given))

    def named(self, response: Response) -> Response:
        """Return the answer with the names of the scenarios that touched it, made harmless in a browser."""
        if self.touched:
            response.headers[HEADER] = ", ".join(self.touched)
            if response.mimetype not in _INERT:
                response.headers["Content-Security-Policy"] = RUN_NOTHING
        return response

    def view(self) -> View:
        """Return the records to read from, as data scenarios show them."""
        data = [(one.text, one.scenario) for one in self.chosen if isinstance(one.scenario, DataScenario)]
        held = self.sandbox.data
        if not data:
            return View(held.overlay, held.selections, {})
        overlay = held.overlay
        with overlay.exclusive():
            today = self.sandbox.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
            key = (overlay.revision, today, *(text for text, _ in data))
            kept = held.views.get(key)
            if kept is None:
                kept = _made(self.sandbox, overlay, data, today)
                held.views.put(key, kept, kept.weight)
            view: View = kept
        for _, scenario in data:
            if self.operation and not view.changed[scenario.name].isdisjoint(_read_by(self.operation)):
                self._touch(scenario)
        return view

    def _first(self, kind: type[_S], ask: Callable[[_S, Exchange], _T | None]) -> _T | None:
        """Return the first thing that a scenario has to say; one that raises has had a hand in the answer too."""
        for scenario, exchange in self._each(kind):
            try:
                said = ask(scenario, exchange)
            except Exception:
                self._touch(scenario)
                raise
            if said is not None:
                self._touch(scenario)
                return said
        return None

    def _changed(
        self, kind: type[_S], response: Response, ask: Callable[[_S, Exchange, Response], Response | None]
    ) -> Response:
        """Return what scenarios make of an answer, one after the other."""
        for scenario, exchange in self._each(kind):
            other = ask(scenario, exchange, response)
            if other is not None:
                self._touch(scenario)
                response = other
        return response

    def _touch(self, scenario: Scenario) -> None:
        self.touched[scenario.name] = None

    def _each(self, kind: type[_S]) -> Iterator[tuple[_S, Exchange]]:
        for one in self.chosen:
            if isinstance(one.scenario, kind):
                yield one.scenario, self._exchange(one)

    def _exchange(self, one: Chosen) -> Exchange:
        """Return what a scenario sees of the request; its count goes up by one for each request."""
        found = self._exchanges.get(one.text)
        if found is None:
            memory = Memory(self.sandbox, one.text)
            number = memory.next_number()
            found = self._exchanges[one.text] = Exchange(
                self.request, self.operation, self.path, self.sandbox, one.text, memory, number
            )
        found.query, found.author = self.query, self.author
        return found


def delete(sandbox: Sandbox, resource: Resource, sourced_id: str) -> None:
    """Delete a record for the switchboard, in the way of the scenarios that are active in the whole sandbox."""
    for scenario, memory in _of_sandbox(sandbox):
        if scenario.delete(sandbox, memory, resource, sourced_id):
            return
    sandbox.run(SWITCHBOARD, lambda overlay, now: write.delete(overlay, resource, sourced_id, now))


def refresh(sandbox: Sandbox) -> None:
    """Have the scenarios that are active in the whole sandbox bring its records up to its time."""
    for scenario, memory in _of_sandbox(sandbox):
        scenario.refresh(sandbox, memory)


def _of_sandbox(sandbox: Sandbox) -> Iterator[tuple[ReplyScenario, Memory]]:
    for one in chosen(sandbox.scenarios):
        if isinstance(one.scenario, ReplyScenario):
            yield one.scenario, Memory(sandbox, one.text)


def _made(sandbox: Sandbox, overlay: Overlay, data: list[tuple[str, DataScenario]], today: datetime) -> View:
    """Return the view that data scenarios make, one after the other, of all that was not written since the start."""
    written = {name: table.written for name, table in overlay.tables.items()}
    tables = {name: _without(table.records, written[name]) for name, table in overlay.tables.items()}
    changed: dict[str, list[Record]] = {}
    by_name: dict[str, Set[str]] = {}
    for text, scenario in data:
        other = scenario.change(tables | changed, Chance(sandbox.seed, text), today)
        by_name[scenario.name] = by_name.get(scenario.name, set()) | other.keys()
        changed |= other
    for name, records in changed.items():
        if written[name]:
            own = written[name]
            for _, scenario in data:
                own = {key: scenario.restamp(record, today) for key, record in own.items()}
            changed[name] = _with(records, overlay.tables[name].records, tables[name], own)
    weight = _RECORD * (1 + sum(map(len, changed.values())))
    return View(overlay.replaced(changed), Selections(), by_name, weight)


def _without(records: list[Record], written: Mapping[str, Record]) -> list[Record]:
    """Return the records that were not written; the list itself where none was."""
    return [record for record in records if record["sourcedId"] not in written] if written else records


def _with(shown: list[Record], all_: list[Record], given: list[Record], written: Mapping[str, Record]) -> list[Record]:
    """Return what scenarios show, with what was written in its natural place.

    ``all_`` are the records in natural order, ``given`` those of them that the scenarios were given. A scenario that
    changes ids leaves the number of rows; else a row stands where the record of its id does.
    """
    places = {record["sourcedId"]: place for place, record in enumerate(all_)}
    names = given if len(given) == len(shown) else shown
    waiting = sorted(written, key=places.__getitem__, reverse=True)
    merged = []
    for row, name in zip(shown, names, strict=True):
        place = places.get(name["sourcedId"], -1)
        while waiting and places[waiting[-1]] < place:
            merged.append(written[waiting.pop()])
        merged.append(row)
    return merged + [written[name] for name in reversed(waiting)]


@cache
def _read_by(operation: Operation) -> Set[str]:
    """Return the collections on which the answer to a read depends."""
    read = {operation.resource.collection, *(rows.resource.collection for _, rows in operation.parents)}
    if operation.narrowing:
        read.add(operation.narrowing.through.collection)
    return read
