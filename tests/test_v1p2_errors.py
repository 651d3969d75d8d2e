"""Errors of 1.2 have the unwrapped object of 1.2 as their body, with a code of the service."""

from __future__ import annotations

import re

import pytest
from conftest import Api, connected, make_app
from flask import Flask
from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_QUERY
from oauthlib.oauth1 import Client as Signer
from v1p2 import (
    COLLECTIONS,
    GRADEBOOK,
    HOST,
    OPERATIONS,
    READS,
    RESOURCES,
    ROSTERING,
    SCOPE,
    V1P1,
    Json,
    description,
    facts,
    minor,
    name,
    paths,
    url,
    whole,
    with_scopes,
    without_token,
)
from werkzeug.test import Client

from mockroster import create_app
from mockroster.standard.model import Operation, Service
from mockroster.standard.v1p2.operations import SERVICES

ONE_OF_EACH = [f"{ROSTERING}/users", f"{GRADEBOOK}/results", f"{RESOURCES}/resources"]
SCOPES_1P1 = "https://purl.imsglobal.org/spec/or/v1p1/scope/"


def first(api: Api, address: str) -> Json:
    """Return the first record of a collection."""
    return whole(api, address)[0]


@pytest.mark.parametrize(("name", "right"), [("role", "roles.role"), ("roleType", "roles.roleType"), ("rols", "role")])
def test_an_unknown_filter_field_of_users(api: Api, name: str, right: str) -> None:
    """The member of a part is suggested to clients of 1.1, where it is a member of the user."""
    answer = api.get(f"{ROSTERING}/users", filter=f"{name}='x'")

    assert f"filter: users have no member '{name}'; did you mean '{right}" in description(answer)


@pytest.mark.parametrize("address", ONE_OF_EACH)
@pytest.mark.parametrize(
    "text",
    ["nonsense='x'", "role='student'", "metadata='x'", "sourcedId.x='y'", "status='active' AND nonsense='x'"],
)
def test_an_unknown_filter_field(api: Api, address: str, text: str) -> None:
    """A filter on a member that the records do not have is refused; the role and orgs of 1.1 are such members."""
    answer = api.get(address, filter=text)

    assert minor(answer, 400) == "invalid_filter_field"
    assert description(answer).startswith("filter: ")


@pytest.mark.parametrize("address", ONE_OF_EACH)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "status",
        "status=active",
        'status="active"',
        "status='active",
        "status=='active'",
        "status='active' and status='active'",
        "status='active' AND",
        "status='active' AND status='active' OR status='active'",
        "dateLastModified>'yesterday'",
    ],
)
def test_a_malformed_filter(api: Api, address: str, text: str) -> None:
    """A filter that cannot be read is refused under the same name."""
    assert minor(api.get(address, filter=text), 400) == "invalid_filter_field"


@pytest.mark.parametrize("value", ["yes", "1", ""])
def test_a_filter_by_a_boolean_that_is_none(api: Api, value: str) -> None:
    """``enabledUser`` is ``'true'`` or ``'false'`` and nothing else."""
    assert minor(api.get(f"{ROSTERING}/users", filter=f"enabledUser='{value}'"), 400) == "invalid_filter_field"


@pytest.mark.parametrize("member", ["roles", "userProfiles", "userProfiles.credentials", "userIds", "roles.rol"])
def test_a_suggestion_is_a_name_that_works(api: Api, member: str) -> None:
    """A suggested member can be used in a filter."""
    answer = api.get(f"{ROSTERING}/users", filter=f"{member}='x'")

    offered = re.search("did you mean '(.*)'", description(answer))

    assert minor(answer, 400) == "invalid_filter_field"
    assert offered is None or api.get(f"{ROSTERING}/users", filter=f"{offered[1]}!='x'").status_code != 400


@pytest.mark.parametrize("query", ["fields=nonsense", "fields=sourcedId,nonsense", "fields=sourcedId&fields=nonsense"])
@pytest.mark.parametrize("address", ONE_OF_EACH)
def test_an_unknown_selection(api: Api, address: str, query: str) -> None:
    """Unlike in 1.1, a member that the records do not have is refused, by name, in collections and single reads."""
    one = f"{address}/{first(api, address)['sourcedId']}"

    for answer in (api.get(f"{address}?{query}"), api.get(f"{one}?{query}")):
        assert minor(answer, 400) == "invalid_selection_field"
        assert "'nonsense'" in description(answer)


