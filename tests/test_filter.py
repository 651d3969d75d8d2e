"""Filters: each predicate on each kind of member, and invalid filters."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from conftest import Api, information
from naive import found, ids, ordered, selected

from mockroster.roster.store import values_of

Json = dict[str, Any]

PREDICATES = ["=", "!=", ">", ">=", "<", "<=", "~"]

KINDS = [
    ("users", "familyName", None),
    ("users", "sourcedId", None),
    ("users", "status", None),
    ("users", "email", None),
    ("users", "enabledUser", None),
    ("users", "userIds.type", None),
    ("users", "userIds.identifier", None),
    ("users", "orgs", None),
    ("users", "orgs.sourcedId", None),
    ("users", "agents.sourcedId", None),
    ("users", "grades", None),
    ("users", "dateLastModified", None),
    ("users", "dateLastModified", "2025-12-01"),
    ("users", "dateLastModified", "2025-12-01T00:00:00Z"),
    ("users", "dateLastModified", "2025-12-01T00:00:00.000Z"),
    ("users", "dateLastModified", "2025-12-01T01:30:00+01:30"),
    ("classes", "school", None),
    ("classes", "school.sourcedId", None),
    ("classes", "school.type", None),
    ("classes", "terms", None),
    ("classes", "subjects", None),
    ("classes", "periods", None),
    ("academicSessions", "startDate", None),
    ("academicSessions", "endDate", "2026-01-01"),
    ("academicSessions", "schoolYear", None),
    ("academicSessions", "parent.sourcedId", None),
    ("demographics", "birthDate", None),
    ("demographics", "asian", None),
    ("demographics", "asian", "TRUE"),
    ("enrollments", "primary", None),
    ("enrollments", "class.sourcedId", None),
    ("enrollments", "role", None),
    ("lineItems", "dueDate", None),
    ("lineItems", "dueDate", "2025-11-30"),
    ("lineItems", "resultValueMax", None),
    ("lineItems", "resultValueMin", "-1.5"),
    ("results", "score", None),
    ("results", "score", "80.0"),
    ("results", "score", "8e1"),
    ("results", "scoreDate", None),
    ("results", "lineItem.sourcedId", None),
    ("categories", "weight", None),
    ("orgs", "metadata.NOTHING", "x"),
    ("resources", "roles", None),
]
"""Collection, member, and a value; without one the value is taken from the middle of the data."""


def literal(value: object) -> str:
    """Return a value as a filter has it between quotes."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("'", "''")


