"""The page of all models and their members."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

from mockroster.standard import fields
from mockroster.standard.model import Resource
from mockroster.standard.versions import SERVICES, VERSIONS
from pages.markdown import NOTE, code, table


def page() -> str:
    """Return the page of all models."""
    text = (
        f"{NOTE}# Records\n\n"
        "The models as mockroster serves them.\n"
        "Every record is checked against its model before it is sent.\n"
        "An optional member that a record does not have is left out: never `null`, never an empty string or array.\n"
        "A reference is an object with `href`, `sourcedId` and `type`, and nothing else.\n"
    )
    for title, models in _models().items():
        text += f"\n## {title}\n" + "".join(map(_record, models))
    return text


def _models() -> dict[str, list[Resource]]:
    """Return the models of each version by its title."""
    models: dict[str, list[Resource]] = {}
    for service in SERVICES:
        models[f"OneRoster {VERSIONS[service.version].number}"] = [
            *VERSIONS[service.version].edition.resources.values()
        ]
    return models


def _record(resource: Resource) -> str:
    rows = [
        [code(name), "yes" if field.required else "", *_type(field)] for name, field in resource.schema.members.items()
    ]
    about = " ".join((inspect.getdoc(resource.model) or "").split()).replace("``", "`")
    about = re.sub(r"\((\d+\.\d+)\)", r"(section \1)", about).replace("; see `v1p1/conversion.py`", "")
    head = ("Member", "Required", "Type", "Values")
    return f"\n### {resource.name}\n\n{about}\nCollection: {code(resource.collection)}.\n\n{table(head, rows)}"


_TYPES: Mapping[type[fields.Member], str] = {
    fields.Timestamp: "DateTime, UTC with milliseconds",
    fields.Date: "Date",
    fields.Year: "year, as a string",
    fields.Vocabulary: "enumeration",
    fields.Text: "string, not empty",
    fields.Number: "number",
    fields.JsonBoolean: "JSON boolean",
    fields.TrueFalse: 'string "true" or "false"',
    fields.OpenVocabulary: "enumeration, open to `ext:…`",
    fields.Uri: "URI",
    fields.Metadata: "object of the provider's own",
    fields.Ref: "reference",
    fields.Listed: "array",
    fields.Part: "object",
}
"""The names of field classes; any other is named after its class."""


def kind_of(kind: type[fields.Member]) -> str:
    """Return the name of a class of fields."""
    return _TYPES.get(kind) or re.sub(r"(?<!^)([A-Z])", r" \1", kind.__name__).lower()


def _type(field: fields.Member) -> tuple[str, str]:
    """Return the type of a member, and its values or the type of its references."""
    if isinstance(field, fields.Listed):
        kind, values = _type(field.inner)
        return f"array of: {kind}", values
    if isinstance(field, fields.Ref):
        return "reference", f"to {code(field.type)}"
    if isinstance(field, fields.Part):
        return "object", ", ".join(map(code, field.schema.members))
    words = ", ".join(map(code, getattr(field, "words", ())))
    most = getattr(field, "most", None)
    return kind_of(type(field)), words or (f"at most {most} characters" if most else "")
