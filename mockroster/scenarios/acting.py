"""The scenarios that are active in one request, in order, each asked at its place.

Without any, nothing here costs more than an empty loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from werkzeug.wrappers import Request, Response

from mockroster.query.selection import Selections
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
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
from mockroster.scenarios.exchange import Exchange, Memory
from mockroster.scenarios.spec import Chosen
from mockroster.spec.model import Operation

HEADER = "X-Mockroster-Scenario"
"""Chooses scenarios in a request, and names in an answer those that touched it."""

VIEWS_KEPT = 8
"""Views of one sandbox that are kept."""

_S = TypeVar("_S", bound=Scenario)


@dataclass(frozen=True, slots=True)
class View:
    """The records as data scenarios show them."""

    overlay: Overlay
    selections: Selections


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

    _exchanges: dict[str, Exchange] = field(default_factory=dict)

    def before(self) -> Response | None:
        """Return the answer that a scenario gives in place of the server's."""
        for scenario, exchange in self._each(ReplyScenario):
            response = scenario.before(exchange)
            if response is not None:
                self._touch(scenario)
                return response
        return None

    def at_token(self) -> Response | None:
        """Return the answer that a scenario gives in place of the token endpoint's."""
        for scenario, exchange in self._each(AccessScenario):
            response = scenario.at_token(exchange)
            if response is not None:
                self._touch(scenario)
                return response
        return None

    def issued(self, response: Response) -> Response:
        """Return what scenarios make of the token endpoint's answer."""
        for scenario, exchange in self._each(AccessScenario):
            changed = scenario.issued(exchange, response)
            if changed is not None:
                self._touch(scenario)
                response = changed
        return response

    def decide(self) -> bool:
        """Return whether a scenario lets the request pass unchecked; one may raise what refuses it."""
        for scenario, exchange in self._each(AccessScenario):
            try:
                passes = scenario.decide(exchange)
            except Exception:
                self._touch(scenario)
                raise
            if passes:
                self._touch(scenario)
                return True
        return False

    def rewrite(self, pairs: Pairs) -> Pairs:
        """Return the query parameters as scenarios want them obeyed."""
        for scenario, exchange in self._each(ReplyScenario):
            rewritten = scenario.rewrite(exchange, pairs)
            if rewritten != pairs:
                self._touch(scenario)
                pairs = rewritten
        return pairs

    def after(self, response: Response) -> Response:
        """Return what scenarios make of an answer, those of the wire last."""
        for scenario, exchange in self._each(ReplyScenario):
            changed = scenario.after(exchange, response)
            if changed is not None:
                self._touch(scenario)
                response = changed
        for wire, exchange in self._each(WireScenario):
            sent = wire.send(exchange, response)
            if sent is not None:
                self._touch(wire)
                response = sent
        return response

    def named(self, response: Response) -> Response:
        """Return the answer with the names of the scenarios that touched it."""
        if self.touched:
            response.headers[HEADER] = ", ".join(self.touched)
        return response

    def view(self) -> View:
        """Return the records to read from, as data scenarios show them."""
        data = [(one.text, one.scenario) for one in self.chosen if isinstance(one.scenario, DataScenario)]
        if not data:
            return View(self.sandbox.overlay, self.sandbox.selections)
        for _, scenario in data:
            self._touch(scenario)
        overlay = self.sandbox.overlay
        with overlay.lock:
            key = (overlay.revision, *(text for text, _ in data))
            kept = self.sandbox.views.get(key)
            if kept is None:
                kept = self.sandbox.views[key] = _made(self.sandbox, overlay, data)
                while len(self.sandbox.views) > VIEWS_KEPT:
                    del self.sandbox.views[next(iter(self.sandbox.views))]
            view: View = kept
            return view

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
            with self.sandbox.lock:
                memory = self.sandbox.memories.setdefault(one.text, Memory())
                memory.count += 1
                number = memory.count
            found = self._exchanges[one.text] = Exchange(
                self.request, self.operation, self.path, self.sandbox, one.text, memory, number
            )
        return found


def _made(sandbox: Sandbox, overlay: Overlay, data: list[tuple[str, DataScenario]]) -> View:
    """Return the view that data scenarios make, one after the other."""
    tables = {name: table.records for name, table in overlay.tables.items()}
    changed: dict[str, list[Record]] = {}
    for text, scenario in data:
        changed |= scenario.change(tables | changed, Chance(sandbox.seed, text))
    return View(overlay.replaced(changed), Selections())
