"""Call the active scenarios of a request, in order, at each stage of the request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TypeVar

from werkzeug.wrappers import Request, Response

from mockroster.query.parameters import Query
from mockroster.query.result_cache import ResultCache
from mockroster.render.answer import JSON
from mockroster.roster import write
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.sandbox.records import CLIENT, SWITCHBOARD, Author
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.aim import ActiveScenario
from mockroster.scenarios.base import (
    AccessScenario,
    DataScenario,
    Pairs,
    ReplyScenario,
    Scenario,
    WireScenario,
)
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.memory import Memory
from mockroster.scenarios.rng import Rng
from mockroster.scenarios.spec import parse_scenarios
from mockroster.standard.model import Operation, Resource

HEADER = "X-Mockroster-Scenario"
"""In a request, the scenarios to activate; in a response, the names of those that affected it."""

HEADER_KEY = "HTTP_X_MOCKROSTER_SCENARIO"
"""The key of this header in a WSGI environment."""

RUN_NOTHING = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""The Content-Security-Policy of an injected page. It may echo parts of the request, so it must not run scripts."""

_INERT = frozenset({JSON, "text/plain"})
"""Types that no browser renders as a page. A response without a type may be rendered as one."""

_RECORD = 1000
"""Estimated bytes of a changed record, with its entry in a table."""

_S = TypeVar("_S", bound=Scenario)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class View:
    """The records after all data scenarios."""

    overlay: Overlay
    result_cache: ResultCache
    changed: Mapping[str, Set[str]]
    """The collections changed by each scenario, by its name."""

    weight: int = 0
    """Estimated bytes in addition to the stored records."""


