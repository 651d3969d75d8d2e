"""The scenario ``base-path``: a service lives elsewhere, whole, and nothing is left where it was."""

from __future__ import annotations

import pytest
from flask import Flask
from tenants import GRADEBOOK, RESOURCES, ROSTERING, V1P1, Tenant, by_path, named, tenant

MOVED = "/api/oneroster/v1p1"
SPEC = f"base-path:path={MOVED}"
SERVICES = [("v1p1", V1P1), ("rostering", ROSTERING), ("gradebook", GRADEBOOK), ("resources", RESOURCES)]


def moved(app: Flask, spec: str = SPEC) -> Tenant:
    """Return a sandbox in which a base path is moved, entered."""
    here = tenant(app, spec).enter()
    here.prefix += "/scenarios/" + spec.replace("/", "~")
    here.spec = ""
    return here


@pytest.mark.parametrize("door", ["switchboard", "header", "base path", "credential"])
def test_served_at_the_other_base_only(app: Flask, door: str) -> None:
    """By every door the service answers at the other base path, and its own is 404."""
    here = tenant(app, SPEC if door == "header" else "")
    if door == "credential":
        here.enter(("scenario:" + SPEC, "x"))
    else:
        here.enter()
    if door == "switchboard":
        here.admin("PUT", "/scenarios", {"active": [SPEC]})
    if door == "base path":
        here.prefix += by_path(SPEC)

    there, gone = here.get(f"{MOVED}/classes?limit=1"), here.get(f"{V1P1}/classes?limit=1")

    assert (there.status_code, named(there)) == (200, "base-path")
    assert (gone.status_code, named(gone)) == (404, "base-path")


@pytest.mark.parametrize(("service", "base"), SERVICES)
def test_every_service_can_be_moved(app: Flask, service: str, base: str) -> None:
    """Each service moves by its name, and the others stay where they are."""
    here = moved(app, f"base-path:path=/elsewhere/x,service={service}")
    resource = {"gradebook": "categories", "resources": "resources"}

    answers = {other: here.get(f"{path}/{resource.get(other, 'orgs')}").status_code for other, path in SERVICES}

    assert here.get(f"/elsewhere/x/{resource.get(service, 'orgs')}").status_code == 200
    assert answers == {other: 404 if path == base else 200 for other, path in SERVICES}


def test_references_and_links_lead_to_the_other_base(app: Flask) -> None:
    """Every href and every page link can be followed as it is."""
    here = moved(app)

    page = here.get(f"{MOVED}/classes?limit=1")
    record = page.get_json()["classes"][0]
    links = [part.split(">")[0].strip(" <") for part in page.headers["Link"].split(",")]
    hrefs = [record["school"]["href"], record["course"]["href"], *(term["href"] for term in record["terms"])]

    root = f"http://localhost{here.prefix}{MOVED}/"
    assert all(url.startswith(root) for url in [*links, *hrefs])
    assert {here.get(url).status_code for url in [*links, *hrefs]} == {200}


def test_references_into_another_service_stay(app: Flask) -> None:
    """A line item of a moved gradebook refers to classes where these are."""
    here = moved(app, "base-path:path=/grades,service=gradebook")

    item = here.get("/grades/lineItems?limit=1").get_json()["lineItems"][0]

    assert item["class"]["href"].startswith(f"http://localhost{here.prefix}{ROSTERING}/classes/")
    assert item["category"]["href"].startswith(f"http://localhost{here.prefix}/grades/categories/")


def test_writes_and_tokens_and_discovery_move_along(app: Flask) -> None:
    """All paths work below the base path: PUT, DELETE, the token endpoint, the discovery document."""
    here = moved(app, "base-path:path=/grades,service=gradebook")

    token = here.token(path="/grades/token")
    written = here.send("PUT", "/grades/categories/c1", json={"category": {"title": "Homework"}})
    deleted = here.send("DELETE", "/grades/categories/c1")
    document = here.get("/grades/discovery/onerosterv1p2gradebookservice_openapi3_v1p0.json").get_json()

    assert (token.status_code, written.status_code, deleted.status_code) == (200, 201, 204)
    assert document["servers"] == [{"url": f"http://localhost{here.prefix}/grades"}]


def test_errors_have_the_form_of_the_version(app: Flask) -> None:
    """A path of the moved service that leads nowhere, and a record that is none, are 404 as 1.2 has it."""
    here = moved(app, "base-path:path=/roster,service=rostering")

    answers = [here.get(f"/roster/{path}") for path in ("nothing", "users/nobody", "users?filter=x")]

    assert [answer.status_code for answer in answers] == [404, 404, 400]
    assert all("imsx_CodeMinor" in answer.get_json() for answer in answers)


def test_several_are_moved(app: Flask) -> None:
    """Two of them move two services, each with its own references."""
    here = moved(app, "base-path:path=/a;base-path:path=/b,service=rostering")

    pages = [here.get(f"/{base}/enrollments?limit=1").get_json()["enrollments"][0] for base in "ab"]

    assert [page["school"]["href"].removeprefix(f"http://localhost{here.prefix}")[:8] for page in pages] == [
        "/a/orgs/",
        "/b/orgs/",
    ]


def test_the_journal_has_the_path_as_it_was_asked(app: Flask) -> None:
    """Path and operation stand in the journal, as the client sent the one and the server found the other."""
    here = moved(app)
    here.get(f"{MOVED}/orgs")

    entry = here.admin("GET", "/requests").get_json()["requests"][0]

    assert (entry["path"], entry["operation"]) == (f"{MOVED}/orgs", "getAllOrgs")


def test_other_scenarios_act_there_and_count(app: Flask) -> None:
    """A scenario beside it acts on the moved service, and counts each request once."""
    here = moved(app, f"{SPEC};flaky:every=2")

    assert [here.get(f"{MOVED}/orgs").status_code for _ in range(4)] == [200, 503, 200, 503]


def test_signed_over_the_path_that_was_sent(app: Flask) -> None:
    """A signature covers the moved path, because that is what the client knows."""
    here = tenant(app)
    here.prefix += by_path(SPEC)

    assert here.signed(f"{MOVED}/orgs?limit=1").status_code == 200


@pytest.mark.parametrize("path", ["api", "/", "", "/a//b", "/a/", "/a?b", "/a b", "/a:b"])
def test_refused(app: Flask, path: str) -> None:
    """An invalid base path is refused with a valid one."""
    response = tenant(app).admin("PUT", "/scenarios", {"active": [f"base-path:path={path}"]})

    assert response.status_code == 400
    assert "/api/oneroster/v1p1" in response.text
