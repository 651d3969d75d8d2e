"""The switchboard: clock, records, health, and how it answers what it cannot make sense of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from conftest import NOW, freeze, make_app
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator
from tenants import GRADEBOOK, ROSTERING, V1P1, Tenant, by_path, create_sandbox, fresh_name, tenant
from werkzeug.test import TestResponse

from mockroster import __version__
from mockroster.http.admin.switchboard import ROUTES
from mockroster.standard.versions import SERVICES

ORGS = f"{V1P1}/orgs?limit=1"


def fault(response: TestResponse, status: int = 400) -> str:
    """Return the description of a refusal, which is JSON in the form of 1.1."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/json"
    description: str = response.get_json()["statusInfoSet"][0]["imsx_description"]
    return description


@pytest.fixture
def here(app: Flask) -> Tenant:
    """Return a sandbox of one's own, with a token."""
    return tenant(app).enter()


@pytest.fixture
def bare(app: Flask) -> Tenant:
    """Return a sandbox with two orgs, a class and what belongs to it, with a token."""
    document = {
        "orgs": [
            {"sourcedId": "d", "name": "D", "type": "district"},
            {"sourcedId": "o", "name": "O", "type": "school"},
        ],
        "academicSessions": [
            {
                "sourcedId": "t",
                "title": "T",
                "type": "term",
                "startDate": "2026-01-01",
                "endDate": "2026-07-01",
                "schoolYear": "2026",
            }
        ],
        "courses": [{"sourcedId": "c", "title": "Maths", "org": "o"}],
        "classes": [
            {
                "sourcedId": "k",
                "title": "1a",
                "classType": "homeroom",
                "course": "c",
                "school": "o",
                "terms": ["t"],
            }
        ],
    }
    return create_sandbox(app, fixtures=document).enter()


# The clock.


def test_clock_is_set(here: Tenant) -> None:
    """A clock that is set continues from there, and dates writes; existing records keep their dates."""
    before = here.rows(f"{V1P1}/orgs")

    response = here.admin("PUT", "/clock", {"now": "2027-02-03T04:05:06+01:00"})
    here.enter().send("PUT", f"{V1P1}/categories/new", json={"category": {"title": "x"}})

    assert response.status_code == 200
    assert response.get_json()["now"].startswith("2027-02-03T03:05:")
    assert here.admin("GET", "/clock").get_json()["now"] >= response.get_json()["now"]
    written = here.get(f"{V1P1}/categories/new").get_json()["category"]
    assert written["dateLastModified"].startswith("2027-02-03T03:0")
    assert here.rows(f"{V1P1}/orgs") == before


@pytest.mark.parametrize(
    ("advance", "now"),
    [
        ("P1D", "2026-01-16T08:00:00.000Z"),
        ("P2W", "2026-01-29T08:00:00.000Z"),
        ("PT36H", "2026-01-16T20:00:00.000Z"),
        ("P1DT2H3M4.5S", "2026-01-16T10:03:04.500Z"),
        ("PT0.25S", "2026-01-15T08:00:00.250Z"),
        ("PT0.000001S", "2026-01-15T08:00:00.000Z"),
        ("-PT0.001S", "2026-01-15T07:59:59.999Z"),
        ("-P1D", "2026-01-14T08:00:00.000Z"),
        ("PT0S", "2026-01-15T08:00:00.000Z"),
    ],
)
def test_clock_is_advanced(here: Tenant, advance: str, now: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock moves by any ISO 8601 duration without years and months, by fractions of a second too."""
    freeze(monkeypatch)
    here.admin("PUT", "/clock", {"now": "2026-01-15T08:00:00Z"})

    response = here.admin("PUT", "/clock", {"advance": advance})

    assert response.get_json()["now"] == now


def test_token_expires_by_the_clock(here: Tenant) -> None:
    """After an hour of the sandbox's clock a token is 401, and good again when the clock is set back."""
    early = here.admin("PUT", "/clock", {"advance": "PT59M"}) and here.get(ORGS).status_code
    late = here.admin("PUT", "/clock", {"advance": "PT2M"}) and here.get(ORGS).status_code
    back = here.admin("PUT", "/clock", {"advance": "-PT1H"}) and here.get(ORGS).status_code

    assert (early, late, back) == (200, 401, 200)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, 'give either {"now"'),
        ({"now": "2026-01-15", "advance": "P1D"}, 'give either {"now"'),
        ({"now": "soon"}, "now: 'soon' is not a date and time such as"),
        ({"now": None}, "is not a date and time"),
        ({"now": 5}, "is not a date and time"),
        ({"now": "0001-01-01T00:00:00Z"}, "from 1900 to 2200"),
        ({"advance": "1 day"}, "is not a duration such as P1D"),
        ({"advance": "P"}, "is not a duration"),
        ({"advance": "PT"}, "is not a duration"),
        ({"advance": "P1M"}, "is not a duration"),
        ({"advance": "P99999D"}, "leads out of the years from 1900 to 2200"),
        ({"advance": "-P9999W"}, "leads out of the years from 1900 to 2200"),
        ({"advnce": "P1D"}, "did you mean 'advance'?"),
    ],
)
def test_clock_refuses(here: Tenant, document: dict[str, Any], message: str) -> None:
    """An invalid time is 400, and the clock continues unchanged."""
    assert message in fault(here.admin("PUT", "/clock", document))
    assert here.admin("GET", "/clock").get_json()["now"].startswith(NOW.date().isoformat())