@dataclass
class Pipeline:
    """The scenarios that act on one request, with their state."""

    scenarios: tuple[ActiveScenario, ...]
    """The scenarios that ``aim`` selected, in order."""

    request: Request
    operation: Operation | None
    path: Mapping[str, str]
    sandbox: Sandbox
    touched: dict[str, None] = field(default_factory=dict)
    """The names of the scenarios that affected the response, in order."""

    query: Query | None = None
    """The query of a read, once it is parsed."""

    author: Author = CLIENT
    """The client, once it is authorized."""

    is_token_request: bool = False

    _exchanges: dict[str, Exchange] = field(default_factory=dict)

    def move_to(self, sandbox: Sandbox) -> None:
        """Continue in another sandbox, which replaces the one before."""
        self.sandbox = sandbox
        for text, exchange in self._exchanges.items():
            exchange.sandbox, exchange.memory = sandbox, Memory(sandbox, text)

    def route(self, path: str) -> str:
        """Return the path to route. This is called first, and does not count as a request of the scenarios."""
        for active in self.scenarios:
            if isinstance(active.scenario, ReplyScenario):
                other = active.scenario.route(path)
                if other != path:
                    self._touch(active.scenario)
                    path = other
        return path

    def before(self) -> Response | None:
        """Return the first response of a scenario in place of the server's."""
        return self._first_result(ReplyScenario, lambda scenario, exchange: scenario.before(exchange))

    def on_token_request(self) -> Response | None:
        """Return the first response of a scenario in place of the token endpoint's."""
        return self._first_result(AccessScenario, lambda scenario, exchange: scenario.on_token_request(exchange))

    def authorize(self) -> bool:
        """Return whether a scenario accepts the request without checking its credentials. Scenarios may raise."""
        accepted = self._first_result(AccessScenario, lambda scenario, exchange: scenario.authorize(exchange) or None)
        return accepted is not None

    def before_operation(self) -> Response | None:
        """Return the first response of a scenario to an authorized request. A scenario may raise an error."""
        return self._first_result(ReplyScenario, lambda scenario, exchange: scenario.before_operation(exchange))

    def delete(self, resource: Resource, sourced_id: str) -> bool:
        """Return whether a scenario has deleted the record in place of the server."""
        done = self._first_result(
            ReplyScenario,
            lambda scenario, exchange: scenario.delete(self.sandbox, exchange.memory, resource, sourced_id) or None,
        )
        return done is not None

    def on_token_response(self, response: Response) -> Response:
        """Return the token endpoint's response after all scenarios."""
        return self._transform_response(
            AccessScenario, response, lambda scenario, *given: scenario.on_token_response(*given)
        )

    def rewrite(self, pairs: Pairs) -> Pairs:
        """Return the query parameters after all scenarios."""
        for scenario, exchange in self._active(ReplyScenario):
            rewritten = scenario.rewrite(exchange, pairs)
            if rewritten != pairs:
                self._touch(scenario)
                pairs = rewritten
        return pairs

    def replace_operation(self, operation: Operation) -> Operation:
        """Return the operation after all scenarios."""
        for scenario, exchange in self._active(ReplyScenario):
            other = scenario.replace_operation(exchange, operation)
            if other is not operation:
                self._touch(scenario)
                operation = other
        return operation

    def transform_query(self, query: Query) -> Query:
        """Return the query after all scenarios."""
        for scenario, exchange in self._active(ReplyScenario):
            transformed = scenario.transform_query(exchange, query)
            if transformed != query:
                self._touch(scenario)
                query = transformed
        return query

    def order(self, records: Sequence[Record]) -> Sequence[Record]:
        """Return the selected records of a collection read after all scenarios, which are given lists."""
        for scenario, exchange in self._active(ReplyScenario):
            given = records if isinstance(records, list) else [*records]
            ordered = scenario.order(exchange, given)
            if ordered is not given:
                self._touch(scenario)
                records = ordered
        return records

    def after(self, response: Response) -> Response:
        """Return the response after all reply scenarios, then all wire scenarios."""
        response = self._transform_response(ReplyScenario, response, lambda scenario, *given: scenario.after(*given))
        return self._transform_response(WireScenario, response, lambda scenario, *given: scenario.send(*given))

    def mark(self, response: Response) -> Response:
        """Add a header with the scenarios that affected the response, and a policy against scripts in pages."""
        if self.touched:
            response.headers[HEADER] = ", ".join(self.touched)
            if response.mimetype not in _INERT:
                response.headers["Content-Security-Policy"] = RUN_NOTHING
        return response

    def view(self) -> View:
        """Return the records to read from after all data scenarios."""
        scenarios = [
            (active.text, active.scenario) for active in self.scenarios if isinstance(active.scenario, DataScenario)
        ]
        data = self.sandbox.data
        if not scenarios:
            return View(data.overlay, data.result_cache, {})
        overlay = data.overlay
        with overlay.exclusive():
            today = self.sandbox.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
            key = (overlay.revision, today, *(text for text, _ in scenarios))
            cached = data.views.get(key)
            if cached is None:
                cached = _build_view(self.sandbox, overlay, scenarios, today)
                data.views.put(key, cached, cached.weight)
            view: View = cached
        for _, scenario in scenarios:
            if self.operation and not view.changed[scenario.name].isdisjoint(_collections_read(self.operation)):
                self._touch(scenario)
        return view

    def _first_result(self, kind: type[_S], call: Callable[[_S, Exchange], _T | None]) -> _T | None:
        """Return the first result that is not ``None``. A scenario that raises an error affects the response too."""
        for scenario, exchange in self._active(kind):
            try:
                result = call(scenario, exchange)
            except Exception:
                self._touch(scenario)
                raise
            if result is not None:
                self._touch(scenario)
                return result
        return None

    def _transform_response(
        self, kind: type[_S], response: Response, call: Callable[[_S, Exchange, Response], Response | None]
    ) -> Response:
        """Return the response after each scenario in turn."""
        for scenario, exchange in self._active(kind):
            other = call(scenario, exchange, response)
            if other is not None:
                self._touch(scenario)
                response = other
        return response

    def _touch(self, scenario: Scenario) -> None:
        self.touched[scenario.name] = None

    def _active(self, kind: type[_S]) -> Iterator[tuple[_S, Exchange]]:
        for active in self.scenarios:
            if isinstance(active.scenario, kind):
                yield active.scenario, self._exchange(active)

    def _exchange(self, active: ActiveScenario) -> Exchange:
        """Return the exchange of a scenario, made and counted at its first call in the request."""
        exchange = self._exchanges.get(active.text)
        if exchange is None:
            memory = Memory(self.sandbox, active.text)
            number = memory.next_number()
            exchange = self._exchanges[active.text] = Exchange(
                self.request, self.operation, self.path, self.sandbox, active.text, memory, number
            )
            exchange.is_token_request = self.is_token_request
        exchange.query, exchange.author = self.query, self.author
        return exchange


