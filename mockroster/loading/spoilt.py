"""A faulty record, kept as it was written as far as that can be: for whoever wants their data faulty.

What queries read is of the kind that they expect, though it may be a wrong word, a wrong date or a reference to
nothing; what is of another kind altogether is only shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError, missing

from mockroster.loading.neutral import Body, Shapes, written_as
from mockroster.loading.wording import unspeakable
from mockroster.render.record import written
from mockroster.roster.convert import shaped
from mockroster.roster.record import SpoiltRecord
from mockroster.standard.fields import Listed, Member, Part, Ref, Text
from mockroster.standard.model import Resource
from mockroster.standard.versions import MODELS


def kept(shapes: Shapes, collection: str, body: Body, faults: Iterable[str]) -> SpoiltRecord | None:
    """Return a record whose members with these dotted names are wrong, or nothing where it says not which one it is."""
    unfit = unspeakable(body)
    said = {name: value for name, value in body.items() if value is not None and name not in unfit}
    sourced_id = said.get("sourcedId")
    if not isinstance(sourced_id, str) or not sourced_id:
        return None
    resource, shape = written_as(collection, said)
    record = _of_its_kind(shapes, resource, said)
    spoilt = SpoiltRecord(shape.to_neutral(record) if shape else record)
    wrong = {name: said[name] for fault in faults if (name := re.split(r"[.\[]", fault)[0]) in said}
    for version, model in MODELS[collection].items():
        document = model.schema.dump(shaped(version, collection, spoilt))
        spoilt.keep(version, written(document | _as_written(model, wrong)))
    return spoilt


def _of_its_kind(shapes: Shapes, resource: Resource, said: Body) -> dict[str, Any]:
    """Return the neutral members, each of the kind that its field has."""
    found = shapes.defaults(resource)
    for name, field in resource.schema.members.items():
        value = _sane(field, said[name]) if name in said else missing
        if value is not missing:
            found[name] = value
    return found


def _sane(field: Member, value: Any) -> Any:
    """Return the neutral form of a value, of what is right in it, or else of what is at least text; or ``missing``."""
    if isinstance(field, Listed):
        items = [item for one in value if (item := _sane(field.inner, one)) is not missing] if _is_list(value) else []
        return items or missing
    try:
        accepted = field.accept(value)
        return missing if accepted is missing else field.deserialize(accepted)
    except ValidationError:
        if isinstance(field, Part) and isinstance(value, dict):
            return _sane_part(field, value)
        return value if isinstance(field, Text | Ref) and isinstance(value, str) and value else missing


def _sane_part(field: Part, value: Mapping[str, Any]) -> Any:
    """Return the members of an object that are of their kind, or ``missing`` where none is."""
    members = field.schema.members
    found = {
        name: inner for name in members if name in value and (inner := _sane(members[name], value[name])) is not missing
    }
    return found or missing


def _as_written(model: Resource, wrong: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a version shows of wrong members: its own, and those that no version knows."""
    members = model.schema.members
    known = {name for one in MODELS[model.collection].values() for name in one.schema.members}
    return {
        name: _shown(members.get(name), value) for name, value in wrong.items() if name in members or name not in known
    }


def _shown(field: Member | None, value: Any) -> Any:
    """Return what is right in a value in the form of a version, and the rest as it was written."""
    if isinstance(field, Listed) and _is_list(value):
        return [_shown(field.inner, item) for item in value]
    if isinstance(field, Part) and isinstance(value, dict):
        return {name: _shown(field.schema.members.get(name), item) for name, item in value.items()}
    if field is None or isinstance(field, Part | Listed):
        return value
    accepted = field.accept(value)
    return value if accepted is missing else accepted


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
