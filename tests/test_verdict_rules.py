"""Each rule tells a client that keeps it from one that breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace

import pytest
from flask import Flask
from movable_time import movable_time
from verdict_clients.cases import CASES, Case
from verdict_clients.toy import Toy

from mockroster import create_app
from mockroster.errors import ConfigurationError
from mockroster.judge import catalogue
from mockroster.judge.catalogue import rules
from mockroster.judge.rule import Rule
from mockroster.judge.rules import load, walking

_NUMBERS = count()


@pytest.fixture(scope="module")
def district() -> Flask:
    """Return an application in real time."""
    return create_app(students=200)


@pytest.fixture
def toy(district: Flask) -> Iterator[Toy]:
    """Return a client with a sandbox of its own, and a time that it can move."""
    with movable_time() as moved:
        yield Toy(district, moved, f"/sandboxes/toy-{next(_NUMBERS)}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.name}")
def test_rule(toy: Toy, case: Case) -> None:
    """A client has the outcome that it deserves."""
    toy.use(*case.scenarios)

    case.act(toy)

    judged = toy.verdict(case.rules)[case.rule]
    assert judged["outcome"] == case.outcome, judged
    assert bool(judged["findings"]) == (case.outcome == "fail")
    if case.outcome == "skip":
        assert judged["reason"]


def test_every_rule_has_a_good_and_a_bad_client() -> None:
    """No rule is without a client that passes and one that fails."""
    outcomes = {(case.rule, case.outcome) for case in CASES}

    assert {rule for rule, _ in outcomes} == rules().keys()
    assert {(rule, outcome) for rule in rules() for outcome in ("pass", "fail")} <= outcomes


def test_two_rules_with_the_same_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of another package cannot take the id of another rule."""
    other = type("Other", (Rule,), {"id": "V01"})
    points = [
        SimpleNamespace(name="walking", value="a.walking", load=lambda: walking),
        SimpleNamespace(name="other", value="other.package:Other", load=lambda: other),
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: points)

    with pytest.raises(ConfigurationError, match=r"two rules are called 'V01'; one is that of other\.package:Other"):
        catalogue._load.__wrapped__()


def test_an_entry_point_names_a_class_or_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a module the rules defined there are loaded, without their base classes."""
    points = [
        SimpleNamespace(name="load", value="b", load=lambda: load),
        SimpleNamespace(name="first", value="a", load=lambda: walking.CompleteWalks),
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: points)

    assert list(catalogue._load.__wrapped__()) == ["V01", "V25"]
