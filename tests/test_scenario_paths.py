"""Scenarios about paths and endpoints, as a client meets them: other paths, other cases, slashes, tenants."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from tenants import CLIENT, GRADEBOOK, GRANT, ROSTERING, V1P1, Tenant, by_path, named, tenant

from mockroster.errors import ConfigurationError
from mockroster.scenarios.spec import parse_scenarios

ROOT = "/ims/oneroster/v1p2"


@pytest.fixture
def clean(app: Flask) -> Tenant:
    """Return a client without a scenario."""
    return tenant(app).enter()


def entered(app: Flask, spec: str) -> Tenant:
    """Return a client with a token that chooses a scenario for each further request."""
    client = tenant(app).enter()
    client.spec = spec
    return client


# Accept.


@pytest.mark.parametrize(("accept", "status"), [("", 406), ("*/*", 406), ("text/html, application/*", 406)])
def test_accept_required(app: Flask, accept: str, status: int) -> None:
    """A request that does not list the type is refused."""
    response = entered(app, "accept-required").get(f"{V1P1}/orgs", headers={"Accept": accept})

    assert (response.status_code, named(response)) == (status, "accept-required")


@pytest.mark.parametrize("accept", ["application/json", "text/html, Application/JSON;q=0.5"])
def test_accept_listed(app: Flask, accept: str) -> None:
    """A request that lists the type is answered."""
    response = entered(app, "accept-required").get(f"{V1P1}/orgs", headers={"Accept": accept})

    assert (response.status_code, named(response)) == (200, None)


def test_accept_of_a_vendor(app: Flask) -> None:
    """The type and the status can be chosen."""
    client = entered(app, "accept-required:type=application/vnd.x+json,status=400")

    refused = client.get(f"{V1P1}/orgs", headers={"Accept": "application/json"})
    accepted = client.get(f"{V1P1}/orgs", headers={"Accept": "application/vnd.x+json"})

    assert (refused.status_code, accepted.status_code) == (400, 200)


# Paths in any case.


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (f"{V1P1}/lineitems", f"{V1P1}/lineItems"),
        (f"{V1P1}/LineItems", f"{V1P1}/lineItems"),
        ("/IMS/OneRoster/v1p1/ACADEMICSESSIONS", f"{V1P1}/academicSessions"),
        (f"{ROSTERING}/academicsessions", f"{ROSTERING}/academicSessions"),
        (f"{GRADEBOOK}/scorescales", f"{GRADEBOOK}/scoreScales"),
    ],
)
def test_any_case_paths(app: Flask, clean: Tenant, asked: str, meant: str) -> None:
    """A path in another case has the rows of the standard's, and is 404 without the scenario."""
    response = entered(app, "any-case-paths").get(f"{asked}?limit=3")

    assert response.status_code == 200
    assert named(response) == "any-case-paths"
    assert response.get_json().keys() == clean.get(f"{meant}?limit=3").get_json().keys()
    assert clean.get(asked).status_code == 404


def test_ids_keep_their_case(app: Flask, clean: Tenant) -> None:
    """An id in another case is another id."""
    school = clean.rows(f"{V1P1}/schools")[0]["sourcedId"]
    client = entered(app, "any-case-paths")

    assert client.get(f"{V1P1}/SCHOOLS/{school}").get_json()["org"]["sourcedId"] == school
    assert client.get(f"{V1P1}/SCHOOLS/{school.upper()}").status_code == 404


# Other roots.


def test_nested_root(app: Flask, clean: Tenant) -> None:
    """Services are served below a path with the version twice, whose links repeat it, and below their own."""
    client = entered(app, "other-root")

    response = client.get(f"{ROOT}/rostering/v1p2/users?limit=2")

    assert (response.status_code, named(response)) == (200, "other-root")
    assert f"{ROOT}/rostering/v1p2/users?" in response.headers["Link"]
    assert client.get(f"{ROSTERING}/users?limit=2").get_json()["users"][0]["sourcedId"] in response.text
    assert client.get(f"{ROOT}/categories").status_code == 404
    assert clean.get(f"{ROOT}/rostering/v1p2/users").status_code == 404


@pytest.mark.parametrize("name", ["categories", "users", "resources", "scoreScales"])
def test_flat_root(app: Flask, clean: Tenant, name: str) -> None:
    """Every collection of 1.2 is below one path, whatever its service."""
    response = entered(app, "other-root:style=flat").get(f"{ROOT}/{name}?limit=2")

    assert (response.status_code, named(response)) == (200, "other-root")
    assert list(response.get_json()) == [name]
    assert clean.get(f"{ROOT}/{name}").status_code == 404


