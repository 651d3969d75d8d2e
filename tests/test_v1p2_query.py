"""Filter, sort, selection and paging over 1.2: members that only it has, and every collection that it serves."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from conftest import Api
from v1p2 import COLLECTIONS, GRADEBOOK, ROSTERING, Json, fullest, name, spread, whole

from mockroster.standard.model import Operation, Service

USERS = f"{ROSTERING}/users"
RESULTS = f"{GRADEBOOK}/results"


def names(rows: list[Json]) -> list[str]:
    """Return the ids of rows."""
    return [row["sourcedId"] for row in rows]


def records(body: Json) -> list[Json]:
    """Return the records of a collection."""
    (held,) = body.values()
    assert isinstance(held, list)
    return held


def links(header: str) -> dict[str, dict[str, str]]:
    """Return the query of each link of a header by its relation; each is absolute."""
    found = re.findall(r'<(https?://[^>]+)>; rel="(\w+)"', header)
    return {relation: dict(parse_qsl(urlsplit(address).query)) for address, relation in found}


@pytest.mark.parametrize("role", ["student", "teacher", "aide", "parent", "principal", "systemAdministrator", "nobody"])
def test_filter_by_role(api: Api, role: str) -> None:
    """``roles.role`` holds for a user any of whose roles is that one."""
    expected = [row for row in whole(api, USERS) if role in {one["role"] for one in row["roles"]}]

    assert api.rows(USERS, filter=f"roles.role='{role}'") == expected
    assert bool(expected) == (role != "nobody")


@pytest.mark.parametrize("member", ["roles.org.sourcedId", "roles.org"])
def test_filter_by_the_org_of_a_role(api: Api, member: str) -> None:
    """A reference inside a role is compared by its sourcedId, spelt out or not."""
    for org in spread(whole(api, f"{ROSTERING}/schools"), 3):
        expected = [
            row for row in whole(api, USERS) if org["sourcedId"] in {one["org"]["sourcedId"] for one in row["roles"]}
        ]

        assert expected
        assert api.rows(USERS, filter=f"{member}='{org['sourcedId']}'") == expected


def test_filter_by_the_type_of_a_role(api: Api) -> None:
    """``roles.roleType`` finds whoever has a second role."""
    expected = [row for row in whole(api, USERS) if "secondary" in {one["roleType"] for one in row["roles"]}]

    assert expected
    assert api.rows(USERS, filter="roles.roleType='secondary'") == expected


def test_filter_by_a_credential(api: Api) -> None:
    """A member of a part inside a part can be named."""

    def types(user: Json) -> set[str]:
        return {one["type"] for profile in user.get("userProfiles", ()) for one in profile.get("credentials", ())}

    known = {type_ for row in whole(api, USERS) for type_ in types(row)}

    assert known
    for type_ in known:
        expected = [row for row in whole(api, USERS) if type_ in types(row)]
        assert api.rows(USERS, filter=f"userProfiles.credentials.type='{type_}'") == expected


@pytest.mark.parametrize(
    ("collection", "member", "predicate", "value"),
    [
        (USERS, "userProfiles.credentials.password", ">", "a"),
        (USERS, "userProfiles.credentials.password", "~", "no"),
        (USERS, "userProfiles.credentials.password", "=", "None"),
        (USERS, "userProfiles.credentials.password", "=", "None,None"),
        (USERS, "userProfiles.applicationId", "~", "no"),
        (RESULTS, "learningObjectiveSet.learningObjectiveResults.score", ">=", "4"),
        (RESULTS, "learningObjectiveSet.learningObjectiveResults.textScore", "~", "no"),
    ],
)
def test_filter_by_what_some_parts_lack(api: Api, collection: str, member: str, predicate: str, value: str) -> None:
    """A part inside a part that lacks the member has nothing to compare: it is neither found nor a failure."""
    compare = {
        "=": lambda held: value in {held, f"{held},{held}"},
        "~": lambda held: value in str(held).casefold(),
        ">": lambda held: held > value,
        ">=": lambda held: held >= int(value),
    }[predicate]

    def held(row: Json) -> list[object]:
        outer, *inner = member.split(".")
        values: list[Json] = row.get(outer, [])
        for between in inner[:-1]:
            values = [one for part in values for one in part.get(between, [])]
        return [part[inner[-1]] for part in values if inner[-1] in part]

    expected = [row for row in whole(api, collection) if any(compare(one) for one in held(row))]

    assert api.rows(collection, filter=f"{member}{predicate}'{value}'") == expected


def test_filter_by_null_in_metadata(fresh: Api) -> None:
    """A null that a provider has put into metadata is nothing, and not the word ``None``."""
    body = {"title": "Odd", "metadata": {"tags": [None, "b"]}}
    assert fresh.put(f"{GRADEBOOK}/categories/odd", {"category": body}).status_code == 201

    assert names(fresh.rows(f"{GRADEBOOK}/categories", filter="metadata.tags='b'")) == ["odd"]
    for filter_ in ("metadata.tags='None'", "metadata.tags~'none'", "metadata.tags<'Z'"):
        assert fresh.rows(f"{GRADEBOOK}/categories", filter=filter_) == []


def test_filter_by_a_profile(api: Api) -> None:
    """A member of a part is compared exactly, or by a piece of it."""
    user = next(row for row in whole(api, USERS) if "userProfiles" in row)
    profile = user["userProfiles"][0]

    exact = api.rows(USERS, filter=f"userProfiles.profileId='{profile['profileId']}'")
    piece = api.rows(USERS, filter=f"userProfiles.vendorId~'{profile['vendorId'][1:].upper()}'")

    assert user in exact
    assert user in piece


@pytest.mark.parametrize("value", ["true", "false", "TRUE"])
def test_filter_by_a_boolean(api: Api, value: str) -> None:
    """A boolean that is shown as a string is compared as what it means."""
    expected = [row for row in whole(api, USERS) if row["enabledUser"] == value.lower()]

    assert expected
    assert api.rows(USERS, filter=f"enabledUser='{value}'") == expected
    assert len(api.rows(USERS, filter=f"enabledUser!='{value}'")) == len(whole(api, USERS)) - len(expected)


@pytest.mark.parametrize("flag", ["late", "missing", "incomplete"])
def test_filter_by_an_optional_boolean(api: Api, flag: str) -> None:
    """A flag that is not there is neither true nor false."""
    every = whole(api, RESULTS)

    for value in ("true", "false"):
        assert api.rows(RESULTS, filter=f"{flag}='{value}'") == [row for row in every if row.get(flag) == value]
        assert api.rows(RESULTS, filter=f"{flag}!='{value}'") == [row for row in every if row.get(flag) != value]


@pytest.mark.parametrize("member", ["student.sourcedId", "lineItem.sourcedId", "class.sourcedId", "class", "lineItem"])
def test_filter_by_a_reference(api: Api, member: str) -> None:
    """The references of a result, as clients write them."""
    head = member.split(".", maxsplit=1)[0]
    wanted = whole(api, RESULTS)[0][head]["sourcedId"]

    found = api.rows(RESULTS, filter=f"{member}='{wanted}'")

    assert found == [row for row in whole(api, RESULTS) if row[head]["sourcedId"] == wanted]


def test_filter_by_a_number(api: Api) -> None:
    """Numbers that only 1.2 has are compared as numbers."""
    every = whole(api, f"{GRADEBOOK}/assessmentResults")
    expected = [row for row in every if row.get("scorePercentile", -1) > 9.5]

    assert expected
    assert api.rows(f"{GRADEBOOK}/assessmentResults", filter="scorePercentile>'9.5'") == expected


def test_filter_by_a_learning_objective(api: Api) -> None:
    """A list inside a part inside a list can be named, and so can a member of its items."""
    items = whole(api, f"{GRADEBOOK}/lineItems")
    item = next(row for row in items if "learningObjectiveSet" in row)
    objective = item["learningObjectiveSet"][0]["learningObjectiveIds"][0]
    result = next(row for row in whole(api, RESULTS) if "learningObjectiveSet" in row)
    met = result["learningObjectiveSet"][0]["learningObjectiveResults"][0]["learningObjectiveId"]

    found = api.rows(f"{GRADEBOOK}/lineItems", filter=f"learningObjectiveSet.learningObjectiveIds='{objective}'")
    found_results = api.rows(
        RESULTS, filter=f"learningObjectiveSet.learningObjectiveResults.learningObjectiveId='{met}'"
    )

    assert item in found
    assert result in found_results


@pytest.mark.parametrize("logical", ["AND", "OR"])
def test_two_comparisons(api: Api, logical: str) -> None:
    """Comparisons of members that only 1.2 has are joined as any others."""

    def is_teacher(user: Json) -> bool:
        return "teacher" in {one["role"] for one in user["roles"]}

    def is_enabled(user: Json) -> bool:
        return bool(user["enabledUser"] == "true")

    both = {
        "AND": lambda row: is_teacher(row) and is_enabled(row),
        "OR": lambda row: is_teacher(row) or is_enabled(row),
    }

    found = api.rows(USERS, filter=f"roles.role='teacher' {logical} enabledUser='true'")

    assert found == [row for row in whole(api, USERS) if both[logical](row)]


def test_filter_in_a_nested_read(api: Api) -> None:
    """A filter narrows what a path selects."""
    result = next(row for row in whole(api, RESULTS) if row["status"] == "active")
    address = f"{GRADEBOOK}/classes/{result['class']['sourcedId']}/results"

    found = api.rows(address, filter=f"student.sourcedId='{result['student']['sourcedId']}'")

    assert result in found
    assert found == [row for row in whole(api, address) if row["student"] == result["student"]]


def test_the_teachers_of_a_school_teach_there(api: Api) -> None:
    """A listed teacher or student of a school has that role in that school."""
    for role in ("teacher", "student"):
        for school in whole(api, f"{ROSTERING}/schools"):
            here = {
                row["sourcedId"]
                for row in whole(api, f"{ROSTERING}/{role}s")
                if any(one["role"] == role and one["org"]["sourcedId"] == school["sourcedId"] for one in row["roles"])
            }

            listed = names(api.rows(f"{ROSTERING}/schools/{school['sourcedId']}/{role}s"))

            assert set(listed) == here


@pytest.mark.parametrize(
    "query",
    [
        "fields=sourcedId,roles,givenName",
        "fields=sourcedId&fields=roles&fields=givenName",
        "fields=givenName,roles&fields=sourcedId",
        "fields=%20givenName%20,%20sourcedId,roles",
        "fields=sourcedId%2Croles%2CgivenName",
        "fields=roles,roles,sourcedId&fields=givenName",
    ],
)
def test_fields(api: Api, query: str) -> None:
    """The official documents repeat the parameter, clients send a comma list: both select, in the standard's order."""
    every = whole(api, USERS)

    page = records(api.get(f"{USERS}?limit=100000&{query}").get_json())
    (single,) = api.get(f"{USERS}/{every[0]['sourcedId']}?{query}").get_json().values()

    assert page == [{member: row[member] for member in ("sourcedId", "givenName", "roles")} for row in every]
    assert list(page[0]) == ["sourcedId", "givenName", "roles"]
    assert single == page[0]


