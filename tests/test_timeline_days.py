"""Days that pass: the calendar, the clock, the same draws however the days are divided, and what clients wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import make_app
from flask import Flask
from tenants import Tenant, tenant
from timeline_world import World, collection_reads

from mockroster import Server
from mockroster.errors import ConfigurationError, EventRefused
from mockroster.roster import overlay
from mockroster.sandbox import ticker
from mockroster.sandbox.sandbox import Sandbox
from mockroster.standard.neutral import NEUTRAL
from mockroster.standard.versions import VERSIONS
from mockroster.timeline.calendar import Calendar
from mockroster.timeline.catalogue import parse_event
from mockroster.timeline.daily import day_ticker, pass_day
from mockroster.timeline.days import pass_days, trigger
from mockroster.timeline.plan import load_plan, plan_of

Json = dict[str, Any]
START = "2026-09-01T12:00:00Z"
FIRST = datetime(2026, 9, 1, 18, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Flask:
    """Return a server of a small district in the first weeks of a school year."""
    return make_app(students=60, now=START)


@pytest.fixture
def sandbox(server: Flask) -> Tenant:
    """Return a sandbox of its own."""
    return tenant(server)


def passed(sandbox: Tenant, **members: Any) -> Json:
    """Let days pass and return what the switchboard says."""
    response = sandbox.admin("POST", "/days", members)
    assert response.status_code == 200, response.text
    found: Json = response.get_json()
    return found


def changes(sandbox: Tenant, since: int = 0) -> list[Json]:
    """Return the changes after a revision."""
    found: list[Json] = sandbox.admin("GET", f"/changes?since={since}&limit=10000").get_json()["changes"]
    return found


def clock(sandbox: Tenant) -> str:
    """Return the time of the sandbox to the minute."""
    now: str = sandbox.admin("GET", "/clock").get_json()["now"]
    return now[:16]


def stored(sandbox: Sandbox) -> dict[tuple[str, str], bytes | None]:
    """Return the records that differ from the start."""
    return {key: cell.now for key, cell in sandbox.state.log.checkpoint().content.items()}


def test_thirty_days_are_thirty_times_a_day(server: Flask) -> None:
    """The same records, dates and revisions result, however the days are divided; another seed draws others."""
    plan = load_plan("us-k12")
    sandboxes = [server.extensions["mockroster"].get(name) for name in ("once", "often")]

    for sandbox, steps in zip(sandboxes, ([30], [1, 2, 3, *[1] * 24]), strict=True):
        for days in steps:
            pass_days(sandbox, plan, sandbox.clock.now().date() + timedelta(days=days))

    once, often = sandboxes
    assert stored(once) == stored(often)
    assert once.state.log.read(0, 10**6) == often.state.log.read(0, 10**6)
    assert once.state.head().revision > 10


def test_days_are_stamped_in_school_hours(sandbox: Tenant) -> None:
    """Each change is dated on its day between 08:00 and 16:00, in order, and the clock stands at 18:00 of the last."""
    answer = passed(sandbox, to="2026-09-14")

    rows = changes(sandbox)
    times = [row["at"] for row in rows]
    assert times == sorted(times)
    assert all("08:00" <= time[11:16] < "16:00" for time in times)
    assert {row["after"]["dateLastModified"] for row in rows} == set(times)
    assert {datetime.fromisoformat(time).weekday() for time in times} <= {0, 1, 2, 3, 4}
    assert min(times)[:10] >= "2026-09-02"
    assert clock(sandbox) == "2026-09-14T18:00"
    assert (answer["from"], answer["to"], answer["revision"]) == ("2026-09-01", "2026-09-14", rows[-1]["revision"])


def test_the_answer_leads_to_the_changes(sandbox: Tenant) -> None:
    """The counts are those of the batches by cause, and the URL reads these changes."""
    passed(sandbox, days=3)

    answer = passed(sandbox, days=6)

    path = answer["changes"].partition("/__admin")[2]
    rows = sandbox.admin("GET", path).get_json()["changes"]
    batches = {(row["revision"], row["cause"]) for row in rows}
    assert answer["counts"]
    assert sum(answer["counts"].values()) == len(batches)
    assert {f"event:{name}" for name in answer["counts"]} == {cause for _, cause in batches}
    assert answer["changes"].startswith(f"http://localhost{sandbox.prefix}/")


@pytest.mark.parametrize(
    ("start", "days"), [("2026-09-04T20:00:00Z", 2), ("2026-09-06T12:00:00Z", 1), ("2026-12-22T12:00:00Z", 10)]
)
def test_days_off(server: Flask, start: str, days: int) -> None:
    """No event happens on a weekend, on Labor Day or in the winter break, but the clock moves."""
    sandbox = tenant(server)
    sandbox.admin("PUT", "/clock", {"now": start})

    answer = passed(sandbox, days=days)

    assert answer["counts"] == {}
    assert changes(sandbox) == []
    assert clock(sandbox) == f"{answer['to']}T18:00"


def test_days_that_the_clock_jumps_over_have_no_events(sandbox: Tenant) -> None:
    """A clock that is set forward skips days for ever."""
    sandbox.admin("PUT", "/clock", {"now": "2026-10-05T12:00:00Z"})

    passed(sandbox, days=4)

    assert min(row["at"] for row in changes(sandbox)) >= "2026-10-06"


def test_a_clock_before_the_newest_event(sandbox: Tenant) -> None:
    """Days do not pass while the clock stands before what has happened; after a reset they do."""
    passed(sandbox, days=8)
    sandbox.admin("PUT", "/clock", {"now": "2026-09-03T12:00:00Z"})

    response = sandbox.admin("POST", "/days", {"days": 1})

    assert response.status_code == 409
    assert "before the newest event" in response.text
    sandbox.admin("POST", "/reset")
    assert passed(sandbox, days=1)["to"] == "2026-09-02"


def test_a_reset_repeats_the_draws(sandbox: Tenant) -> None:
    """After a reset the same days and the same events bring the same records."""

    def month() -> list[Json]:
        since = sandbox.admin("GET", "/changes?since=9999999").get_json()["revision"]
        passed(sandbox, days=9)
        sandbox.admin("PUT", "/clock", {"now": "2026-09-10T18:00:01Z"})
        sandbox.admin("POST", "/events", {"event": "student-enrolled", "count": 2})
        return [(row["cause"], row["sourcedId"]) for row in changes(sandbox, since) if row["cause"] != "reset"]

    first = month()
    sandbox.admin("POST", "/reset")

    assert month() == first


def test_a_snapshot_brings_back_days_and_events(sandbox: Tenant) -> None:
    """From a restored snapshot on, the same days bring the same records as the first time."""
    passed(sandbox, days=3)
    sandbox.admin("PUT", "/snapshots/before")
    passed(sandbox, days=6)
    first = sandbox.admin("GET", "/export").get_json()

    sandbox.admin("POST", "/snapshots/before/restore")
    passed(sandbox, days=6)

    assert sandbox.admin("GET", "/export").get_json() == first


def test_what_a_client_wrote_is_respected(server: Flask) -> None:
    """A record that the switchboard changed keeps the change, and the days go on around it."""
    sandbox = tenant(server)
    users = sandbox.admin("GET", "/records/users?limit=10000").get_json()["users"]
    student = next(user["sourcedId"] for user in users if "grades" in user)
    sandbox.admin("PATCH", f"/records/users/{student}", {"givenName": "Zoe"})
    others = [user["sourcedId"] for user in users if "grades" in user and user["sourcedId"] != student]
    for name in others[:20]:
        sandbox.admin("DELETE", f"/records/users/{name}?as=tobedeleted")

    passed(sandbox, days=30)

    assert sandbox.admin("GET", f"/records/users/{student}").get_json()["givenName"] == "Zoe"
    touched = {row["sourcedId"] for row in changes(sandbox) if row["cause"].startswith("event:")}
    assert touched
    assert not touched & set(others[:20])


def test_events_act_on_stored_records(sandbox: Tenant) -> None:
    """Active data scenarios do not matter: with an empty school, the same events happen."""
    sandbox.admin("PUT", "/scenarios", {"active": ["empty-school"]})

    response = sandbox.admin("POST", "/events", {"event": "student-left"})

    assert response.status_code == 200
    assert response.get_json()["events"][0]["records"]


def test_tokens_expire_as_days_pass(sandbox: Tenant) -> None:
    """A token of the morning is not valid the next day."""
    sandbox.enter()
    assert sandbox.get("/ims/oneroster/v1p1/orgs").status_code == 200

    passed(sandbox, days=1)

    assert sandbox.get("/ims/oneroster/v1p1/orgs").status_code == 401


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"days": 0}, "days: 0 is not a whole number from 1 to 3660"),
        ({"to": "2026-09-01"}, "to: '2026-09-01' is not a date from 2026-09-02 to 2036-09-08"),
        ({"to": "soon"}, "to: 'soon' is not a date such as 2026-09-14"),
        ({"to": "2126-09-01"}, "to: '2126-09-01' is not a date from 2026-09-02 to 2036-09-08; the clock"),
        ({}, 'give either {"days": 30} or {"to": "2026-09-14"}'),
    ],
)
def test_a_wrong_number_of_days(sandbox: Tenant, body: Json, sentence: str) -> None:
    """A wrong request is refused with what would be right."""
    response = sandbox.admin("POST", "/days", body)

    assert response.status_code == 400
    assert sentence in response.get_json()["statusInfoSet"][0]["imsx_description"]


def test_days_pass_one_request_at_a_time(server: Flask) -> None:
    """While a lease on passing days is held, by any server, another request is refused."""
    sandbox = server.extensions["mockroster"].get("busy")
    lease = sandbox.state.counters.acquire("timeline/days", 60)

    with pytest.raises(EventRefused, match="days are passing in this sandbox already"):
        pass_days(sandbox, load_plan("us-k12"), date(2026, 9, 2))

    sandbox.state.counters.release(lease)
    assert pass_days(sandbox, load_plan("us-k12"), date(2026, 9, 2)).end == date(2026, 9, 2)


def test_two_servers_with_one_store(server: Flask) -> None:
    """A server goes on where the other stopped, with the same records as a server alone."""
    plan = load_plan("us-k12")
    alone = make_app(students=60, now=START).extensions["mockroster"].default
    first = make_app(students=60, now=START).extensions["mockroster"].default
    second = Sandbox(first.name, first.start, first.credentials)

    for sandbox in (first, second, first, second):
        pass_days(sandbox, plan, sandbox.clock.now().date() + timedelta(days=4))
    pass_days(alone, plan, date(2026, 9, 17))

    assert stored(first) == stored(alone)
    assert second.overlay.counts() == alone.overlay.counts()


def test_a_day_passes_once_a_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two servers with one store, one lets the day pass at each tick."""
    now = datetime(2026, 9, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(ticker, "real_now", lambda: now)
    sandbox = make_app(students=20, now=START).extensions["mockroster"].default
    tickers = [day_ticker(sandbox, plan_of("none"), timedelta(minutes=5)) for _ in range(2)]
    done = []

    for _ in range(3):
        now += timedelta(minutes=5)
        done += [each.look() for each in tickers]

    assert done == [True, False] * 3
    assert sandbox.clock.now().date() == date(2026, 9, 4)


def test_a_day_that_cannot_pass_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A day that is refused is a line of the log."""
    sandbox = make_app(students=20, now=START).extensions["mockroster"].default
    trigger(sandbox, parse_event("student-enrolled", {}), 1)
    sandbox.clock.set(datetime(2026, 8, 30, tzinfo=UTC))

    pass_day(sandbox, plan_of("us-k12")())

    assert "no day has passed: 409 Conflict: the clock stands at" in caplog.text


def test_without_a_calendar_days_are_empty() -> None:
    """With ``calendar="none"`` days pass, and only triggered events happen."""
    with Server(students=20, now=START, calendar="none") as server:
        assert server.pass_days(30)["counts"] == {}
        assert server.trigger("student-enrolled")[0]["event"] == "student-enrolled"
        assert server.now.isoformat()[:10] == "2026-10-01"


def test_roster_only_has_no_grade_events() -> None:
    """A roster without gradebook has none after a month, and work is refused."""
    world = World.of(60, "2026-09-01", profile="roster-only")

    world.pass_to("2026-10-01")

    assert not {"work-assigned", "work-graded", "grades-posted"} & world.counts.keys()
    with pytest.raises(EventRefused, match="has no categories"):
        world.trigger("work-assigned")


def test_a_rate_of_one_event_moves_no_other(tmp_path: Path) -> None:
    """A plan with another rate of renamed classes has the same other events, at the same times."""
    plan = tmp_path / "plan.yaml"
    plan.write_text("rates: {class-renamed: 60, gradebook-share: 0}\n")
    worlds = [World.of(60, "2026-09-01", plan=name) for name in (str(plan), "us-k12")]

    for world in worlds:
        world.pass_to("2026-09-20")

    renamed, plain = ([*_others(world)] for world in worlds)
    assert worlds[0].counts["class-renamed"] > worlds[1].counts["class-renamed"]
    assert renamed == plain


def _others(world: World) -> Iterator[tuple[str, int]]:
    gradebook = {"class-renamed", "work-assigned", "work-graded", "grades-posted"}
    yield from sorted((name, number) for name, number in world.counts.items() if name not in gradebook)


@pytest.mark.parametrize("year", range(2020, 2040))
def test_the_calendar_of_a_year(year: int) -> None:
    """A year has 180 school days from August to May or June, none on a weekend, and its dates are in order."""
    calendar = Calendar()
    dates = calendar.year(year)

    assert len(dates.days) == 180
    assert all(day.weekday() < 5 for day in dates.days)
    assert date(year, 8, 14) < dates.first < dates.last < date(year + 1, 6, 12)
    assert dates.rollover < dates.first < dates.prepared < dates.last < calendar.year(year + 1).rollover
    assert date(year, 12, 25) not in dates.days
    assert calendar.school_day(dates.first) == 1
    assert calendar.school_day(dates.last) == 180
    assert calendar.next_school_day(dates.last) == calendar.year(year + 1).first


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rates:\n  student-enroled: 2", ":2: 'student-enroled' is not a rate; did you mean 'student-enrolled'?"),
        ("rates: {student-left: x}", ":1: student-left: 'x' is not a number from 0 to 10000"),
        ("first-day: 02-30", ":1: first-day: '02-30' is not a month and a day such as 08-17"),
        ("first-day: 09-01\nlast-day: 08-20", ":2: last-day: the school year must have school days"),
        ("days-off: [2026-13-01]", ":1: days-off: '2026-13-01' is not a date such as 2026-10-12"),
        ("rats: {}", ":1: 'rats' is not a member of a plan; did you mean 'rates'?"),
        ("- 1", ":1: a plan is an object with base, first-day"),
        ("a: [", ":1: expected the node content"),
        ("[" * 1500, ":1: "),
    ],
)
def test_a_faulty_plan(tmp_path: Path, text: str, sentence: str) -> None:
    """A fault of a plan file is told with its line and the nearest right name."""
    path = tmp_path / "plan.yaml"
    path.write_text(text)

    with pytest.raises(ConfigurationError) as caught:
        load_plan(str(path))

    assert str(caught.value).startswith(f"{path}{sentence}")


def test_an_unknown_plan() -> None:
    """A name that is neither a plan nor a file comes with the nearest plan."""
    with pytest.raises(ConfigurationError, match="did you mean 'us-k12'"):
        make_app(students=1, calendar="us-k13")


def test_a_plan_file_is_obeyed(tmp_path: Path) -> None:
    """First day, days off and rates of a file replace those of the built-in plan."""
    path = tmp_path / "plan.json"
    path.write_text(
        '{"base": "none", "first-day": "09-02", "days-off": ["2026-09-03..2026-09-04"], '
        '"rates": {"student-enrolled": 40}}'
    )
    plan = load_plan(str(path))

    world = World.of(60, "2026-08-31", plan=str(path))
    world.pass_to("2026-09-12")

    assert plan.calendar is not None
    assert [day.isoformat() for day in plan.calendar.year(2026).days[:3]] == ["2026-09-02", "2026-09-08", "2026-09-09"]
    assert world.counts.keys() == {"student-enrolled"}


def write_at_random(sandbox: Tenant, random: Random, times: int) -> None:
    """Change and mark records of every collection through the switchboard, at different times."""
    for collection in NEUTRAL:
        rows = sandbox.admin("GET", f"/records/{collection}?limit=10000").get_json()[collection]
        for number in range(times):
            sandbox.admin("PUT", "/clock", {"advance": f"{random.randrange(1, 2000)}s"})
            at = f"/records/{collection}/{random.choice(rows)['sourcedId']}"
            if number % 3:
                response = sandbox.admin("PATCH", at, {"metadata": {"number": number}})
            else:
                response = sandbox.admin("DELETE", f"{at}?as=tobedeleted")
            assert response.status_code in {200, 204, 404}, response.text


def test_filter_by_date_is_the_log(server: Flask) -> None:
    """A filter on ``dateLastModified`` finds exactly the records that the log has since then, in every collection."""
    sandbox, random = tenant(server), Random(5)
    passed(sandbox, days=20)
    write_at_random(sandbox, random, times=6)
    sandbox.enter()
    seconds = (datetime.fromisoformat(sandbox.admin("GET", "/clock").get_json()["now"]) - FIRST).total_seconds()
    found: Counter[str] = Counter()

    for _ in range(6):
        moment = FIRST + timedelta(seconds=random.randrange(int(seconds)))
        since = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        logs = {
            version: sandbox.admin("GET", f"/changes?since={since}&limit=10000&version={version}").get_json()["changes"]
            for version in VERSIONS.numbers
        }
        for version, collection, path in collection_reads():
            rows = sandbox.rows(f"{path}?limit=10000&filter=dateLastModified%3E%27{since}%27")
            latest = {row["sourcedId"]: row["after"] for row in logs[version] if row["collection"] == collection}
            assert {row["sourcedId"] for row in rows} == {name for name, after in latest.items() if after is not None}
            found[f"{version} {collection}"] += len(rows)

    assert all(found[f"{version} {collection}"] for version, collection, _ in collection_reads()), found


def test_events_and_days_are_refused_where_there_is_no_room(sandbox: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sandbox that has taken in as much as it may, neither an event nor a day happens until a reset."""
    monkeypatch.setattr(overlay, "MOST_WRITTEN", 1)
    assert sandbox.admin("POST", "/events", {"event": "student-enrolled"}).status_code == 200
    before = changes(sandbox), sandbox.admin("GET", "/clock").get_json()["now"][:10]

    refused = [
        sandbox.admin("POST", "/events", {"event": "student-enrolled"}),
        sandbox.admin("POST", "/days", {"days": 3}),
    ]

    assert [response.status_code for response in refused] == [507, 507]
    assert all("POST /__admin/reset" in response.text for response in refused)
    assert (changes(sandbox), sandbox.admin("GET", "/clock").get_json()["now"][:10]) == before
    sandbox.admin("POST", "/reset")
    assert sandbox.admin("POST", "/events", {"event": "student-enrolled"}).status_code == 200
