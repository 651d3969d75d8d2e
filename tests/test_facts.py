"""The tables of OneRoster 1.1 agree with those gathered independently from the standard, in ``../shared``."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import shared

from mockroster.standard import fields
from mockroster.standard.model import Operation, Resource
from mockroster.standard.v1p1.models import RESOURCES, UserId
from mockroster.standard.v1p1.operations import SERVICE

Facts = dict[str, Any]

OPERATIONS = {operation.name: operation for operation in SERVICE.operations}
MODELS = {resource.name: resource for resource in RESOURCES}

KINDS: dict[str, type[fields.Member]] = {
    "GUID string": fields.Text,
    "string": fields.Text,
    "DateTime": fields.Timestamp,
    "Date": fields.Date,
    "GUIDRef": fields.Ref,
    "UserId": fields.Part,
    "object": fields.Metadata,
    "Float": fields.Number,
}
"""The field of the product for each plain type of the facts; enumerations are compared by their words."""

DEVIATIONS = {
    ("Category", "weight"): "kimono-deviations D3: Kimono shows it, INTERFACE decided that it is always there",
    ("Result", "textScore"): "a letter, shown only where there is no score: 1.1 has no member for one",
}
"""Members that the product has and the facts do not, with the reason."""

BOOLEANS = "kimono-deviations D5: 1.1 booleans are JSON booleans, not the strings 'true' and 'false'"
OPEN = {
    "Grade": "an open vocabulary: CEDS codes are recommended, any text is let through",
    "PublicSchoolResidenceStatus": "an open vocabulary: a state may have codes of its own",
}
"""Enumerations that the product does not close, with the reason."""


def shape(path: str) -> str:
    """Return a path without the names of its parameters."""
    return re.sub(r"{\w+}", "{}", path)


def named(facts: Facts) -> dict[str, Facts]:
    """Return the facts of each operation by its name."""
    return {row["operation"]: row for row in facts["endpoints"]}


def models(facts: Facts) -> dict[str, tuple[Resource, Facts]]:
    """Return for each record model the product's resource and all members that the facts give it, in order."""
    base = facts["models"]["Base"]["fields"]
    return {
        name: (MODELS[name[0].lower() + name[1:]], {**base, **model["fields"]})
        for name, model in facts["models"].items()
        if model.get("extends") == "Base"
    }


def inner(field: fields.Member) -> fields.Member:
    """Return the field of the items of a list, or the field itself."""
    return field.inner if isinstance(field, fields.Listed) else field


def words(field: fields.Member) -> tuple[str, ...] | None:
    """Return the enumeration of a field, or nothing."""
    kind = inner(field)
    return kind.words if isinstance(kind, fields.Vocabulary) else None


def test_the_operations_are_those_of_the_standard(facts: Facts) -> None:
    """All 61 operations are there by name, method and path, and no others."""
    expected = {(row["operation"], row["method"], shape(row["path"])) for row in facts["endpoints"]}

    stated = {(operation.name, operation.method, shape(operation.path)) for operation in SERVICE.operations}

    assert len(expected) == 61
    assert stated == expected
    assert facts["meta"]["base_path"] == SERVICE.base


@pytest.mark.parametrize("operation", SERVICE.operations, ids=lambda operation: operation.name)
def test_operation(operation: Operation, facts: Facts) -> None:
    """Scopes, query parameters, model and wrappers of an operation are those of the standard."""
    fact = named(facts)[operation.name]

    stated = {
        "scopes": set(operation.scopes),
        "query": tuple(operation.query),
        "model": operation.resource.name.lower(),
        "collection": operation.kind == "collection",
        "parameters": len(operation.parameters),
    }

    assert stated == {
        "scopes": set(fact["scopes_any_of"]),
        "query": tuple(fact["query"]),
        "model": fact["resource"].lower(),
        "collection": fact["collection"],
        "parameters": len(fact["path_params"]),
    }
    wrapper = {"collection": operation.resource.collection, "single": operation.resource.name}.get(operation.kind)
    assert wrapper == fact["response_wrapper_key"]
    assert (operation.resource.name if operation.kind == "put" else None) == fact["request_wrapper_key"]


