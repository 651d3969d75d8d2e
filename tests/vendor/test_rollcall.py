"""Rollcall against a server that behaves, and against one that does not.

Each test has a sandbox of its own, so that they run in any order and side by side. What would be waited for is not: the
client sleeps by moving the clock of its sandbox.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from rollcall import COLLECTIONS, TRIES, OneRoster, Roll, Unavailable

from mockroster import Sandbox

pytestmark = pytest.mark.mockroster(students=20)

SCHOOL = {
    "orgs": [{"sourcedId": "o1", "name": "North High", "type": "school"}],
    "academicSessions": [
        {
            "sourcedId": "t1",
            "title": "Autumn",
            "type": "term",
            "startDate": "2025-08-01",
            "endDate": "2026-01-31",
            "schoolYear": "2026",
        }
    ],
    "courses": [{"sourcedId": "k1", "title": "Algebra", "org": "o1"}],
    "classes": [
        {
            "sourcedId": "c1",
            "title": "Algebra 1",
            "classType": "scheduled",
            "course": "k1",
            "school": "o1",
            "terms": ["t1"],
        }
    ],
    "users": [
        {
            "sourcedId": name.lower(),
            "username": name.lower(),
            "givenName": name,
            "familyName": family,
            "role": role,
            "orgs": ["o1"],
        }
        for name, family, role in [
            ("Ann", "Young", "student"),
            ("Bo", "Adams", "student"),
            ("Cleo", "Moss", "teacher"),
        ]
    ],
    "enrollments": [
        {"sourcedId": f"e-{user}", "user": user, "class": "c1", "school": "o1", "role": role}
        for user, role in [("ann", "student"), ("bo", "student"), ("cleo", "teacher")]
    ],
}
"""A school that can be looked through; a mark gives it to a test in place of a generated district."""


@pytest.fixture(params=["1.1", "1.2"])
def oneroster(request: pytest.FixtureRequest, mockroster: Sandbox) -> OneRoster:
    """Return a connection to the sandbox of the test, for each version of the standard."""
    return OneRoster(
        mockroster.base_url_v1p1 if request.param == "1.1" else mockroster.base_url_rostering,
        mockroster.token_url,
        mockroster.client_id,
        mockroster.client_secret,
        sleep=lambda seconds: mockroster.advance(timedelta(seconds=seconds)),
    )


@pytest.fixture
def roll(oneroster: OneRoster) -> Roll:
    """Return a roll that has been synchronised once."""
    first = Roll()
    first.sync(oneroster)
    return first


def test_whole_district(mockroster: Sandbox, roll: Roll) -> None:
    """The first sync takes every record that is not to be deleted, a page at a time."""
    for collection in COLLECTIONS:
        active = mockroster.get(f"/ims/oneroster/v1p1/{collection}?filter=status='active'&limit=1")

        assert len(roll.records[collection]) == int(active.headers["X-Total-Count"])

    assert mockroster.requests.count(path="/enrollments", query="limit=100&offset=100") == 1


@pytest.mark.parametrize("habit", ["no-link", "no-link;no-total-count", "clamped-limit:max=7"])
def test_paging_of_other_servers(habit: str, mockroster: Sandbox, oneroster: OneRoster, roll: Roll) -> None:
    """The same records come from servers without Link, without any count, and with pages smaller than was asked."""
    mockroster.use(habit)

    again = Roll()
    again.sync(oneroster)

    assert again.records == roll.records


@pytest.mark.mockroster(fixtures=SCHOOL)
def test_students_of_a_class(roll: Roll) -> None:
    """A class list has the students, not the teacher, by family name."""
    assert roll.students_of("c1") == ["Bo Adams", "Ann Young"]


@pytest.mark.mockroster(fixtures=SCHOOL)
def test_only_changes_are_read_again(mockroster: Sandbox, oneroster: OneRoster, roll: Roll) -> None:
    """The second sync asks for newer records, stores them, and removes those that are tobedeleted."""
    mockroster.advance("P1D")
    mockroster.put("users", "ann", SCHOOL["users"][0] | {"familyName": "Abbot"})
    mockroster.put("enrollments", "e-bo", SCHOOL["enrollments"][1] | {"status": "tobedeleted"})

    roll.sync(oneroster)

    assert roll.students_of("c1") == ["Ann Abbot"]
    assert mockroster.requests.count(path="/users", query="dateLastModified") == 1


def test_verdict(mockroster: Sandbox, oneroster: OneRoster, roll: Roll) -> None:
    """Two syncs break no rule of the verdict, and everything was read."""
    mockroster.advance("P1D")
    mockroster.put("orgs", "new", {"name": "New School", "type": "school"})

    roll.sync(oneroster)

    verdict = mockroster.verdict()
    verdict.check("should")
    for rule in ("V01", "V03", "V05", "V09", "V18", "V20"):
        assert verdict.rule(rule)["outcome"] == "pass", verdict.rule(rule)
    assert all(read["served"] == read["rows"] for read in verdict["coverage"].values())


@pytest.mark.parametrize("retry_after", ["seconds", "date", "none"])
def test_too_many_requests(retry_after: str, mockroster: Sandbox, oneroster: OneRoster, roll: Roll) -> None:
    """A server that limits requests is waited for, whatever it says of how long, and nothing is lost."""
    mockroster.use(f"rate-limit:limit=3,per=5,retry_after={retry_after}")

    again = Roll()
    again.sync(oneroster)

    assert again.records == roll.records
    assert mockroster.requests.count(status=429) >= 2


def test_a_server_that_fails_now_and_then(mockroster: Sandbox, oneroster: OneRoster, roll: Roll) -> None:
    """Every third request fails, and nothing is lost."""
    mockroster.use("flaky:every=3")

    again = Roll()
    again.sync(oneroster)

    assert again.records == roll.records
    assert mockroster.requests.count(status=503) >= 2


def test_a_server_that_is_down(mockroster: Sandbox, oneroster: OneRoster) -> None:
    """After some attempts it gives up, and names the unanswered request."""
    mockroster.use("server-error:status=503")

    with pytest.raises(Unavailable, match="orgs"):
        Roll().sync(oneroster)

    assert mockroster.requests.count(path="/orgs", status=503) == TRIES


def test_token_that_expires(mockroster: Sandbox, oneroster: OneRoster, roll: Roll) -> None:
    """A token that has expired since the last sync is renewed, once."""
    mockroster.advance("PT2H")

    roll.sync(oneroster)

    assert mockroster.requests.count(status=401) == 1
    assert mockroster.requests.count(path="/oauth2/token") == 2


@pytest.mark.mockroster(scenarios=["auth-failure"])
def test_not_let_in(mockroster: Sandbox, oneroster: OneRoster) -> None:
    """A server that lets nobody in is not asked again and again."""
    with pytest.raises(Unavailable, match="401"):
        Roll().sync(oneroster)

    assert mockroster.requests.count(path="/orgs") == 2


@pytest.mark.mockroster(scenarios=["empty-district"])
def test_before_the_school_year(mockroster: Sandbox, roll: Roll) -> None:
    """A district without people is a district all the same."""
    assert roll.records["orgs"]
    assert roll.records["users"] == {}