def middle(rows: list[Json], member: str) -> str:
    """Return the value that half of the rows that have the member come before."""
    values = sorted((value for row in rows for value in found(row, member)), key=str)
    return str(values[len(values) // 2]).lower() if isinstance(values[0], bool) else str(values[len(values) // 2])


@pytest.mark.parametrize("predicate", PREDICATES)
@pytest.mark.parametrize(("collection", "member", "value"), KINDS)
def test_predicate(collection: str, member: str, value: str | None, predicate: str, api: Api) -> None:
    """A comparison selects, in natural order, what a look at every record by its kind of value selects."""
    rows = api.all(collection)
    text = value or middle(rows, member)

    response = api.get(f"/{collection}", filter=f"{member}{predicate}'{literal(text)}'", limit=100_000)

    assert response.status_code == 200, response.text
    expected = selected(rows, member, predicate, text)
    assert ids(response.get_json()[collection]) == ids(expected)
    assert response.headers["X-Total-Count"] == str(len(expected))


def test_the_predicates_above_divide_the_data(api: Api) -> None:
    """The values are such that most comparisons find some rows and not all."""
    found = [
        len(selected(api.all(collection), member, predicate, value or middle(api.all(collection), member)))
        / len(api.all(collection))
        for collection, member, value in KINDS
        for predicate in PREDICATES
    ]

    assert sum(0 < share < 1 for share in found) > len(found) / 2


def test_metadata(fresh: Api) -> None:
    """Members of metadata can be filtered: texts, numbers, truth values and lists."""
    held = {"a": {"x": 9, "y": "blue"}, "b": {"x": 10, "y": "red", "z": True}, "c": {"x": "ten", "l": ["p", "q"]}}
    for name, metadata in held.items():
        assert fresh.put(f"/categories/{name}", {"category": {"title": name, "metadata": metadata}}).status_code == 201

    def asked(filter_: str) -> list[str]:
        return ids(fresh.rows("/categories", filter=filter_))

    assert asked("metadata.y='red'") == ["b"]
    assert asked("metadata.y~'RE'") == ["b"]
    assert asked("metadata.x='10'") == ["b"]
    assert asked("metadata.x>'9' AND metadata.x<'11'") == ["b"]
    assert asked("metadata.z='true'") == ["b"]
    assert asked("metadata.l='p'") == ["c"]
    assert asked("metadata.l='p,q'") == ["c"]
    assert asked("metadata.none='p'") == []
    assert asked("metadata.x='ten'") == ["c"]


@pytest.mark.parametrize("operator", ["AND", "OR"])
def test_two_comparisons(operator: str, api: Api) -> None:
    """AND needs both, OR either; the order stays the natural one."""
    users = api.all("users")
    left = set(ids(selected(users, "role", "=", "student")))
    right = set(ids(selected(users, "dateLastModified", ">", "2025-10-01")))

    rows = api.rows("/users", filter=f"role='student' {operator} dateLastModified>'2025-10-01'")

    both = left & right if operator == "AND" else left | right
    assert 0 < len(both) < len(users)
    assert ids(rows) == [one for one in ids(users) if one in both]


def test_filter_on_a_nested_read(api: Api) -> None:
    """A nested collection is filtered like any other, after the path has chosen its rows."""
    school = api.rows("/schools")[0]["sourcedId"]
    students = api.rows(f"/schools/{school}/students")
    grade = students[0]["grades"][0]

    rows = api.rows(f"/schools/{school}/students", filter=f"grades='{grade}'")

    assert ids(rows) == ids(selected(students, "grades", "=", grade))


@pytest.mark.parametrize(
    "sent",
    [
        "filter=role='student'",
        "filter=role%3D%27student%27",
        "filter=role=%27student%27",
        "filter=role%3d'student'",
        "filter=role='student' ",
        "filter=role='student'+AND+status='active'",
        "filter=role='student'%20AND%20status='active'",
        "filter=role%3D%27student%27%20AND%20status%3D%27active%27",
        "filter =role='student'",
        "%20filter%20=role='student'",
        "filter=role>='student'+AND+role<='student'",
        "filter=role%3E%3D'student'+AND+role%3C%3D'student'",
    ],
)
def test_spellings_that_clients_send(sent: str, api: Api) -> None:
    """Raw or encoded quotes, equals signs, angles and blanks mean the same."""
    response = api.send("GET", f"/users?{sent}&limit=10000")

    assert response.status_code == 200
    roles = {user["role"] for user in response.get_json()["users"]}
    assert roles == {"student"}


def test_email_addresses_and_dots(api: Api) -> None:
    """An e-mail address, raw or encoded, finds exactly its owner."""
    teacher = api.rows("/teachers")[0]

    raw = api.send("GET", f"/teachers?filter=email='{teacher['email']}'")
    encoded = api.get("/teachers", filter=f"email='{teacher['email']}'")

    assert raw.get_json() == {"users": [teacher]}
    assert encoded.get_json() == {"users": [teacher]}


@pytest.mark.parametrize(
    "title", ["O'Hara", "''", "a''b", "=", "x' AND title='y", "+", "a b", "50%", "ñ é 日本 🎓", "&", "#"]
)
def test_values_with_anything_in_them(title: str, fresh: Api) -> None:
    """A doubled quote stands for a quote, and any other character for itself."""
    fresh.put("/categories/odd", {"category": {"title": title}})

    equal = fresh.rows("/categories", filter=f"title='{literal(title)}'")
    other = fresh.rows("/categories", filter=f"title!='{literal(title)}'")

    assert ids(equal) == ["odd"]
    assert "odd" not in ids(other)
    assert len(other) == len(fresh.rows("/categories")) - 1


def test_raw_utf_8(fresh: Api) -> None:
    """A value that a client sent without encoding it is read as UTF-8, as in a URL typed after ``curl``."""
    fresh.put("/categories/odd", {"category": {"title": "Año"}})
    raw = "filter=title='Año'".encode().decode("latin-1")

    response = fresh.send("GET", "/categories", environ_overrides={"QUERY_STRING": raw})

    assert ids(response.get_json()["categories"]) == ["odd"]
    assert quote("Año") in response.headers["Link"]


@pytest.mark.parametrize(
    "filter_", ["status='norecords'", "familyName='nobody'", "sourcedId='nobody'", "orgs='x'", "role='pupil'"]
)
def test_no_match_is_no_error(filter_: str, api: Api) -> None:
    """A filter that nothing passes is 200 and empty, also where the value is outside the vocabulary."""
    response = api.get("/users", filter=filter_)

    assert response.status_code == 200
    assert response.get_json() == {"users": []}
    assert response.headers["X-Total-Count"] == "0"


@pytest.mark.parametrize(
    ("member", "nearest"),
    [
        ("familyname", "familyName"),
        ("surname", None),
        ("givenNames", "givenName"),
        ("org.sourcedId", "orgs.sourcedId"),
        ("userIds.typ", "userIds.type"),
        ("role.x", "role"),
        ("metadata", None),
        ("x" * 5000, None),
    ],
)
def test_unknown_member(member: str, nearest: str | None, api: Api) -> None:
    """An unknown member is 400, invalid_filter_field, without data, and the nearest name is suggested."""
    response = api.get("/users", filter=f"{member}='x'")

    assert response.status_code == 400
    said = information(response)
    assert said["imsx_codeMinor"] == "invalid_filter_field"
    assert member[:20] in said["imsx_description"]
    assert nearest is None or repr(nearest) in said["imsx_description"]


def test_unknown_member_in_the_second_comparison(api: Api) -> None:
    """Both comparisons must name members."""
    response = api.get("/users", filter="role='student' OR surname='x'")

    assert response.status_code == 400
    assert information(response)["imsx_codeMinor"] == "invalid_filter_field"


@pytest.mark.parametrize(
    "filter_",
    [
        "",
        " ",
        "role",
        "role=",
        "role=student",
        "role='student",
        "role=student'",
        'role="student"',
        "='student'",
        "'student'=role",
        "role==='student'",
        "role<>'student'",
        "role=='student'",
        "role IN ('student')",
        "role='student' AND",
        "AND role='student'",
        "role='student' and status='active'",
        "role='student' && status='active'",
        "role='student'AND status='active'",
        "role='student' ANDstatus='active'",
        "role='student' status='active'",
        "role='student'; DROP TABLE users",
        "(role='student')",
        "NOT role='student'",
        "role='student' AND status='active' AND enabledUser='true'",
        "role='student' OR role='teacher' OR role='aide'",
        "role='student' AND role='teacher' OR role='aide'",
        "familyName='O'Hara'",
        "role='student' AND status='active' x",
        "role='student' OR status='active')",
        "role='student' AND status='active'status='active'",
        "role='student' AND status='active' and enabledUser='true'",
    ],
)
def test_bad_syntax(filter_: str, api: Api) -> None:
    """An invalid filter is 400, invalid data, with a description; so is more than one logical operator."""
    response = api.get("/users", filter=filter_)

    assert response.status_code == 400
    said = information(response)
    assert said["imsx_codeMinor"] == "invalid data"
    assert said["imsx_description"].startswith("filter")


@pytest.mark.parametrize(
    ("filter_", "said"),
    [
        (" ", "it ends too early"),
        ("role=student", "the value in 'role=student' is not in single quotes"),
        ("role ~ student", "the value in 'role ~ student' is not in single quotes"),
        ("role", "'role' is not a comparison"),
        ("and role='student'", "\"and role='student'\" is not AND or OR in capitals"),
        ("role='student' & x='y'", "\"& x='y'\" is not AND or OR in capitals"),
        ("role='student' AND status", "'status' is not AND or OR in capitals, a blank on each side, and a comparison"),
        ("role='student' AND status='active' x", "'x' is not AND or OR in capitals"),
        ("role='student' OR role='aide' OR role='x'", "more than one AND or OR"),
        ("r" * 61, f"{'r' * 60!r} is not a comparison"),
    ],
)
def test_bad_syntax_is_explained(filter_: str, said: str, api: Api) -> None:
    """The message quotes up to 60 characters of the filter from the fault on, and explains it."""
    response = api.get("/users", filter=filter_)

    assert information(response)["imsx_description"].startswith(f"filter: {said}")


@pytest.mark.parametrize("member", ["school.href", "course.href", "terms.href"])
@pytest.mark.parametrize("address", ["{href}", "https://elsewhere.example:8443/x{path}", "{path}"])
def test_href(member: str, address: str, api: Api) -> None:
    """An address is compared from its path in the standard on: a client may have come by another host or prefix."""
    head = member.partition(".")[0]
    wanted = next(iter(values_of(api.all("classes")[-1][head])))
    path = wanted["href"][wanted["href"].index("/ims/") :]

    rows = api.rows("/classes", filter=f"{member}='{address.format(href=wanted['href'], path=path)}'")

    expected = [row for row in api.all("classes") if wanted in values_of(row[head])]
    assert ids(rows) == ids(expected)
    assert 0 < len(rows) < len(api.all("classes"))


@pytest.mark.parametrize(
    ("collection", "filter_"),
    [
        ("users", "dateLastModified>'yesterday'"),
        ("users", "dateLastModified>'2026'"),
        ("users", "enabledUser='yes'"),
        ("results", "score>'high'"),
        ("results", "score>'NaN'"),
        ("results", "score>'Infinity'"),
        ("demographics", "birthDate='01/02/2010'"),
        ("demographics", "birthDate='2010-02-30'"),
        ("lineItems", "resultValueMax='1,5'"),
    ],
)
def test_value_that_the_member_cannot_hold(collection: str, filter_: str, api: Api) -> None:
    """A date that is none, a number that is none: 400 with a sentence that names the member."""
    response = api.get(f"/{collection}", filter=filter_)

    assert response.status_code == 400
    said = information(response)
    assert said["imsx_codeMinor"] == "invalid data"
    assert filter_.partition(">")[0].partition("=")[0] in said["imsx_description"]


def test_filter_on_a_single_read_is_passed_over(api: Api) -> None:
    """A single read obeys ``fields`` only."""
    user = api.all("users")[0]

    response = api.get(f"/users/{user['sourcedId']}", filter="nonsense", sort="x", limit="-1")

    assert response.status_code == 200
    assert response.get_json() == {"user": user}


def test_filter_with_sort(api: Api) -> None:
    """Filter and sort work together."""
    rows = api.rows("/users", filter="role='teacher'", sort="familyName", orderBy="desc")

    teachers = selected(api.all("users"), "role", "=", "teacher")
    assert ids(rows) == ids(ordered(teachers, "familyName", descending=True))