@pytest.mark.parametrize(
    "query", ["fields=", "fields=,", "fields=%20", "fields=sourcedId,", "fields=sourcedId&fields="]
)
@pytest.mark.parametrize("address", ONE_OF_EACH)
def test_a_blank_selection(api: Api, address: str, query: str) -> None:
    """The vocabulary of 1.2 has no name of its own for it."""
    one = f"{address}/{first(api, address)['sourcedId']}"

    for answer in (api.get(f"{address}?{query}"), api.get(f"{one}?{query}")):
        assert minor(answer, 400) == "invalid_selection_field"


@pytest.mark.parametrize("member", ["role", "orgs"])
def test_what_a_user_had_in_1p1_is_no_selection(api: Api, member: str) -> None:
    """A client that still selects ``role`` or ``orgs`` is told so."""
    answer = api.get(f"{ROSTERING}/users", fields=f"sourcedId,{member}")

    assert minor(answer, 400) == "invalid_selection_field"
    assert f"'{member}'" in description(answer)


@pytest.mark.parametrize("order", ["", "&orderBy=asc", "&orderBy=desc"])
@pytest.mark.parametrize("sort", ["nonsense", "role.x", ""])
@pytest.mark.parametrize("address", ONE_OF_EACH)
def test_an_unknown_sort(api: Api, address: str, sort: str, order: str) -> None:
    """The order is the default one, and there is nothing beside the data: 1.2 has no warnings."""
    expected = api.get(f"{address}?limit=100000")

    answer = api.get(f"{address}?limit=100000&sort={sort}{order}")

    assert answer.status_code == 200
    assert answer.data == expected.data
    assert len(answer.get_json()) == 1


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=abc", "limit=1e3", "offset=-1", "orderBy=up", "limit=1&limit=2"]
)
def test_malformed_parameters(api: Api, query: str) -> None:
    """A parameter that cannot be read is refused; the vocabulary has no better name than that of bad data."""
    answer = api.get(f"{ROSTERING}/users?{query}")

    assert minor(answer, 400) == "invaliddata"
    assert description(answer).startswith(query.partition("=")[0])


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer nonsense", "Basic bW9ja3Jvc3Rlcjptb2Nrcm9zdGVyLXNlY3JldA==", "nonsense"]
)
@pytest.mark.parametrize("address", ONE_OF_EACH)
def test_401(app: Flask, address: str, authorization: str | None) -> None:
    """Without a valid token nothing is read, and a header names the scheme."""
    headers = {} if authorization is None else {"Authorization": authorization}

    answer = Client(app).get(address, headers=headers)

    assert minor(answer, 401) == "unauthorisedrequest"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_unknown_address_is_404_without_a_token(app: Flask) -> None:
    """There is nothing to authorise at an address that is none."""
    assert minor(without_token(app).get(f"{ROSTERING}/nonsense"), 404) == "unknownobject"


@pytest.mark.parametrize("path", ["/lineItems", "/categories", "/resources", "/scoreScales", "/nonsense", ""])
def test_a_path_under_the_wrong_base(api: Api, path: str) -> None:
    """A path of another service is not there, in the words of 1.2."""
    assert minor(api.get(ROSTERING + path), 404) == "unknownobject"


@pytest.mark.parametrize(("service", "operation"), OPERATIONS, ids=name)
def test_every_path_is_under_its_own_base_only(api: Api, service: Service, operation: Operation) -> None:
    """The same path under another base of 1.2 is not there, and the answer says where it is."""
    path = paths(api, operation, 1)[0]

    answers = [api.send(operation.method, url(other, path)) for other in SERVICES if other is not service]

    for answer in answers:
        assert answer.status_code in ({404} if operation.method == "GET" else {404, 405})
        assert minor(answer, answer.status_code) == ("unknownobject" if answer.status_code == 404 else "invaliddata")
        assert f"; {operation.path} is one of" in description(answer)
        assert description(answer).endswith(service.base)


@pytest.mark.parametrize(("service", "operation"), READS, ids=name)
def test_405(api: Api, service: Service, operation: Operation) -> None:
    """A method that a path does not have is refused, and the answer says which it has."""
    path = paths(api, operation, 1)[0]
    known = {one.method for one in service.operations if one.path == operation.path}

    answer = api.send("PATCH", url(service, path))

    assert minor(answer, 405) == "invaliddata"
    assert {method.strip() for method in answer.headers["Allow"].split(",")} == known | {"HEAD"}