@pytest.mark.parametrize("operation", SERVICE.operations, ids=lambda operation: operation.name)
def test_restriction(operation: Operation, facts: Facts) -> None:
    """Schools are orgs of type school and so on: the rows of a path are restricted as the standard says."""
    restricted = named(facts)[operation.name]["restricted_to"]

    stated = [f"{name}=='{value}'" for name, value in operation.rows.where.items()]

    assert stated == ([restricted] if restricted else [])


def test_scopes(facts: Facts) -> None:
    """The product knows the scopes of the standard and no others."""
    known = {scope for operation in SERVICE.all_operations for scope in operation.scopes}

    assert known == set(facts["security"]["scopes"])


def test_the_models_are_those_of_the_standard(facts: Facts) -> None:
    """Every record model of the facts is stated and no others."""
    assert {resource.name for resource, _ in models(facts).values()} == set(MODELS)


MODEL_NAMES = sorted(resource.name for resource in RESOURCES)


def of(name: str, facts: Facts) -> tuple[str, Resource, Facts]:
    """Return the name that the facts give a model, the product's resource and the members of the facts."""
    return next((spelt, *pair) for spelt, pair in models(facts).items() if pair[0].name == name)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_members_and_their_order(name: str, facts: Facts) -> None:
    """A model has the members of the standard in its order, and others only with a reason."""
    spelt, resource, members = of(name, facts)

    stated = [member for member in resource.schema.members if (spelt, member) not in DEVIATIONS]

    order = facts["models"][spelt]["field_order"]
    assert set(members) == set(order)
    assert stated == order


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_what_is_required(name: str, facts: Facts) -> None:
    """A member is required where the standard requires it."""
    _, resource, members = of(name, facts)

    required = {member for member, field in resource.schema.members.items() if field.required}

    assert required == {member for member, fact in members.items() if fact["required"]}


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_types_and_references(name: str, facts: Facts) -> None:
    """A member is of the standard's type, is a list where it is one there, and refers to the same model."""
    _, resource, members = of(name, facts)

    for member, fact in members.items():
        field = resource.schema.members[member]
        kind = inner(field)

        assert isinstance(field, fields.Listed) == fact["array"], member
        if fact["type"].startswith("Boolean"):
            assert isinstance(kind, fields.JsonBoolean), BOOLEANS
        elif fact["type"] in KINDS:
            assert isinstance(kind, KINDS[fact["type"]]), (member, fact["type"])
        else:
            assert fact["type"] in facts["enums"], (member, fact["type"])
        assert getattr(kind, "type", None) == fact["ref_type"], member


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_enumerations(name: str, facts: Facts) -> None:
    """A closed vocabulary has the words of the standard; the open ones and the booleans are listed with a reason."""
    _, resource, members = of(name, facts)

    for member, fact in members.items():
        stated = words(resource.schema.members[member])
        if fact["enum"] is None or fact["enum"] == "TrueFalse" or fact["enum"] in OPEN:
            assert stated is None, member
        else:
            assert stated == tuple(facts["enums"][fact["enum"]]["values"]), member


def test_user_id(facts: Facts) -> None:
    """An id of another system has a type and an identifier."""
    members = facts["models"]["UserId"]["fields"]

    schema = UserId()

    assert {name: field.required for name, field in schema.members.items()} == {
        name: fact["required"] for name, fact in members.items()
    }


def test_every_deviation_is_one(facts: Facts) -> None:
    """A deviation that the facts came to know is no deviation any more."""
    known = {(spelt, member) for spelt, (_, members) in models(facts).items() for member in members}

    assert not known & set(DEVIATIONS)
    for spelt, member in DEVIATIONS:
        assert member in models(facts)[spelt][0].schema.members


def test_shared_is_where_it_is_expected() -> None:
    """The path of the facts is that of the checkout's neighbour."""
    assert shared("spec", "oneroster-1.1.json").is_file()