def test_clock_cannot_be_led_astray_in_steps(here: Tenant) -> None:
    """However often it is advanced, the clock stays within years that can be written."""
    statuses = [here.admin("PUT", "/clock", {"advance": "P9999D"}).status_code for _ in range(10)]

    assert statuses == sorted(statuses) == [200] * statuses.count(200) + [400] * statuses.count(400)
    assert 400 in statuses
    assert here.get("/livez").status_code == 200


# Records, one by one.


USER_1P1 = {
    "username": "a",
    "enabledUser": "true",
    "givenName": "A",
    "familyName": "B",
    "role": "student",
    "orgs": ["o"],
}
USER_1P2 = {
    "enabledUser": "true",
    "givenName": "A",
    "familyName": "B",
    "roles": [{"roleType": "primary", "role": "student", "org": "o"}],
    "primaryOrg": {"sourcedId": "o"},
}


@pytest.mark.parametrize("user", [USER_1P1, USER_1P2])
def test_user_in_either_shape(bare: Tenant, user: dict[str, Any]) -> None:
    """A user of 1.1 and one of 1.2 are seen in both versions."""
    response = bare.admin("PUT", "/records/users/u", user)

    old = bare.get(f"{V1P1}/students/u").get_json()["user"]
    new = bare.get(f"{ROSTERING}/users/u").get_json()["user"]
    assert response.status_code == 201
    assert response.get_json() == bare.admin("GET", "/records/users/u").get_json()
    assert (old["role"], [org["sourcedId"] for org in old["orgs"]], old["enabledUser"]) == ("student", ["o"], True)
    assert (new["roles"][0]["role"], new["primaryOrg"]["sourcedId"], new["enabledUser"]) == ("student", "o", "true")
    assert old["status"] == new["status"] == "active"
    assert old["dateLastModified"].startswith(NOW.date().isoformat())


def test_record_is_replaced_and_deleted(bare: Tenant) -> None:
    """A record is created with 201, replaced with 200, deleted with 204, and then is 404."""
    statuses = [bare.admin("PUT", "/records/users/u", USER_1P1).status_code for _ in range(2)]
    deleted = bare.admin("DELETE", "/records/users/u")
    again = bare.admin("DELETE", "/records/users/u")

    assert statuses == [201, 200]
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert "no user has the sourcedId 'u'" in fault(again, 404)
    assert bare.get(f"{V1P1}/users/u").status_code == 404


def test_response_of_a_replaced_record_has_the_stored_date(bare: Tenant) -> None:
    """A record that is read, changed and sent back has a new dateLastModified, also in the response."""
    bare.admin("PUT", "/records/users/u", USER_1P2 | {"dateLastModified": "2020-01-02T03:04:05.000Z"})
    read = bare.admin("GET", "/records/users/u").get_json()

    response = bare.admin("PUT", "/records/users/u", {**read, "givenName": "C"})

    stored = bare.admin("GET", "/records/users/u").get_json()
    assert read["dateLastModified"] == "2020-01-02T03:04:05.000Z"
    assert stored["dateLastModified"].startswith(NOW.date().isoformat())
    assert response.get_json() == stored


