"""The product states OneRoster 1.2 as it was gathered from the standard, independently, in ``../shared``."""

from __future__ import annotations

import pytest
from v1p2 import OPERATIONS, SCOPE, Json, facts, name

from mockroster.standard import fields
from mockroster.standard.model import Operation, Service
from mockroster.standard.v1p1.models import UserId
from mockroster.standard.v1p2 import models
from mockroster.standard.v1p2.errors import ERRORS
from mockroster.standard.v1p2.operations import SERVICES
from mockroster.standard.versions import SCOPES

SCHEMAS: dict[str, type[fields.PartSchema]] = {
    **{f"{resource.name[0].upper()}{resource.name[1:]}DType": resource.model for resource in models.RESOURCES},
    "RoleDType": models.Role,
    "CredentialDType": models.Credential,
    "UserIdDType": UserId,
    "UserProfileDType": models.UserProfile,
    "ScoreScaleValueDType": models.ScoreScaleValue,
    "LearningObjectiveSetDType": models.LearningObjectiveSet,
    "LearningObjectiveScoreSetDType": models.LearningObjectiveScoreSet,
    "LearningObjectiveResultsDType": models.LearningObjectiveResult,
}
"""The product's schema of each object of the facts."""

ENVELOPES = {"envelope-collection", "envelope-single", "guidref", "status"}
"""Objects that the product has no schema for: they are part of how operations, references and errors are written."""

FORMATS: dict[str | None, type[fields.Member]] = {
    "date-time": fields.Timestamp,
    "date": fields.Date,
    "uri": fields.Uri,
    "float": fields.Number,
}
"""The field of the product for each format of the facts."""


def inner(field: fields.Member) -> fields.Member:
    """Return the field of the items of a list, or the field itself."""
    return field.inner if isinstance(field, fields.Listed) else field


def fact_of(service: Service, operation: Operation) -> Json:
    """Return the facts of an operation."""
    (fact,) = [
        fact
        for fact in facts()["services"][service.name]["endpoints"]
        if (fact["method"], fact["path"]) == (operation.method, operation.path)
    ]
    row: Json = fact
    return row


def test_the_operations_are_those_of_the_standard() -> None:
    """All 81 operations are there, in the service, under the name and at the address of the standard, and no others."""
    expected = [
        (service, row["operationId"], row["method"], row["full_path"])
        for service, fact in facts()["services"].items()
        for row in fact["endpoints"]
    ]

    stated = [
        (service.name, operation.name, operation.method, service.base + operation.path)
        for service, operation in OPERATIONS
    ]

    assert len(stated) == 81
    assert sorted(stated) == sorted(expected)


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_a_service_has_its_base_and_nothing_besides(service: Service) -> None:
    """The base path is that of the standard; vendors' aliases are a matter of 1.1."""
    fact = facts()["services"][service.name]

    assert service.base == fact["base_path"]
    assert service.aliases == ()
    assert len({operation.path for operation in service.operations}) == fact["counts"]["paths"]


@pytest.mark.parametrize(("service", "operation"), OPERATIONS, ids=name)
def test_operation(service: Service, operation: Operation) -> None:
    """Scopes, query parameters, path parameters, wrappers and success of an operation are those of the standard."""
    fact = fact_of(service, operation)

    wrapper = {"collection": operation.resource.collection, "single": operation.resource.name}
    sent = {"put": operation.resource.name, "post": operation.resource.collection}
    success = {"put": operation.replaced, "post": 201, "delete": 204}
    stated = {
        "scopes": {scope.removeprefix(SCOPE) for scope in operation.scopes},
        "query": operation.query,
        "parameters": operation.parameters,
        "wrapper": wrapper.get(operation.kind),
        "sent": sent.get(operation.kind),
        "success": success.get(operation.kind, 200),
    }

    assert stated == {
        "scopes": set(fact["scopes_any_of"]),
        "query": tuple(fact["query"]),
        "parameters": tuple(fact["path_params"]),
        "wrapper": None if operation.kind == "post" else fact["wrapper_key"],
        "sent": fact.get("request_wrapper_key"),
        "success": fact["success_status"],
    }


@pytest.mark.parametrize(("service", "operation"), OPERATIONS, ids=name)
def test_the_model_of_an_operation(service: Service, operation: Operation) -> None:
    """An operation answers with, or takes, the model of the standard."""
    fact = fact_of(service, operation)
    envelope = fact.get("request_schema") or (fact["response_schema"] if operation.method == "GET" else None)

    model = envelope and facts()["models"][envelope]["fields"][0]["ref"]

    assert model is None or SCHEMAS[model] is operation.resource.model


