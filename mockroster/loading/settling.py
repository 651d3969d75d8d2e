"""A neutral record among all others: its references lead somewhere, and what it lacks is filled in from them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import chain

from mockroster.errors import nearest
from mockroster.loading.written import Mention
from mockroster.roster.convert import hidden
from mockroster.roster.fill import filled
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.relations import LACKING, disagreements, lacking, must_agree, no_such, unresolved
from mockroster.roster.store import COLLECTIONS
from mockroster.standard.csv import profile_uri
from mockroster.standard.model import Resource
from mockroster.standard.neutral import NEUTRAL
from mockroster.standard.versions import MODELS

_TARGETS = {model.name: model.models[0] for model in NEUTRAL.values()}
"""Every collection's model, by the type that a reference to it has."""

MOST_COMPARED = 2000
"""Records of a collection among which the nearest sourcedId is looked for at most."""

MOST_SUGGESTED = 100
"""Suggestions that are looked for at most: where everything is wrong, none helps."""


class Settling:
    """Settles records among all that there are."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay
        self._hints: dict[tuple[str, str], str] = {}

    def unresolved_mention(self, mention: Mention) -> str | None:
        """Return what is wrong with a reference that no model has; nothing where it leads somewhere."""
        name, sourced_id = mention.target, mention.sourced_id
        target = _TARGETS.get(name)
        if target is None:
            is_known = profile_uri(sourced_id) in self._profiles
            return None if is_known else f"there is no {name} with the sourcedId {sourced_id!r}"
        if self._overlay.tables[target.collection].get(sourced_id) is not None:
            return None
        return no_such(target, sourced_id) + self._hint(target, sourced_id)

    @cached_property
    def _profiles(self) -> frozenset[str]:
        """The URIs of the profiles of all users."""
        users = self._overlay.tables["users"]
        return frozenset(profile["profileId"] for user in users for profile in user.get("userProfiles", ()))

    def settled(self, collection: str, record: Record) -> tuple[Record, dict[str, str]]:
        """Return the record with what it lacks filled in, and what is wrong with it by member."""
        faults = dict(self.faults(collection, record))
        complete = filled(self._overlay, collection, record)
        return complete, faults | dict.fromkeys(_lacking(collection, complete), LACKING)

    def faults(self, collection: str, record: Record) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with a record among the others, member by member."""
        for name, target, value in unresolved(self._overlay, NEUTRAL[collection].references, record):
            yield name, no_such(target, value) + self._hint(target, value)
        for member, right in disagreements(self._overlay, collection, record):
            yield member, must_agree(right)

    def _hint(self, target: Resource, sourced_id: str) -> str:
        """Return where the sourcedId is to be found instead, or which one is like it, or nothing."""
        key = target.collection, sourced_id
        hint = self._hints.get(key)
        if hint is None and len(self._hints) < MOST_SUGGESTED:
            hint = self._hints[key] = self._elsewhere(sourced_id) or self._near(target.collection, sourced_id)
        return hint or ""

    def _elsewhere(self, sourced_id: str) -> str:
        tables = self._overlay.tables
        # Demographics have the ids of users: to say so of a user that is missing would help nobody.
        others = (name for name in COLLECTIONS if name != "demographics")
        found = next((name for name in others if tables[name].get(sourced_id) is not None), None)
        return f"; it is that of one of the {found}" if found else ""

    def _near(self, collection: str, sourced_id: str) -> str:
        known = self._overlay.tables[collection]
        return nearest(sourced_id, [one["sourcedId"] for one in known]) if len(known) <= MOST_COMPARED else ""


def _lacking(collection: str, record: Record) -> Iterator[str]:
    """Return what a version demands of a record that it would show, and the record does not have."""
    versions = MODELS[collection].values()
    return chain.from_iterable(lacking(one, record) for one in versions if not _is_hidden(one, record))


def _is_hidden(resource: Resource, record: Record) -> bool:
    test = hidden(resource.version, resource.collection)
    return test is not None and test(record)
