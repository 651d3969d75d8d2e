"""The verdict: which requests it judges, what it says, and its forms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import count, cycle
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from movable_time import Time, movable_time
from redis_server import RedisServer
from verdict_clients.cases import (
    EXPIRES,
    REFUSED,
    RETRY,
    SORTED,
    Act,
    active_only,
    add_the_limit,
    class_by_class,
    first_page,
    loop_refused,
    renew_twice,
    times,
    walk,
)
from verdict_clients.toy import BASE, Toy
from werkzeug.test import Client, TestResponse

from mockroster import create_app
from mockroster.errors import ConfigurationError
from mockroster.judge.fact import METHODS, unpack
from mockroster.judge.report.page import page
from mockroster.judge.report.text import lines
from mockroster.judge.thresholds import TABLE, Choice, lines_of, parse_choice
from mockroster.judge.verdict import judge
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.values import EVERYTHING, MAX_FACT

_NUMBERS = count()
WALKING = ("V01", "V02", "V04", "V05")


@pytest.fixture(scope="module")
def district() -> Flask:
    """Return an application in real time."""
    return create_app(students=100, client=[("mockroster", "mockroster-secret"), ("other", "other-secret")])


@pytest.fixture
def toy(district: Flask) -> Iterator[Toy]:
    """Return a client with a sandbox of its own, and a time that it can move."""
    with movable_time() as moved:
        yield Toy(district, moved, f"/sandboxes/judged-{next(_NUMBERS)}")


def verdict(toy: Toy, query: str = "") -> dict[str, Any]:
    """Return the document of a verdict."""
    document: dict[str, Any] = toy.admin("GET", f"/verdict{query}")
    return document


def outcomes(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the outcome of each rule."""
    return {rule["id"]: rule["outcome"] for rule in document["rules"]}


def sandbox_of(toy: Toy) -> Sandbox:
    """Return the sandbox of a client."""
    found: Sandbox | None = toy.app.extensions["mockroster"].find(toy.prefix.rpartition("/")[2])
    assert found is not None
    return found


def test_every_rule_is_there(toy: Toy) -> None:
    """The rules are those of the reference, in order; policy rules are switched off."""
    rules = verdict(toy)["rules"]

    numbers = [rule["id"][:3] for rule in rules]
    assert list(dict.fromkeys(numbers)) == [f"V{number:02}" for number in range(1, 26)]
    assert {rule["outcome"] for rule in rules if rule["level"] == "policy"} == {"omit"}
    assert {rule["outcome"] for rule in rules if rule["level"] != "policy"} == {"skip"}


def test_cleared_journal(toy: Toy) -> None:
    """After the requests are cleared, nothing was exercised; so after a reset."""
    for clear in (("DELETE", "/requests"), ("POST", "/reset")):
        walk(toy)
        before = verdict(toy)
        toy.admin(*clear)
        after = verdict(toy)

        assert before["outcome"] == "pass"
        assert after["outcome"] == "skip"
        assert set(outcomes(after).values()) == {"skip", "omit"}
        assert (after["requests"], after["coverage"]) == (0, {})


@pytest.mark.parametrize("scenarios", [(), ("no-total-count",), ("clamped-limit:max=20",)])
def test_one_request_of_a_long_list_passes_no_rule_of_walking(toy: Toy, scenarios: tuple[str, ...]) -> None:
    """A client that asks once keeps no rule that it had no occasion to keep."""
    toy.use(*scenarios)

    first_page(toy)

    found = outcomes(verdict(toy))
    assert [found[rule] for rule in WALKING].count("pass") == 0
    assert found["V01"] == "fail"


def test_finding(toy: Toy) -> None:
    """A finding has a sentence, the sequences of its requests, and a curl line without the token."""
    first_page(toy)

    rule = next(rule for rule in verdict(toy)["rules"] if rule["id"] == "V01")

    assert rule["findings"] == [
        {
            "sentence": "users: read to row 100 of 260, and not further",
            "sequences": [2],
            "curl": f'curl -H "Authorization: Bearer $TOKEN" \'http://localhost{toy.prefix}{BASE}'
            "/users?limit=100&offset=0&sort=sourcedId'",
        }
    ]


def test_finding_beyond_the_journal(toy: Toy) -> None:
    """A request that the journal has dropped still has a curl line, from its fact."""
    first_page(toy)
    sandbox_of(toy).state.journal.clear()

    finding = verdict(toy)["rules"][0]["findings"][0]

    assert finding["sequences"] == [2]
    assert finding["curl"].endswith(f"{toy.prefix}{BASE}/users?sort=sourcedId&limit=100'")