def test_fields_stay_in_the_links(api: Api) -> None:
    """Repeated parameters are repeated in the links to other pages."""
    header = api.get(f"{USERS}?limit=2&fields=sourcedId&fields=roles").headers["Link"]

    following = re.search('<([^>]+)>; rel="next"', header)

    assert following is not None
    assert [pair for pair in parse_qsl(urlsplit(following[1]).query) if pair[0] == "fields"] == [
        ("fields", "sourcedId"),
        ("fields", "roles"),
    ]
    assert list(records(api.get(following[1]).get_json())[0]) == ["sourcedId", "roles"]


def test_a_selected_member_that_a_record_lacks(api: Api) -> None:
    """A record without any of the selected members is an empty one; none is left out."""
    page = records(api.get(f"{RESULTS}?limit=100000&fields=late").get_json())

    assert page == [{"late": row["late"]} if "late" in row else {} for row in whole(api, RESULTS)]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(
    ("address", "member"),
    [
        (USERS, "familyName"),
        (USERS, "preferredFirstName"),
        (USERS, "userMasterIdentifier"),
        (USERS, "primaryOrg.sourcedId"),
        (USERS, "enabledUser"),
        (RESULTS, "textScore"),
        (RESULTS, "score"),
        (f"{GRADEBOOK}/assessmentResults", "scorePercentile"),
        (f"{GRADEBOOK}/scoreScales", "title"),
    ],
)
def test_sort(api: Api, address: str, member: str, order: str) -> None:
    """By value, numbers as numbers; what lacks the member comes last, either way."""

    def value(row: Json) -> object:
        found = row.get(member.split(".", maxsplit=1)[0])
        return found["sourcedId"] if isinstance(found, dict) else found

    rows = api.rows(address, sort=member, orderBy=order)

    present = [value(row) for row in rows if value(row) is not None]
    assert sorted(names(rows)) == sorted(names(whole(api, address)))
    assert present == sorted(present, reverse=order == "desc")  # type: ignore[type-var]
    assert all(value(row) is None for row in rows[len(present) :])


