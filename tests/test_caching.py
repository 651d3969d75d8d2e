"""Caches are bounded by weight, keys included, and all sandboxes share a further bound."""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import Any

import pytest
from conftest import Api
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from tenants import V1P1, Tenant, fresh_name
from werkzeug.exceptions import NotFound

from mockroster.caching import ENTRY, Budget, WeighedCache, cache_short, short_key
from mockroster.http import reads
from mockroster.http.flask_tuning import Routes
from mockroster.http.lifecycle import Application
from mockroster.query import parameters, result_cache
from mockroster.query.members import member
from mockroster.query.result_cache import ResultCache
from mockroster.roster import overlay
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.scenarios import spec
from mockroster.standard.versions import SERVICES

USERS = next(one for one in SERVICES[0].operations if one.path == "/users")


# The mechanism.


def test_the_least_recently_used_goes_first() -> None:
    """Two entries fit: the one that was asked for stays, and the other makes room."""
    cache: WeighedCache[str, int] = WeighedCache(2 * (ENTRY + 10), 100)

    cache.put("a", 1, 10)
    cache.put("b", 2, 10)
    cache.get("a")
    cache.put("c", 3, 10)

    assert [cache.get(key) for key in "abc"] == [1, None, 3]
    assert cache.weight == 2 * (ENTRY + 10)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 500))), st.integers(1, 6))
def test_a_cache_weighs_what_is_in_it(puts: list[tuple[int, int]], entries: int) -> None:
    """After any sequence of puts, weight and number stay within their bounds, and the last entry is present."""
    cache: WeighedCache[int, int] = WeighedCache(2000, entries)

    for key, weight in puts:
        cache.put(key, weight, weight)

        assert cache.get(key) == weight
        assert len(cache) <= entries
        assert cache.weight <= 2000 or len(cache) == 1
    assert cache.weight == sum(ENTRY + (cache.get(key) or 0) for key in range(10) if cache.get(key) is not None)


def test_one_that_is_too_heavy_is_alone() -> None:
    """The one that was put in last is there, however heavy."""
    cache: WeighedCache[str, int] = WeighedCache(1000, 100)

    cache.put("a", 1, 10)
    cache.put("b", 2, 5000)

    assert (cache.get("a"), cache.get("b"), len(cache)) == (None, 2, 1)


def test_a_budget_takes_from_the_least_recently_noted() -> None:
    """An unused cache gives way to used ones; a dropped cache takes no room."""
    budget = Budget(6 * (ENTRY + 100))
    idle, busy = (WeighedCache[int, int](10**6, 100, budget) for _ in range(2))

    for key in range(4):
        idle.put(key, key, 100)
    for key in range(4):
        busy.put(key, key, 100)
    shared = (len(idle), len(busy), budget.weight)
    del idle
    gc.collect()

    assert shared == (2, 4, 6 * (ENTRY + 100))
    assert budget.weight == 4 * (ENTRY + 100)


def test_a_budget_bounds_a_single_holder() -> None:
    """One holder alone stays within the budget of all."""
    budget = Budget(10 * (ENTRY + 100))
    cache: WeighedCache[int, int] = WeighedCache(10**6, 1000, budget)

    for key in range(100):
        cache.put(key, key, 100)

        assert cache.weight <= budget.most
    assert cache.get(99) == 99


def test_long_arguments_are_not_kept() -> None:
    """A call with a short argument is cached, one with a long argument is not."""
    calls: list[str] = []

    @cache_short(len, longest=3)
    def double(text: str) -> str:
        calls.append(text)
        return text * 2

    assert [double(text) for text in ("abc", "abc", "abcd", "abcd")] == ["abcabc", "abcabc", "abcdabcd", "abcdabcd"]
    assert calls == ["abc", "abcd", "abcd"]


def test_a_long_key_is_a_digest() -> None:
    """Keys that clients choose are short, and differ where the texts do."""
    long = ["x" * 10_000 + end for end in ("a", "b", "\ud800")]

    assert short_key("x" * 64) == "x" * 64
    assert {len(short_key(text)) for text in long} == {64}
    assert len({*map(short_key, long)}) == 3


# What clients can make grow.


def test_distinct_filters_do_not_pile_up(fresh: Api) -> None:
    """Long filters that are each asked once weigh on no cache more than it may weigh."""
    world = Tenant(fresh.app, f"/sandboxes/{fresh_name()}").enter()
    short = parameters.parse_cached.cache_info().currsize  # type: ignore[attr-defined]

    for number in range(300):
        text = f"n{number}".ljust(12_000, "x")
        assert world.get(f"{V1P1}/users?filter=familyName%3D'{text}'").status_code == 200

    assert isinstance(fresh.app, Application)
    held = fresh.app.sandboxes.get(world.prefix.rpartition("/")[2]).data
    assert 300 * 24_000 < held.result_cache.weight <= result_cache.BYTES_KEPT
    assert parameters.parse_cached.cache_info().currsize <= short + 1  # type: ignore[attr-defined]


MILLION = [Record()] * 1_000_000
"""A list of 8 million bytes; that it holds one record only makes it no lighter."""


