"""The verdict on toy clients that were written from the description of the rules, not from their code."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from independent_clients import copies, models, refusals, unusual, walking
from independent_clients.base import Case, Client, Toy, rows
from independent_clients.judging import Results, failed_must, judge, outcome, verdict
from movable_time import Time, movable_time

from mockroster import Server
from mockroster.client.http import ask
from mockroster.client.sandbox import Sandbox
from mockroster.http.app import make_application
from mockroster.http.lifecycle import Application
from mockroster.judge.compare.body import side_of_body
from mockroster.settings import Settings
from mockroster.state.memory.store import MemoryStore
from mockroster.state.values import Limits

CASES = (*walking.CASES, *refusals.CASES, *copies.CASES)
Judge = Callable[[Case, Client], Results]


@pytest.fixture(scope="module")
def time() -> Iterator[Time]:
    """Return the time of clients and servers."""
    with movable_time() as moved:
        yield moved


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server with enough people for several pages."""
    with Server(students=230, seed=7) as running:
        yield running


@pytest.fixture
def sandbox(server: Server) -> Iterator[Sandbox]:
    """Return a sandbox that no other test judges."""
    with server.sandbox() as own:
        yield own


@pytest.fixture(scope="module")
def judged(server: Server, time: Time) -> Judge:
    """Return a function that plays a client in a sandbox of its own, and returns the results of all rules.

    Cases that do the same to the same client share the results.
    """
    known: dict[tuple[object, ...], Results] = {}

    def judge_once(case: Case, client: Client) -> Results:
        key = client, repr(case.scenarios), tuple(case.nights), case.students, case.rules
        if key not in known:
            known[key] = judge(server, time, case, client)
        return known[key]

    return judge_once


@pytest.mark.parametrize("case", CASES, ids=str)
def test_toy_clients(judged: Judge, case: Case) -> None:
    """The good client passes its rule, the bad one fails it, and no other must-rule tells them apart."""
    good, bad = judged(case, case.good), judged(case, case.bad)

    assert outcome(good, case.rule) == "pass", good
    assert outcome(bad, case.rule) == "fail", bad
    assert failed_must(good) == set()
    assert failed_must(bad) - {case.rule} <= case.also


@pytest.mark.parametrize("client", unusual.CASES, ids=lambda each: str(each.case))
def test_unusual_clients(judged: Judge, client: unusual.Unusual) -> None:
    """A client that looks wrong and is right breaks no must-rule; one that looks right and is wrong breaks its own."""
    results = judged(client.case, client.case.good)

    assert {name for name in client.fails if results[name]["outcome"] != "fail"} == set(), results
    assert failed_must(results) <= client.fails, results
    assert {name for name in client.passes if results[name]["outcome"] != "pass"} == set(), results


RETRY_SOON = "rate-limit:limit=0,per=60,retry_after=date@path=/orgs,times=1"
WALKING = {"V01", "V02", "V03", "V04", "V05"}


def test_one_request_of_a_long_list(sandbox: Sandbox, time: Time) -> None:
    """One page of a longer list passes no must-rule of walking."""
    Toy(sandbox, time).get("/users", limit=100, offset=0, sort="sourcedId")

    results = verdict(sandbox)

    assert not {name for name in WALKING if results[name]["outcome"] == "pass" and results[name]["level"] == "must"}
    assert results["V01"]["outcome"] == "fail"


def test_cleared_journal(sandbox: Sandbox, time: Time) -> None:
    """After the journal is cleared, every rule that is switched on is skipped."""
    walking.stops_after_two_pages(Toy(sandbox, time))
    sandbox._switchboard.call("DELETE", "/requests")

    results = verdict(sandbox)

    assert {rule["outcome"] for rule in results.values()} <= {"skip", "omit"}
    assert {rule["outcome"] for rule in results.values() if rule["level"] != "policy"} == {"skip"}


def test_new_sandbox(sandbox: Sandbox) -> None:
    """A client without requests passes no rule."""
    assert {rule["outcome"] for rule in verdict(sandbox).values()} <= {"skip", "omit"}


def test_model_clients(judged: Judge) -> None:
    """Two clients that differ in Retry-After and deletions differ in exactly the rules that say so."""
    patient, hasty = (judged(models.CASE, client) for client in (models.CASE.good, models.CASE.bad))

    differing = {name for name in patient if patient[name]["outcome"] != hasty[name]["outcome"]}

    assert differing == {"V11", "V21"}
    assert {patient[name]["outcome"] for name in differing} == {"pass"}
    assert {hasty[name]["outcome"] for name in differing} == {"fail"}


