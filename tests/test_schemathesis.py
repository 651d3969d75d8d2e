"""Schemathesis reads our OpenAPI document and asks what it allows and what it does not: answers are as described."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from conftest import connected, make_app
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mockroster.standard.model import Operation
from mockroster.standard.v1p1.operations import SERVICE

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = settings.default.max_examples // 20
"""For each operation and mode: 5 every day, as all collections share their code, and 25 in `make nightly`."""


@pytest.fixture(scope="module")
def described() -> schemathesis.BaseSchema:
    """Return the document of an application that may be written to; every request bears a token for everything."""
    app = make_app(students=3)
    schema = schemathesis.openapi.from_wsgi("/openapi/v1p1.json", app)
    schema.config.update(headers={"Authorization": f"Bearer {connected(app).token}"})
    schema.config.generation.update(deterministic=True, max_examples=EXAMPLES, with_security_parameters=False)
    return schema


CASES = [
    (one, mode)
    for one in SERVICE.all_operations
    for mode in GenerationMode
    if (one.kind, mode.name) != ("delete", "NEGATIVE")
]
"""Each operation with what it allows and with what it does not; a DELETE has nothing but an id that can be wrong."""


@pytest.mark.parametrize(("operation", "mode"), CASES, ids=lambda one: getattr(one, "name", ""))
def test_answers_are_as_described(
    operation: Operation, mode: GenerationMode, described: schemathesis.BaseSchema
) -> None:
    """No server error, and status, Content-Type and body are among those that the document says."""
    asked = described[operation.path][operation.method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=asked.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=[one for one in CHECKS if one not in passed_over(case, operation)])

    ask()


def passed_over(case: schemathesis.Case, operation: Operation) -> list[Any]:
    """Return the checks that do not hold: ``fields`` that names members leaves out others, required ones too."""
    fields = str((case.query or {}).get("fields", ""))
    selects = {name.strip() for name in fields.split(",")} <= operation.resource.schema.members.keys()
    return [response_schema_conformance] if selects else []


def test_a_selection_is_no_whole_record(described: schemathesis.BaseSchema) -> None:
    """A request that selects a member is answered without the others, which the document cannot say."""
    operation = next(one for one in SERVICE.operations if one.name == "getAllUsers")
    case = described[operation.path][operation.method].Case(query={"fields": "orgs"})

    response = case.call(headers=described.config.headers)

    assert response.status_code == 200
    assert passed_over(case, operation) == [response_schema_conformance]
    assert {tuple(user) for user in response.json()["users"]} == {("orgs",)}
