"""The aim of a scenario, ``@path=/users,times=2``: the requests that it may act on, and which of these it acts on.

The pipeline gets the scenarios that this module selects; no scenario knows whether it is aimed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, partial
from typing import Any, Self
from urllib.parse import unquote_plus

from werkzeug.wrappers import Request

from mockroster.auth.identity import client_of, client_of_token_request
from mockroster.errors import ConfigurationError, nearest
from mockroster.parameters import fields_of
from mockroster.sandbox.path_filter import PathMatcher, path_matcher
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios import parameters
from mockroster.scenarios.base import AccessScenario, DataScenario, ReplyScenario, Scenario, parameter
from mockroster.scenarios.memory import Memory
from mockroster.scenarios.rng import Rng

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")

_MATCHED, _ACTED = "@matched", "@acted"
"""The counters of an aim, beside those of its scenario."""


class Area(Enum):
    """The part of the server that a request addresses."""

    SERVICE = "an operation of the standard, or an unknown path below a service"
    TOKEN = "the token endpoint"  # noqa: S105
    ELSEWHERE = "any other path"
    RESERVED = "the switchboard, the pages for people, the OpenAPI documents and the health checks"


@dataclass(frozen=True)
class Aim:
    """The requests that a scenario acts on. Without an aim it acts on each one.

    A request has to match ``path``, ``method``, ``query`` and ``client``, each by one of its values. The other keys
    count the requests that match. A request counts when it arrives, also if it is refused later.
    """

    path: tuple[str, ...] = parameter((), "full path, glob, or end of the path from a slash on, such as /users/*")
    method: tuple[str, ...] = parameter((), "method of the request", words=METHODS)
    query: tuple[str, ...] = parameter((), "part of the decoded query string")
    client: tuple[str, ...] = parameter((), "client id of the token, the signature or the token request")
    after: int = parameter(0, "number of requests to let pass first", least=0)
    every: int = parameter(1, "number n: act on every n-th of the rest", least=1)
    times: int | None = parameter(None, "number of requests to act on in all; without it, no limit", least=1)
    rate: float = parameter(1.0, "share of these requests to act on, drawn from the seed", least=0, most=1)

    @property
    def counts(self) -> bool:
        """Return whether it depends on earlier requests."""
        return bool(self.after or self.every > 1 or self.times is not None or self.rate < 1)

    @cached_property
    def _matches_path(self) -> PathMatcher:
        return path_matcher(self.path)

    def matches(self, method: str, path: str, query: bytes, client: Callable[[], str | None]) -> bool:
        """Return whether a request matches; ``client`` is called only if the aim names clients."""
        if self.path and not self._matches_path(path):
            return False
        if self.method and method not in self.method:
            return False
        if self.query and not _contains_any(query, self.query):
            return False
        return not self.client or client() in self.client


def _contains_any(query: bytes, parts: tuple[str, ...]) -> bool:
    decoded = unquote_plus(query.decode("utf-8", "replace"))
    return any(part in decoded for part in parts)


KEYS = tuple(fields_of(Aim))

_SECOND_AIM = re.compile("@([a-z]+)=")


@dataclass(frozen=True, slots=True)
class CountedAim:
    """An aim with the text under which the sandbox counts its requests."""

    text: str
    aim: Aim


@dataclass(frozen=True, slots=True)
class ActiveScenario:
    """A scenario object with the text that it was parsed from."""

    text: str
    scenario: Scenario
    aims: tuple[CountedAim, ...] = ()
    """Its aims, all of which a request has to meet: at most its own and that of its provider."""

    @property
    def changes_routes(self) -> bool:
        """Return whether it may route a request to another path."""
        return isinstance(self.scenario, ReplyScenario) and type(self.scenario).route is not ReplyScenario.route

    @property
    def acts_on_any_path(self) -> bool:
        """Return whether it answers paths that the standard does not know."""
        return isinstance(self.scenario, ReplyScenario) and self.scenario.acts_on_any_path

    def reaches(self, area: Area) -> bool:
        """Return whether it can act in an area.

        The token endpoint, and a path that the standard does not know, is reached by a path that an aim names.
        """
        if area is Area.SERVICE:
            return True
        if area is Area.RESERVED or isinstance(self.scenario, DataScenario):
            return False
        if isinstance(self.scenario, AccessScenario):
            return area is Area.TOKEN
        if area is Area.ELSEWHERE and self.acts_on_any_path:
            return True
        return any(counted.aim.path for counted in self.aims)


@dataclass(frozen=True, slots=True)
class ActiveScenarios:
    """The scenarios that are active for a request, before their aims are applied."""

    scenarios: tuple[ActiveScenario, ...]
    reaches_path: PathMatcher
    """A quick test whether one of them may act on a path; it spares most plain reads the full test."""

    @classmethod
    def of(cls, scenarios: tuple[ActiveScenario, ...]) -> Self:
        """Return the scenarios with the test of their paths."""
        by_scenario = [
            next((counted.aim.path for counted in active.aims if counted.aim.path), ()) for active in scenarios
        ]
        paths = [path for patterns in by_scenario for path in patterns]
        return cls(scenarios, path_matcher(paths) if all(by_scenario) else _any_path)

    def may_act(self, method: str, path: str, query: bytes, client: str | None) -> bool:
        """Return whether one of the scenarios can act on a request, or counts it. Counts nothing itself."""
        if not self.reaches_path(path):
            return False
        for active in self.scenarios:
            for counted in active.aims:
                if not counted.aim.matches(method, path, query, lambda: client):
                    break
            else:
                return True
        return False


def _any_path(_path: str) -> bool:
    return True


class Selector:
    """Selects the scenarios that act on one request, and counts the request once for each aim."""

    def __init__(self, request: Request, sandbox: Sandbox) -> None:
        self._request = request
        self._sandbox = sandbox
        self._decided: dict[str, bool] = {}

    def select(self, scenarios: Iterable[ActiveScenario], area: Area) -> tuple[ActiveScenario, ...]:
        """Return the scenarios that act on the request in an area, in order."""
        return tuple([active for active in scenarios if self._acts(active, area)])

    def _acts(self, active: ActiveScenario, area: Area) -> bool:
        if not active.reaches(area):
            return False
        for counted in active.aims:
            decided = self._decided.get(counted.text)
            if decided is None:
                decided = self._decided[counted.text] = self._decide(counted, area)
            if not decided:
                return False
        return True

    def _decide(self, counted: CountedAim, area: Area) -> bool:
        aim, request = counted.aim, self._request
        find_client = client_of_token_request if area is Area.TOKEN else client_of
        client = partial(find_client, request, self._sandbox.credentials)
        if not aim.matches(request.method, request.path, request.query_string, client):
            return False
        return not aim.counts or self._is_due(counted)

    def _is_due(self, counted: CountedAim) -> bool:
        """Count a request that matches, and return whether it is one to act on."""
        aim, memory = counted.aim, Memory(self._sandbox, counted.text)
        number = memory.increment(_MATCHED)
        occurrence, remainder = divmod(number - aim.after, aim.every)
        if number <= aim.after or remainder:
            return False
        if aim.rate >= 1:
            return aim.times is None or occurrence <= aim.times
        if not Rng(self._sandbox.seed, counted.text, _MATCHED, number).happens(aim.rate):
            return False
        return aim.times is None or memory.increment(_ACTED) <= aim.times


def aim_of_text(name: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the keys after ``@``. Raise ``ConfigurationError`` with the nearest right one."""
    parameters.check_names(given, KEYS, f"the aim of {name} has no key")
    for text in given.values():
        _check_single_aim(name, text)
    values = {key: text.upper() if key == "method" else text for key, text in given.items()}
    return _check_values(name, parameters.from_text(Aim, f"{name}@", values))


