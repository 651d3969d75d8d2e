"""The responses of an operation are stated once: the OpenAPI documents list them, and the server returns them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from mockroster import create_app
from mockroster.standard.answers import FAILURES
from mockroster.standard.model import Operation, Service
from mockroster.standard.versions import SERVICES

OPERATIONS = [(service, operation) for service in SERVICES for operation in service.all_operations]
NAMES = [f"{service.name}.{operation.name}" for service, operation in OPERATIONS]
AN_ID = "nobody"


@pytest.fixture(scope="module")
def guarded() -> Flask:
    """Return a server that wants a token."""
    return create_app(students=2)


@pytest.fixture(scope="module")
def bearer(guarded: Flask) -> dict[str, str]:
    """Return the header of a token that is good for everything."""
    form = {"grant_type": "client_credentials", "client_id": "mockroster", "client_secret": "mockroster-secret"}
    token = guarded.test_client().post("/oauth2/token", data=form).get_json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def ask(app: Flask, service: Service, operation: Operation, **options: Any) -> TestResponse:
    """Ask for an operation, with an id that names nothing wherever the path has one."""
    path = operation.path.format(**dict.fromkeys(operation.parameters, AN_ID))
    return app.test_client().open(service.base + path, method=operation.method, **options)


@pytest.mark.parametrize(("service", "operation"), OPERATIONS, ids=NAMES)
def test_documents_have_the_answers(guarded: Flask, service: Service, operation: Operation) -> None:
    """Each operation of a document has the statuses of the table, and each success its headers."""
    document = guarded.test_client().get(f"/openapi/{service.name}.json").get_json()
    responses = document["paths"][operation.path][operation.method.lower()]["responses"]

    headers = {
        status: set(response.get("headers", {})) - {"X-Mockroster-Scenario"}
        for status, response in responses.items()
        if status not in FAILURES
    }

    assert responses.keys() == operation.answers.keys()
    assert headers == {status: {*answer.headers} for status, answer in operation.answers.items() if status in headers}


@pytest.mark.parametrize(("service", "operation"), OPERATIONS, ids=NAMES)
@pytest.mark.parametrize("has_token", [True, False], ids=["with a token", "without a token"])
def test_the_server_answers_so(
    guarded: Flask, bearer: dict[str, str], service: Service, operation: Operation, *, has_token: bool
) -> None:
    """Every response has a status of the table, and its headers."""
    response = ask(guarded, service, operation, headers=bearer if has_token else {})

    answer = operation.answers.get(str(response.status_code))

    assert answer is not None, response.status_code
    assert {*answer.headers} <= {*response.headers.keys()}
    assert (answer.body != "none") == bool(response.get_data())
