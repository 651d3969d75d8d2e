"""Schemathesis reads our OpenAPI document and asks what it allows and what it does not: answers are as described."""

from __future__ import annotations

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

from mockroster.spec.model import Operation
from mockroster.spec.v1p1.operations import SERVICE

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 10
"""For each operation and mode: enough to meet every parameter, few enough for a run of every day."""


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
        derandomize=True,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=asked.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        # A selection leaves out members that a whole record must have, and the document describes whole records.
        is_whole = "fields" not in (case.query or {})
        case.call_and_validate(checks=CHECKS if is_whole else CHECKS[:-1])

    ask()