@pytest.mark.parametrize(
    "type_", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data"]
)
def test_415(fresh: Api, type_: str) -> None:
    """A write whose Content-Type is there and not JSON is refused."""
    answer = fresh.send("PUT", f"{GRADEBOOK}/categories/c", data=b'{"category": {"title": "x"}}', content_type=type_)

    assert minor(answer, 415) == "invaliddata"
    assert fresh.get(f"{GRADEBOOK}/categories/c").status_code == 404


@pytest.mark.parametrize("type_", [None, "application/json; charset=utf-8", "application/vnd.ims.or+json"])
def test_what_passes_for_json(fresh: Api, type_: str | None) -> None:
    """A write without Content-Type, or of any kind of JSON, is read."""
    answer = fresh.send("PUT", f"{GRADEBOOK}/categories/c", data=b'{"category": {"title": "x"}}', content_type=type_)

    assert answer.status_code == 201


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b"{}", b'"category"', b'{"category": null}', b'{"categories": []}', b"\xff"]
)
def test_422(fresh: Api, body: bytes) -> None:
    """A body that is not the record in its wrapper is refused with a sentence that says what it should be."""
    answer = fresh.send("PUT", f"{GRADEBOOK}/categories/c", data=body, content_type="application/json")

    assert minor(answer, 422) == "invaliddata"
    assert description(answer)


def test_413(fresh: Api) -> None:
    """A body of more than 16 MB is refused unread, in the words of 1.2."""
    answer = fresh.send(
        "PUT", f"{GRADEBOOK}/categories/c", data=b" " * (16 * 1024 * 1024 + 1), content_type="application/json"
    )

    assert minor(answer, 413) == "invaliddata"


def test_500_has_the_form_of_1p2() -> None:
    """Even a failure of our own has the body of 1.2; the record that breaks its schema is named."""
    app = create_app(students=1)
    overlay = app.extensions["mockroster"].default.overlay
    org = overlay.tables["orgs"].records[0]
    overlay.put("orgs", type(org)({name: value for name, value in org.items() if name != "name"}))

    answer = connected(app).get(f"{ROSTERING}/orgs")

    assert minor(answer, 500) == "internal_server_error"
    assert "name" in description(answer)


@pytest.mark.parametrize("type_", [SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_QUERY])
@pytest.mark.parametrize("address", ONE_OF_EACH)
def test_a_signature_of_oauth_1_is_refused(app: Flask, address: str, type_: str) -> None:
    """Signatures are a matter of 1.1, in the header and in the query: the same one is good there."""
    signer = Signer("mockroster", "mockroster-secret", signature_type=type_)
    signed, headers, _ = signer.sign(f"{address}?limit=1")
    signed_1p1, headers_1p1, _ = signer.sign(f"{V1P1}/{address.rsplit('/', 1)[1]}?limit=1")

    answer = Client(app).get(signed, headers=headers)
    before = Client(app).get(signed_1p1, headers=headers_1p1)

    assert minor(answer, 401) == "unauthorisedrequest"
    assert "OAuth 1" in description(answer)
    assert before.status_code == 200


@pytest.mark.parametrize("authorization", ["OAuth", "OAuth\toauth_consumer_key=x", "oAUTH realm=x"])
def test_however_the_scheme_is_spelt(app: Flask, authorization: str) -> None:
    """The scheme of OAuth 1.0a is refused in any spelling."""
    answer = Client(app).get(f"{ROSTERING}/orgs", headers={"Authorization": authorization})

    assert minor(answer, 401) == "unauthorisedrequest"


def test_without_authorisation_signatures_do_not_matter() -> None:
    """Under ``--no-auth`` whatever a client sends to prove itself is passed over."""
    app = make_app(students=1, no_auth=True)

    for authorization in ("OAuth oauth_consumer_key=x", "Bearer nonsense", ""):
        headers = {"Authorization": authorization}
        assert Client(app).get(f"{ROSTERING}/orgs", headers=headers).status_code == 200


