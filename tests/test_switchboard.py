"""The switchboard as it is described: every answer of every route is one that its row declares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from conftest import make_app
from flask import Flask
from jsonschema.validators import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from tenants import Tenant, tenant
from werkzeug.test import TestResponse

from mockroster.http.admin.route import NoParameters, Route
from mockroster.http.admin.switchboard import ROUTES

Json = dict[str, Any]

ORG = {"name": "O", "type": "school"}
FOREIGN = {"Origin": "https://evil.example"}


@dataclass(frozen=True)
class Call:
    """A request for a route, and the status that it gets."""

    status: int
    path: str
    document: Any = None
    options: Json = field(default_factory=dict)


def call(status: int, path: str, document: Any = None, **options: Any) -> Call:
    """Return a call; ``options`` are those of a request of werkzeug's client."""
    return Call(status, path, document, options)


CALLS: dict[tuple[str, str], list[Call]] = {
    ("GET", "/health"): [call(200, "/health")],
    ("GET", "/scenarios"): [call(200, "/scenarios")],
    ("PUT", "/scenarios"): [
        call(200, "/scenarios", {"active": ["flaky:every=3"]}),
        call(400, "/scenarios", {"active": ["flakky"]}),
        call(400, "/scenarios", {}),
    ],
    ("DELETE", "/scenarios"): [call(204, "/scenarios")],
    ("GET", "/sandboxes"): [call(200, "/sandboxes")],
    ("POST", "/sandboxes"): [
        call(201, "/sandboxes", {"name": "described", "students": 5, "clients": ["a:b"]}),
        call(409, "/sandboxes", {"name": "described"}),
        call(400, "/sandboxes", {"students": 0}),
        call(422, "/sandboxes", {"fixtures": {"orgs": [{"sourcedId": "o", "name": "O", "type": "shop"}]}}),
    ],
    ("DELETE", "/sandboxes/<name>"): [call(204, "/sandboxes/spare"), call(404, "/sandboxes/nobody")],
    ("POST", "/reset"): [call(204, "/reset")],
    ("GET", "/requests"): [call(200, "/requests?limit=2"), call(400, "/requests?limit=x")],
    ("DELETE", "/requests"): [call(204, "/requests")],
    ("POST", "/requests/find"): [
        call(200, "/requests/find", {"status": 200, "wait": "1ms"}),
        call(400, "/requests/find", {"at_least": 2}),
    ],
    ("POST", "/requests/count"): [
        call(200, "/requests/count", {"path": "*"}),
        call(400, "/requests/count", {"limit": 1}),
    ],
    ("GET", "/requests/unmatched"): [call(200, "/requests/unmatched"), call(400, "/requests/unmatched?wait=1s")],
    ("GET", "/stream"): [call(200, "/stream")],
    ("GET", "/events"): [call(200, "/events")],
    ("POST", "/events"): [
        call(200, "/events", {"event": "student-left"}),
        call(409, "/events", {"event": "student-left", "sourcedId": "nobody"}),
        call(400, "/events", {"event": "student-went"}),
        call(400, "/events", {"count": 2}),
    ],
    ("POST", "/days"): [
        call(200, "/days", {"days": 2}),
        call(400, "/days", {"days": 0}),
        call(400, "/days", {"days": 1, "to": "2026-09-14"}),
    ],
    ("GET", "/changes"): [call(200, "/changes?since=0"), call(400, "/changes?since=yesterday")],
    ("GET", "/runs"): [call(200, "/runs")],
    ("POST", "/runs"): [
        call(201, "/runs", {"name": "new"}),
        call(409, "/runs", {"name": "old"}),
        call(400, "/runs", {}),
    ],
    ("PATCH", "/runs/<name>"): [
        call(200, "/runs/old", {"ended": True}),
        call(404, "/runs/nobody", {"ended": True}),
        call(400, "/runs/old", {"ended": False}),
    ],
    ("GET", "/verdict"): [
        call(200, "/verdict"),
        call(200, "/verdict?format=junit"),
        call(200, "/verdict?format=html&rules=V25%3Don"),
        call(404, "/verdict?run=nobody"),
        call(400, "/verdict?format=xml"),
    ],
    ("GET", "/snapshots"): [call(200, "/snapshots")],
    ("PUT", "/snapshots/<name>"): [
        call(201, "/snapshots/new"),
        call(200, "/snapshots/new"),
        call(400, "/snapshots/a%20b"),
    ],
    ("POST", "/snapshots/<name>/restore"): [
        call(200, "/snapshots/old/restore"),
        call(404, "/snapshots/nobody/restore"),
    ],
    ("DELETE", "/snapshots/<name>"): [call(204, "/snapshots/old"), call(404, "/snapshots/nobody")],
    ("GET", "/clock"): [call(200, "/clock")],
    ("PUT", "/clock"): [call(200, "/clock", {"advance": "P1D"}), call(400, "/clock", {"now": "noon"})],
    ("GET", "/records/<collection>"): [
        call(200, "/records/orgs?version=1.1&limit=3"),
        call(400, "/records/orgs?version=1.4"),
        call(404, "/records/shops"),
    ],
    ("GET", "/records/<collection>/<path:sourced_id>"): [
        call(200, "/records/orgs/kept"),
        call(404, "/records/orgs/nobody"),
    ],
    ("PUT", "/records/<collection>/<path:sourced_id>"): [
        call(201, "/records/orgs/new", ORG),
        call(200, "/records/orgs/kept", ORG),
        call(404, "/records/shops/new", ORG),
        call(422, "/records/orgs/new", {"name": "O", "type": "shop"}),
    ],
    ("PATCH", "/records/<collection>/<path:sourced_id>"): [
        call(200, "/records/orgs/kept", {"name": "P"}),
        call(404, "/records/orgs/nobody", {"name": "P"}),
        call(415, "/records/orgs/kept", data="[]", content_type="application/json-patch+json"),
        call(422, "/records/orgs/kept", {"type": "shop"}),
    ],
    ("DELETE", "/records/<collection>/<path:sourced_id>"): [
        call(204, "/records/orgs/kept"),
        call(400, "/records/orgs/kept?as=gone"),
        call(404, "/records/orgs/nobody"),
    ],
    ("POST", "/records"): [
        call(200, "/records", {"orgs": [{"sourcedId": "merged", **ORG}]}),
        call(400, "/records", [1]),
        call(422, "/records", {"orgs": [{"sourcedId": "x", "name": "O", "type": "shop"}]}),
    ],
    ("GET", "/export"): [
        call(200, "/export"),
        call(200, "/export?format=yaml"),
        call(200, "/export?format=csv&version=1.1"),
        call(200, "/export?format=csv&since=0"),
        call(400, "/export?since=0"),
        call(400, "/export?format=xml"),
    ],
    ("POST", "/compare"): [
        call(200, "/compare", {"orgs": [{"sourcedId": "kept", **ORG, "name": "Another"}]}),
        call(200, "/compare?view=shown&version=1.1&ignore=users", {"orgs": []}),
        call(400, "/compare?revision=999", {}),
        call(400, "/compare", [1]),
    ],
}
"""Calls of each route, in a sandbox with the org and snapshot that ``prepared`` makes. A new route needs a row here."""


