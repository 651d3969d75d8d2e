"""What is wrong with a body, in the words of this house: the member, the value found, and what would be right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from marshmallow import Schema, ValidationError, fields
from marshmallow.exceptions import SCHEMA

from mockroster.errors import nearest
from mockroster.loading.synonyms import SYNONYMS
from mockroster.roster.write import dotted_name, in_order
from mockroster.standard.fields import JsonBoolean, Listed, Member, Part, PartSchema, Ref
from mockroster.standard.model import Resource
from mockroster.standard.versions import VERSIONS

_FIELD = fields.Field.default_error_messages
MISSING = "is missing"
"""What is said of a member that is not there though it must be."""

_MISSING, _NULL = _FIELD["required"], _FIELD["null"]
_NO_LIST = fields.List.default_error_messages["invalid"]
_UNKNOWN = PartSchema.error_messages["unknown"]
_PLAIN = {_NULL: "must not be null", _NO_LIST: "must be an array"}


def unspeakable(body: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with the members that no answer in JSON could hold: there is hardly ever any."""
    try:
        text = orjson.dumps(body, option=_STRICT)
    except TypeError:
        return {str(name): _no_json(name, value) for name, value in body.items() if not _is_json(name, value)}
    if b"null" not in text:
        return {}
    return {name: "must not hold NaN or Infinity" for name, value in body.items() if _is_endless(value)}


_STRICT = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def told(error: ValidationError, resource: Resource, body: Mapping[str, Any]) -> dict[str, str]:
    """Return what a schema has found wrong with a body, by the dotted name of each member."""
    messages: Mapping[Any, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
    return dict(_told(messages, "", resource, resource.schema, body))


def shown(value: Any) -> str:
    """Return a value as JSON has it, cut short."""
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= 80 else f"{text[:80]}…"


def _told(
    messages: Mapping[Any, Any], prefix: str, resource: Resource, governing: Schema | Member, value: Any
) -> Iterator[tuple[str, str]]:
    """Yield name and sentence of each fault within a value, which a schema or the field of a list governs."""
    for name, fault in in_order(messages):
        dotted = dotted_name(prefix, name)
        field = _governing(governing, name)
        found = _inside(value, name)
        if isinstance(fault, Mapping):
            yield from _told(fault, dotted, resource, field, found)
        else:
            yield dotted, ", ".join(_sentence(one, name, resource, field, found) for one in fault)


def _governing(governing: Schema | Member, name: Any) -> Any:
    """Return what governs the value of that name or number: a field, or the schema of an object."""
    if isinstance(governing, Listed) and isinstance(name, int):
        return _opened(governing.inner)
    if isinstance(governing, PartSchema) and name in governing.members:
        return _opened(governing.members[name])
    return governing


def _opened(field: Member) -> Schema | Member:
    return field.schema if isinstance(field, Part) else field


def _inside(value: Any, name: Any) -> Any:
    if isinstance(value, dict) and name != SCHEMA:
        return value.get(name)
    return value[name] if isinstance(value, list) and isinstance(name, int) and name < len(value) else value


def _sentence(message: str, name: Any, resource: Resource, field: Any, found: Any) -> str:
    """Return one fault in our words."""
    if message == _UNKNOWN:
        return _stranger(str(name), resource, field)
    if message == _MISSING or (message == _NULL and found == ""):
        return _empty(resource, name, field, found)
    if isinstance(field, Ref) and not message.startswith("must have type"):
        target = resource.model.referable[field.type].name
        return f"must be the sourcedId of {_one(target)}, a string, not {shown(found)}"
    text = "must be true or false" if isinstance(field, JsonBoolean) else _PLAIN.get(message, message)
    says_found = text.startswith("must be ") and found is not None
    return f"{text}, not {shown(found)}" if says_found else text


def _empty(resource: Resource, name: Any, field: Any, found: Any) -> str:
    """Return what is wrong with a member that says nothing though it must."""
    if found == [] and isinstance(field, Listed):
        return f"must be an array with {_one(field.inner.type if isinstance(field.inner, Ref) else 'item')} in it"
    if found == "":
        return "must not be empty"
    is_of_user = resource.name == "demographics" and name == "sourcedId"
    return "is missing; demographics have the sourcedId of their user" if is_of_user else MISSING


def _one(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind}"


def _stranger(name: str, resource: Resource, schema: PartSchema) -> str:
    """Return what is wrong with a member that the record does not have."""
    if schema is resource.schema and (elsewhere := _in_other_shape(name, resource)):
        return elsewhere
    meant = SYNONYMS.get(name)
    near = f"; did you mean {meant!r}?" if meant in schema.members else nearest(name, schema.members)
    more = near or ("; further data go into metadata" if schema is resource.schema else "")
    return f"is not a member of {'this record' if schema is resource.schema else 'this object'}{more}"


def _in_other_shape(name: str, resource: Resource) -> str:
    """Return what is wrong with a member of the shape in which another version writes such records."""
    collection, own = resource.collection, VERSIONS[resource.version]
    shape = own.conversion.shapes.get(collection)
    for other in VERSIONS:
        rival = other.conversion.shapes.get(collection)
        model = other.resources.get(collection)
        if rival is shape or model is None or name not in model.schema.members:
            continue
        marks = shape.members if shape else rival.stands_for[:1] if rival else ()
        return (
            f"is not a member of {collection} in OneRoster {own.number}, only in {other.number}, and this one has "
            f"{' or '.join(map(repr, marks))}"
        )
    return ""


def _is_json(name: Any, value: Any) -> bool:
    try:
        orjson.dumps({name: value}, option=_STRICT)
    except TypeError:
        return False
    return True


def _no_json(name: Any, value: Any) -> str:
    """Return why a member cannot be JSON."""
    if not isinstance(name, str):
        return "is not the name of a member: names are strings"
    try:
        orjson.dumps({name: value}, option=_STRICT)
    except TypeError as problem:
        reason = str(problem)
    known = {
        "Integer exceeds 64-bit range": "must not hold a whole number of more than 64 bits",
        "Recursion limit reached": "must not be nested as deep as this",
        "str is not valid UTF-8: surrogates not allowed": "must not hold half a character (a lone surrogate)",
        "Dict key must be str": "must have strings as the names of its members",
    }
    return known.get(reason, "must be text, a number, true or false, an array or an object")


def _is_endless(value: Any) -> bool:
    """Tell whether there is a number in a value that is none, or has no end."""
    if isinstance(value, float):
        return not math.isfinite(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_is_endless, inside))
