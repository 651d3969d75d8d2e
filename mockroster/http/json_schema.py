"""JSON Schemas for the fields of the standard's models and for references."""

from __future__ import annotations

from typing import Any

from mockroster.standard import fields

Document = dict[str, Any]

_FIELD_SCHEMAS: dict[type[fields.Member], Document] = {
    fields.Timestamp: {"type": "string", "format": "date-time"},
    fields.Date: {"type": "string", "format": "date"},
    fields.Year: {"type": "string", "pattern": "^[0-9]{4}$"},
    fields.Uri: {"type": "string", "format": "uri", "minLength": 1},
    fields.TrueFalse: {"type": "string", "enum": ["true", "false"]},
    fields.Text: {"type": "string", "minLength": 1},
    fields.Number: {"type": "number"},
    fields.JsonBoolean: {"type": "boolean"},
    fields.Metadata: {"type": "object", "additionalProperties": True},
}


def field_schema(_converter: Any, field: Any, **_kwargs: Any) -> Document:
    """Return the JSON Schema of a field; apispec calls this for each."""
    if isinstance(field, fields.Ref):
        return {"$ref": component(reference_name(field.type))}
    if isinstance(field, fields.Vocabulary):
        return _vocabulary(field)
    schema = _FIELD_SCHEMAS.get(type(field), {})
    return schema | {"maxLength": field.most} if isinstance(field, fields.Text) and field.most else schema


def _vocabulary(field: fields.Vocabulary) -> Document:
    """Return an enumeration, with the pattern of extension words if it is open."""
    listed = {"type": "string", "enum": list(field.words)}
    return {"anyOf": [listed, {"type": "string", "pattern": f"^{field.extension}$"}]} if field.extension else listed


def component(name: str) -> str:
    """Return the reference to a schema among the components."""
    return f"#/components/schemas/{name}"


def reference_name(type_: str) -> str:
    """Return the component name for references of a type."""
    return f"{type_[0].upper()}{type_[1:]}Ref"


def reference(type_: str) -> Document:
    """Return the schema of a reference."""
    return {
        "type": "object",
        "required": ["href", "sourcedId", "type"],
        "additionalProperties": False,
        "properties": {
            "href": {"type": "string", "format": "uri"},
            "sourcedId": {"type": "string", "minLength": 1},
            "type": {"type": "string", "enum": [type_]},
        },
    }
