"""Scenarios about envelopes, members and values: what a client finds in the body."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from conftest import Api
from reading import GRADEBOOK, HEADER, ROSTERING, V1P1, Row, by_path, get, inside, links, rows

from mockroster.standard.model import Operation, Resource
from mockroster.standard.versions import SERVICES

SPECS = [
    "wrapper-by-path",
    "data-wrapper",
    "bare-array",
    "single-as-list",
    "one-row-as-object",
    "nulls",
    "omitted-optionals",
    "omitted-optionals:also=class|terms|roles|user",
    "empty-string-arrays",
    "grades-as-string",
    "extra-members",
    "extra-members:names=junk|districtId",
    "both-role-styles",
    "both-role-styles:style=other",
    "string-booleans",
    "string-booleans:style=title",
    "json-booleans",
    "numeric-school-year",
    "scores-as-strings",
    *(f"odd-href:style={style}" for style in ("tilde", "relative", "foreign", "none")),
    *(f"odd-dates:style={style}" for style in ("no-ms", "offset", "local", "date-only", "space", "js")),
    "upper-case-vocabulary",
    "legacy-inactive-status",
    "legacy-inactive-status:word=toBeDeleted",
]

ACTS = [
    ("wrapper-by-path", f"{V1P1}/students"),
    ("wrapper-by-path", f"{ROSTERING}/students"),
    ("data-wrapper", f"{V1P1}/orgs"),
    ("data-wrapper", f"{GRADEBOOK}/categories"),
    ("bare-array", f"{V1P1}/orgs"),
    ("bare-array", f"{ROSTERING}/orgs"),
    ("single-as-list", f"{V1P1}/schools/{{school}}"),
    ("single-as-list", f"{ROSTERING}/schools/{{school}}"),
    ("one-row-as-object", f"{V1P1}/schools?limit=1"),
    ("one-row-as-object", f"{ROSTERING}/schools?limit=1"),
    ("nulls", f"{V1P1}/users"),
    ("nulls", f"{ROSTERING}/users"),
    ("omitted-optionals", f"{V1P1}/classes"),
    ("omitted-optionals", f"{ROSTERING}/classes"),
    ("omitted-optionals:also=class", f"{V1P1}/enrollments"),
    ("empty-string-arrays", f"{V1P1}/teachers"),
    ("empty-string-arrays", f"{ROSTERING}/teachers"),
    ("grades-as-string", f"{V1P1}/students"),
    ("grades-as-string", f"{ROSTERING}/students"),
    ("extra-members", f"{V1P1}/orgs"),
    ("extra-members:names=a|b", f"{ROSTERING}/orgs"),
    ("both-role-styles", f"{V1P1}/users"),
    ("both-role-styles:style=other", f"{ROSTERING}/users"),
    ("string-booleans", f"{V1P1}/users"),
    ("string-booleans:style=title", f"{V1P1}/users"),
    ("string-booleans:style=title", f"{ROSTERING}/users"),
    ("json-booleans", f"{ROSTERING}/users"),
    ("numeric-school-year", f"{V1P1}/terms"),
    ("numeric-school-year", f"{ROSTERING}/terms"),
    ("scores-as-strings", f"{V1P1}/results"),
    ("scores-as-strings", f"{GRADEBOOK}/results"),
    ("odd-href", f"{V1P1}/classes"),
    ("odd-href:style=none", f"{ROSTERING}/classes"),
    ("odd-dates", f"{V1P1}/orgs"),
    ("odd-dates:style=js", f"{GRADEBOOK}/lineItems"),
    ("upper-case-vocabulary", f"{V1P1}/orgs"),
    ("upper-case-vocabulary", f"{ROSTERING}/orgs"),
    ("legacy-inactive-status", f"{V1P1}/users?filter=status='tobedeleted'"),
    ("legacy-inactive-status:word=toBeDeleted", f"{ROSTERING}/users?filter=status='tobedeleted'"),
]
"""Scenarios, with a read in which they have a hand."""

LEAVES = [
    ("wrapper-by-path", f"{V1P1}/orgs"),
    ("wrapper-by-path", f"{ROSTERING}/classes"),
    ("bare-array", f"{V1P1}/schools/{{school}}"),
    ("single-as-list", f"{V1P1}/schools"),
    ("one-row-as-object", f"{V1P1}/schools?limit=2"),
    ("one-row-as-object", f"{V1P1}/schools?offset=1000"),
    ("nulls", f"{V1P1}/users?fields=sourcedId,username"),
    ("omitted-optionals", f"{V1P1}/users?fields=sourcedId,username"),
    ("empty-string-arrays", f"{V1P1}/users?fields=sourcedId,username"),
    ("grades-as-string", f"{V1P1}/orgs"),
    ("both-role-styles", f"{V1P1}/orgs"),
    ("both-role-styles", f"{V1P1}/users?fields=sourcedId,username"),
    ("both-role-styles", f"{ROSTERING}/users?fields=sourcedId,username"),
    ("string-booleans", f"{ROSTERING}/users"),
    ("string-booleans", f"{V1P1}/orgs"),
    ("json-booleans", f"{V1P1}/users"),
    ("numeric-school-year", f"{V1P1}/courses"),
    ("scores-as-strings", f"{V1P1}/lineItems"),
    ("odd-href", f"{V1P1}/users?fields=sourcedId,username"),
    ("odd-dates", f"{V1P1}/users?fields=sourcedId,username"),
    ("odd-dates:style=date-only", f"{V1P1}/demographics?fields=sourcedId,birthDate"),
    ("upper-case-vocabulary", f"{V1P1}/users?fields=sourcedId,username"),
    ("legacy-inactive-status", f"{V1P1}/users?filter=status='active'"),
]
"""Scenarios, with a read in which they have no hand."""

versions = pytest.mark.parametrize("base", [V1P1, ROSTERING], ids=["1.1", "1.2"])


@pytest.fixture(scope="module")
def school(api: Api) -> str:
    """Return the sourcedId of a school."""
    name: str = api.all("schools")[0]["sourcedId"]
    return name


def pairs(api: Api, spec: str, path: str, **parameters: Any) -> list[tuple[Row, Row]]:
    """Return each row as the scenario shows it, beside the row as it is."""
    spoilt = rows(get(api, spec, path, limit=10_000, **parameters))
    return list(zip(spoilt, rows(get(api, "", path, limit=10_000, **parameters)), strict=True))


def resource_at(base: str, collection: str) -> Resource:
    """Return the model that a path answers with."""
    return next(
        operation.resource
        for service in SERVICES
        for operation in service.operations
        if service.base == base and operation.path == f"/{collection}"
    )


def everything(value: Any) -> list[Any]:
    """Return a value and all that is inside it."""
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(inner for one in within for inner in everything(one))]


@pytest.mark.parametrize(("spec", "path"), ACTS)
def test_doors(spec: str, path: str, school: str, api: Api) -> None:
    """By header and by base path the scenario acts and is named; without it the answer is clean."""
    name, path = spec.partition(":")[0], path.format(school=school)

    by_header = get(api, spec, path)
    by_base_path = by_path(api, spec, path)
    plain = get(api, "", path)

    for response in (by_header, by_base_path):
        assert response.status_code == 200
        assert response.headers[HEADER] == name
        assert response.content_type == "application/json"
        assert int(response.headers["Content-Length"]) == len(response.data)
        assert response.headers["X-Total-Count"] == plain.headers["X-Total-Count"]
    assert HEADER not in plain.headers
    assert by_header.data != plain.data


@pytest.mark.parametrize(("spec", "path"), LEAVES)
def test_no_hand_in_it(spec: str, path: str, school: str, api: Api) -> None:
    """If it has nothing to do, a scenario leaves the response unchanged, and is not named."""
    path = path.format(school=school)

    response = get(api, spec, path)

    assert HEADER not in response.headers
    assert response.data == get(api, "", path).data


def _reads() -> list[tuple[str, Operation]]:
    """Return the collections that are not nested, with the paths of their services."""
    operations = [(service.base, operation) for service in SERVICES for operation in service.operations]
    return [(base, one) for base, one in operations if one.kind == "collection" and not one.parameters]


@pytest.mark.parametrize("spec", SPECS)
def test_every_collection(spec: str, api: Api) -> None:
    """No scenario fails on any model: its answers are 200, and have every row."""
    for base, operation in _reads():
        response = get(api, spec, base + operation.path, limit=30)

        body = response.get_json()
        page = body if isinstance(body, list) else next(iter(body.values()))
        assert response.status_code == 200
        assert len(page) == min(int(response.headers["X-Total-Count"]), 30) or spec == "one-row-as-object"


@pytest.mark.parametrize("spec", SPECS)
@versions
def test_failures_are_left_alone(spec: str, base: str, api: Api) -> None:
    """A read that fails, fails as it would without the scenario."""
    for path in ("/students?limit=none", "/students/nobody", "/schools/nothing/students"):
        response = get(api, spec, base + path)

        plain = get(api, "", base + path)
        assert (response.status_code, response.data) == (plain.status_code, plain.data)
        assert HEADER not in response.headers


@pytest.mark.parametrize("spec", SPECS)
def test_body_that_is_not_a_read(spec: str, api: Api) -> None:
    """An error of another scenario in place of the response is unchanged."""
    response = get(api, f"flaky:every=1;{spec}", f"{V1P1}/users")

    assert response.headers[HEADER] == "flaky"


@pytest.mark.parametrize(
    "spec",
    [
        "omitted-optionals:also=title",
        "both-role-styles:style=none",
        "string-booleans:style=upper",
        "odd-href:style=absolute",
        "odd-dates:style=iso",
        "odd-dates:hours=15",
        "legacy-inactive-status:word=deleted",
    ],
)
def test_parameters_out_of_bounds(spec: str, api: Api) -> None:
    """A value that a parameter cannot have is refused."""
    assert get(api, spec, f"{V1P1}/orgs").status_code == 400


@pytest.mark.parametrize(
    ("path", "wrapper"),
    [
        (f"{V1P1}/students", "students"),
        (f"{V1P1}/teachers", "teachers"),
        (f"{V1P1}/terms", "terms"),
        (f"{V1P1}/gradingPeriods", "gradingPeriods"),
        (f"{V1P1}/schools", "schools"),
        (f"{V1P1}/schools/{{school}}/students", "students"),
        (f"{V1P1}/schools/{{school}}/terms", "terms"),
        (f"{V1P1}/schools/{{school}}/classes", "classes"),
        (f"{V1P1}/schools/{{school}}", "school"),
        (f"{V1P1}/orgs/{{school}}", "org"),
        (f"{V1P1}/students/{{student}}", "student"),
        (f"{V1P1}/demographics/{{student}}", "demographic"),
        (f"{V1P1}/demographics", "demographics"),
        (f"{V1P1}/terms/{{term}}", "term"),
        (f"{V1P1}/academicSessions/{{term}}", "academicSession"),
        (f"{V1P1}/classes/{{class}}", "class"),
        (f"{V1P1}/categories/{{category}}", "category"),
        (f"{ROSTERING}/teachers", "teachers"),
        (f"{ROSTERING}/students/{{student}}", "student"),
        (f"{GRADEBOOK}/categories/{{category}}", "category"),
    ],
)
def test_wrapper_by_path(path: str, wrapper: str, api: Api) -> None:
    """The one thing in the body is called as the path is."""
    some = {
        "school": "schools",
        "student": "students",
        "term": "terms",
        "class": "classes",
        "category": "categories",
    }
    path = path.format(**{name: api.all(collection)[0]["sourcedId"] for name, collection in some.items()})

    response = get(api, "wrapper-by-path", path)

    assert list(response.get_json()) == [wrapper]
    assert inside(response) == inside(get(api, "", path))


def test_wrapper_comes_first(api: Api) -> None:
    """Members beside the rows still follow them."""
    for spec, wrapper in {"wrapper-by-path": "students", "data-wrapper": "data"}.items():
        assert list(get(api, spec, f"{V1P1}/students", sort="shoeSize").get_json()) == [wrapper, "statusInfoSet"]


@pytest.mark.parametrize("path", [f"{V1P1}/orgs", f"{V1P1}/schools/{{school}}", f"{ROSTERING}/orgs"])
def test_data_wrapper(path: str, school: str, api: Api) -> None:
    """Rows and single records are under data."""
    path = path.format(school=school)

    body = get(api, "data-wrapper", path).get_json()

    assert body == {"data": inside(get(api, "", path))}


def test_bare_array(api: Api) -> None:
    """The body is the array; the headers are as they were."""
    response = get(api, "bare-array", f"{V1P1}/students", limit=10)

    plain = get(api, "", f"{V1P1}/students", limit=10)
    assert response.get_json() == rows(plain)
    assert links(response) == links(plain)


@versions
def test_single_as_list(base: str, school: str, api: Api) -> None:
    """The record is the only element of a list under its own name."""
    response = get(api, "single-as-list", f"{base}/schools/{school}")

    assert response.get_json() == {"org": [inside(get(api, "", f"{base}/schools/{school}"))]}


@versions
def test_one_row_as_object(base: str, api: Api) -> None:
    """One row stands by itself, also in a bare array; two are a list."""
    plain = rows(get(api, "", f"{base}/schools", limit=1))

    one = get(api, "one-row-as-object", f"{base}/schools", limit=1).get_json()
    bare = get(api, "bare-array;one-row-as-object", f"{base}/schools", limit=1).get_json()
    two = get(api, "one-row-as-object", f"{base}/schools", limit=2).get_json()

    assert one == {"orgs": plain[0]}
    assert bare == plain[0]
    assert len(two["orgs"]) == 2


@pytest.mark.parametrize(
    ("base", "collection"), [(V1P1, "users"), (V1P1, "classes"), (ROSTERING, "users"), (GRADEBOOK, "results")]
)
def test_nulls(base: str, collection: str, api: Api) -> None:
    """Every row has every member of the standard, in one order; those that would be absent are null."""
    members = resource_at(base, collection).schema.members

    for spoilt, plain in pairs(api, "nulls", f"{base}/{collection}"):
        assert list(spoilt) == list(members)
        assert {name for name, value in spoilt.items() if value is None} == set(members) - set(plain)
        assert {name: spoilt[name] for name in plain if not isinstance(plain[name], list)} == {
            name: value for name, value in plain.items() if not isinstance(value, list)
        }


def test_nulls_inside_records(api: Api) -> None:
    """The objects inside a record have their optional members too."""
    user, plain = pairs(api, "nulls", f"{ROSTERING}/users")[0]

    assert set(user["roles"][0]) == {"roleType", "role", "org", "userProfile", "beginDate", "endDate"}
    assert None in user["roles"][0].values()
    assert None not in plain["roles"][0].values()


def test_nulls_of_selected_members(api: Api) -> None:
    """A client that asks for some members gets no others, null or not."""
    user = rows(get(api, "nulls", f"{V1P1}/users", limit=1, fields="sourcedId,middleName,password"))[0]

    assert set(user) == {"sourcedId", "middleName", "password"}
    assert user["password"] is None


@pytest.mark.parametrize(
    ("base", "collection"), [(V1P1, "users"), (V1P1, "enrollments"), (ROSTERING, "users"), (GRADEBOOK, "results")]
)
def test_omitted_optionals(base: str, collection: str, api: Api) -> None:
    """Only what the standard requires is left."""
    members = resource_at(base, collection).schema.members
    required = {name for name, field in members.items() if field.required}

    for spoilt, plain in pairs(api, "omitted-optionals", f"{base}/{collection}"):
        assert set(spoilt) == required
        assert set(plain) > required or collection == "enrollments"


@pytest.mark.parametrize(
    ("also", "path"),
    [
        ("class", f"{V1P1}/enrollments"),
        ("user", f"{ROSTERING}/enrollments"),
        ("terms", f"{V1P1}/classes"),
        ("roles", f"{ROSTERING}/users"),
    ],
)
def test_omitted_required(also: str, path: str, api: Api) -> None:
    """On demand members are left out that are never missing elsewhere."""
    for spoilt, plain in pairs(api, f"omitted-optionals:also={also}", path):
        assert also not in spoilt
        assert also in plain
        assert "sourcedId" in spoilt


@versions
def test_empty_string_arrays(base: str, api: Api) -> None:
    """An array that has nothing is an empty string, one that has something is left."""
    without = 0
    for spoilt, plain in pairs(api, "empty-string-arrays", f"{base}/users"):
        without += "grades" not in plain
        assert spoilt["grades"] == plain.get("grades", "")
        assert spoilt["agents"] == plain.get("agents", "")
        assert spoilt["username"] == plain["username"]
        assert spoilt.get("middleName") == plain.get("middleName")

    assert without


@pytest.mark.parametrize("path", [f"{V1P1}/users", f"{V1P1}/courses", f"{ROSTERING}/classes"])
def test_grades_as_string(path: str, api: Api) -> None:
    """Grades are joined by commas; a row without any has none."""
    for spoilt, plain in pairs(api, "grades-as-string", path):
        assert spoilt == plain | ({"grades": ",".join(plain["grades"])} if "grades" in plain else {})


@versions
def test_extra_members(base: str, api: Api) -> None:
    """Every record has members more, whose names can be chosen; its own are never replaced."""
    for spoilt, plain in pairs(api, "extra-members", f"{base}/orgs"):
        assert spoilt == plain | {"junk": "extra"}
    for spoilt, plain in pairs(api, "extra-members:names=name|x|y", f"{base}/orgs"):
        assert spoilt == plain | {"x": "extra", "y": "extra"}


@pytest.mark.parametrize(("style", "gone"), [("both", set()), ("other", {"role", "orgs"})])
def test_users_of_1p1_have_roles(style: str, gone: set[str], api: Api) -> None:
    """A user of 1.1 has a primary role in each org, in words of 1.2."""
    for spoilt, plain in pairs(api, f"both-role-styles:style={style}", f"{V1P1}/users"):
        assert set(plain) - set(spoilt) == gone
        assert spoilt["primaryOrg"] == plain["orgs"][0]
        assert [role["org"] for role in spoilt["roles"]] == plain["orgs"]
        assert {role["roleType"] for role in spoilt["roles"]} == {"primary"}
        words = {role["role"] for role in spoilt["roles"]}
        assert words == {"siteAdministrator" if plain["role"] == "administrator" else plain["role"]}


@pytest.mark.parametrize(("style", "gone"), [("both", set()), ("other", {"roles", "primaryOrg"})])
def test_users_of_1p2_have_a_role(style: str, gone: set[str], api: Api) -> None:
    """A user of 1.2 has the role and the orgs that 1.1 shows of the same user."""
    before = {row["sourcedId"]: row for row in api.all("users")}

    for spoilt, plain in pairs(api, f"both-role-styles:style={style}", f"{ROSTERING}/users"):
        old = before[plain["sourcedId"]]
        assert set(plain) - set(spoilt) == gone
        assert spoilt["role"] == old["role"]
        assert [org["sourcedId"] for org in spoilt["orgs"]] == [org["sourcedId"] for org in old["orgs"]]
        assert all("/v1p2/" in org["href"] for org in spoilt["orgs"])


@pytest.mark.parametrize(
    ("spec", "path", "expected"),
    [
        ("string-booleans", f"{V1P1}/users", lambda true: "true" if true else "false"),
        ("string-booleans:style=title", f"{V1P1}/users", lambda true: "True" if true else "False"),
        ("string-booleans:style=title", f"{ROSTERING}/users", lambda true: "True" if true == "true" else "False"),
        ("json-booleans", f"{ROSTERING}/users", lambda true: true == "true"),
    ],
)
def test_booleans(spec: str, path: str, expected: Callable[[Any], Any], api: Api) -> None:
    """Booleans are written otherwise; nothing else is."""
    seen = set()
    for spoilt, plain in pairs(api, spec, path):
        seen.add(spoilt["enabledUser"])
        assert spoilt == plain | {"enabledUser": expected(plain["enabledUser"])}

    assert len(seen) == 2


@pytest.mark.parametrize("member", ["asian", "white", "hispanicOrLatinoEthnicity", "demographicRaceTwoOrMoreRaces"])
def test_booleans_of_demographics(member: str, api: Api) -> None:
    """Every boolean of a record is written so."""
    strings = {row.get(member) for row in rows(get(api, "string-booleans", f"{V1P1}/demographics"))}
    booleans = {row.get(member) for row in rows(get(api, "json-booleans", f"{ROSTERING}/demographics"))}

    assert strings <= {"true", "false", None}
    assert booleans <= {True, False, None}


@versions
def test_numeric_school_year(base: str, api: Api) -> None:
    """The year is a number."""
    for spoilt, plain in pairs(api, "numeric-school-year", f"{base}/academicSessions"):
        assert spoilt == plain | {"schoolYear": int(plain["schoolYear"])}


@pytest.mark.parametrize("base", [V1P1, GRADEBOOK])
def test_scores_as_strings(base: str, api: Api) -> None:
    """A score is a string that spells the number."""
    scores = [
        (one["score"], other["score"])
        for one, other in pairs(api, "scores-as-strings", f"{base}/results")
        if "score" in other
    ]

    assert scores
    assert all(text == str(number) for text, number in scores)


@pytest.mark.parametrize(
    ("style", "pattern"),
    [
        ("tilde", r"~/ims/oneroster/{version}/orgs/[^/]+"),
        ("relative", r"/orgs/[^/]+"),
        ("foreign", r"https://oneroster\.invalid/ims/oneroster/{version}/orgs/[^/]+"),
    ],
)
@pytest.mark.parametrize(("base", "version"), [(V1P1, "v1p1"), (ROSTERING, "rostering/v1p2")], ids=["1.1", "1.2"])
def test_odd_href(style: str, pattern: str, base: str, version: str, api: Api) -> None:
    """References lead nowhere, and still say what they refer to, below a base path of their own too."""
    spec = f"odd-href:style={style}"

    for response in (get(api, spec, f"{base}/schools"), by_path(api, spec, f"{base}/schools")):
        for school in rows(response):
            assert re.fullmatch(pattern.format(version=version), school["parent"]["href"])
            assert school["parent"]["sourcedId"] in school["parent"]["href"]
            assert school["parent"]["type"] == "org"


@pytest.mark.parametrize("path", [f"{V1P1}/classes", f"{ROSTERING}/users", f"{GRADEBOOK}/lineItems"])
def test_no_href(path: str, api: Api) -> None:
    """No object in the body has a href, also in arrays and nested objects."""
    response = get(api, "odd-href:style=none", path)

    assert all("href" not in part for part in everything(rows(response)) if isinstance(part, dict))
    assert any("href" in part for part in everything(rows(get(api, "", path))) if isinstance(part, dict))


DATES = {
    "no-ms": (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "%Y-%m-%dT%H:%M:%S%z", 0),
    "offset": (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}-06:00", "%Y-%m-%dT%H:%M:%S.%f%z", 0),
    "offset,hours=0": (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", "%Y-%m-%dT%H:%M:%S.%f%z", 0),
    "local": (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", "%Y-%m-%dT%H:%M:%S.%f", -6),
    "local,hours=2": (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", "%Y-%m-%dT%H:%M:%S.%f", 2),
    "space": (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "%Y-%m-%d %H:%M:%S%z", 0),
    "js": (
        r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT\+0000 \(Coordinated Universal Time\)",
        "%a %b %d %Y %H:%M:%S GMT%z (Coordinated Universal Time)",
        0,
    ),
}


@pytest.mark.parametrize("style", DATES)
@pytest.mark.parametrize("path", [f"{V1P1}/lineItems", f"{GRADEBOOK}/lineItems"], ids=["1.1", "1.2"])
def test_odd_dates(style: str, path: str, api: Api) -> None:
    """Every date and time has that form, and names the same moment, by the second at least."""
    pattern, form, hours = DATES[style]

    for spoilt, plain in pairs(api, f"odd-dates:style={style}", path):
        for member in ("dateLastModified", "assignDate", "dueDate"):
            assert re.fullmatch(pattern, spoilt[member])
            moment = datetime.strptime(spoilt[member], form).replace(microsecond=0)  # noqa: DTZ007
            honest = datetime.fromisoformat(plain[member]).replace(microsecond=0)
            difference = moment.replace(tzinfo=moment.tzinfo or honest.tzinfo) - honest
            assert difference.total_seconds() == hours * 3600


@pytest.mark.parametrize(
    ("zone", "offsets"), [("", {"-07:00", "-06:00"}), (",zone=Europe/Berlin", {"+01:00", "+02:00"})]
)
@pytest.mark.parametrize("path", [f"{V1P1}/lineItems", f"{GRADEBOOK}/lineItems"], ids=["1.1", "1.2"])
def test_dates_in_a_zone(zone: str, offsets: set[str], path: str, api: Api) -> None:
    """Every time is the same moment with the offset of the zone, which is another one in summer."""
    found = set()
    for spoilt, plain in pairs(api, f"odd-dates:style=zone{zone}", path):
        for member in ("dateLastModified", "assignDate", "dueDate"):
            assert datetime.fromisoformat(spoilt[member]) == datetime.fromisoformat(plain[member])
            found.add(spoilt[member][-6:])

    assert found == offsets


def test_unknown_zone(api: Api) -> None:
    """A time zone that does not exist is refused with the nearest one."""
    response = get(api, "odd-dates:style=zone,zone=America/Denvr", f"{V1P1}/orgs")

    assert response.status_code == 400
    assert "did you mean 'America/Denver'" in response.text


def test_dates_only(api: Api) -> None:
    """The time is gone; plain dates are as they were."""
    for spoilt, plain in pairs(api, "odd-dates:style=date-only", f"{V1P1}/terms"):
        assert spoilt == plain | {"dateLastModified": plain["dateLastModified"][:10]}


@pytest.mark.parametrize(("style", "ending"), [("space", " 00:00:00Z"), ("js", " (Coordinated Universal Time)")])
def test_plain_dates(style: str, ending: str, api: Api) -> None:
    """Plain dates are written as dates and times."""
    for row in rows(get(api, f"odd-dates:style={style}", f"{V1P1}/terms")):
        assert row["startDate"].endswith(ending)


def test_dates_at_the_end_of_time(fresh: Api) -> None:
    """A date that has no local time does not break the answer."""
    item = fresh.all("lineItems")[0]
    path = f"/lineItems/{item['sourcedId']}"
    late = {"assignDate": "9999-12-31T23:59:59.999Z", "dueDate": "9999-12-31T23:59:59.999Z"}
    assert fresh.put(path, {"lineItem": item | late}).status_code == 200

    for style, hours in product(("no-ms", "offset", "local", "space", "js"), (-12, 14)):
        response = get(fresh, f"odd-dates:style={style},hours={hours}", V1P1 + path)

        assert inside(response)["dueDate"].count("9999") == 1


@pytest.mark.parametrize(
    ("path", "members"),
    [
        (f"{V1P1}/users", ("status", "role")),
        (f"{V1P1}/results", ("status", "scoreStatus")),
        (f"{V1P1}/academicSessions", ("status", "type")),
        (f"{ROSTERING}/orgs", ("status", "type")),
        (f"{GRADEBOOK}/categories", ("status",)),
    ],
)
def test_upper_case_vocabulary(path: str, members: tuple[str, ...], api: Api) -> None:
    """Words of enumerations are in upper case, names and references are not."""
    for spoilt, plain in pairs(api, "upper-case-vocabulary", path):
        assert spoilt == plain | {member: plain[member].upper() for member in members}


def test_upper_case_inside_records(api: Api) -> None:
    """The words in arrays and inside objects are in upper case too."""
    user = rows(get(api, "upper-case-vocabulary", f"{ROSTERING}/students", limit=1))[0]
    resource = rows(get(api, "upper-case-vocabulary", f"{V1P1}/resources", limit=1))[0]

    assert (user["roles"][0]["role"], user["roles"][0]["roleType"]) == ("STUDENT", "PRIMARY")
    assert all(role.isupper() for role in resource["roles"])


@versions
@pytest.mark.parametrize(
    ("spec", "word"),
    [("legacy-inactive-status", "inactive"), ("legacy-inactive-status:word=toBeDeleted", "toBeDeleted")],
)
def test_legacy_inactive_status(spec: str, word: str, base: str, api: Api) -> None:
    """Deleted records have another word as status; active ones are unchanged."""
    for spoilt, plain in pairs(api, spec, f"{base}/users"):
        assert spoilt == plain | {"status": {"active": "active", "tobedeleted": word}[plain["status"]]}


@pytest.mark.parametrize("envelope", ["bare-array", "data-wrapper", "wrapper-by-path", "totals-in-body"])
def test_members_in_any_envelope(envelope: str, api: Api) -> None:
    """Members change also behind a scenario that changes the envelope."""
    response = get(api, f"{envelope};numeric-school-year", f"{V1P1}/terms")

    body = response.get_json()
    page = body if isinstance(body, list) else next(iter(body.values()))
    assert response.headers[HEADER] == f"{envelope}, numeric-school-year"
    assert all(isinstance(row["schoolYear"], int) for row in page)


def test_several_together(api: Api) -> None:
    """Scenarios about members act one on what the other left."""
    spec = "nulls;string-booleans:style=title;odd-href:style=none;upper-case-vocabulary;extra-members;odd-dates"

    response = get(api, spec, f"{V1P1}/users", limit=5)

    for user in rows(response):
        assert user["enabledUser"] in {"True", "False"}
        assert user["role"].isupper()
        assert set(user["orgs"][0]) == {"sourcedId", "type"}
        assert user["password"] is None
        assert user["junk"] == "extra"


def test_writes_are_left_alone(fresh: Api) -> None:
    """A record goes in as it is, whatever reads look like; it is then read through the scenario."""
    category = {"category": {"sourcedId": "c1", "title": "Homework"}}

    written = fresh.send(
        "PUT",
        "/categories/c1",
        data=json.dumps(category),
        content_type="application/json",
        headers={HEADER: "nulls;data-wrapper;odd-dates"},
    )
    read = get(fresh, "nulls", f"{V1P1}/categories/c1")

    assert written.status_code == 201
    assert HEADER not in written.headers
    assert inside(read)["metadata"] is None