def delete(sandbox: Sandbox, resource: Resource, sourced_id: str) -> None:
    """Delete a record for the switchboard, by the scenarios of the sandbox if one of them deletes records.

    Scenarios with an aim are skipped: they act on requests of clients.
    """
    for active, scenario, memory in _sandbox_scenarios(sandbox):
        if not active.aims and scenario.delete(sandbox, memory, resource, sourced_id):
            return
    sandbox.run(SWITCHBOARD, lambda overlay, now: write.delete(overlay, resource, sourced_id, now))


def shown_records(sandbox: Sandbox, request: Request) -> Overlay:
    """Return the records as the active scenarios of a sandbox show them."""
    return Pipeline(parse_scenarios(sandbox.scenarios), request, None, {}, sandbox).view().overlay


def refresh(sandbox: Sandbox) -> None:
    """Let the scenarios of the sandbox update records that depend on its clock."""
    for _, scenario, memory in _sandbox_scenarios(sandbox):
        scenario.refresh(sandbox, memory)


def _sandbox_scenarios(sandbox: Sandbox) -> Iterator[tuple[ActiveScenario, ReplyScenario, Memory]]:
    for active in parse_scenarios(sandbox.scenarios):
        if isinstance(active.scenario, ReplyScenario):
            yield active, active.scenario, Memory(sandbox, active.text)


def _build_view(sandbox: Sandbox, overlay: Overlay, scenarios: list[tuple[str, DataScenario]], today: datetime) -> View:
    """Return the view after each data scenario in turn. Of written records only the timestamps may change."""
    written = {name: table.written for name, table in overlay.tables.items()}
    tables = {name: _exclude_written(table.records, written[name]) for name, table in overlay.tables.items()}
    changed: dict[str, list[Record]] = {}
    changed_by: dict[str, Set[str]] = {}
    for text, scenario in scenarios:
        other = scenario.change(tables | changed, Rng(sandbox.seed, text), today)
        changed_by[scenario.name] = changed_by.get(scenario.name, set()) | other.keys()
        changed |= other
    for name, records in changed.items():
        if written[name]:
            own = written[name]
            for _, scenario in scenarios:
                own = {key: scenario.restamp(record, today) for key, record in own.items()}
            changed[name] = _merge_written(records, overlay.tables[name].records, tables[name], own)
    weight = _RECORD * (1 + sum(map(len, changed.values())))
    return View(overlay.replaced(changed), ResultCache(), changed_by, weight)


def _exclude_written(records: list[Record], written: Mapping[str, Record]) -> list[Record]:
    """Return the records that were not written, or the list itself if none was."""
    return [record for record in records if record["sourcedId"] not in written] if written else records


def _merge_written(
    changed: list[Record], stored: list[Record], unwritten: list[Record], written: Mapping[str, Record]
) -> list[Record]:
    """Return the changed records with the written ones inserted in stored order.

    ``unwritten`` are the stored records that the scenarios were given. If their number is unchanged, each changed
    record has the position of the unwritten one (its id may differ); else it has that of the stored one with its id.
    """
    positions = {record["sourcedId"]: position for position, record in enumerate(stored)}
    originals = unwritten if len(unwritten) == len(changed) else changed
    pending = sorted(written, key=positions.__getitem__, reverse=True)
    merged = []
    for record, original in zip(changed, originals, strict=True):
        position = positions.get(original["sourcedId"], -1)
        while pending and positions[pending[-1]] < position:
            merged.append(written[pending.pop()])
        merged.append(record)
    return merged + [written[name] for name in reversed(pending)]


@cache
def _collections_read(operation: Operation) -> Set[str]:
    """Return the collections that a read depends on."""
    read = {operation.resource.collection, *(rows.resource.collection for _, rows in operation.parents)}
    if operation.narrowing:
        read.add(operation.narrowing.through.collection)
    return read