def test_secrets_stay_secret(toy: Toy) -> None:
    """Neither a curl line nor a note shows a token that was sent in a query."""
    toy.token()
    toy.send("GET", "/users", limit=50, access_token=toy.bearer)
    sandbox_of(toy).state.journal.clear()

    text = str(verdict(toy)) + Client(toy.app).get(f"{toy.prefix}/__admin/verdict?format=html").text

    assert toy.bearer is not None
    assert toy.bearer[:40] not in text
    assert "access_token" in text


def test_runs(toy: Toy) -> None:
    """A run has the requests between its beginning and its end, and a verdict of its own."""
    first_page(toy)
    began = toy.admin("POST", "/runs", {"name": "nightly"})
    walk(toy)
    ended = toy.admin("PATCH", "/runs/nightly", {"ended": True})
    again = toy.admin("PATCH", "/runs/nightly", {"ended": True})
    first_page(toy)

    assert (began["by"], began["ended"], began["requests"]) == ("switchboard", None, 0)
    assert (ended["requests"], ended) == (3, again)
    assert toy.admin("GET", "/runs")["runs"] == [ended]
    assert outcomes(verdict(toy, "?run=nightly"))["V01"] == "pass"
    assert outcomes(verdict(toy))["V01"] == "fail"


def test_run_by_header(toy: Toy) -> None:
    """A run that requests name has these requests only, beside others that go on."""
    toy.token()
    for offset in (0, 100, 200):
        headers = {"Authorization": f"Bearer {toy.bearer}", "X-Mockroster-Run": "nightly"}
        Client(toy.app).get(f"{toy.prefix}{BASE}/users?limit=100&offset={offset}", headers=headers)
        toy.get("/enrollments", limit=10, offset=0)

    rows = toy.admin("GET", "/runs")["runs"]
    assert [(row["name"], row["by"], row["requests"]) for row in rows] == [("nightly", "header", 3)]
    assert outcomes(verdict(toy, "?run=nightly"))["V01"] == "pass"
    assert verdict(toy)["requests"] == 7


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", "/runs", {"name": "a b"}, 400, "'a b' is no name of a run"),
        ("POST", "/runs", {}, 400, "name"),
        ("POST", "/runs", {"name": "known"}, 409, "there is a run 'known' already"),
        ("PATCH", "/runs/knwon", {"ended": True}, 404, "did you mean 'known'?"),
        ("PATCH", "/runs/known", {"ended": False}, 400, "a run can only be ended"),
        ("PATCH", "/runs/known", {}, 400, "a run can only be ended"),
        ("GET", "/verdict?run=knwon", None, 404, "did you mean 'known'?"),
        ("GET", "/verdict?format=xml", None, 400, "json, junit"),
        ("GET", "/verdict?rules=V99=on", None, 400, "'V99' is not a rule"),
        ("GET", "/verdict?rules=V10.repeat=3", None, 400, "did you mean 'V10.repeats'?"),
        ("GET", "/verdict?rules=V10.repeats=x", None, 400, "V10.repeats is 'x'"),
        ("GET", "/verdict?rules=V25=yes", None, 400, "it can be on or off"),
        ("GET", "/verdict?rules=V25", None, 400, "NAME=VALUE"),
        ("GET", "/verdict?clinet=x", None, 400, "did you mean 'client'?"),
    ],
)
def test_refusals(toy: Toy, method: str, path: str, body: Any, status: int, message: str) -> None:
    """A request that cannot be carried out is refused with the nearest right name."""
    toy.admin("POST", "/runs", {"name": "known"})

    response = Client(toy.app).open(f"{toy.prefix}/__admin{path}", method=method, json=body)

    assert response.status_code == status
    assert message in response.get_json()["statusInfoSet"][0]["imsx_description"]


def test_invalid_name_in_the_header(toy: Toy) -> None:
    """A request with an invalid run is refused, on every path of the standard."""
    for path in ("/users", "/nothing"):
        headers = {"Authorization": f"Bearer {toy.token()}", "X-Mockroster-Run": "a b"}
        response = Client(toy.app).get(f"{toy.prefix}{BASE}{path}", headers=headers)

        assert response.status_code == 400
        assert "is no name of a run" in response.text


def test_clients_are_judged_on_their_own(toy: Toy) -> None:
    """A client does not answer for what another has done."""
    first_page(toy)
    other = Toy(toy.app, toy.time, toy.prefix, "other", "other-secret")
    walk(other)

    assert outcomes(verdict(toy, "?client=mockroster"))["V01"] == "fail"
    assert outcomes(verdict(toy, "?client=other"))["V01"] == "pass"
    assert outcomes(verdict(toy))["V01"] == "fail"
    assert verdict(toy, "?client=nobody")["requests"] == 0