def test_what_was_said_is_kept(bare: Tenant) -> None:
    """A record may say its own status, time and id, which may hold slashes; null is as if it said nothing."""
    org = {"sourcedId": "a/b", "name": "X", "type": "school", "status": "tobedeleted", "dateLastModified": "2020-01-02"}

    response = bare.admin("PUT", "/records/orgs/a/b", org)

    shown = bare.get(f"{ROSTERING}/orgs/a%2Fb").get_json()["org"]
    assert response.status_code == 201
    assert (shown["status"], shown["dateLastModified"]) == ("tobedeleted", "2020-01-02T00:00:00.000Z")
    assert bare.admin("PUT", "/records/orgs/n", {**org, "sourcedId": "n", "dateLastModified": None}).status_code == 201
    assert bare.get(f"{V1P1}/orgs/n").get_json()["org"]["dateLastModified"].startswith(NOW.date().isoformat())


@pytest.mark.parametrize("wrapper", ["org", "orgs"])
def test_a_wrapped_record_is_refused_in_words(bare: Tenant, wrapper: str) -> None:
    """The switchboard takes the record itself, and says so to whoever sends it as OneRoster's PUT would have it."""
    response = bare.admin("PUT", "/records/orgs/o", {wrapper: {"name": "X", "type": "school"}})

    assert f"{wrapper}: is a wrapper; here the body is the org itself" in fault(response, 422)


@pytest.mark.parametrize("base", [V1P1, GRADEBOOK])
def test_what_is_left_out_is_filled_in(bare: Tenant, base: str) -> None:
    """A member that only the other version requires is filled in where it can be derived."""
    bare.admin("PUT", "/records/users/u", USER_1P1)
    bare.admin("PUT", "/records/categories/h", {"title": "Homework"})
    line_item = {"title": "L", "assignDate": "2026-02-01", "dueDate": "2026-02-02", "class": "k", "category": "h"}
    item = bare.admin("PUT", "/records/lineItems/l", {**line_item, "gradingPeriod": "t"})
    result = bare.admin(
        "PUT",
        "/records/results/r",
        {"lineItem": "l", "student": "u", "score": 80, "scoreStatus": "fully graded", "scoreDate": "2026-02-03"},
    )

    assert (item.status_code, result.status_code) == (201, 201)
    assert bare.get(f"{base}/lineItems/l").get_json()["lineItem"]["resultValueMax"] == 100
    assert bare.get(f"{base}/results/r").get_json()["result"]["score"] == 80
    assert bare.get(f"{V1P1}/orgs/o").get_json()["org"]["identifier"] == "o"
    assert bare.get(f"{V1P1}/courses/c").get_json()["course"]["courseCode"] == "c"


FAULTY: list[tuple[str, dict[str, Any], list[str]]] = [
    ("orgs", {"type": "school"}, ["name:"]),
    ("orgs", {"name": "A", "type": "scool"}, ["type: 'scool' is not one of", "did you mean"]),
    ("orgs", {"name": "A", "type": "school", "nam": "B"}, ["nam: is not a member"]),
    ("orgs", {"name": "A", "type": "school", "parent": "y"}, ["parent: there is no org with the sourcedId 'y'"]),
    ("orgs", {"name": "A", "type": "school", "sourcedId": "z"}, ["sourcedId: must be 'x', as in the path"]),
    ("orgs", {"name": "A", "type": "school", "dateLastModified": "soon"}, ["dateLastModified: 'soon' is not a date"]),
    ("orgs", {"name": "A", "type": "school", "dateLastModified": 5}, ["dateLastModified: must be a string"]),
    ("orgs", {"name": "A", "type": "school", "status": "gone"}, ["status: 'gone' is not one of"]),
    ("users", {**USER_1P1, "role": "pupil"}, ["role: 'pupil' is not one of"]),
    ("users", {**USER_1P1, "role": ["student"]}, ["role: must be a string"]),
    ("users", {**USER_1P1, "orgs": ["o", "x"]}, ["orgs[1]: there is no org with the sourcedId 'x'"]),
    ("users", {**USER_1P2, "primaryOrg": "x"}, ["primaryOrg: there is no org with the sourcedId 'x'"]),
    ("users", {**USER_1P1, "orgs": []}, ["orgs: must be an array with an org in it"]),
    ("users", {**USER_1P1, "orgs": "o"}, ["orgs: must be an array"]),
    ("users", {**USER_1P2, "role": "student"}, ["role: is not a member"]),
    ("users", {k: v for k, v in USER_1P2.items() if k != "roles"}, ["roles:"]),
    ("enrollments", {"role": "student", "user": "u", "class": "k", "school": "o"}, ["user: there is no user"]),
    (
        "lineItems",
        {"title": "L", "assignDate": "2026-02-01", "dueDate": "2026-02-02", "class": "k"},
        ["category:"],
    ),
    (
        "results",
        {"lineItem": "l", "student": "u", "scoreStatus": "fully graded", "scoreDate": "2026-02-03"},
        ["lineItem:"],
    ),
]


