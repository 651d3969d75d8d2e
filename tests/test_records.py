"""The records of a sandbox by the switchboard: shown, patched, deleted, merged in from every kind of file."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from csv_sets import TINY, bundle
from fixture_sets import good
from flask import Flask
from tenants import GRADEBOOK, ROSTERING, V1P1, Tenant, create_sandbox, tenant
from werkzeug.test import TestResponse

LATER = "2026-03-01T10:00"
"""When the tests change something, to the minute."""


@pytest.fixture
def school(app: Flask) -> Tenant:
    """Return a sandbox with a little of everything, whose clock has moved on since it was made."""
    sandbox = create_sandbox(app, fixtures=good())
    sandbox.admin("PUT", "/clock", {"now": f"{LATER}:00Z"})
    return sandbox.enter()


def stored(sandbox: Tenant, path: str) -> dict[str, Any]:
    """Return a record by the switchboard."""
    response = sandbox.admin("GET", f"/records/{path}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.get_json()
    return found


def post(sandbox: Tenant, content: bytes, media_type: str | None = None) -> TestResponse:
    """Merge a body in."""
    return sandbox.send("POST", "/__admin/records", data=content, content_type=media_type)


def refusal(response: TestResponse, status: int) -> str:
    """Return the description of a refusal."""
    assert response.status_code == status, response.text
    description: str = response.get_json()["statusInfoSet"][0]["imsx_description"]
    return description


def packed(folder: Path) -> bytes:
    """Return the files of a folder as a zip."""
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    return content.getvalue()


# Shown.


@pytest.mark.parametrize(("version", "base"), [("1.1", V1P1), ("1.2", ROSTERING)])
def test_single_record_is_bare_and_in_the_shape_of_a_version(school: Tenant, version: str, base: str) -> None:
    """A record is what the standard's single read has in its wrapper; 1.2 is the default."""
    served = school.get(f"{base}/users/u1").get_json()["user"]

    shown = stored(school, f"users/u1?version={version}")

    assert shown == served
    assert stored(school, "users/u1") == stored(school, "users/u1?version=1.2")


def test_records_are_shown_as_stored(school: Tenant) -> None:
    """A data scenario changes what clients read, and not what the switchboard shows."""
    school.admin("PUT", "/scenarios", {"active": ["hostile-text"]})

    shown = [user["givenName"] for user in stored(school, "users")["users"]]

    assert shown == ["Ann", "Tom", "Pat"]


def test_pages_of_records(school: Tenant) -> None:
    """A page has the rows of limit and offset, in natural order, and says how many there are in all."""
    response = school.admin("GET", "/records/users?limit=1&offset=1")

    assert [user["sourcedId"] for user in response.get_json()["users"]] == ["u2"]
    assert response.headers["X-Total-Count"] == "3"


@pytest.mark.parametrize("collection", [name for name in good() if name != "users"])
def test_what_is_shown_is_a_fixture_document(school: Tenant, collection: str) -> None:
    """A page of records can be merged in again, and nothing changes by that, not even a date."""
    page = school.admin("GET", f"/records/{collection}")

    merged = post(school, page.data)

    assert merged.status_code == 200
    assert stored(school, collection) == page.get_json()


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("usrs", 404, "did you mean 'users'?"),
        ("users/nobody", 404, "no user has the sourcedId 'nobody'"),
        ("users?limit=0", 400, "limit: '0' is not a whole number from 1 to 10000"),
        ("users?offset=-1", 400, "offset: '-1' is not a whole number"),
        ("users?version=1.3", 400, "version: '1.3' is not one of 1.1, 1.2"),
        ("users?limt=1", 400, "did you mean 'limit'?"),
        ("users/u1?limit=1", 400, "'limit'"),
        ("scoreScales?version=1.1", 404, "OneRoster 1.1 has no scoreScales; ask for version=1.2"),
    ],
)
def test_what_cannot_be_shown(school: Tenant, path: str, status: int, message: str) -> None:
    """A wrong collection, id or parameter is named, with what would be right."""
    assert message in refusal(school.admin("GET", f"/records/{path}"), status)