def test_lists_of_a_sandbox_are_bounded_by_their_weight() -> None:
    """Six lists of a million records fit into 48 MiB; the seventh takes the place of the one asked for longest ago."""
    results = ResultCache()
    for number in range(6):
        results.get(number, lambda: 100, (0,), lambda: MILLION)
    weight = results.weight
    results.get(0, lambda: 100, (0,), list)

    results.get(6, lambda: 100, (0,), lambda: MILLION)

    assert 48_000_000 < weight == results.weight < 48 * 1024 * 1024
    kept = [results.get(number, lambda: 100, (0,), list).records is MILLION for number in range(7)]
    assert kept == [True, False, True, True, True, True, True]


def test_keys_of_lists_weigh_too() -> None:
    """Fifty lists fit into 48 MiB whose keys are a megabyte each, empty as they are."""
    results = ResultCache()

    for number in range(60):
        results.get(number, lambda: 1_000_000, (0,), list)

    assert 50_000_000 < results.weight <= 48 * 1024 * 1024


def test_lists_of_a_sandbox_are_bounded_in_number() -> None:
    """A thousand lists are kept, empty ones too."""
    results = ResultCache()
    made: list[int] = []

    for number in [*range(1001), *range(1000, -1, -1)]:
        results.get(number, lambda: 100, (0,), lambda number=number: made.append(number) or [])  # type: ignore[misc]

    assert made == [*range(1001), 0]


def test_lists_of_all_sandboxes_are_bounded_together() -> None:
    """Sandboxes that each keep what they may keep 256 MiB together; the one that was used longest ago loses first."""
    sandboxes = [ResultCache() for _ in range(7)]

    for results in sandboxes:
        for number in range(6):
            results.get(number, lambda: 100, (0,), lambda: MILLION)

    weights = [results.weight for results in sandboxes]
    assert sum(weights) <= result_cache.BUDGET.weight <= 256 * 1024 * 1024
    assert weights[0] < weights[-1]
    assert weights[2:] == [weights[-1]] * 5


def test_a_list_of_another_stamp_is_made_again() -> None:
    """Cached results of former records are replaced by results of the present ones."""
    results = ResultCache()
    first = results.get("k", lambda: 100, (1,), lambda: MILLION)

    again = results.get("k", lambda: 100, (1,), list)
    other = results.get("k", lambda: 100, (2,), list)

    assert again is first
    assert (other.records, other.stamp) == ([], (2,))
    assert other.number > first.number
    assert results.weight < 10_000


def test_the_pages_of_long_queries_weigh_their_queries(fresh: Api) -> None:
    """An empty page of a query of 12,000 bytes weighs more than the query."""
    pages = reads._PAGE_CACHE
    before = pages.size

    for number in range(20):
        fresh.get("/users", filter=f"familyName='{number}{'y' * 12_000}'")

    assert pages.size - before > 20 * 24_000 or pages.size > 30_000_000


@pytest.mark.parametrize(
    ("function", "short", "long"),
    [
        (parameters.parse_cached, (b"limit=7", USERS), (b"limit=7&x=" + b"y" * 600, USERS)),
        (member, (USERS.resource, "metadata.q"), (USERS.resource, "metadata." + "q" * 200)),
        (spec._parse, ("flaky:every=77",), (";".join(f"slow:ms={n}" for n in range(100)),)),
        (Routes().lookup, ("GET", "/x"), ("GET", "/" + "x" * 600)),
    ],
)
def test_tables_of_the_last_ones_hold_short_keys_only(function: Any, short: Any, long: Any) -> None:
    """Parsed long texts are not cached: a thousand of them would be many megabytes."""
    counts = []

    for arguments in (short, short, long, long):
        before = function.cache_info()
        with suppress(NotFound):
            function(*arguments)
        after = function.cache_info()
        counts.append((after.hits - before.hits, after.misses - before.misses))

    assert counts[2:] == [(0, 0), (0, 0)]
    assert sum(counts[1]) == 1


def test_writes_of_all_sandboxes_are_bounded_together(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many sandboxes that each write a little are told when it is too much, and a drop makes room."""
    gc.collect()
    monkeypatch.setattr(overlay, "MOST_TOGETHER", overlay._TOGETHER.weight + 10_000)
    body = {"category": {"title": "x" * 4000}}
    tenants = [Tenant(app, f"/sandboxes/{fresh_name()}").enter() for _ in range(4)]

    statuses = [here.send("PUT", f"{V1P1}/categories/c", json=body).status_code for here in tenants]
    for here in tenants[:3]:
        Tenant(app).admin("DELETE", f"/sandboxes/{here.prefix.rpartition('/')[2]}")
    gc.collect()
    again = tenants[3].send("PUT", f"{V1P1}/categories/c", json=body)

    assert statuses == [201, 201, 201, 507]
    assert again.status_code == 201, again.text


def test_a_record_weighs_its_values(app: Flask) -> None:
    """An empty list takes memory that its two characters do not show."""
    assert isinstance(app, Application)
    mine = Overlay(app.sandboxes.default.start.roster)
    record = mine.tables["orgs"].records[0]

    mine.put("orgs", type(record)(record | {"metadata": {"x": [[]] * 1000}}))

    assert mine.written > 60_000


def test_fields_that_are_named_again_are_one(fresh: Api) -> None:
    """A selection that names a member a thousand times is kept as if it had named it once."""
    assert parameters.parse_cached(b"fields=" + b"sourcedId," * 40 + b"status", USERS).fields == ("sourcedId", "status")
