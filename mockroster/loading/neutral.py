"""A body as a fixture has it, in the shape of any version, becomes a neutral record, or is refused member by member.

A body is of the newest version, unless it has the members of a shape that another version alone has: a user of 1.1 has
``role`` and ``orgs``, one of 1.2 ``roles``. References may be bare sourcedIds; null is as if nothing was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, missing

from mockroster.clock import timestamp
from mockroster.errors import Doubtful, UnprocessableRecord
from mockroster.loading.plain import Reader
from mockroster.loading.wording import told, unspeakable
from mockroster.roster.fill import FILLERS
from mockroster.roster.record import Record
from mockroster.standard.conversion import Shape
from mockroster.standard.model import Resource
from mockroster.standard.neutral import newest_model
from mockroster.standard.versions import MODELS, VERSIONS

Body = Mapping[str, Any]

_SHAPES: Mapping[str, tuple[tuple[Resource, Shape], ...]] = {
    collection: shapes
    for collection, models in MODELS.items()
    if (
        shapes := tuple(
            (model, VERSIONS[version].conversion.shapes[collection])
            for version, model in models.items()
            if collection in VERSIONS[version].conversion.shapes
        )
    )
}
"""By collection: the models whose records have a shape of their own, with that."""


def written_as(collection: str, body: Body) -> tuple[Resource, Shape | None]:
    """Return the model that a body is written by, and its shape where that is not the neutral one."""
    for model, shape in _SHAPES.get(collection, ()):
        if shape.recognises(body):
            return model, shape
    return newest_model(collection), None


def is_dated(body: Body) -> bool:
    """Return whether a body says when its record was last modified."""
    return body.get("dateLastModified") is not None


class Shapes:
    """Makes bodies neutral. One serves a whole load: it remembers strings, so that equal ones are kept once."""

    __slots__ = ("_defaults", "_readers")

    def __init__(self, now: datetime) -> None:
        self._defaults = {"status": "active", "dateLastModified": timestamp(now), "enabledUser": True}
        self._readers: dict[tuple[str, str], Reader] = {}

    def neutral(self, collection: str, body: Body) -> Record:
        """Return the record that a body stands for, its references unchecked and what can be filled in left out.

        Raises ``UnprocessableRecord``, whose members are named as they were written.
        """
        faults = unspeakable(body)
        if faults:
            raise UnprocessableRecord(faults)
        resource, shape = written_as(collection, body)
        try:
            members = self._reader(resource).read(body)
        except (Doubtful, ValidationError):
            members = self._judged(resource, body)
        return Record(shape.to_neutral(members) if shape else members)

    def defaults(self, resource: Resource) -> dict[str, Any]:
        """Return the members that are there where nothing is said of them."""
        members = resource.schema.members
        return {name: value for name, value in self._defaults.items() if name in members}

    def _reader(self, resource: Resource) -> Reader:
        key = resource.collection, resource.version
        reader = self._readers.get(key)
        if reader is None:
            reader = self._readers[key] = Reader(resource, self._defaults, _fillable(resource))
        return reader

    def _judged(self, resource: Resource, body: Body) -> dict[str, Any]:
        """Return the members by the word of the schema. Raises ``UnprocessableRecord``."""
        faults, members = self._load(resource, body)
        if not faults:
            return members
        oldest = next(iter(MODELS[resource.collection].values()))
        if not body.keys() & (resource.schema.members.keys() - oldest.schema.members.keys()):
            # Members that every version has may be written by any: the words of the oldest are the plainest ones.
            faults |= {name: fault for name, fault in self._load(oldest, body)[0].items() if name in faults}
        raise UnprocessableRecord(faults)

    def _load(self, resource: Resource, body: Body) -> tuple[dict[str, str], dict[str, Any]]:
        schema = resource.schema
        said = {name: value for name, value in body.items() if value is not None}
        document = _without_gaps(schema.accept(self.defaults(resource)) | schema.accept(said))
        try:
            return {}, schema.load(document, partial=sorted(_fillable(resource)))
        except ValidationError as error:
            return told(error, resource, said), {}


def _without_gaps(value: Any) -> Any:
    """Return a value with null for what ``accept`` left out of a list, where a schema would keep ``missing``."""
    if isinstance(value, list):
        return [None if item is missing else _without_gaps(item) for item in value]
    return {name: _without_gaps(item) for name, item in value.items()} if isinstance(value, dict) else value


def _fillable(resource: Resource) -> set[str]:
    """Return the members that a body may leave out because they may be found elsewhere."""
    return FILLERS.get(resource.collection, {}).keys() & resource.schema.fields.keys()