def test_what_1p1_cannot_show(school: Tenant) -> None:
    """A result without score and letter is not in the list of 1.1, and by itself a 404 that says why."""
    school.admin("PATCH", "/records/results/x1", {"score": None})

    listed = stored(school, "results?version=1.1")["results"]
    single = school.admin("GET", "/records/results/x1?version=1.1")

    assert listed == []
    assert "1.1 has no way to show the result 'x1'" in refusal(single, 404)


# Patched.


@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json", None])
def test_patch_changes_members(school: Tenant, media_type: str | None) -> None:
    """Members are replaced, null takes one out, objects are merged, and all else stays."""
    before = stored(school, "results/x1")
    patch = {"score": 90, "comment": "Better", "metadata": {"note": {"by": None, "of": "May"}}}

    response = school.send(
        "PATCH", "/__admin/records/results/x1", data=json.dumps(patch).encode(), content_type=media_type
    )

    after = stored(school, "results/x1")
    changed = {name for name in after if after[name] != before.get(name)}
    assert response.status_code == 200
    assert response.get_json() == after
    assert changed == {"score", "comment", "metadata", "dateLastModified"}
    assert after["metadata"] == {"note": {"of": "May"}}
    assert after["dateLastModified"].startswith(LATER)


def test_patch_in_the_shape_of_1p1_keeps_what_1p1_cannot_say(school: Tenant) -> None:
    """A teacher at two schools with a profile keeps both when the given name is changed as 1.1 has it."""
    before = stored(school, "users/u2")

    response = school.admin("PATCH", "/records/users/u2?version=1.1", {"givenName": "Thomas"})

    after = stored(school, "users/u2")
    assert response.get_json()["role"] == "teacher"
    assert (after["givenName"], after["roles"], after["userProfiles"]) == (
        "Thomas",
        before["roles"],
        before["userProfiles"],
    )


def test_patch_of_the_role_of_1p1(school: Tenant) -> None:
    """The one role of 1.1 becomes that of every org of the user."""
    school.admin("PATCH", "/records/users/u2?version=1.1", {"role": "proctor"})

    assert [role["role"] for role in stored(school, "users/u2")["roles"]] == ["proctor", "proctor"]


def test_patch_after_which_1p1_cannot_show_the_record(school: Tenant) -> None:
    """The answer is in the shape of 1.2 then."""
    response = school.admin("PATCH", "/records/results/x1?version=1.1", {"score": None, "textScore": "A"})

    assert (response.status_code, response.get_json()["textScore"]) == (200, "A")


@pytest.mark.parametrize(
    ("path", "patch", "message"),
    [
        ("users/u1", {"givenName": None}, "givenName:"),
        ("users/u1", {"role": "teacher"}, "role: is not a member"),
        ("users/u1", {"sourcedId": "u9"}, "sourcedId: must be 'u1'"),
        ("users/u1?version=1.1", {"orgs": [{"sourcedId": "o9"}]}, "orgs[0]: there is no org with the sourcedId 'o9'"),
        ("classes/k1", {"school": "o9"}, "school: there is no org with the sourcedId 'o9'"),
        ("orgs/o1", {"type": "shool"}, "did you mean 'school'?"),
    ],
)
def test_faulty_patch(school: Tenant, path: str, patch: dict[str, Any], message: str) -> None:
    """A patch after which a record would be wrong is 422 with the member, and nothing changes."""
    before = stored(school, path)

    response = school.admin("PATCH", f"/records/{path}", patch)

    assert message in refusal(response, 422)
    assert stored(school, path) == before


def test_patch_of_nobody_and_of_another_kind(school: Tenant) -> None:
    """A record must be there; a JSON patch, which is a list of steps, is another format."""
    steps = b'[{"op": "replace", "path": "/givenName", "value": "A"}]'

    unknown = school.admin("PATCH", "/records/users/nobody", {"givenName": "A"})
    other = school.send("PATCH", "/__admin/records/users/u1", data=steps, content_type="application/json-patch+json")

    assert "no user has the sourcedId 'nobody'" in refusal(unknown, 404)
    assert "application/merge-patch+json" in refusal(other, 415)


def test_results_move_with_their_line_item(school: Tenant) -> None:
    """If a line item moves to another class by any door, its results move along, and are stamped."""
    second = {**good()["classes"][0], "sourcedId": "k2", "title": "Mathematics 9b"}
    school.admin("PUT", "/records/classes/k2", second)

    school.admin("PATCH", "/records/lineItems/l1", {"class": {"sourcedId": "k2"}})

    result = stored(school, "results/x1")
    assert result["class"]["sourcedId"] == "k2"
    assert result["dateLastModified"].startswith(LATER)


