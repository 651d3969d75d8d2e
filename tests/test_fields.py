"""Field selection: those members and no others; an unknown one is a warning, a blank one a 400."""

from __future__ import annotations

import pytest
from conftest import Api, information
from hypothesis import given, settings
from hypothesis import strategies as st

from mockroster.standard.v1p1.operations import SERVICE

TOP = [one for one in SERVICE.operations if one.kind == "collection" and not one.parameters]


@pytest.mark.parametrize("operation", TOP, ids=lambda operation: operation.name)
def test_only_those_members(operation, api: Api) -> None:
    """Each member alone, and all in reverse, give what the whole record has of them, in the standard's order."""
    whole = api.rows(operation.path, limit=20)
    members = list(operation.resource.schema.members)

    for wanted in [*([member] for member in members), members[::-1], members[::2]]:
        rows = api.rows(operation.path, limit=20, fields=",".join(wanted))

        expected = [{name: value for name, value in record.items() if name in wanted} for record in whole]
        assert [list(row.items()) for row in rows] == [list(row.items()) for row in expected]


def test_required_members_drop_out_too(api: Api) -> None:
    """``fields=givenName`` leaves out sourcedId and status: what the standard requires does not count here."""
    response = api.get("/users", fields="givenName", limit=3)

    assert [list(user) for user in response.get_json()["users"]] == [["givenName"]] * 3


@pytest.mark.parametrize("operation", ["/users/{}", "/teachers/{}"])
def test_single_read(operation: str, api: Api) -> None:
    """A single read obeys fields, and still counts one."""
    teacher = api.rows("/teachers")[0]

    response = api.get(operation.format(teacher["sourcedId"]), fields="email,sourcedId")

    assert response.get_json() == {"user": {"sourcedId": teacher["sourcedId"], "email": teacher["email"]}}
    assert response.headers["X-Total-Count"] == "1"


def test_nested_read(api: Api) -> None:
    """A nested collection obeys fields."""
    class_ = api.all("classes")[0]["sourcedId"]

    rows = api.rows(f"/classes/{class_}/students", fields="username")

    assert rows
    assert {tuple(row) for row in rows} == {("username",)}


@pytest.mark.parametrize("fields", ["sourcedId,name", "name, sourcedId", " name ,sourcedId ", "name,name,sourcedId"])
def test_spellings(fields: str, api: Api) -> None:
    """Blanks round the commas and repetitions do no harm."""
    rows = api.rows("/orgs", fields=fields)

    assert {tuple(row) for row in rows} == {("sourcedId", "name")}


def test_given_twice(api: Api) -> None:
    """Selections given apart add up: some generated clients send one parameter for each member."""
    response = api.send("GET", "/orgs?fields=sourcedId&fields=name,type")

    assert response.status_code == 200
    assert {tuple(row) for row in response.get_json()["orgs"]} == {("sourcedId", "name", "type")}


@pytest.mark.parametrize("fields", ["", " ", ",", " , ", "name,", ",name", "name,,type"])
@pytest.mark.parametrize("path", ["/orgs", "/orgs/{}", "/schools/{}/classes"])
def test_blank(path: str, fields: str, api: Api) -> None:
    """A blank selection is 400, with a name of its own and no data."""
    response = api.get(path.format(api.rows("/schools")[0]["sourcedId"]), fields=fields)

    assert response.status_code == 400
    said = information(response)
    assert said["imsx_codeMinor"] == "invalid_blank_selection_field"
    assert said["imsx_codeMajor"] == "failure"
    assert said["imsx_severity"] == "error"


@pytest.mark.parametrize("fields", ["nope", "name,nope", "Name", "parent.sourcedId", "name type", "é", "x" * 9000])
def test_unknown_member_is_a_warning(fields: str, api: Api) -> None:
    """An unknown member is 200 with all members of every record, and a warning after the data."""
    response = api.get("/orgs", fields=fields)

    document = response.get_json()
    assert response.status_code == 200
    assert list(document) == ["orgs", "statusInfoSet"]
    assert document["orgs"] == api.all("orgs")[:100]
    (warning,) = document["statusInfoSet"]
    assert warning["imsx_codeMajor"] == "success"
    assert warning["imsx_severity"] == "warning"
    assert warning["imsx_codeMinor"] == "invalid_selection_field"
    assert fields.rpartition(",")[2][:20] in warning["imsx_description"]


def test_unknown_members_are_named(api: Api) -> None:
    """The sentence names the first five, 80 characters of each."""
    names = [*"abcdef"]

    warning = api.get("/orgs", fields=",".join(["x" * 81, *names])).get_json()["statusInfoSet"][0]

    said = warning["imsx_description"]
    assert said.startswith(f"fields: orgs have no member '{'x' * 80}', 'a', 'b', 'c', 'd'")
    assert "'e'" not in said


def test_unknown_member_of_a_single_read(api: Api) -> None:
    """A single read warns too, after the record."""
    org = api.all("orgs")[0]

    document = api.get(f"/orgs/{org['sourcedId']}", fields="nmae").get_json()

    assert list(document) == ["org", "statusInfoSet"]
    assert document["org"] == org
    assert "'name'" in document["statusInfoSet"][0]["imsx_description"]


def test_two_warnings(api: Api) -> None:
    """A bad sort and a bad selection are two warnings in one set."""
    document = api.get("/orgs", fields="nope", sort="nope").get_json()

    minors = [warning["imsx_codeMinor"] for warning in document["statusInfoSet"]]
    assert sorted(minors) == ["invalid_selection_field", "invalid_sort_field"]
    assert document["orgs"] == api.all("orgs")[:100]


def test_bad_filter_wins_over_warnings(api: Api) -> None:
    """A wrong filter is refused, whatever other parameters are wrong."""
    response = api.get("/orgs", fields="nope", sort="nope", filter="nope='x'")

    assert response.status_code == 400
    assert information(response)["imsx_codeMinor"] == "invalid_filter_field"


def test_selection_does_not_limit_filter_and_sort(api: Api) -> None:
    """Filter and sort see members that are not selected."""
    rows = api.rows("/users", fields="username", filter="role='teacher'", sort="familyName")

    teachers = [user for user in api.all("users") if user["role"] == "teacher"]
    by_name = sorted(teachers, key=lambda user: (user["familyName"], user["sourcedId"]))
    assert rows == [{"username": user["username"]} for user in by_name]


@settings(max_examples=80)
@given(fields=st.text(max_size=30))
def test_any_text_selects_warns_or_is_blank(api: Api, fields: str) -> None:
    """Any text as fields is 200, or 400 where it names nothing."""
    response = api.get("/orgs", fields=fields, limit=2)

    assert response.status_code == (400 if not all(name.strip() for name in fields.split(",")) else 200)
