"""What JSON Schema says of our fields, of references and of status information."""

from __future__ import annotations

from typing import Any

from mockroster.standard import fields
from mockroster.standard.model import Service
from mockroster.standard.status import VOCABULARY, WARNING

Document = dict[str, Any]

_FORMS: dict[type[fields.Member], Document] = {
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


def described(_converter: Any, field: Any, **_kwargs: Any) -> Document:
    """Return what stands for one of our fields; apispec asks for each."""
    if isinstance(field, fields.Ref):
        return {"$ref": component(reference_name(field.type))}
    if isinstance(field, fields.Vocabulary):
        return _vocabulary(field)
    form = _FORMS.get(type(field), {})
    return form | {"maxLength": field.most} if isinstance(field, fields.Text) and field.most else form


def _vocabulary(field: fields.Vocabulary) -> Document:
    """Return an enumeration, with the pattern of further words where it is an open one."""
    listed = {"type": "string", "enum": list(field.words)}
    return {"anyOf": [listed, {"type": "string", "pattern": f"^{field.extension}$"}]} if field.extension else listed


def component(name: str) -> str:
    """Return the reference to a schema of the document."""
    return f"#/components/schemas/{name}"


def reference_name(type_: str) -> str:
    """Return what a reference of a type is called among the schemas."""
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


def status_information(service: Service) -> tuple[str, Document]:
    """Return name and schema of the body of an error of a service."""
    if service.version in WARNING:
        return "StatusInfoSet", {"type": "object", "properties": {"statusInfoSet": STATUS_INFO_SET}}
    return "StatusInfo", _one_object(VOCABULARY[service.name])


STATUS_INFO_SET: Document = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["imsx_codeMajor", "imsx_severity"],
        "properties": {
            "imsx_codeMajor": {"type": "string", "enum": ["success", "failure"]},
            "imsx_severity": {"type": "string", "enum": ["status", "warning", "error"]},
            "imsx_messageRefIdentifier": {"type": "string"},
            "imsx_operationRefIdentifier": {"type": "string"},
            "imsx_description": {"type": "string"},
            "imsx_codeMinor": {"type": "string"},
        },
    },
}
"""The array of 1.1, in the body of an error and beside data."""


def _one_object(words: tuple[str, ...]) -> Document:
    """Return the schema of the status information of 1.2."""
    field = {
        "type": "object",
        "required": ["imsx_codeMinorFieldName", "imsx_codeMinorFieldValue"],
        "additionalProperties": False,
        "properties": {
            "imsx_codeMinorFieldName": {"type": "string"},
            "imsx_codeMinorFieldValue": {"type": "string", "enum": list(words)},
        },
    }
    minor = {
        "type": "object",
        "required": ["imsx_codeMinorField"],
        "additionalProperties": False,
        "properties": {"imsx_codeMinorField": {"type": "array", "minItems": 1, "items": field}},
    }
    return {
        "type": "object",
        "required": ["imsx_codeMajor", "imsx_severity"],
        "additionalProperties": False,
        "properties": {
            "imsx_codeMajor": {"type": "string", "enum": ["success", "processing", "failure", "unsupported"]},
            "imsx_severity": {"type": "string", "enum": ["status", "warning", "error"]},
            "imsx_description": {"type": "string"},
            "imsx_CodeMinor": minor,
        },
    }