@pytest.mark.parametrize(("service", "operation"), READS, ids=name)
def test_each_scope_of_an_operation_is_enough_and_no_other_is(
    app: Flask, api: Api, service: Service, operation: Operation
) -> None:
    """Any one of the scopes of the standard opens a read; all others of 1.2 together do not."""
    (fact,) = [one for one in facts()["services"][service.name]["endpoints"] if one["operationId"] == operation.name]
    every = {scope for one in facts()["services"].values() for scope in one["scopes"]}
    enough = set(fact["scopes_any_of"])
    address = url(service, paths(api, operation, 1)[0])

    for scope in enough:
        assert with_scopes(app, scope).get(address, limit=1).status_code == 200
    refused = with_scopes(app, *sorted(every - enough)).get(address, limit=1)

    assert minor(refused, 403) == "forbidden"


@pytest.mark.parametrize(
    ("service", "operation"), [(one, other) for one, other in OPERATIONS if other.method != "GET"], ids=name
)
def test_each_write_has_its_own_scope(app: Flask, api: Api, service: Service, operation: Operation) -> None:
    """PUT, POST and DELETE have a scope each, and assessments have their own; refusal comes before the body is read."""
    (fact,) = [one for one in facts()["services"][service.name]["endpoints"] if one["operationId"] == operation.name]
    every = {scope for one in facts()["services"].values() for scope in one["scopes"]}
    path = operation.path.format(**dict.fromkeys(operation.parameters, "nobody"))
    (enough,) = fact["scopes_any_of"]

    passed = with_scopes(app, enough).send(operation.method, url(service, path), json={})
    refused = with_scopes(app, *sorted(every - {enough})).send(operation.method, url(service, path), json={})

    assert passed.status_code in {404, 422}
    assert minor(refused, 403) == "forbidden"


@pytest.mark.parametrize(
    ("service", "operation"), [(one, other) for one, other in COLLECTIONS if other.parameters], ids=name
)
def test_core_scopes_do_not_reach_nested_endpoints(
    app: Flask, api: Api, service: Service, operation: Operation
) -> None:
    """A core scope is for all records and one record only."""
    core = with_scopes(app, "roster-core.readonly", "gradebook-core.readonly", "resource-core.readonly")

    answer = core.get(url(service, paths(api, operation, 1)[0]))

    assert minor(answer, 403) == "forbidden"


def test_the_scopes_of_a_version_do_not_open_the_other(app: Flask) -> None:
    """``roster.readonly`` of 1.1 is another scope than that of 1.2."""
    form = {"grant_type": "client_credentials", "scope": f"{SCOPES_1P1}roster.readonly"}
    token = Client(app).post("/oauth2/token", data=form, auth=("mockroster", "mockroster-secret")).get_json()
    old, new = Api(app, token["access_token"]), with_scopes(app, "roster.readonly")

    assert old.get(f"{V1P1}/orgs").status_code == new.get(f"{ROSTERING}/orgs").status_code == 200
    assert minor(old.get(f"{ROSTERING}/orgs"), 403) == "forbidden"
    assert new.get(f"{V1P1}/orgs").status_code == 403


@pytest.mark.parametrize("path", ["/oauth2/token", *(f"{service.base}/token" for service in SERVICES)])
def test_scopes_of_both_versions_in_one_request(app: Flask, path: str) -> None:
    """A client of both versions needs one token only, from any token address; ``http`` in a scope is let through."""
    asked = [
        f"{SCOPES_1P1}roster.readonly",
        f"{SCOPE}roster.readonly".replace("https", "http"),
        f"{SCOPE}gradebook.delete",
    ]
    form = {"grant_type": "client_credentials", "scope": " ".join(asked)}

    answer = Client(app).post(HOST + path, data=form, auth=("mockroster", "mockroster-secret"))

    both = Api(app, answer.get_json()["access_token"])
    assert answer.get_json()["scope"].split() == asked
    assert both.get(f"{V1P1}/orgs").status_code == both.get(f"{ROSTERING}/orgs").status_code == 200
    assert both.get(f"{ROSTERING}/demographics").status_code == both.get(f"{GRADEBOOK}/results").status_code == 403


def test_errors_of_1p1_are_as_before(api: Api) -> None:
    """The form of an error is that of the version that was asked."""
    assert list(api.get(f"{V1P1}/orgs/nobody").get_json()) == ["statusInfoSet"]
    assert minor(api.get(f"{ROSTERING}/orgs/nobody"), 404) == "unknownobject"
