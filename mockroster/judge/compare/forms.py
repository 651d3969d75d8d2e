"""The forms in which a roster is written, and the part of a record that each of them can hold.

A form is applied to records by writing them in it and reading them again. So a value that it cannot hold, such as the
time of a due date in CSV, is the same on both sides of a comparison, and the rules of the form are stated only once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from mockroster.fixtures.read.assembly import FixtureMerger
from mockroster.fixtures.read.csv.bundle import read as read_bundle
from mockroster.fixtures.read.normalize import Normalizer
from mockroster.fixtures.read.raw import FixtureSet, RawRecord
from mockroster.fixtures.write import bundle
from mockroster.fixtures.write.downgrade import downgrade
from mockroster.roster.record import Record
from mockroster.roster.store import COLLECTIONS, Roster
from mockroster.standard.csv import File
from mockroster.standard.neutral import NEUTRAL
from mockroster.standard.version import Version
from mockroster.standard.versions import VERSIONS

Tables = Mapping[str, Sequence[Record]]

ById = dict[str, dict[str, Record]]
"""Records by collection and sourcedId."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The date of records that are read without one; such dates are not compared."""


@dataclass(frozen=True, slots=True)
class Form:
    """A notation of a version of the standard."""

    notation: Literal["json", "csv"]
    version: Version
    only: frozenset[str] | None = None
    """The collections that are written in it; ``None`` for all."""

    def covers(self, collection: str) -> bool:
        """Return whether the records of a collection are written in this form."""
        return self.only is None or collection in self.only

    def holds(self, collection: str) -> bool:
        """Return whether the form has a place for a collection."""
        if not self.covers(collection):
            return True
        return collection in (self.version.binding.by_name if self.notation == "csv" else self.version.resources)

    def members(self, collection: str) -> frozenset[str]:
        """Return the members of a record that the form can hold, by the names of its version."""
        if self.notation == "json":
            return frozenset(self.version.resources[collection].schema.members)
        file = self.version.binding.by_name[collection]
        joined = (other.join.member for other in self.version.binding.joined(collection))
        return frozenset({*_columns(file), *joined, "metadata"})

    @property
    def holds_deleted(self) -> bool:
        """Return whether a record can be marked as deleted: the rows of a bulk file have no status."""
        return self.notation == "json"

    def computed(self, collection: str) -> frozenset[str]:
        """Return the neutral members for which the form writes another value where a record has none."""
        derived = self.version.conversion.derived.get(collection, {}).keys()
        file = self.version.binding.by_name.get(collection) if self.notation == "csv" else None
        filled = {column.member for column in file.columns if column.instead} if file else set()
        return frozenset({*derived, *filled} & NEUTRAL[collection].members.keys())

    def round_trip(self, tables: Tables) -> ById:
        """Return the records as they are after they are written in this form and read again."""
        covered = {name: records for name, records in tables.items() if self.covers(name)}
        result = {name: by_id(records) for name, records in tables.items() if not self.covers(name)}
        return result | merge_fixtures(self._read_again(covered)).records

    def _read_again(self, tables: Tables) -> FixtureSet:
        if self.notation == "csv":
            files = bundle.files(tables, self.version.number, Counter())
            return read_bundle("", [(name, b"".join(pieces)) for name, pieces in files])
        rows = downgrade(self.version, tables, Counter())
        fixtures = FixtureSet("")
        for collection, records in rows.items():
            fixtures.records += [
                RawRecord(collection, number, {**row}, _NoSource()) for number, row in enumerate(records)
            ]
        return fixtures


class _NoSource:
    """The source of records that are in no file."""

    name = ""

    def line(self, _collection: str, _number: int, _member: str = "") -> int | None:
        """Return no line."""


@dataclass(frozen=True, slots=True, eq=False)
class MergedFixtures:
    """The records of a fixture set, with its faults; references are not resolved and nothing is filled in."""

    merger: FixtureMerger
    records: ById


def merge_fixtures(fixtures: FixtureSet) -> MergedFixtures:
    """Return the neutral records of a fixture set, and empty the set. Invalid records are kept."""
    merger = FixtureMerger(Normalizer(_NEVER), Roster.of({}))
    merger.merge(fixtures)
    return MergedFixtures(
        merger,
        {name: {key: located.record for key, located in table.items()} for name, table in merger.located.items()},
    )


def by_id(records: Iterable[Record]) -> dict[str, Record]:
    """Return records by their sourcedIds; of several with the same one, the first."""
    table: dict[str, Record] = {}
    for record in records:
        table.setdefault(record["sourcedId"], record)
    return table


def sort_forms(forms: Iterable[Form]) -> list[Form]:
    """Return each form once, in the order in which they are applied: forms that hold more come first."""
    newest_first = list(reversed([*VERSIONS]))
    unique = dict.fromkeys(forms)
    return sorted(unique, key=lambda form: (newest_first.index(form.version), form.notation == "csv"))


def held_members(forms: Sequence[Form], collection: str) -> frozenset[str] | None:
    """Return the members that every form can hold, by the names of ``version_of``; ``None`` for any member."""
    version = version_of(forms, collection)
    covering = [form for form in forms if form.covers(collection)]
    if not covering:
        return None
    shape = version.conversion.shapes.get(collection)
    own, replaced = (frozenset(shape.members), frozenset(shape.stands_for)) if shape else (frozenset(), frozenset())
    held = [form.members(collection) for form in covering]
    # A version with members of its own in place of neutral ones has a value for these if a newer form has.
    return frozenset.intersection(*(names | own if names & replaced else names for names in held))


def version_of(forms: Sequence[Form], collection: str) -> Version:
    """Return the version in whose shape the records of a collection are compared: the oldest of the forms."""
    return next((form.version for form in reversed(forms) if form.covers(collection)), VERSIONS.newest)


def compared_collections(forms: Sequence[Form]) -> list[str]:
    """Return the collections for which every form has a place."""
    return [name for name in COLLECTIONS if all(form.holds(name) for form in forms)]


def _columns(file: File) -> Iterable[str]:
    """Yield the members that the columns of a file hold, as far as they are filled in a bulk file."""
    columns = (column for column in file.columns if column.need != "D" and not column.is_withdrawn)
    return (column.member.partition(".")[0] for column in columns if column.member)
