"""A body as a fixture has it, in the shape of 1.1 or 1.2, becomes a neutral record, or is refused member by member.

Only users have two shapes: one of 1.1 has ``role`` and ``orgs``, one of 1.2 ``roles``. Of everything else, what 1.1
knows is a part of what 1.2 knows. References may be bare sourcedIds; null is as if nothing was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, missing

from mockroster.clock import timestamp
from mockroster.errors import UnprocessableRecord
from mockroster.loading.plain import Doubtful, Reader
from mockroster.loading.wording import told, unspeakable
from mockroster.roster.fill import FILLERS
from mockroster.roster.record import Record
from mockroster.roster.store import COLLECTIONS
from mockroster.standard.model import Resource
from mockroster.standard.v1p1 import models as before
from mockroster.standard.v1p2 import models as after

Body = Mapping[str, Any]

MODELS: Mapping[str, Mapping[str, Resource]] = {
    collection: {one.version: one for one in (*before.RESOURCES, *after.RESOURCES) if one.collection == collection}
    for collection in COLLECTIONS
}
"""The models of each collection by version, the older first."""


def is_of_1p1(collection: str, body: Body) -> bool:
    """Tell whether a record is a user in the shape of 1.1."""
    return collection == "users" and body.get("roles") is None and bool({"role", "orgs"} & body.keys())


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
        is_older = is_of_1p1(collection, body)
        resource = MODELS[collection][before.VERSION if is_older else after.VERSION]
        try:
            members = self._reader(resource).read(body)
        except (Doubtful, ValidationError):
            members = self._judged(resource, body)
        return Record(user_of_1p1(members) if is_older else members)

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
        older = MODELS[resource.collection].get(before.VERSION, resource)
        if not body.keys() & (resource.schema.members.keys() - older.schema.members.keys()):
            # What 1.1 knows too may be written in either version: the words of 1.1 are the plainer ones.
            faults |= {name: fault for name, fault in self._load(older, body)[0].items() if name in faults}
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


def user_of_1p1(user: dict[str, Any]) -> dict[str, Any]:
    """Return a user whose role and orgs have become roles: the first org is the primary one.

    Of a faulty user one of them may be missing: the roles lack it then.
    """
    role, orgs = user.pop("role", None), user.pop("orgs", [])
    if role is None and not orgs:
        return user
    known = {} if role is None else {"role": "siteAdministrator" if role == "administrator" else role}
    home = {"primaryOrg": orgs[0]} if orgs else {}
    places: list[dict[str, Any]] = [{"org": org} for org in orgs] or [{}]
    return {**user, "roles": [{"roleType": "primary", **known, **place} for place in places], **home}


def as_written(member: str) -> str | None:
    """Return what a user of 1.1 calls a neutral member: ``orgs[0]`` for ``roles[0].org``; nothing for a repetition."""
    if member.startswith("roles[") and member.endswith("].org"):
        return member.replace("roles", "orgs").removesuffix(".org")
    return None if member == "primaryOrg" else member