@pytest.mark.parametrize(("collection", "record", "messages"), FAULTY, ids=[f"{row[0]} {row[2][0]}" for row in FAULTY])
def test_faulty_record(bare: Tenant, collection: str, record: dict[str, Any], messages: list[str]) -> None:
    """A record that a version could not show is 422, each fault named, and nothing is written."""
    description = fault(bare.admin("PUT", f"/records/{collection}/x", record), 422)

    assert any(message in description for message in messages), description
    assert not description.startswith(collection)
    assert collection not in bare.admin("GET", "/health").get_json()["counts"] or collection == "orgs"


def test_unknown_collection(bare: Tenant) -> None:
    """A collection that is none is 404, with the nearest right one."""
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert "did you mean 'users'?" in fault(bare.admin(method, "/records/usrs/u", {}), 404)


# Records, as documents.


def test_document_is_merged(bare: Tenant) -> None:
    """A document is merged: its records may refer to later ones, and one replaces an existing record."""
    document = {
        "base": "none",
        "enrollments": [{"sourcedId": "e", "role": "student", "user": "u", "class": "k", "school": "o"}],
        "users": [{"sourcedId": "u", **USER_1P2}],
        "orgs": [{"sourcedId": "o", "name": "New", "type": "school", "parent": {"sourcedId": "d"}}],
    }

    response = bare.admin("POST", "/records", document)

    counts = {"orgs": 2, "academicSessions": 1, "courses": 1, "classes": 1, "users": 1, "enrollments": 1}
    assert response.status_code == 200
    assert response.get_json() == {"counts": counts}
    assert bare.get(f"{V1P1}/orgs/o").get_json()["org"]["name"] == "New"
    assert [row["sourcedId"] for row in bare.rows(f"{V1P1}/classes/k/students")] == ["u"]


def test_document_is_taken_whole_or_not_at_all(bare: Tenant) -> None:
    """Every fault is named by its place, and then nothing is taken in."""
    document = {
        "users": [{"sourcedId": "u", **USER_1P1}, {**USER_1P2}, {"sourcedId": "u", **USER_1P1}],
        "orgs": [{"sourcedId": "x", "name": "X", "type": "shool"}],
        "enrollments": [{"sourcedId": "e", "role": "student", "user": "nobody", "class": "k", "school": "o"}],
    }
    before = bare.admin("GET", "/health").get_json()["counts"]

    description = fault(bare.admin("POST", "/records", document), 422)

    assert "users[1].sourcedId: is missing" in description
    assert "users[2].sourcedId: 'u' is that of users[0] too" in description
    assert "orgs[0].type: 'shool' is not one of" in description
    assert "enrollments[0].user: there is no user with the sourcedId 'nobody'" in description
    assert bare.admin("GET", "/health").get_json()["counts"] == before


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"user": []}, "user: is not a collection; did you mean 'users'?"),
        ({"": []}, "'': is not a collection"),
        ({"users": {}}, "users: must be an array of records"),
        ({"users": ["u"]}, "users: must be an array of records"),
        ({"base": "x"}, "base: 'x' is not one of none, generated"),
    ],
)
def test_malformed_document(bare: Tenant, document: dict[str, Any], message: str) -> None:
    """An invalid document is 422."""
    assert message in fault(bare.admin("POST", "/records", document), 422)


def test_a_number_that_would_be_rounded(bare: Tenant) -> None:
    """A whole number of more than 64 bits is 400, as it is not taken for the nearest one that fits."""
    body = b'{"title": "x", "metadata": {"n": 18446744073709551616}}'

    response = bare.send("PUT", "/__admin/records/categories/x", data=body, content_type="application/json")

    assert "18446744073709551616, which has more than 64 bits" in fault(response)


def _collections(version: str) -> dict[str, str]:
    """Return the address of each top-level collection of a version."""
    return {
        operation.resource.collection: service.base + operation.path
        for service in SERVICES
        if service.version == version
        for operation in service.operations
        if operation.kind == "collection" and not operation.parameters and not operation.rows.where
    }


