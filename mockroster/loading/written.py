"""What a fixture file says, before it is believed: records as they were written, each with its place, and faults.

Readers (``document``, ``bundle``) make these; ``assembly`` turns them into the records of a roster.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from mockroster.errors import Severity
from mockroster.roster.store import COLLECTIONS

_LONGEST = 200
"""Characters of record and member that are printed: a file may have members whose names are of any length."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, as a person wants to be told of it."""

    file: str
    """As the user gave it, or as it is called within what they gave: ``demo.zip/users.csv``."""

    line: int | None
    """From 1; nothing where it concerns the file as a whole."""

    where: str
    """Record and member, ``enrollments[12].role``; a column or a property of a CSV file; empty for the whole file."""

    message: str
    """What is wrong, and what would be right."""

    severity: Severity = "error"

    @property
    def location(self) -> str:
        """Where it is: ``demo.yaml:41: enrollments[12].role``."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        where = self.where if len(self.where) <= _LONGEST else f"{self.where[:_LONGEST]}…"
        return f"{place}: {where}" if where else place

    def __str__(self) -> str:
        """Return the one line that is printed: ``demo.yaml:41: enrollments[12].role: 'pupil' is not one of …``."""
        line = f"{self.location}: {self.message}"
        # A name in a file may hold anything, and a terminal obeys what it is sent.
        return line if line.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)


class Source(Protocol):
    """One file that was read, and where in it things stand."""

    @property
    def name(self) -> str:
        """What the file is called in messages."""

    def line(self, collection: str, number: int, member: str = "") -> int | None:
        """Return the line of a record, or of a member in it (``roles[0].org``; the nearest one around it, if any).

        It is asked only for what is faulty, so it may take its time.
        """


@runtime_checkable
class Placing(Source, Protocol):
    """A source in which a member may stand in another file, and under another name, as in the columns of CSV."""

    def place(self, collection: str, number: int, member: str) -> tuple[str, int | None, str]:
        """Return file, line and name of a member as the user wrote it: ``roles.csv``, 7, ``roles[5].orgSourcedId``."""

    def explained(self, member: str, message: str) -> str:
        """Return a message with where the member comes from, if that is not where the fault is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """One record as a file has it, in the shape of 1.1 or 1.2; references may be bare sourcedIds."""

    collection: str
    number: int
    """Its index in its file's collection, from 0."""

    body: dict[str, Any]
    source: Source

    @property
    def name(self) -> str:
        """What it is called in messages: ``users[3]``."""
        return f"{self.collection}[{self.number}]"

    def fault(self, member: str, message: str, severity: Severity = "error") -> Fault:
        """Return the fault of a member, or of the record as a whole for an empty name."""
        if isinstance(self.source, Placing):
            file, line, where = self.source.place(self.collection, self.number, member)
            return Fault(file, line, where, self.source.explained(member, message), severity)
        line = self.source.line(self.collection, self.number, member)
        return Fault(self.source.name, line, f"{self.name}.{member}" if member else self.name, message, severity)


@dataclass(frozen=True, slots=True, eq=False)
class Amendment:
    """What a delta says of a part of a record that is loaded already: the row of a ``roles.csv``, say.

    ``change`` gets the record's body as far as it is known (1.2 shape, bare references) and returns the new one.
    Where there is no such record yet it gets an empty mapping; what it returns then is a new record if it has a
    ``sourcedId``, and otherwise there is nothing to amend.
    """

    collection: str
    sourced_id: str
    change: Callable[[Mapping[str, Any]], dict[str, Any]]
    written: Written
    """The row itself, for messages; its ``collection`` is the name of its file."""


class Links(Protocol):
    """The rows of a set that make up parts of records and are known by ids that the models have no place for."""

    def amendments(self, earlier: Sequence[Links]) -> Iterator[Amendment]:
        """Yield what the rows change of records, given those of the sets before, oldest first."""

    def changed(self) -> Iterator[tuple[str, str]]:
        """Yield collection and sourcedId of the records to which rows of delta files belong."""


@dataclass(frozen=True, slots=True, eq=False)
class Mention:
    """A reference in a file that no model has a member for, such as the org of a score scale in CSV."""

    target: str
    """The type of the record that it leads to: ``org``, or ``userProfile``, which is a part of one."""

    sourced_id: str
    member: str
    label: str
    """The file, or the collection, in which the rows have their numbers."""

    numbers: Sequence[int]
    """Every row in which it stands."""

    source: Source

    def faults(self, message: str) -> Iterator[Fault]:
        """Yield the fault of each row."""
        for number in self.numbers:
            yield Written(self.label, number, {}, self.source).fault(self.member, message)


@dataclass(slots=True)
class FixtureSet:
    """One path that the user gave: every record in it, and every fault that reading it has shown.

    Sets are merged in order: a later set replaces records of the same id, the same id twice within one set is a fault.
    """

    name: str
    base: str | None = None
    """``none`` or ``generated``, where the set says so."""

    records: list[Written] = field(default_factory=list)
    amendments: list[Amendment] = field(default_factory=list)
    """Applied after the records of the set, in order."""

    links: Links | None = None
    """Rows whose changes depend on the sets before; applied after the amendments."""

    mentions: list[Mention] = field(default_factory=list)
    """References that are looked up when all sets are there."""

    faults: list[Fault] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how many records it has or changes, by collection, for those that have any."""
        counts = Counter(written.collection for written in self.records)
        changed = {(one.collection, one.sourced_id) for one in self.amendments}
        changed |= {*self.links.changed()} if self.links else set()
        counts.update(collection for collection, _ in changed)
        return {collection: counts[collection] for collection in COLLECTIONS if counts[collection]}
