"""The neutral models: the members of stored records, independent of any version.

A neutral model has the members of all versions, in the form of the newest version, except the members that a version
uses in place of others (``Shape``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from mockroster.standard.fields import Member
from mockroster.standard.model import Reference, Resource
from mockroster.standard.version import Registry, Version
from mockroster.standard.versions import VERSIONS


@dataclass(frozen=True, eq=False)
class NeutralModel:
    """The records of a collection as they are stored."""

    name: str
    collection: str
    members: Mapping[str, Member]

    models: tuple[Resource, ...]
    """The models of all versions, the newest first."""

    computed: Mapping[str, Collection[str]]
    """The members that a version computes, and so does not require, by the id of the version."""

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """The references of its records; one is required if any version requires it and does not compute it."""
        merged: dict[tuple[str, str | None], Reference] = {}
        pairs = [(model.version, reference) for model in self.models for reference in model.references]
        for version, reference in pairs:
            if reference.member not in self.members:
                continue
            key = reference.member, reference.inside
            needed = reference.is_required and reference.member not in self.computed[version]
            known = merged.setdefault(key, replace(reference, is_required=needed))
            merged[key] = replace(
                known, is_required=known.is_required or needed, is_owner=known.is_owner or reference.is_owner
            )
        return tuple(merged.values())


def neutral_models(versions: Registry) -> Mapping[str, NeutralModel]:
    """Return the neutral model of each collection, in the order of the newest version."""
    newest_first = list(reversed([*versions]))
    collections = dict.fromkeys(collection for version in newest_first for collection in version.resources)
    return {collection: _neutral_model(collection, newest_first) for collection in collections}


def _neutral_model(collection: str, newest_first: list[Version]) -> NeutralModel:
    members: dict[str, Member] = {}
    models: list[Resource] = []
    for version in newest_first:
        if collection not in version.resources:
            continue
        model, shape = version.resources[collection], version.conversion.shapes.get(collection)
        models.append(model)
        own = shape.members.keys() if shape else frozenset[str]()
        for name, member in model.schema.members.items():
            if name not in own:
                members.setdefault(name, member)
    computed = {version.id: version.conversion.derived.get(collection, {}).keys() for version in newest_first}
    return NeutralModel(models[0].name, collection, members, tuple(models), computed)


NEUTRAL: Mapping[str, NeutralModel] = neutral_models(VERSIONS)
"""The neutral model of each collection."""


def is_told_whole(version: Version) -> bool:
    """Return whether a version shows every neutral record unchanged and without loss."""
    return version.conversion.is_plain and all(
        collection in version.resources and model.members.keys() <= version.resources[collection].schema.members.keys()
        for collection, model in NEUTRAL.items()
    )


def newest_model(collection: str) -> Resource:
    """Return the model of a collection in the newest version that has it."""
    return NEUTRAL[collection].models[0]