@pytest.fixture(scope="module")
def server() -> Flask:
    """Return an application that no other test uses."""
    return make_app(students=5)


@pytest.fixture(scope="module")
def document(server: Flask) -> Json:
    """Return the document of the switchboard."""
    served: Json = server.test_client().get("/openapi/admin.json").get_json()
    return served


@pytest.fixture
def prepared(server: Flask) -> Tenant:
    """Return a sandbox with an org, a snapshot, a recorded request and an unmatched one."""
    sandbox = tenant(server)
    sandbox.admin("PUT", "/records/orgs/kept", ORG)
    sandbox.admin("PUT", "/snapshots/old")
    sandbox.admin("POST", "/runs", {"name": "old"})
    sandbox.enter().get("/ims/oneroster/v1p1/orgs?limit=1")
    sandbox.get("/ims/oneroster/v1p1/org")
    server.test_client().delete("/__admin/sandboxes/described")
    server.test_client().get("/sandboxes/spare/__admin/clock")
    return sandbox


def send(sandbox: Tenant, method: str, request: Call, **options: Any) -> TestResponse:
    """Send a call to the switchboard of a sandbox."""
    content = {} if request.document is None else {"json": request.document}
    return sandbox.browser.open(
        f"{sandbox.prefix}/__admin{request.path}", method=method, **content, **request.options, **options
    )


