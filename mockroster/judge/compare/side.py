"""One side of a comparison: the records of a file, a folder, a zip or a sandbox, and the forms that they are in."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from mockroster.errors import UnreadableFixtures
from mockroster.fixtures.read.assembly import FixtureMerger, LocatedRecord
from mockroster.fixtures.read.content import Budget, File
from mockroster.fixtures.read.csv.table import Table
from mockroster.fixtures.read.load import read_files
from mockroster.fixtures.read.raw import Fault, FixtureSet, RawRecord
from mockroster.fixtures.read.source import display_name, files
from mockroster.judge.compare.forms import ById, Form, Tables, by_id, merge_fixtures
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import COLLECTIONS, Roster
from mockroster.standard.conversion import Shape
from mockroster.standard.version import Version
from mockroster.standard.versions import VERSIONS

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Side:
    """The records of one side."""

    name: str
    """The path or address, as the user gave it."""

    records: ById
    """The records by collection and sourcedId; of several with the same id, the first."""

    forms: tuple[Form, ...] = ()
    """The forms that it was written in; none for complete records."""

    doubles: Mapping[str, Mapping[str, Sequence[Record]]] = field(default_factory=dict)
    """The further records with an id that an earlier record has."""

    undated: Mapping[str, Set[str]] = field(default_factory=dict)
    """The sourcedIds of records that the side does not date."""

    faults: Sequence[Fault] = ()
    located: Mapping[str, Mapping[str, LocatedRecord]] = field(default_factory=dict)
    """The records with their places in files."""

    empty: Set[str] = _NOTHING
    """The collections that it was given without records, in contrast to those that it was not given."""

    def count(self, collection: str) -> int:
        """Return the number of records of a collection."""
        doubles = self.doubles.get(collection, {}).values()
        return len(self.records.get(collection, {})) + sum(map(len, doubles))

    def is_dated(self, collection: str, sourced_id: str) -> bool:
        """Return whether the side says when a record was last modified."""
        return sourced_id not in self.undated.get(collection, _NOTHING)

    @cached_property
    def overlay(self) -> Overlay:
        """The records as an overlay, for members that are derived from other records."""
        return Overlay(Roster.of({name: [*table.values()] for name, table in self.records.items()}))


def side_of_records(name: str, tables: Tables) -> Side:
    """Return the side of complete records, such as those of a sandbox."""
    return Side(name, {collection: by_id(tables.get(collection, ())) for collection in COLLECTIONS})


def side_of_path(path: str, limit: int) -> Side:
    """Return the side of a file, a folder or a zip. Raises ``UnreadableFixtures``."""
    return side_of_files(display_name(path), files(path, Budget(limit)))


def side_of_files(name: str, given: Sequence[File]) -> Side:
    """Return the side of fixture files. Raises ``UnreadableFixtures``, also for files that are empty or cut off."""
    for file in given:
        check_whole(file)
    return side_of_set(read_files(name, given))


def side_of_set(fixtures: FixtureSet) -> Side:
    """Return the side of a fixture set, and empty the set. Raises ``UnreadableFixtures``."""
    name, faults = fixtures.name, [*fixtures.faults]
    _check_readable(fixtures)
    forms = (*_forms(fixtures.records),)
    read = merge_fixtures(fixtures)
    return Side(
        name,
        read.records,
        forms,
        _doubles(read.merger),
        read.merger.undated(),
        [*dict.fromkeys([*faults, *read.merger.faults])],
        read.merger.located,
        fixtures.empty,
    )


def check_whole(file: File) -> None:
    """Raise ``UnreadableFixtures`` for a file that is empty or that ends in the middle of a row."""
    if not file.content.strip():
        raise UnreadableFixtures(f"{file.name}: is empty")
    is_complete = file.content.endswith((b"\n", b"\r")) and file.content.count(b'"') % 2 == 0
    if file.format != "csv" or is_complete:
        return
    rows = csv.reader(file.content.decode().splitlines(keepends=True), strict=True)
    header: list[str] = []
    last: list[str] = []
    line = 1
    try:
        for last in rows:
            header = header or last
            line = rows.line_num
    except csv.Error:
        message = "a double quote is opened after this line and never closed"
        raise UnreadableFixtures(f"{file.name}:{line}: {message}; the file is cut off or damaged") from None
    if len(last) < len(header):
        cells = f"{len(last)} of {len(header)} cells"
        raise UnreadableFixtures(f"{file.name}:{line}: ends in the middle of a row ({cells}); the file is cut off")


def _check_readable(fixtures: FixtureSet) -> None:
    """Raise ``UnreadableFixtures`` for a document that cannot be parsed, and for sets that are no roster."""
    if fixtures.base == "generated":
        message = "base: generated stands for a district that is not in the file; compare with a server that serves it"
        raise UnreadableFixtures(f"{fixtures.name}: {message}")
    is_delta = fixtures.amendments or (fixtures.links is not None and any(True for _ in fixtures.links.changed()))
    if is_delta or any(_is_delta(raw) for raw in fixtures.records):
        message = "has delta files, which are changes and no roster; compare bulk files"
        raise UnreadableFixtures(f"{fixtures.name}: {message}")
    sources = {raw.source.name for raw in fixtures.records}
    for fault in fixtures.faults:
        is_whole_file = not fault.where and fault.severity == "error" and fault.file not in sources
        is_one_of_several = fault.file != fixtures.name and not fault.file.endswith(".csv")
        if is_whole_file and (is_one_of_several or not fixtures.records):
            raise UnreadableFixtures(str(fault))


def _is_delta(raw: RawRecord) -> bool:
    return isinstance(raw.source, Table) and raw.source.mode == "delta"


def _forms(records: Sequence[RawRecord]) -> Iterator[Form]:
    """Yield the forms in which records are written."""
    tables = {id(raw.source): raw.source for raw in records if isinstance(raw.source, Table)}
    for table in tables.values():
        yield Form("csv", VERSIONS[table.file.resource.version])
    documents = [raw for raw in records if not isinstance(raw.source, Table)]
    for version in VERSIONS:
        shapes = version.conversion.shapes
        shaped = {name for name, shape in shapes.items() if _is_shaped(shape, name, documents)}
        if shaped and _fits(version, documents):
            yield Form("json", version)
        elif shaped:
            yield Form("json", version, frozenset(shaped))


def _is_shaped(shape: Shape, collection: str, records: Iterable[RawRecord]) -> bool:
    """Return whether all records of a collection are written in a shape, and there are any."""
    bodies = [raw.body for raw in records if raw.collection == collection]
    return bool(bodies) and all(shape.recognises(body) for body in bodies)


def _fits(version: Version, records: Iterable[RawRecord]) -> bool:
    """Return whether a version has a place for every member of records that any version knows."""
    newer = {
        name: resource.schema.members.keys() - version.resources[name].schema.members.keys()
        for name, resource in VERSIONS.newest.resources.items()
        if name in version.resources
    }
    return all(raw.collection in newer and newer[raw.collection].isdisjoint(raw.body) for raw in records)


def _doubles(merger: FixtureMerger) -> dict[str, dict[str, list[Record]]]:
    """Return the records whose id an earlier record has."""
    doubles: dict[str, dict[str, list[Record]]] = {}
    for located in merger.all():
        name = located.record["sourcedId"]
        if merger.located[located.collection][name] is not located:
            doubles.setdefault(located.collection, {}).setdefault(name, []).append(located.record)
    return doubles