@pytest.mark.parametrize(("version", "other"), [("v1p1", "v1p2"), ("v1p2", "v1p1")])
def test_what_is_served_can_be_taken_in_again(small: Flask, version: str, other: str) -> None:
    """All that a district shows in one version, taken in as fixtures, is shown so again, and in the other one too."""
    whole = Tenant(small).enter()
    addresses = _collections(version)
    document: Mapping[str, Any] = {name: whole.rows(f"{path}?limit=10000") for name, path in addresses.items()}
    name = fresh_name()

    response = whole.admin("POST", "/sandboxes", {"name": name, "fixtures": document})

    copy = Tenant(small, f"/sandboxes/{name}", bearer=whole.bearer)
    assert response.status_code == 201, response.text
    for collection, path in addresses.items():
        shown = copy.get(f"{path}?limit=10000").text.replace(copy.prefix, "")
        assert shown == whole.get(f"{path}?limit=10000").text, collection
    for path in _collections(other).values():
        assert copy.get(f"{path}?limit=10000").status_code == 200


# Health, the guard, what it cannot read.


def test_health(here: Tenant) -> None:
    """The health response names what is served: version, seed, clock and counts."""
    here.admin("PUT", "/scenarios", {"active": ["no-link"]})

    facts = here.admin("GET", "/health").get_json()

    assert list(facts) == ["status", "version", "sandbox", "seed", "clock", "counts", "scenarios"]
    assert (facts["version"], facts["seed"], facts["scenarios"]) == (__version__, 42, ["no-link"])
    assert facts["clock"].startswith("2026-01-15T08:")
    assert facts["counts"]["orgs"] > 0


@pytest.mark.parametrize("prefix", ["", "/sandboxes/x", by_path("no-link")])
def test_guard(prefix: str) -> None:
    """With a token for the switchboard every call but health must bear it; nothing else asks for it."""
    mine = Tenant(make_app(students=1, admin_token="t0ken"), prefix)

    for method, path in ((route.method, route.path) for route in ROUTES):
        url = (
            f"/__admin{path.replace('<name>', 'y').replace('<collection>', 'users').replace('<path:sourced_id>', 'u')}"
        )
        statuses = [
            mine.send(method, url, headers={"Authorization": value} if value else {}).status_code
            for value in ("", "Bearer no", "t0ken", "Basic t0ken")
        ]
        assert statuses == ([200] * 4 if path == "/health" else [401] * 4), path

    refused, good = mine.get("/__admin/clock"), mine.get("/__admin/clock", headers={"Authorization": "bearer t0ken"})
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert "--admin-token" in fault(refused, 401)
    assert good.status_code == 200
    assert [mine.get(path).status_code for path in ("/livez", "/readyz", "/")] == [200] * 3
    assert mine.token().status_code == 200


@pytest.mark.parametrize("body", ["{", "nonsense", "\xff", '"x"', "[]", "null", "1" * 5000])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/clock"),
        ("PUT", "/scenarios"),
        ("POST", "/sandboxes"),
        ("POST", "/records"),
        ("PUT", "/records/orgs/x"),
        ("PATCH", "/records/orgs/x"),
        ("POST", "/requests/find"),
    ],
)
def test_body_that_cannot_be_read(here: Tenant, method: str, path: str, body: str) -> None:
    """A body that is no JSON object is 400."""
    response = here.send(method, f"/__admin{path}", data=body.encode("latin-1"))

    assert "the body" in fault(response)


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/clock", 405), ("/export", 405)])
def test_what_is_not_there(here: Tenant, path: str, status: int) -> None:
    """A wrong path or method of the switchboard is answered as JSON, like any other."""
    fault(here.admin("PATCH" if status == 405 else "GET", path), status)


def test_huge_body(here: Tenant) -> None:
    """A body over 16 MB is 413."""
    response = here.send("POST", "/__admin/records", data=b" " * (16 * 1024 * 1024 + 1))

    assert response.status_code == 413


def test_document_of_the_switchboard(app: Flask) -> None:
    """The OpenAPI document of the switchboard is valid and has every route."""
    document = app.test_client().get("/openapi/admin.json").get_json()

    OpenAPIV31SpecValidator(document).validate()
    described = {
        (method.upper(), path.removeprefix("/__admin")) for path, item in document["paths"].items() for method in item
    }
    routes = {(route.method, route.template.removeprefix("/__admin")) for route in ROUTES}
    assert described == routes
