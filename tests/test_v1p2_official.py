"""Every answer of 1.2 is valid against the OpenAPI documents that 1EdTech publishes."""

from __future__ import annotations

import pytest
from conftest import Api
from flask import Flask
from v1p2 import (
    COLLECTIONS,
    OPERATIONS,
    READS,
    Json,
    assert_official,
    assert_valid,
    minor,
    name,
    official,
    paths,
    url,
    with_scopes,
    without_token,
)

from mockroster.standard.model import Operation, Service

WRITES = [(service, operation) for service, operation in OPERATIONS if operation.method != "GET"]
PUTS = [(service, operation) for service, operation in WRITES if operation.kind == "put"]
POSTS = [(service, operation) for service, operation in WRITES if operation.kind == "post"]


def records(body: Json) -> list[Json]:
    """Return the records of a body, one or many."""
    (held,) = body.values()
    return held if isinstance(held, list) else [held]


def sent(api: Api, service: Service, operation: Operation) -> tuple[str, Json]:
    """Return the path of a write and a body of the generated district's own data."""
    path = paths(api, operation, 1)[0]
    collection = f"{url(service, operation.resource.path.removeprefix(service.base))}"
    rows = api.rows(collection)
    if operation.kind == "put":
        row = next(row for row in rows if row["sourcedId"] == path.rsplit("/", 1)[1])
        return path, {operation.resource.name: row}
    given = {member: value[1:-1] for member, value in operation.preset.items()}
    values = dict(zip(operation.parameters, path.split("/")[2::2], strict=False))
    fitting = [
        row for row in rows if all(row[member]["sourcedId"] == values[parameter] for member, parameter in given.items())
    ]
    return path, {operation.resource.collection: fitting[:3]}


@pytest.mark.parametrize(("service", "operation"), READS, ids=name)
def test_reads(api: Api, service: Service, operation: Operation) -> None:
    """The response of a read, of a collection and of several records, is valid and not empty."""
    answers = [api.get(url(service, path), limit=100_000) for path in paths(api, operation)]

    assert {answer.status_code for answer in answers} == {200}
    assert any(records(answer.get_json()) for answer in answers)
    for answer in answers:
        assert_official(service, operation, answer)


@pytest.mark.parametrize(("service", "operation"), COLLECTIONS, ids=name)
def test_an_empty_page(api: Api, service: Service, operation: Operation) -> None:
    """A page past the end is a valid, empty collection."""
    answer = api.get(url(service, paths(api, operation, 1)[0]), offset=1_000_000)

    assert answer.status_code == 200
    assert records(answer.get_json()) == []
    assert_official(service, operation, answer)


@pytest.mark.parametrize(("service", "operation"), PUTS, ids=name)
def test_put_and_delete(fresh: Api, service: Service, operation: Operation) -> None:
    """A generated record, itself a valid body, is taken back with 201 and deleted with 204, both without a body."""
    path, body = sent(fresh, service, operation)
    request = official(service.name)["paths"][operation.path]["put"]["requestBody"]
    deletion = next(one for _, one in WRITES if one.path == operation.path and one.kind == "delete")

    put = fresh.put(url(service, path), body)
    delete = fresh.delete(url(service, path))

    assert_valid(service.name, request["content"]["application/json"]["schema"]["$ref"], body)
    assert (put.status_code, delete.status_code) == (201, 204)
    assert_official(service, operation, put)
    assert_official(service, deletion, delete)


@pytest.mark.parametrize(("service", "operation"), POSTS, ids=name)
def test_post(fresh: Api, service: Service, operation: Operation) -> None:
    """Generated records, themselves a valid body, are created with 201 and a valid list of pairs."""
    path, body = sent(fresh, service, operation)
    request = official(service.name)["paths"][operation.path]["post"]["requestBody"]

    answer = fresh.send("POST", url(service, path), json=body)

    assert records(body)
    assert_valid(service.name, request["content"]["application/json"]["schema"]["$ref"], body)
    assert answer.status_code == 201
    assert_official(service, operation, answer)