def test_every_scope_of_the_standard_can_be_asked_for() -> None:
    """The product knows the scopes of 1.2 and no others."""
    expected = {SCOPE + scope for fact in facts()["services"].values() for scope in fact["scopes"]}

    assert {scope for scope in SCOPES if "/v1p2/" in scope} == expected


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_the_documents_of_a_service(service: Service) -> None:
    """A service has both names under which clients discover its document."""
    expected = {fact["path"] for fact in facts()["services"][service.name]["discovery_paths"]}

    assert {f"{service.base}/discovery/{document}.json" for document in service.documents} == expected


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_the_vocabulary_of_failures(service: Service) -> None:
    """Each service has the names for failures that its document declares."""
    assert sorted(ERRORS.words[service.name]) == sorted(facts()["codeMinor"]["vocabulary_by_service"][service.name])


def test_every_object_of_the_standard_is_stated() -> None:
    """Each of the 66 objects of the facts is a schema of the product, or an envelope, reference, status or metadata."""
    known = facts()["models"]

    plain = {spelt for spelt, fact in known.items() if fact["kind"] not in ENVELOPES}

    assert len(known) == 66
    assert plain - {"MetadataDType", "GUIDPairDType"} == set(SCHEMAS)


@pytest.mark.parametrize("spelt", SCHEMAS)
def test_members_and_their_order(spelt: str) -> None:
    """An object has the members of the standard in its order and no others."""
    expected = [fact["name"] for fact in facts()["models"][spelt]["fields"]]

    assert list(SCHEMAS[spelt]().members) == expected


@pytest.mark.parametrize("spelt", SCHEMAS)
def test_what_is_required(spelt: str) -> None:
    """A member is required where the standard requires it."""
    required = [member for member, field in SCHEMAS[spelt]().members.items() if field.required]

    assert sorted(required) == sorted(facts()["models"][spelt]["required"])


@pytest.mark.parametrize("spelt", SCHEMAS)
def test_whether_other_members_are_let_in(spelt: str) -> None:
    """Only credentials are open, as in the standard."""
    assert (SCHEMAS[spelt]().unknown == "include") == facts()["models"][spelt]["additionalProperties"]


@pytest.mark.parametrize("spelt", SCHEMAS)
def test_types_and_references(spelt: str) -> None:
    """A member is of the standard's type, is a list where it is one there, and refers to the same model."""
    schema = SCHEMAS[spelt]()

    for fact in facts()["models"][spelt]["fields"]:
        field = schema.members[fact["name"]]
        kind = inner(field)

        assert isinstance(field, fields.Listed) == fact.get("array", False), fact["name"]
        if "format" in fact:
            assert type(kind) is FORMATS[fact["format"]], fact["name"]
        elif fact["type"] == "string" and "enum" not in fact:
            assert isinstance(kind, fields.Text), fact["name"]
        elif fact["type"] == "object":
            assert_object(kind, fact)


def assert_object(kind: fields.Member, fact: Json) -> None:
    """Check that a member is metadata, a reference of the right type, or the right part."""
    reference = facts()["models"][fact["ref"]]
    if fact["ref"] == "MetadataDType":
        assert isinstance(kind, fields.Metadata)
    elif reference["kind"] == "guidref":
        assert isinstance(kind, fields.Ref)
        assert [kind.type] == next(one["enum"] for one in reference["fields"] if one["name"] == "type")
    else:
        assert isinstance(kind, fields.Part)
        assert type(kind.schema) is SCHEMAS[fact["ref"]]


@pytest.mark.parametrize("spelt", SCHEMAS)
def test_enumerations(spelt: str) -> None:
    """A vocabulary has the words of the standard, and is open where it is open there; booleans are strings."""
    schema = SCHEMAS[spelt]()

    for fact in facts()["models"][spelt]["fields"]:
        kind = inner(schema.members[fact["name"]])
        if fact.get("enum_name") == "TrueFalseEnum":
            assert isinstance(kind, fields.TrueFalse), fact["name"]
        elif "enum" in fact:
            assert isinstance(kind, fields.Vocabulary), fact["name"]
            assert sorted(kind.words) == sorted(fact["enum"]), fact["name"]
            assert isinstance(kind, fields.OpenVocabulary) == fact["extensible"], fact["name"]
        else:
            assert not isinstance(kind, fields.Vocabulary | fields.JsonBoolean), fact["name"]


@pytest.mark.parametrize("spelt", SCHEMAS)
def test_extensions(spelt: str) -> None:
    """An open vocabulary lets in the further words of the standard, the whole word and not a part of it."""
    schema = SCHEMAS[spelt]()
    slashed = {"/a1": True, "/": False, "/case": False, "/unknown": False, "/A": False, "ext:a": False}
    prefixed = {"ext:A.b-c_1": True, "ext:": False, "xext:a": False, "ext:a b": False, "Ext:a": False, "/a": False}

    for fact in facts()["models"][spelt]["fields"]:
        if fact.get("extensible"):
            kind = inner(schema.members[fact["name"]])
            words = slashed if fact["ext_pattern"].startswith("^/") else prefixed

            for word, good in words.items():
                assert accepts(kind, word) == good, (fact["name"], word)


def accepts(field: fields.Member, value: str) -> bool:
    """Return whether a field loads a value."""
    try:
        field.deserialize(value)
    except fields.ValidationError:
        return False
    return True