# Deleted and marked.

OWNED = {
    "users/u1": ["enrollments/e1", "demographics/u1", "results/x1", "assessmentResults/b1"],
    "classes/k1": ["enrollments/e1", "enrollments/e2", "lineItems/l1", "results/x1", "scoreScales/s1"],
    "lineItems/l1": ["results/x1"],
    "assessmentLineItems/a1": ["assessmentResults/b1"],
    "orgs/o2": [],
}


@pytest.mark.parametrize("path", OWNED)
def test_delete_takes_what_a_record_owns(school: Tenant, path: str) -> None:
    """Records owned by a deleted record are deleted with it, and nothing else."""
    before = school.admin("GET", "/health").get_json()["counts"]

    response = school.admin("DELETE", f"/records/{path}")

    gone = [path, *OWNED[path]]
    after = school.admin("GET", "/health").get_json()["counts"]
    assert response.status_code == 204
    assert [school.admin("GET", f"/records/{one}").status_code for one in gone] == [404] * len(gone)
    assert sum(before.values()) - sum(after.values()) == len(gone)


@pytest.mark.parametrize("path", OWNED)
def test_marking_marks_what_a_record_owns(school: Tenant, path: str) -> None:
    """With as=tobedeleted the record and what it owns stay, are tobedeleted and stamped, and a delta finds them."""
    response = school.admin("DELETE", f"/records/{path}?as=tobedeleted")

    marked = [
        f"{collection}/{row['sourcedId']}"
        for collection in good()
        for row in stored(school, collection)[collection]
        if row["status"] == "tobedeleted" and row["dateLastModified"].startswith(LATER)
    ]
    assert response.status_code == 204
    assert sorted(marked) == sorted([path, *OWNED[path]])


def test_marking_twice_changes_nothing(school: Tenant) -> None:
    """A record that is tobedeleted already keeps its date."""
    school.admin("DELETE", "/records/users/u1?as=tobedeleted")
    before = stored(school, "users/u1")
    school.admin("PUT", "/clock", {"advance": "P1D"})

    school.admin("DELETE", "/records/users/u1?as=tobedeleted")

    assert stored(school, "users/u1") == before


def test_optional_references_to_a_deleted_record_are_dropped(school: Tenant) -> None:
    """A user whose agent is deleted has none then, and is stamped; one that is only marked stays an agent."""
    school.admin("DELETE", "/records/users/u3?as=tobedeleted")
    marked = stored(school, "users/u1")

    school.admin("DELETE", "/records/users/u3")

    after = stored(school, "users/u1")
    assert [agent["sourcedId"] for agent in marked["agents"]] == ["u3"]
    assert "agents" not in after
    assert after["dateLastModified"].startswith(LATER)


def test_a_reference_that_one_version_demands_stays(app: Flask) -> None:
    """1.1 demands the org of a course and 1.2 does not: it stays when the org is deleted, and both can be read."""
    sandbox = tenant(app).enter()
    course = sandbox.rows(f"{V1P1}/courses?limit=1")[0]

    deleted = sandbox.admin("DELETE", f"/records/orgs/{course['org']['sourcedId']}")

    assert deleted.status_code == 204
    for base in (V1P1, ROSTERING):
        after = sandbox.get(f"{base}/courses/{course['sourcedId']}").get_json()["course"]
        assert after["org"]["sourcedId"] == course["org"]["sourcedId"]


def test_delete_as_something_else(school: Tenant) -> None:
    """Another way to delete is 400, with the right one."""
    response = school.admin("DELETE", "/records/users/u1?as=tobedelete")

    assert "did you mean 'tobedeleted'?" in refusal(response, 400)


# Merged in.


@pytest.mark.parametrize("media_type", ["application/yaml", "text/yaml", "application/x-www-form-urlencoded", None])
def test_yaml_is_merged(school: Tenant, media_type: str | None) -> None:
    """YAML is taken in whatever its media type, also that which curl sends by itself."""
    response = post(school, b"categories:\n- {sourcedId: h2, title: Tests}\n", media_type)

    assert response.status_code == 200
    assert stored(school, "categories/h2")["title"] == "Tests"


