"""Bring both sides into rows that can be compared: the members that every form can hold, in the shape of one version.

Records that are equal as they are need no conversion. Only the others are written in each form and read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import orjson
from marshmallow import ValidationError

from mockroster.errors import ConfigurationError, nearest
from mockroster.judge.compare.forms import (
    ById,
    Form,
    compared_collections,
    held_members,
    sort_forms,
    version_of,
)
from mockroster.judge.compare.side import Side
from mockroster.render.record import rooted
from mockroster.roster.convert import shaped
from mockroster.roster.defaults import DEFAULTS, with_defaults
from mockroster.roster.record import InvalidRecord, Record
from mockroster.standard.fields import ROOT
from mockroster.standard.neutral import NEUTRAL
from mockroster.standard.version import Version
from mockroster.standard.versions import MODELS, VERSIONS

Row = Mapping[str, Any]
"""The compared members of a record."""

Rows = dict[str, Row]
"""Rows by sourcedId."""

DELETED = "tobedeleted"
DATE = "dateLastModified"


@dataclass(frozen=True, slots=True)
class Pair:
    """The rows of one collection that may differ; all others are equal."""

    collection: str
    left: Rows
    right: Rows
    left_count: int
    right_count: int
    duplicated: Sequence[str]
    """The ids that occur more often on one side than on the other."""

    left_deleted: Set[str]
    """The ids of records that the left side marks as deleted."""

    right_deleted: Set[str]


@dataclass(frozen=True, slots=True)
class Ignored:
    """The members and collections that are not compared; ``members`` are those of all collections."""

    collections: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    of_collection: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, names: Iterable[str], only: Iterable[str] = ()) -> Ignored:
        """Parse names such as ``email``, ``users.email`` and ``results``.

        With collections in ``only``, all others are ignored too. Raises ``ConfigurationError`` for unknown names,
        with the nearest one.
        """
        chosen = {*only}
        for name in chosen - MODELS.keys():
            raise ConfigurationError(f"cannot compare only {name[:80]!r}: it is no collection{nearest(name, MODELS)}")
        collections, members = {*MODELS} - chosen if chosen else set[str](), set[str]()
        of_collection: dict[str, frozenset[str]] = {}
        for name in names:
            collection, dot, member = name.partition(".")
            if name in MODELS:
                collections.add(name)
            elif dot and collection in MODELS and member in _members(collection):
                of_collection[collection] = of_collection.get(collection, frozenset()) | {member}
            elif not dot and any(name in _members(model) for model in MODELS):
                members.add(name)
            else:
                known = {*MODELS, *(member for model in MODELS for member in _members(model))}
                if dot and collection in MODELS:
                    known = {f"{collection}.{member}" for member in _members(collection)}
                hint = nearest(name, sorted(known))
                raise ConfigurationError(f"cannot ignore {name[:80]!r}: it is no member and no collection{hint}")
        return cls(frozenset(collections), frozenset(members), of_collection)

    def in_collection(self, collection: str) -> frozenset[str]:
        """Return the members of a collection that are not compared; ``sourcedId`` always pairs the records."""
        return self.members | self.of_collection.get(collection, frozenset()) | {"sourcedId"}


def _members(collection: str) -> set[str]:
    return {name for model in MODELS[collection].values() for name in model.schema.members}


class Pairing:
    """Two sides and the forms that both are brought into."""

    def __init__(self, left: Side, right: Side, version: Version | None, ignored: Ignored) -> None:
        requested = [Form("json", version)] if version is not None else []
        self.forms = sort_forms([*left.forms, *right.forms, *requested])
        self._left, self._right, self._ignored = left, right, ignored
        self._holds_deleted = all(form.holds_deleted for form in self.forms)
        self.collections = [name for name in compared_collections(self.forms) if name not in ignored.collections]

    def pairs(self) -> Iterator[Pair]:
        """Yield the rows of each collection."""
        candidates = {name: self._candidates(name) for name in self.collections}
        left = self._round_trip_candidates(self._left, candidates)
        right = self._round_trip_candidates(self._right, candidates)
        for name in self.collections:
            rows = (self.rows(name, side.get(name, {})) for side in (left, right))
            left_rows, right_rows = rows
            pair = Pair(
                name,
                left_rows,
                right_rows,
                self._count(self._left, name, candidates[name], left_rows),
                self._count(self._right, name, candidates[name], right_rows),
                self._duplicated(name),
                _deleted(self._left.records.get(name, {})),
                _deleted(self._right.records.get(name, {})),
            )
            yield self._with_same_defaults(pair)

    def rows(self, collection: str, records: Mapping[str, Record]) -> Rows:
        """Return the rows of records that were brought into every form."""
        version = version_of(self.forms, collection)
        held = held_members(self.forms, collection)
        ignored = self._ignored.in_collection(collection)
        return {
            key: {
                name: value
                for name, value in _members_in_version(version, collection, record).items()
                if name not in ignored and (held is None or name in held)
            }
            for key, record in records.items()
            if self._holds_deleted or record.get("status") != DELETED
        }

    def round_trip(self, records: ById) -> ById:
        """Return records after they are written in each form and read again."""
        for form in self.forms:
            if not (form.notation == "json" and form.version is VERSIONS.newest):
                records = form.round_trip({name: [*table.values()] for name, table in records.items()})
        return records

    def _candidates(self, collection: str) -> set[str]:
        """Return the ids of records that may differ."""
        left, right = self._left.records.get(collection, {}), self._right.records.get(collection, {})
        candidates = left.keys() ^ right.keys()
        if not self._holds_deleted:
            candidates |= _deleted(left) ^ _deleted(right)
        members = self._neutral_members(collection)
        ignored = self._ignored.in_collection(collection)
        computed = {name for form in self.forms if form.covers(collection) for name in form.computed(collection)}
        for key, record in left.items():
            other = right.get(key)
            if other is not None and not _is_equal(record, other, members, ignored, computed):
                candidates.add(key)
        return candidates

    def _neutral_members(self, collection: str) -> frozenset[str] | None:
        """Return the neutral members on which the rows of a collection depend; ``None`` for all."""
        held = held_members(self.forms, collection)
        shape = version_of(self.forms, collection).conversion.shapes.get(collection)
        if held is None or shape is None:
            return held
        return held - shape.members.keys() | frozenset(shape.stands_for)

    def _round_trip_candidates(self, side: Side, candidates: Mapping[str, Set[str]]) -> ById:
        """Return the candidates after they are written in each form; deleted records decide what CSV leaves out.

        A side that is in these forms already stays as it is, also with records that they do not allow.
        """
        chosen: ById = {}
        for name, table in side.records.items():
            keys = candidates.get(name, set())
            keys = keys if self._holds_deleted else {*keys, *_deleted(table)}
            chosen[name] = {key: record for key, record in table.items() if key in keys}
        return chosen if {*side.forms} == {*self.forms} else self.round_trip(chosen)

    def _count(self, side: Side, collection: str, candidates: Set[str], rows: Rows) -> int:
        """Return the number of records of a side that every form can hold."""
        return side.count(collection) - len(side.records.get(collection, {}).keys() & candidates) + len(rows)

    def _duplicated(self, collection: str) -> list[str]:
        left, right = (side.doubles.get(collection, {}) for side in (self._left, self._right))
        return [key for key in {**left, **right} if len(left.get(key, ())) != len(right.get(key, ()))]

    def _with_same_defaults(self, pair: Pair) -> Pair:
        """Return a pair without members that only one side has and that reading the other side would fill in."""
        fillable = DEFAULTS.get(pair.collection, {}).keys()
        name = pair.collection
        for key in pair.left.keys() & pair.right.keys():
            left, right = pair.left[key], pair.right[key]
            dated = self._left.is_dated(name, key) and self._right.is_dated(name, key)
            dropped = set() if dated else {DATE}
            for side, has, lacks in ((self._right, left, right), (self._left, right, left)):
                absent = [member for member in fillable if member in has and member not in lacks]
                if absent:
                    filled = with_defaults(side.overlay, name, side.records[name][key])
                    dropped |= {member for member in absent if filled.get(member) == has[member]}
            if dropped:
                pair.left[key] = {member: value for member, value in left.items() if member not in dropped}
                pair.right[key] = {member: value for member, value in right.items() if member not in dropped}
        return pair


def _deleted(records: Mapping[str, Record]) -> set[str]:
    return {key for key, record in records.items() if record.get("status") == DELETED}


def _is_equal(
    record: Record, other: Record, members: frozenset[str] | None, ignored: Set[str], computed: Set[str]
) -> bool:
    """Return whether two records are certainly equal in the compared members."""
    if record == other:
        return not isinstance(record, InvalidRecord) and not isinstance(other, InvalidRecord)
    if isinstance(record, InvalidRecord) or isinstance(other, InvalidRecord):
        return False
    for name in record.keys() | other.keys():
        is_compared = name not in ignored and (members is None or name in members)
        if is_compared and record.get(name) != other.get(name):
            return False
    # A form may write another member in place of one that is missing.
    return all(name in record and name in other for name in computed)


def _members_in_version(version: Version, collection: str, record: Record) -> Row:
    """Return the members of a record in a version, for an invalid one as it was written."""
    try:
        values: Row = shaped(version.id, collection, record)
    except (KeyError, TypeError, AttributeError):
        values = record
    known = (
        version.resources[collection].schema.members if collection in version.resources else NEUTRAL[collection].members
    )
    row = {name: value for name, value in values.items() if name in known}
    if isinstance(record, InvalidRecord) and collection in version.resources:
        row |= _invalid_members(version, collection, record)
    return row


def _invalid_members(version: Version, collection: str, record: InvalidRecord) -> Iterator[tuple[str, Any]]:
    """Yield the members of an invalid record that no neutral value stands for, as they were written."""
    document = getattr(record, "rendered", {}).get(version.id)
    fields = version.resources[collection].schema.members
    shown = {} if document is None else orjson.loads(rooted(document, ROOT))
    for name, value in shown.items():
        try:
            if name in fields:
                fields[name].deserialize(fields[name].accept(value))
        except ValidationError:
            yield name, value


def is_same_value(left: Any, right: Any) -> bool:
    """Return whether two values are equal; the order of a list has no meaning."""
    if left == right:
        return True
    if not isinstance(left, list) or not isinstance(right, list) or len(left) != len(right):
        return False
    return sorted(map(_canonical, left)) == sorted(map(_canonical, right))


def _canonical(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