def declared(document: Json, route: Route, response: TestResponse) -> Json:
    """Return the answer that the document declares for the status of a response."""
    answers = document["paths"][route.template][route.method.lower()]["responses"]
    assert str(response.status_code) in answers, response.text
    answer: Json = answers[str(response.status_code)]
    name = answer.get("$ref", "").rpartition("/")[2]
    return document["components"]["responses"][name] if name else answer


def check(document: Json, route: Route, response: TestResponse) -> None:
    """Assert that a response has the type and the body that the document declares for its status."""
    content = declared(document, route, response).get("content", {})
    type_ = response.content_type.partition(";")[0] if response.content_type else None
    assert (type_ in content) if content else (type_ is None and not response.data)
    if type_ == "application/json":
        schema = {**content[type_]["schema"], "components": document["components"]}
        assert [fault.message for fault in Draft202012Validator(schema).iter_errors(response.get_json())] == []


def test_document_is_valid(document: Json) -> None:
    """The document is OpenAPI 3.1 and has all models as components."""
    OpenAPIV31SpecValidator(document).validate()

    models = {answer.model.__name__ for route in ROUTES for answer in route.answers.values() if answer.model}
    models |= {route.body.__name__ for route in ROUTES if route.body}
    assert models <= document["components"]["schemas"].keys()


def test_every_route_is_called() -> None:
    """Every route has calls, one for each of its successes, and one that it refuses if it reads anything."""
    assert CALLS.keys() == {(route.method, route.path) for route in ROUTES}
    for route in ROUTES:
        statuses = {call.status for call in CALLS[route.method, route.path]}
        assert route.answers.keys() <= statuses, route.path
        assert not (route.query or route.body or route.refusals) or any(status >= 400 for status in statuses), (
            route.path
        )


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_answers_are_as_described(route: Route, prepared: Tenant, document: Json) -> None:
    """Each answer of a route has a status, a type and a body that the document declares."""
    for request in CALLS[route.method, route.path]:
        response = send(prepared, route.method, request, buffered=False)

        assert response.status_code == request.status, response.text
        if response.content_type != "text/event-stream":
            check(document, route, response)
        response.close()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_common_refusals_are_as_described(route: Route, document: Json) -> None:
    """A foreign page, a missing token and an unknown parameter are refused as the document declares."""
    guarded = Tenant(make_app(students=1, admin_token="t0ken"))
    request = CALLS[route.method, route.path][0]
    bearer = {"Authorization": "Bearer t0ken"}
    unknown = Call(400, request.path.partition("?")[0] + "?limti=1", request.document, request.options)

    foreign = send(guarded, route.method, request, headers=FOREIGN)
    anonymous = send(guarded, route.method, request)
    misspelt = send(guarded, route.method, unknown, headers=bearer)

    assert (foreign.status_code, misspelt.status_code) == (403, 400)
    assert anonymous.status_code == (200 if route.is_open else 401)
    assert "'limti' is not a" in misspelt.text
    for response in (foreign, anonymous, misspelt):
        check(document, route, response)


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.query or route.body], ids=lambda route: route.name
)
def test_every_parameter_is_listed(route: Route, document: Json) -> None:
    """The document lists each parameter and member of a model, with a description."""
    operation = document["paths"][route.template][route.method.lower()]

    listed = {row["name"]: row for row in operation["parameters"] if row["in"] == "query"}
    query = (route.query or NoParameters)().fields
    assert listed.keys() == {field.data_key or name for name, field in query.items()}
    assert all(row["description"] and row["schema"] for row in listed.values())
    if route.body:
        schema = document["components"]["schemas"][route.body.__name__]
        assert schema.get("properties", {}).keys() == set(route.body().fields)
        assert all(row["description"] for row in schema.get("properties", {}).values())


def test_a_parameter_given_twice(prepared: Tenant) -> None:
    """A parameter that is given twice is refused rather than one of its values chosen."""
    response = prepared.admin("GET", "/requests?path=/a&path=/b")

    assert response.status_code == 400
    assert "path is given 2 times; once will do" in response.text


def test_all_faults_are_told_at_once(prepared: Tenant) -> None:
    """Each wrong member of a body has its sentence."""
    response = prepared.admin("POST", "/sandboxes", {"students": "many", "profile": "rooster-only"})

    assert response.status_code == 400
    assert "students: 'many' is not a whole number from 1 to 200000" in response.text
    assert "profile: 'rooster-only' is not one of district, roster-only; did you mean 'roster-only'?" in response.text