def test_flat_root_of_nested_paths(app: Flask, clean: Tenant) -> None:
    """Nested paths and single records are there too, and unknown ones are 404."""
    class_ = clean.rows(f"{ROSTERING}/classes?limit=1")[0]["sourcedId"]
    client = entered(app, "other-root:style=flat")

    assert client.get(f"{ROOT}/classes/{class_}").status_code == 200
    assert client.get(f"{ROOT}/classes/{class_}/lineItems").status_code == 200
    assert client.get(f"{ROOT}/nothing").status_code == 404


# The token endpoint elsewhere.


def test_token_path(app: Flask) -> None:
    """A token is issued at the path, is good, and the usual endpoints are 404."""
    client = tenant(app, "token-path:path=/login/token")

    granted = client.send("POST", "/login/token", data=GRANT, auth=CLIENT)
    refused = [client.send("POST", path, data=GRANT, auth=CLIENT) for path in ("/oauth2/token", "/token")]

    assert (granted.status_code, named(granted)) == (200, "token-path")
    assert [response.status_code for response in refused] == [404, 404]
    assert {named(response) for response in refused} == {"token-path"}
    client.bearer = granted.get_json()["access_token"]
    assert client.get(f"{V1P1}/orgs").status_code == 200


@pytest.mark.parametrize("spec", ["token-path:path=token", "tenant-path:tenant=a~b/c", "tenant-path:tenant=ims"])
def test_paths_that_cannot_be(spec: str) -> None:
    """A path or segment that no request can have is refused."""
    with pytest.raises(ConfigurationError, match="is not a"):
        parse_scenarios([spec])


# Tenants.


def test_tenant_path(app: Flask, clean: Tenant) -> None:
    """The list has the encoded segment, below which all is served; encoded again it is 404."""
    client = entered(app, "tenant-path")

    listed = client.get("/applications")
    (application,) = listed.get_json()["applications"]
    segment = application["oneroster_application_id"]
    page = client.get(f"/{segment}{V1P1}/classes?limit=2")

    assert segment == "MoYPlyQWmG0%3D"
    assert (listed.status_code, named(listed)) == (200, "tenant-path")
    assert not {"Link", "X-Total-Count"} & {*listed.headers.keys()}
    assert page.status_code == 200
    assert f"/{segment}{V1P1}/classes?" in page.headers["Link"]
    assert f"/{segment}{V1P1}/" in page.get_json()["classes"][0]["school"]["href"]
    assert client.get(page.get_json()["classes"][0]["school"]["href"]).status_code == 200
    assert client.get(f"/{segment.replace('%', '%25')}{V1P1}/classes").status_code == 404
    assert [client.get(f"{base}/orgs").status_code for base in (V1P1, ROSTERING)] == [404, 404]
    assert clean.get("/applications").status_code == 404


def test_tenant_list_needs_a_token(app: Flask) -> None:
    """The list of tenants is not for everybody."""
    assert tenant(app, "tenant-path").get("/applications").status_code == 401


# Slashes.


@pytest.mark.parametrize(
    ("style", "with_slash", "without"), [("needed", 200, 404), ("refused", 404, 200), ("redirect", 200, 308)]
)
def test_trailing_slash(app: Flask, style: str, with_slash: int, without: int) -> None:
    """A path with a slash and one without are answered differently."""
    client = entered(app, f"trailing-slash:style={style}")

    statuses = [client.get(f"{V1P1}/orgs{rest}").status_code for rest in ("/", "", "/?limit=1", "?limit=1")]

    assert statuses == [with_slash, without] * 2


def test_redirect_to_the_slash(app: Flask) -> None:
    """The redirect leads to the same query with a slash, in the same sandbox."""
    client = entered(app, "trailing-slash")

    response = client.get(f"{V1P1}/orgs?limit=1&filter=type%3D%27school%27")

    assert named(response) == "trailing-slash"
    assert response.location.endswith(f"{client.prefix}{V1P1}/orgs/?limit=1&filter=type%3D%27school%27")
    assert client.get(response.location.removeprefix(client.prefix)).status_code == 200


def test_doubled_slash_refused(app: Flask, clean: Tenant) -> None:
    """A doubled slash is 404, where the server overlooks it otherwise."""
    client = entered(app, "doubled-slash-refused")

    assert client.get(f"{V1P1}//orgs").status_code == 404
    assert client.get(f"{V1P1}/orgs").status_code == 200
    assert clean.get(f"{V1P1}//orgs").status_code == 200


# Endpoints of vendors.


