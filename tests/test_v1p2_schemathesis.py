"""Schemathesis reads our documents of 1.2 and asks what they allow and what they do not: answers are as described."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from conftest import connected, make_app
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from v1p2 import GRADEBOOK, OPERATIONS, RESOURCES, ROSTERING, Json, name

from mockroster.standard.model import Operation, Service
from mockroster.standard.v1p2.operations import SERVICES

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = settings.default.max_examples // 25
"""For each operation and mode: 4 every day, and 20 in `make nightly`."""

schemathesis.openapi.format(
    "date-time",
    st.datetimes()
    .map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))
    .map(lambda moment: moment.isoformat(timespec="milliseconds") + "Z"),
)
# Left to itself it draws times of any form and tosses those that our pattern does not let in: nearly all.

Described = dict[str, schemathesis.BaseSchema]

COLLECTIONS = {
    "academicSession": f"{ROSTERING}/academicSessions",
    "assessmentLineItem": f"{GRADEBOOK}/assessmentLineItems",
    "assessmentResult": f"{GRADEBOOK}/assessmentResults",
    "category": f"{GRADEBOOK}/categories",
    "class": f"{ROSTERING}/classes",
    "course": f"{ROSTERING}/courses",
    "demographics": f"{ROSTERING}/demographics",
    "enrollment": f"{ROSTERING}/enrollments",
    "lineItem": f"{GRADEBOOK}/lineItems",
    "org": f"{ROSTERING}/orgs",
    "resource": f"{RESOURCES}/resources",
    "result": f"{GRADEBOOK}/results",
    "school": f"{ROSTERING}/schools",
    "scoreScale": f"{GRADEBOOK}/scoreScales",
    "student": f"{ROSTERING}/students",
    "teacher": f"{ROSTERING}/teachers",
    "term": f"{ROSTERING}/terms",
    "user": f"{ROSTERING}/users",
}


@pytest.fixture(scope="module")
def known() -> dict[str, str]:
    """Return an id of each kind of record of the district that is asked, last ones because deletes take the first."""
    api = connected(make_app(students=3))
    return {kind: api.rows(address)[-1]["sourcedId"] for kind, address in COLLECTIONS.items()}


@pytest.fixture(scope="module")
def described() -> Described:
    """Return the documents of an application that may be written to; every request bears a token for everything."""
    app = make_app(students=3)
    token = connected(app).token
    schemas = {}
    for service in SERVICES:
        schema = schemathesis.openapi.from_wsgi(f"/openapi/{service.name}.json", app)
        schema.config.update(headers={"Authorization": f"Bearer {token}"})
        schema.config.generation.update(deterministic=True, max_examples=EXAMPLES, with_security_parameters=False)
        schemas[service.name] = schema
    return schemas


def ask(strategy: st.SearchStrategy[schemathesis.Case]) -> None:
    """Send what a strategy draws and check the answers."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def each(case: schemathesis.Case) -> None:
        # A selection leaves out members that a whole record must have, and the document describes whole records.
        is_whole = "fields" not in (case.query or {})
        case.call_and_validate(checks=CHECKS if is_whole else CHECKS[:-1])

    each()


CASES = [
    (service, operation, mode)
    for service, operation in OPERATIONS
    for mode in GenerationMode
    if (operation.kind, mode.name) != ("delete", "NEGATIVE")
]
"""Each operation with what it allows and with what it does not; a DELETE has nothing but an id that can be wrong."""


@pytest.mark.parametrize(("service", "operation", "mode"), CASES, ids=name)
def test_answers_are_as_described(
    service: Service, operation: Operation, mode: GenerationMode, described: Described
) -> None:
    """No server error, and status, Content-Type and body are among those that the document says."""
    asked = described[service.name][operation.path][operation.method]

    ask(asked.as_strategy(generation_mode=mode))


def at_home(value: Any, known: dict[str, str]) -> Any:
    """Return a body whose references lead somewhere."""
    if isinstance(value, list):
        return [at_home(item, known) for item in value]
    if not isinstance(value, dict):
        return value
    if {"href", "sourcedId", "type"} <= value.keys():
        return {**value, "sourcedId": known.get(str(value["type"]), "nobody")}
    return {member: at_home(inside, known) for member, inside in value.items()}


def of_the_district(case: schemathesis.Case, operation: Operation, known: dict[str, str]) -> schemathesis.Case:
    """Return a request for records that are there: the parents in its path and the references in its body."""
    place = dict(case.path_parameters or {})
    for parameter in operation.parameters:
        kind = parameter.removesuffix("SourcedId") if parameter != "sourcedId" else operation.resource.name
        if not (parameter == "sourcedId" and operation.kind == "put"):
            place[parameter] = known[kind]
    case.path_parameters = place
    if isinstance(case.body, dict):
        body: Json = at_home(case.body, known)
        record = body.get(operation.resource.name)
        if operation.kind == "put" and isinstance(record, dict):
            record.pop("sourcedId", None)
        case.body = body
    return case


@pytest.mark.parametrize(
    ("service", "operation"),
    [(one, two) for one, two in OPERATIONS if two.parameters and two.kind != "delete"],
    ids=name,
)
def test_answers_about_records_that_are_there(
    service: Service, operation: Operation, described: Described, known: dict[str, str]
) -> None:
    """The same for paths that lead somewhere, and for bodies whose references do, so that writes succeed too."""
    asked = described[service.name][operation.path][operation.method]

    ask(asked.as_strategy().map(lambda case: of_the_district(case, operation, known)))