def test_faulty_yaml(school: Tenant) -> None:
    """Invalid YAML, or no document, is 400 with the line; a faulty record is 422 with its place."""
    syntax = post(school, b"orgs:\n- {sourcedId: o9, name: [}\n", "application/yaml")
    nothing = post(school, b"- 1\n", "application/yaml")
    faulty = post(school, b"orgs:\n- {sourcedId: o9, name: A, type: shool}\n", "application/yaml")

    assert "the body:2:" in refusal(syntax, 400)
    assert "the body must be an object of collections" in refusal(nothing, 400)
    assert "orgs[0].type: 'shool' is not one of" in refusal(faulty, 422)


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_body(school: Tenant, content: bytes) -> None:
    """An empty body, as curl sends for an empty file, is refused instead of merged."""
    response = post(school, content, "application/x-www-form-urlencoded")

    assert refusal(response, 400) == 'the body is empty; send fixtures such as {"orgs": [...]}'


HEADER = ",".join(["sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId"])


@pytest.mark.parametrize("media_type", ["text/csv", "application/x-www-form-urlencoded", None])
def test_one_csv_file_is_merged(school: Tenant, media_type: str | None) -> None:
    """The file of a CSV body follows from its columns, and delta from the status of its rows."""
    rows = [
        "o1,active,2026-02-02T00:00:00Z,North Academy,school,N1,d1",
        "o2,tobedeleted,2026-02-03T00:00:00Z,South,school,S2,",
    ]

    response = post(school, "\n".join([HEADER, *rows]).encode(), media_type)

    assert response.status_code == 200, response.text
    north, south = stored(school, "orgs/o1"), stored(school, "orgs/o2")
    assert (north["name"], north["dateLastModified"]) == ("North Academy", "2026-02-02T00:00:00.000Z")
    assert (south["status"], south["dateLastModified"]) == ("tobedeleted", "2026-02-03T00:00:00.000Z")
    assert stored(school, "users/u1")["givenName"] == "Ann"


def test_csv_that_is_no_file_of_the_standard(school: Tenant) -> None:
    """Columns that no file has are named, with what to send in place of it."""
    response = post(school, b"id,name\n1,North\n", "text/csv")

    assert "has the columns 'id,name'; send a zip" in refusal(response, 400)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_bulk_zip_is_merged(app: Flask, version: str) -> None:
    """A whole bundle is merged with the existing records."""
    sandbox = create_sandbox(app, fixtures=good())

    response = post(sandbox, packed(TINY[version]), "application/zip")

    assert response.status_code == 200, response.text
    assert stored(sandbox, "users/ann")["familyName"] == "O'Hara"
    assert stored(sandbox, "users/u1")["givenName"] == "Ann"


def test_bulk_zip_of_the_same_stamps_nothing(school: Tenant) -> None:
    """In bulk dates are blank: a record that is as it was keeps its date, and only one that differs is stamped."""
    post(school, packed(TINY["1.2"]), "application/zip")
    before = {row["sourcedId"]: row for row in stored(school, "users")["users"]}
    school.admin("PATCH", "/records/users/ben", {"givenName": "Benjamin"})
    school.admin("PUT", "/clock", {"advance": "P1D"})

    post(school, packed(TINY["1.2"]), "application/zip")

    after = {row["sourcedId"]: row for row in stored(school, "users")["users"]}
    assert [name for name in after if after[name] != before[name]] == ["ben"]
    assert after["ben"]["givenName"] == "Ben"
    assert after["ben"]["dateLastModified"].startswith("2026-03-02")


def test_delta_zip_is_merged(school: Tenant, tmp_path: Path) -> None:
    """A delta changes what the sandbox holds: dates that its rows give are kept, a joined row stamps its record."""
    user = "u3,active,2026-02-01T00:00:00Z,true,pat,,Patricia,O'Hara,,,,,,,,,,,,,,"
    role = "q9,active,2026-02-01T00:00:00Z,u2,secondary,proctor,,,o1,"
    delta = bundle(tmp_path / "delta", "1.2", "delta", {"users": user, "roles": role})

    response = post(school, packed(delta), "application/zip")

    patricia, tom = stored(school, "users/u3"), stored(school, "users/u2")
    assert response.status_code == 200, response.text
    assert (patricia["givenName"], patricia["dateLastModified"]) == ("Patricia", "2026-02-01T00:00:00.000Z")
    assert "proctor" in [role["role"] for role in tom["roles"]]
    assert tom["dateLastModified"].startswith(LATER)