def test_preflights_do_not_count(time: Time) -> None:
    """Preflights of a browser change nothing in the verdict."""
    with Server(students=24, seed=7, cors=["https://app.example"]) as server:
        toy = Toy(server, time)
        toy.get("/orgs", limit=1000, sort="sourcedId")
        before = verdict(server)
        for _ in range(30):
            headers = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
            assert ask(f"{server.base_url_v1p1}/orgs", "OPTIONS", headers=headers).status_code < 300

        assert verdict(server) == before


def test_runs_by_header(sandbox: Sandbox, time: Time) -> None:
    """A run named by the header of its requests is judged alone."""
    toy = Toy(sandbox, time)
    toy.run = "careless"
    walking.stops_after_two_pages(toy)
    toy.run = "careful"
    walking.whole_walk(toy)

    assert verdict(sandbox, run="careless")["V01"]["outcome"] == "fail"
    assert verdict(sandbox, run="careful")["V01"]["outcome"] == "pass"
    assert verdict(sandbox)["V01"]["outcome"] == "fail"


def test_runs_by_the_switchboard(sandbox: Sandbox, time: Time) -> None:
    """A run that the switchboard began and ended is judged alone."""
    toy = Toy(sandbox, time)
    toy.run = ""
    for name, client in (("careless", walking.stops_after_two_pages), ("careful", walking.whole_walk)):
        sandbox._switchboard.call("POST", "/runs", {"name": name})
        client(toy)
        sandbox._switchboard.call("PATCH", f"/runs/{name}", {"ended": True})

    assert verdict(sandbox, run="careless")["V01"]["outcome"] == "fail"
    assert verdict(sandbox, run="careful")["V01"]["outcome"] == "pass"


def test_clients_by_id(server: Server, time: Time) -> None:
    """Requests of two clients at once are judged apart."""
    clients = {"careless": "secret", "careful": "secret"}
    with server.sandbox(clients=clients) as sandbox:
        careless, careful = Toy(sandbox, time), Toy(sandbox, time)
        careless.client_id, careful.client_id = "careless", "careful"
        careless.client_secret = careful.client_secret = "secret"
        careless.run = careful.run = ""
        pages = careful.pages("/users")
        next(pages)
        rows(careless.get("/users", limit=100, offset=0, sort="sourcedId"))
        assert [*pages]

        assert verdict(sandbox, client="careless")["V01"]["outcome"] == "fail"
        assert verdict(sandbox, client="careful")["V01"]["outcome"] == "pass"
        assert verdict(sandbox)["V01"]["outcome"] == "fail"


def test_more_requests_than_are_kept(monkeypatch: pytest.MonkeyPatch, time: Time) -> None:
    """If not all requests are kept, rules that would pass are skipped."""

    def with_few_facts(settings: Settings) -> Application:
        return make_application(settings, store=MemoryStore(replace(Limits(), facts=7)))

    monkeypatch.setattr("mockroster.embedded.create_app", with_few_facts)
    with Server(students=230, seed=7) as server:
        toy = Toy(server, time)
        walking.whole_walk(toy)
        before = verdict(server)
        for _ in range(7):
            toy.walk("/orgs", limit=1000)
        after = verdict(server)

    assert before["V01"]["outcome"] == "pass"
    assert {rule["outcome"] for rule in after.values()} <= {"skip", "omit"}


def test_empty_collections_of_a_copy(sandbox: Sandbox) -> None:
    """A copy in CSV that has a file without rows is empty there; what it has no file for is not part of it."""
    whole = zipfile.ZipFile(io.BytesIO(sandbox._switchboard.read("/export?format=csv&version=1.1")))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as bundle:
        for name in whole.namelist():
            lines = whole.read(name).splitlines(keepends=True)
            bundle.writestr(name, b"".join(lines[:1] if name == "demographics.csv" else lines))

    side = side_of_body("application/zip", content.getvalue())

    assert side.count("users") > 0
    assert "demographics" in side.empty
    assert "users" not in side.empty


def test_dates_too_near_to_tell(judged: Judge) -> None:
    """A client that does not wait for a date nearer than the tolerance is not judged, and does not pass."""
    near = Case("V11", refusals.waits_until, refusals.does_not_wait, [RETRY_SOON], rules="V11.date=90")

    assert outcome(judged(near, near.bad), "V11") == "skip"


def test_watermarks_too_near_to_tell(judged: Judge) -> None:
    """A watermark shortly after the start of the run may be due to another clock: it neither fails nor passes."""
    near = Case(
        "V18", copies.keeps_the_start, copies.keeps_the_end, nights=[copies.names_change], rules="V18.seconds=3000"
    )

    assert outcome(judged(near, near.bad), "V18") == "skip"
