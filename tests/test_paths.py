"""Unknown paths, and ids with a slash: segments, messages, allowed methods."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from conftest import BASE, Api
from flask import Flask
from v1p2 import GRADEBOOK, ROSTERING, description
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

V1P1 = f"http://localhost{BASE}"
ADMIN = "http://localhost/__admin/records"


def said(api: Api, path: str, method: str = "GET", status: int = 404) -> str:
    """Return the message of a request that must fail with that status."""
    response = api.send(method, path)
    assert response.status_code == status, response.text
    body = response.get_json()
    return str(body["statusInfoSet"][0]["imsx_description"] if "statusInfoSet" in body else description(response))


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        (f"{V1P1}/classes/{{class}}/lineitems", f"{BASE}/classes/{{classSourcedId}}/lineItems"),
        (f"{V1P1}/classes/{{class}}/result", f"{BASE}/classes/{{classSourcedId}}/results"),
        (f"{V1P1}/orgs/{{org}}/classes", f"{BASE}/schools/{{schoolSourcedId}}/classes"),
        (f"{ROSTERING}/orgs/{{org}}/classes", "rostering/v1p2/schools/{schoolSourcedId}/classes"),
        (f"{ROSTERING}/users/x/clases", "rostering/v1p2/users/{userSourcedId}/classes"),
        (f"{GRADEBOOK}/lineitems", "gradebook/v1p2/lineItems"),
        ("http://localhost/ims/oneroster/v1p2/users", "/ims/oneroster/rostering/v1p2/users"),
        ("http://localhost/ims/oneroster/v1p2/results", "/ims/oneroster/gradebook/v1p2/results"),
        ("http://localhost/ims/oneroster/v1p2/users/x/resources", "resources/v1p2/users/{userSourcedId}/resources"),
        ("http://localhost/users", f"{BASE}/users"),
        ("http://localhost/healthz", "/livez"),
        ("http://localhost/swagger", "/openapi/v1p1.json"),
        ("http://localhost/__admin", "/__admin/health"),
        ("http://localhost/__admin/scenario", "/__admin/scenarios"),
        ("http://localhost/oauth2/tokn", "/oauth2/token"),
        (V1P1, f"{BASE}/academicSessions"),
    ],
)
def test_a_path_that_is_not_there(api: Api, path: str, nearest: str) -> None:
    """An unknown path is not taken for an id: the 404 names the most similar path."""
    names = {"class": api.all("classes")[0]["sourcedId"], "org": api.all("schools")[0]["sourcedId"]}
    path = path.format(**names)

    sentence = said(api, path)

    assert sentence.startswith(f"there is no path {path.removeprefix('http://localhost')!r}; ")
    assert nearest in sentence


def test_a_slash_that_should_have_been_encoded(api: Api) -> None:
    """A client that sends an id with a bare slash is told to encode it."""
    assert said(api, f"{V1P1}/categories/a/b").endswith(" A slash that is part of an id is sent as %2F.")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST", "OPTIONS"])
def test_no_method_of_a_path_that_is_not_there(fresh: Api, method: str) -> None:
    """A path below a record is no record: nothing is written by it, and no method is said to be allowed."""
    before = fresh.rows("/lineItems")

    response = fresh.send(method, "/lineItems/new1/results", json={"lineItem": {}})

    assert response.status_code == 404
    assert "Allow" not in response.headers
    assert fresh.rows("/lineItems") == before


def test_another_method_fits(api: Api) -> None:
    """A path with another method is 405 with that method."""
    response = api.send("GET", f"{GRADEBOOK}/lineItems/x/results")

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "POST would be" in description(response)


@pytest.mark.parametrize("base", [V1P1, ROSTERING])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_oneroster_cannot_write(api: Api, base: str, method: str) -> None:
    """A client that writes a user is told how a test does that."""
    sentence = said(api, f"{base}/users/x", method, 405)

    assert sentence.endswith(
        f"OneRoster has no {method} of users; a test writes them with PUT /__admin/records/users/{{sourcedId}}"
    )


@pytest.mark.parametrize("name", ["a/b", "/", "a//b", "a/", "/a", "a%2Fb", "ü/ß", "a/b c", "x/lineItems"])
def test_an_id_with_a_slash(fresh: Api, name: str) -> None:
    """An id may hold slashes as ``%2F``: it is written, read, found by its href, and gone through by nested paths."""
    class_ = fresh.rows("/classes")[0]
    path = quote(name, safe="")
    user = fresh.rows(f"/classes/{class_['sourcedId']}/students")[0]["sourcedId"]

    assert fresh.put(f"{ADMIN}/classes/{path}", {**class_, "sourcedId": name}).status_code == 201
    enrollment = {"user": user, "class": name, "school": class_["school"]["sourcedId"], "role": "student"}
    assert fresh.put(f"{ADMIN}/enrollments/{path}", enrollment).status_code == 201

    shown = fresh.one(f"/enrollments/{path}")
    assert shown["sourcedId"] == name
    assert fresh.one(shown["class"]["href"])["sourcedId"] == name
    response = fresh.get(f"/classes/{path}/students", limit=1)
    assert [one["sourcedId"] for one in response.get_json()["users"]] == [user]
    assert f"/classes/{path}/students?" in response.headers["Link"]


def test_an_id_with_a_slash_in_a_write(fresh: Api) -> None:
    """PUT and DELETE take such an id too."""
    assert fresh.put("/categories/a%2Fb", {"category": {"title": "Odd"}}).status_code == 201
    assert fresh.one("/categories/a%2Fb")["title"] == "Odd"
    assert fresh.delete("/categories/a%2fb").status_code == 204
    assert "no category has the sourcedId 'a/b'" in said(fresh, f"{V1P1}/categories/a%2Fb")


@pytest.mark.parametrize("target", [None, "http://localhost{path}", "{path}?limit=1", "/elsewhere%2F"])
def test_the_target_as_it_was_sent(app: Flask, target: str | None) -> None:
    """The target may be absolute; one that leads elsewhere, or none, makes every slash one between segments."""
    environ = EnvironBuilder(f"{BASE}/users/a%2Fb").get_environ()
    for name in ("RAW_URI", "REQUEST_URI"):
        del environ[name]
    if target is not None:
        environ["RAW_URI"] = target.format(path=f"{BASE}/users/a%2Fb")

    body = b"".join(run_wsgi_app(app.wsgi_app, environ)[0]).decode()

    assert ("there is no path" in body) == (target in {None, "/elsewhere%2F"})


def test_a_slash_in_a_scenario(app: Flask) -> None:
    """A slash in the scenario of a base path may be sent as ``%2F``; references below it lead there again."""
    client = Client(app)

    page = client.get("/scenarios/missing-endpoints:paths=%2Forgs/").get_json()

    assert page["bases"]["OneRoster 1.1"] == f"http://localhost/scenarios/missing-endpoints:paths=~orgs{BASE}"
    assert client.get(f"/scenarios/missing-endpoints:paths=%2Forgs{BASE}/orgs").status_code == 404