def test_zip_of_documents_is_merged(school: Tenant) -> None:
    """A zip may hold JSON and YAML as well; it is known by how it begins, whatever its media type says."""
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("categories.json", json.dumps([{"sourcedId": "h2", "title": "Tests"}]))
        archive.writestr("more.yaml", yaml.safe_dump({"categories": [{"sourcedId": "h3", "title": "Essays"}]}))

    response = post(school, content.getvalue(), "application/octet-stream")

    assert response.status_code == 200, response.text
    assert [row["title"] for row in stored(school, "categories")["categories"]] == ["Homework", "Tests", "Essays"]


def test_faulty_zip_changes_nothing(school: Tenant, tmp_path: Path) -> None:
    """Every fault is named by file and line, the first twenty of them, and nothing is taken in."""
    rows = "\n".join(f"e{number},active,2026-02-01T00:00:00Z,k1,o1,nobody,student,,," for number in range(100, 130))
    good_row = "h2,active,2026-02-01T00:00:00Z,Tests,"
    delta = bundle(tmp_path / "delta", "1.2", "delta", {"enrollments": rows, "categories": good_row})
    before = school.admin("GET", "/export").data

    response = post(school, packed(delta), "application/zip")

    description = refusal(response, 422)
    assert "body/enrollments.csv:2: enrollments[0].userSourcedId: there is no user" in description
    assert description.endswith("; and 10 more")
    assert school.admin("GET", "/export").data == before


def test_a_zip_that_is_none(school: Tenant) -> None:
    """A zip that cannot be unpacked is 400."""
    assert "is not a zip that can be read" in refusal(post(school, b"PK\x03\x04 nonsense", "application/zip"), 400)


def test_warnings_of_a_bundle_are_told(school: Tenant, tmp_path: Path) -> None:
    """Suspicious but valid rows are merged, and the response lists them."""
    folder = bundle(tmp_path / "bulk", "1.2", "bulk", {"categories": "h2,,,Tests,"})
    with (folder / "manifest.csv").open("a", newline="") as stream:
        stream.write("source.sytemName,SIS\r\n")

    response = post(school, packed(folder), "application/zip")

    assert response.status_code == 200
    assert "source.sytemName" in response.get_json()["warnings"][0]


# By the client of test suites is in test_pytest_plugin; here is what soft-delete makes of the switchboard.


def test_soft_delete_is_not_bypassed(school: Tenant) -> None:
    """With soft-delete in the sandbox a DELETE of the switchboard marks too, and the record is gone later."""
    school.admin("PUT", "/scenarios", {"active": ["soft-delete:seconds=60"]})

    deleted = school.admin("DELETE", "/records/users/u1")
    marked = [stored(school, path)["status"] for path in ("users/u1", "enrollments/e1")]
    school.admin("PUT", "/clock", {"advance": "PT61S"})
    gone = [school.admin("GET", f"/records/{path}").status_code for path in ("users/u1", "enrollments/e1")]
    exported = school.admin("GET", "/export").get_json()

    assert deleted.status_code == 204
    assert marked == ["tobedeleted", "tobedeleted"]
    assert gone == [404, 404]
    assert [user["sourcedId"] for user in exported["users"]] == ["u2", "u3"]


def test_soft_delete_by_client_and_switchboard_is_one(school: Tenant) -> None:
    """The switchboard purges on its next read what a client deleted softly, and the other way round."""
    school.admin("PUT", "/scenarios", {"active": ["soft-delete:seconds=60"]})
    school.send("DELETE", f"{GRADEBOOK}/lineItems/l1")
    school.admin("DELETE", "/records/categories/h1")
    school.admin("PUT", "/clock", {"advance": "PT61S"})

    by_client = school.get(f"{GRADEBOOK}/categories/h1").status_code
    by_switchboard = school.admin("GET", "/records/lineItems/l1").status_code

    assert (by_client, by_switchboard) == (404, 404)