@pytest.mark.parametrize("base", [V1P1, ROSTERING])
@pytest.mark.parametrize(
    ("name", "collection", "matches"),
    [
        ("administrators", "users", lambda row: "dministrator" in str(row)),
        ("guardians", "users", lambda row: "'guardian'" in str(row)),
        ("relatives", "users", lambda row: "'relative'" in str(row)),
        ("districts", "orgs", lambda row: row["type"] == "district"),
        ("studentEnrollments", "enrollments", lambda row: row["role"] == "student"),
        ("teacherEnrollments", "enrollments", lambda row: row["role"] == "teacher"),
    ],
)
def test_vendor_endpoints(app: Flask, clean: Tenant, base: str, name: str, collection: str, matches: Any) -> None:
    """Each collection has the rows with its role or type, and all of them."""
    response = entered(app, "vendor-endpoints").get(f"{base}/{name}?limit=100000")

    rows = response.get_json()[collection]
    expected = [row for row in clean.rows(f"{base}/{collection}?limit=100000") if matches(row)]
    assert named(response) == "vendor-endpoints"
    assert [row["sourcedId"] for row in rows] == [row["sourcedId"] for row in expected]
    assert clean.get(f"{base}/{name}").status_code == 404


def test_vendor_endpoints_of_a_school(app: Flask, clean: Tenant) -> None:
    """Enrollments by role are below a school too, and a user has a path in the singular."""
    school = clean.rows(f"{V1P1}/schools")[0]["sourcedId"]
    user = clean.rows(f"{V1P1}/users?limit=1")[0]["sourcedId"]
    client = entered(app, "vendor-endpoints")

    enrollments = client.rows(f"{V1P1}/schools/{school}/teacherEnrollments?limit=100000")

    assert {(row["role"], row["school"]["sourcedId"]) for row in enrollments} == {("teacher", school)}
    assert client.get(f"{V1P1}/user/{user}").get_json()["user"]["sourcedId"] == user
    assert client.get(f"{V1P1}/user/nobody").status_code == 404


@pytest.mark.parametrize(
    ("spec", "path", "status"),
    [
        ("accept-required", f"{V1P1}/orgs", 406),
        ("any-case-paths", f"{V1P1}/ORGS", 200),
        ("other-root", f"{ROOT}/rostering/v1p2/orgs", 200),
        ("tenant-path", f"/MoYPlyQWmG0%3D{V1P1}/orgs", 200),
        ("trailing-slash", f"{V1P1}/orgs", 308),
        ("doubled-slash-refused", f"{V1P1}//orgs", 404),
        ("vendor-endpoints", f"{V1P1}/districts", 200),
    ],
)
def test_by_base_path(app: Flask, spec: str, path: str, status: int) -> None:
    """A client that can change nothing but its base URL meets the same."""
    client = Tenant(app, by_path(spec)).enter()

    response = client.get(path)

    assert (response.status_code, named(response)) == (status, spec)


# Some endpoints only.

NARROW = "only-endpoints:paths=/orgs|/categories/*,methods=GET|PUT|DELETE,version=1.1"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{V1P1}/orgs", 200),
        ("GET", f"{V1P1}/orgs/nobody", 404),
        ("GET", f"{V1P1}/users", 404),
        ("GET", f"{V1P1}/categories/none", 404),
        ("PUT", f"{V1P1}/categories/new", 201),
        ("DELETE", f"{V1P1}/categories/new", 204),
        ("GET", f"{ROSTERING}/orgs", 404),
        ("PUT", f"{GRADEBOOK}/categories/new", 404),
    ],
)
def test_only_endpoints(small: Flask, method: str, path: str, status: int) -> None:
    """Listed paths are served, by their methods and in their version; others are 404 and name the scenario."""
    client = tenant(small).enter()
    client.send("PUT", f"{V1P1}/categories/new", json={"category": {"title": "New"}}) if method == "DELETE" else None
    client.spec = NARROW
    body = {"json": {"category": {"title": "New"}}} if method == "PUT" else {}

    response = client.send(method, path, **body)

    served = path in {f"{V1P1}/orgs", f"{V1P1}/categories/new", f"{V1P1}/categories/none"}
    assert (response.status_code, named(response)) == (status, None if served else "only-endpoints")


@pytest.mark.parametrize(
    ("spec", "statuses"),
    [
        ("only-endpoints", [200, 200, 404, 404]),
        ("only-endpoints:methods=PUT", [404, 404, 404, 404]),
        ("only-endpoints:methods=GET,version=1.2", [404, 200, 404, 404]),
        ("only-endpoints:paths=**", [200, 200, 200, 404]),
        ("only-endpoints:paths=**,methods=PUT|GET", [200, 200, 200, 201]),
    ],
)
def test_only_endpoints_in_short(small: Flask, spec: str, statuses: list[int]) -> None:
    """By default there are four collections with their records, to be read in both versions."""
    client = tenant(small).enter()
    client.spec = spec

    reads = [client.get(path).status_code for path in (f"{V1P1}/orgs", f"{ROSTERING}/orgs", f"{V1P1}/categories")]
    write = client.send("PUT", f"{V1P1}/categories/new", json={"category": {"title": "New"}}).status_code

    assert [*reads, write] == statuses
