"""Every scenario with an aim, over sockets: it acts on the requests that the aim selects, and nothing else changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from caller import Caller, is_on_users, quick
from conftest import BASE, NOW
from probes import Probe

from mockroster import Server
from mockroster.scenarios.base import Scenario
from mockroster.scenarios.catalogue import scenarios
from mockroster.scenarios.spec import parse_scenarios

OTHERS = [Probe("GET", f"{BASE}/{name}?limit=2") for name in ("academicSessions", "courses")]
ALL = [*scenarios().values()]


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    """Return a client of a running server."""
    with Server(students=24, now=NOW) as server:
        yield Caller(server)


@pytest.mark.parametrize("scenario", ALL, ids=[scenario.name for scenario in ALL])
def test_acts_where_and_when_it_is_aimed(scenario: type[Scenario], caller: Caller) -> None:
    """With ``@path=…,times=1`` it acts on the first request for the path, names itself, and changes nothing else.

    The path is ``/users`` where the scenario acts on one of the reads of users, else that of a request on which it
    does. A scenario that needs a history acts on the requests for the path, and on no others.
    """
    text, box = quick(scenario), f"/sandboxes/aim-{scenario.name}"
    expected = {active.scenario.name for active in parse_scenarios([text])}
    acting = next(probe for probe in caller.by_users_first if caller.is_touched(probe, f"{box}-found", text))
    path = "/users" if is_on_users(acting) else re.sub("/+", "/", acting.path.partition("?")[0])
    unaimed = caller.send(acting, f"{box}-first", text)
    if not unaimed.names:
        acted = [probe for probe in caller.by_users_first if caller.send(probe, box, f"{text}@path={path}").names]
        assert acted
        assert all(probe.path.partition("?")[0].endswith(path) for probe in acted)
        return
    other = next(probe for probe in OTHERS if not probe.path.startswith(acting.path.partition("?")[0]))
    sequence = (other, acting, acting, other)
    plain = [caller.send(probe, f"{box}-plain") for probe in sequence]

    caller.use(box, f"{text}@path={path},times=1")
    before, first, second, after = [caller.send(probe, box) for probe in sequence]

    assert first.names == unaimed.names <= expected
    assert first.status == unaimed.status
    assert (before, second.names, after) == (plain[0], frozenset(), plain[3])
    if acting.method == "GET":  # a write that was refused the first time is another write the second time
        assert second.status == plain[2].status
        assert second.status != 200 or second.text == plain[2].text