def test_coverage(toy: Toy) -> None:
    """Each collection says which of its records were read, and how often."""
    toy.walk("users", **SORTED)
    toy.get("/enrollments", limit=50, offset=0)
    toy.get("/enrollments", limit=20, offset=40)
    one = toy.get("/orgs", limit=1).get_json()["orgs"][0]["sourcedId"]
    toy.get(f"/orgs/{one}")

    document = verdict(toy)

    total = {name: len(toy.admin("GET", f"/records/{name}?limit=10000")[name]) for name in ("enrollments", "orgs")}
    assert document["coverage"] == {
        "enrollments": {"rows": total["enrollments"], "served": 60, "twice": 10},
        "orgs": {"rows": total["orgs"], "served": 1, "twice": 1},
        "users": {"rows": 260, "served": 260, "twice": 0},
    }
    assert "read 260 of 260 users, each once" in lines(document)


def test_mistakes(toy: Toy) -> None:
    """Mistakes that the server passes over are in the verdict and in the journal."""
    toy.get("/users", limt=5)
    toy.get("/users", limt=5, offset=100)
    toy.get("/users", limit=1000, filter="role='Student'")
    toy.get("/users", limit=1000, filter="metadata.nothing='1'")
    toy.get("/users", limit=1000, fields="sourcedId,naem")

    sentences = {mistake["sentence"]: mistake["count"] for mistake in verdict(toy)["mistakes"]}
    notes = [note for entry in toy.admin("GET", "/requests")["requests"] for note in entry["notes"]]

    assert sentences == {
        "limt: not a parameter of this operation, and ignored; did you mean 'limit'?": 2,
        "filter: no record of users has role='Student', and case counts; did you mean 'student'?": 1,
        "filter: no record of users has a metadata.nothing": 1,
        "fields: users have no member 'naem'": 1,
    }
    assert {*notes} == {*sentences}


def test_junit(toy: Toy) -> None:
    """Each rule that is not switched off is a test case; a should-rule fails only if that is asked for."""
    toy.walk("enrollments")

    def suite(query: str) -> ElementTree.Element:
        response = Client(toy.app).get(f"{toy.prefix}/__admin/verdict?format=junit{query}")
        assert response.content_type.startswith("application/xml")
        return ElementTree.fromstring(response.data)  # noqa: S314 # our own

    must, should = suite(""), suite("&fail_on=should")
    assert must.get("tests") == str(len(must.findall(".//testcase"))) == "24"
    assert (must.get("failures"), should.get("failures")) == ("0", "1")
    assert [case.get("name", "")[:3] for case in should.findall(".//testcase") if case.find("failure") is not None] == [
        "V03"
    ]


def test_page(toy: Toy) -> None:
    """The page has the findings, runs no script and refers to nothing that would be fetched."""
    toy.get("/users", limit=50, filter="familyName='<script>alert(1)</script>'")
    first_page(toy)

    response = Client(toy.app).get(f"{toy.prefix}/__admin/verdict?format=html")

    assert response.content_type == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    text = response.text
    assert "<script" not in text
    assert not re.search(r"\b(?:src|href|action)=|url\(|@import", text)
    assert "read to row 100 of 260" in text
    assert text == page(verdict(toy))


def facts_of(toy: Toy) -> tuple[bytes, ...]:
    """Return the facts of all requests."""
    read = sandbox_of(toy).state.runs.read(EVERYTHING)
    assert read is not None
    return read.facts


def test_facts_are_small(toy: Toy) -> None:
    """No request makes a fact of more than 200 bytes, and one that does not fit says so."""
    toy.get("/users", filter="familyName='" + "x" * 300 + "'", limit=10)
    toy.get("/users/" + "y" * 255)
    toy.send("PUT", "/lineItems/ü" + "z" * 100, {"lineItem": {}})
    toy.get("/" + "ü" * 200)

    facts = facts_of(toy)

    assert len(facts) == 5
    assert max(map(len, facts)) <= MAX_FACT
    assert [METHODS[unpack(fact).method] for fact in sorted(facts)] == ["POST", "GET", "GET", "PUT", "GET"]


def test_dropped_facts(toy: Toy) -> None:
    """If requests are not kept, what would pass is skipped; what fails still fails."""
    walk(toy)
    toy.get("/enrollments", limit=10, offset=0)
    facts = facts_of(toy)

    judged = judge(facts, Choice(), dropped=1).judgements

    assert judged["V01"].outcome == "fail"
    assert {rule.outcome for rule in judged.values()} == {"fail", "skip", "omit"}
    assert "not all facts are kept: 1 dropped" in judged["V03"].reason