def aim_of_json(name: str, given: Any) -> dict[str, Any]:
    """Return the values of ``at`` in the JSON form of a scenario. Raise ``ConfigurationError``."""
    if not isinstance(given, Mapping):
        raise ConfigurationError(f'{name}: at must be an object such as {{"path": "/users", "times": 2}}')
    parameters.check_names(given, KEYS, f"the aim of {name} has no key")
    values = {key: _upper(value) if key == "method" else value for key, value in given.items()}
    return _check_values(name, parameters.from_json(Aim, f"{name}@", values))


def _check_single_aim(name: str, text: str) -> None:
    """Raise ``ConfigurationError`` for an escaped value with ``@`` and a key of an aim, or a misspelled one."""
    for found in _SECOND_AIM.finditer(text):
        hint = nearest(found[1], KEYS)
        if found[1] in KEYS or hint:
            raise ConfigurationError(
                f"{name}@: {found[0]!r} begins a second aim; separate the keys of an aim by commas, as in "
                f"path=/users,times=2, and write %40 for an @ in a value{'' if found[1] in KEYS else hint}"
            )


def _upper(value: Any) -> Any:
    if isinstance(value, list):
        return [*map(_upper, value)]
    return value.upper() if isinstance(value, str) else value


def _check_values(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values. Raise ``ConfigurationError`` for one that no request can match."""
    for key in ("path", "query", "client"):
        if "" in values.get(key, ()):
            raise ConfigurationError(f"{name}@{key}: a value is empty, which no request matches")
    for path in values.get("path", ()):
        if not path.startswith(("/", "*", "?", "[")):
            raise ConfigurationError(
                f"{name}@path: {path[:80]!r} matches nothing, because a path begins with a slash; "
                f"did you mean {'/' + path[:80]!r}?"
            )
    return values