@pytest.mark.parametrize(("service", "operation"), OPERATIONS, ids=name)
def test_401(app: Flask, api: Api, service: Service, operation: Operation) -> None:
    """Every operation refuses an unknown token with a valid body."""
    answer = without_token(app).send(operation.method, url(service, paths(api, operation, 1)[0]), json={})

    assert minor(answer, 401) == "unauthorisedrequest"
    assert_official(service, operation, answer)


@pytest.mark.parametrize(("service", "operation"), OPERATIONS, ids=name)
def test_403(app: Flask, api: Api, service: Service, operation: Operation) -> None:
    """Every operation refuses a token without its scope with a valid body."""
    other = "resource.readonly" if operation.resource.name == "demographics" else "roster-demographics.readonly"

    answer = with_scopes(app, other).send(operation.method, url(service, paths(api, operation, 1)[0]), json={})

    assert minor(answer, 403) == "forbidden"
    assert_official(service, operation, answer)


@pytest.mark.parametrize(
    ("service", "operation"),
    [(service, one) for service, one in OPERATIONS if one.parameters and one.kind != "put"],
    ids=name,
)
def test_404(api: Api, service: Service, operation: Operation) -> None:
    """Every path with an unknown id is refused with a valid body; rostering declares no 404 but demands its name."""
    path = operation.path.format(**dict.fromkeys(operation.parameters, "nobody"))

    answer = api.send(operation.method, url(service, path), json={operation.resource.collection: []})

    assert minor(answer, 404) == "unknownobject"
    assert_official(service, operation, answer)


@pytest.mark.parametrize(("service", "operation"), READS, ids=name)
def test_400(api: Api, service: Service, operation: Operation) -> None:
    """Every read refuses an unknown selection with a valid body."""
    answer = api.get(url(service, paths(api, operation, 1)[0]), fields="nonsense")

    assert minor(answer, 400) == "invalid_selection_field"
    assert_official(service, operation, answer)


@pytest.mark.parametrize(("service", "operation"), [*PUTS, *POSTS], ids=name)
def test_422(fresh: Api, service: Service, operation: Operation) -> None:
    """Every write refuses nonsense with a valid body."""
    answer = fresh.send(operation.method, url(service, paths(fresh, operation, 1)[0]), json={"nonsense": 1})

    assert minor(answer, 422) == "invaliddata"
    assert_official(service, operation, answer)


@pytest.mark.parametrize(("service", "operation"), OPERATIONS, ids=name)
def test_405(api: Api, service: Service, operation: Operation) -> None:
    """A method that no operation of the path has is refused in the form of the default answer."""
    answer = api.send("PATCH", url(service, paths(api, operation, 1)[0]))

    assert minor(answer, 405) == "invaliddata"
    assert_official(service, operation, answer)


def test_all_81_operations_answer(fresh: Api) -> None:
    """Each operation of the standard succeeds on a generated district, and each read has data in it.

    The last operations are deleted first: a line item's results would go with it.
    """
    reads = {
        operation.name
        for service, operation in READS
        for path in paths(fresh, operation)
        if records(fresh.get(url(service, path)).get_json())
    }
    prepared = [(service, operation, *sent(fresh, service, operation)) for service, operation in [*PUTS, *POSTS]]

    writes = {
        operation.name
        for service, operation, path, body in prepared
        if fresh.send(operation.method, url(service, path), json=body).status_code == 201
    }
    deletes = {
        operation.name
        for service, operation in reversed(WRITES)
        if operation.kind == "delete" and fresh.delete(url(service, paths(fresh, operation, 1)[0])).status_code == 204
    }

    answered = reads | writes | deletes
    print(f"{len(answered)} of {len(OPERATIONS)} operations answer, {len(reads)} of {len(READS)} reads with data")  # noqa: T201
    assert {operation.name for _, operation in OPERATIONS} - answered == set()