def model(toy: Toy, *, waits: bool, deletes: bool) -> None:
    """Synchronise as a careful client does, but for what it is told to neglect."""
    rows = toy.walk("users", limit=1000, **SORTED) + toy.walk("users", limit=100, **SORTED)
    toy.use(times(RETRY, 1))
    toy.get("/orgs", limit=1000, **SORTED)
    toy.time.sleep(6 if waits else 0.5)
    toy.get("/orgs", limit=1000, **SORTED)
    toy.use()
    name = active_only(rows)[0]["sourcedId"]
    toy.admin("DELETE", f"/records/users/{name}?as=tobedeleted")
    users = toy.admin("GET", "/records/users?limit=10000")["users"]
    kept = active_only(users) if deletes else [row | {"status": "active"} for row in users]
    toy.admin("POST", "/compare", {"users": kept})


@pytest.mark.parametrize(
    ("waits", "deletes", "differing"),
    [(False, True, {"V11"}), (True, False, {"V21"}), (False, False, {"V11", "V21"})],
)
def test_model_clients_differ_where_they_differ(
    district: Flask, toy: Toy, waits: bool, deletes: bool, differing: set[str]
) -> None:
    """A client that neglects one thing fails the rule of that thing, and no other."""
    model(toy, waits=waits, deletes=deletes)
    careful = Toy(district, toy.time, f"{toy.prefix}-careful")
    model(careful, waits=True, deletes=True)

    one, other = outcomes(verdict(toy)), outcomes(verdict(careful))

    assert {rule for rule in one if one[rule] != other[rule]} == differing
    assert {one[rule] for rule in differing} == {"fail"}
    assert "fail" not in other.values()


def test_numbers_are_used(toy: Toy) -> None:
    """A number of a rule changes its outcome."""
    toy.use("auth-failure")
    for _ in range(3):
        toy.get("/orgs")

    assert toy.verdict()["V10"]["outcome"] == "fail"
    assert toy.verdict("V10.repeats=3")["V10"]["outcome"] == "pass"
    assert toy.verdict("V10=off")["V10"]["outcome"] == "omit"


def test_thresholds() -> None:
    """The table names rules that exist, and a file of choices may have comments."""
    choice = parse_choice(lines_of("# ours\nV25=on  # at night\n\nV07.reads=5\n"))

    assert choice.is_on("V25")
    assert choice.numbers_of("V07") == {"reads": 5}
    assert len({threshold.name for threshold in TABLE}) == len(TABLE)
    with pytest.raises(ConfigurationError, match="V07"):
        parse_choice(["V07.raeds=5"])


def test_skipping_rows_is_one_fault(toy: Toy) -> None:
    """A client that adds its limit to the offset walks to the end, and misses rows."""
    toy.use("clamped-limit:max=40")

    add_the_limit(toy)

    found = outcomes(verdict(toy))
    assert (found["V01"], found["V02"]) == ("skip", "fail")


class Spread(Toy):
    """A client whose requests go to several servers in turn."""

    servers: Iterator[Flask]

    def send(self, method: str, path: str, document: Any = None, **query: Any) -> TestResponse:
        """Send a request to the next server."""
        self.app = next(self.servers)
        return super().send(method, path, document, **query)


@pytest.mark.parametrize(
    ("act", "scenarios"),
    [(first_page, ()), (class_by_class, ()), (renew_twice, EXPIRES), (loop_refused, REFUSED)],
)
def test_servers_with_one_store_judge_alike(redis_server: RedisServer, act: Act, scenarios: tuple[str, ...]) -> None:
    """The verdict is the same with three servers and a store as with one server, whichever is asked."""
    now = "2026-01-15T08:00:00Z"
    url = redis_server.url()
    servers = [create_app(students=60, now=now, store=url) for _ in range(3)]
    one = Toy(create_app(students=60, now=now), Time(), "/sandboxes/one")
    spread = Spread(servers[0], Time(), "/sandboxes/one")
    spread.servers = cycle(servers)

    for toy in (one, spread):
        toy.use(*scenarios)
        act(toy)

    expected = verdict(one)
    assert [rule for rule in expected["rules"] if rule["findings"]]
    for server in servers:
        spread.app = server
        assert untimed(verdict(spread)) == untimed(expected)


def untimed(document: Mapping[str, Any]) -> Any:
    """Return a verdict without the seconds in its sentences."""
    return re.sub(r"[\d.,]+ s\b", "… s", json.dumps(document))