def test_there_are_46_collections() -> None:
    """The reads that are paged: 29 of rostering, 13 of the gradebook, 4 of resources."""
    counts = {service.name: 0 for service, _ in COLLECTIONS}
    for service, _ in COLLECTIONS:
        counts[service.name] += 1

    assert counts == {"rostering": 29, "gradebook": 13, "resources": 4}


@pytest.mark.parametrize(("service", "operation"), COLLECTIONS, ids=name)
def test_paging(api: Api, service: Service, operation: Operation) -> None:
    """Every collection says how many records there are and where the other pages stand, and the pages are the whole."""
    address = fullest(api, service, operation)
    every = api.rows(address)
    size = max(len(every) // 3, 1)

    pages = [api.get(address, limit=size, offset=start) for start in range(0, len(every), size)]

    assert [row for page in pages for row in records(page.get_json())] == every
    assert {page.headers["X-Total-Count"] for page in pages} == {str(len(every))}
    for number, page in enumerate(pages):
        linked = links(page.headers["Link"])
        assert ("prev" in linked) == (number > 0)
        assert ("next" in linked) == (number < len(pages) - 1)
        assert linked["first"] == {"limit": str(size), "offset": "0"}
        assert linked["last"]["offset"] == str((len(pages) - 1) * size)
        assert linked.get("next", {"offset": str((number + 1) * size)})["offset"] == str((number + 1) * size)


@pytest.mark.parametrize(("service", "operation"), COLLECTIONS, ids=name)
def test_past_the_end(api: Api, service: Service, operation: Operation) -> None:
    """A page past the end is empty, says how many there are, and has no next page."""
    address = fullest(api, service, operation)

    page = api.get(address, limit=7, offset=1_000_000)

    assert page.status_code == 200
    assert records(page.get_json()) == []
    assert int(page.headers["X-Total-Count"]) > 0
    assert "next" not in links(page.headers["Link"])


@pytest.mark.parametrize(("service", "operation"), COLLECTIONS, ids=name)
def test_every_link_leads_to_its_page(api: Api, service: Service, operation: Operation) -> None:
    """A client that follows the links from the first page comes to every record, filter and sort kept."""
    address = fullest(api, service, operation)
    wanted = {"filter": "status='active'", "sort": "dateLastModified", "orderBy": "desc"}
    every = names(api.rows(address, **wanted))
    walked: list[str] = []

    following: str | None = (
        f"{address}?filter=status%3D%27active%27&sort=dateLastModified&orderBy=desc&limit={len(every) // 4 + 1}"
    )
    while following:
        page = api.get(following)
        walked += names(records(page.get_json()))
        found = re.search('<([^>]+)>; rel="next"', page.headers["Link"])
        following = found and found[1]

    assert walked == every


def test_the_default_page(api: Api) -> None:
    """A client that does not say how many gets 100."""
    assert records(api.get(USERS).get_json()) == whole(api, USERS)[:100]
