"""Select the records that a collection read returns: the rows of a path, filtered and sorted."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import count
from operator import itemgetter
from sys import getsizeof

from mockroster.caching import Budget, WeighedCache
from mockroster.errors import UnknownObject
from mockroster.query.members import Member, member
from mockroster.query.parameters import Query
from mockroster.roster.convert import hidden
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import InOnePart, Reader, values_of
from mockroster.standard.fields import Listed, Part
from mockroster.standard.model import Narrowing, Operation, Resource, Rows

BYTES_KEPT = 48 * 1024 * 1024
"""Bytes that the lists of a ``Selections`` take at most, by estimate: some 6 million references to records."""

LISTS_KEPT = 1000
"""Lists that a ``Selections`` keeps at most, empty ones too."""

BUDGET = Budget(256 * 1024 * 1024)
"""Pays for the lists of all sandboxes together."""

_REFERENCE = 8
"""Bytes that a list takes for each record."""

_LIST = 400
"""Bytes of an empty list, and of what is known of it."""

Stamp = tuple[int, ...]
"""The revisions of the tables that a list was made from."""

_NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Selected:
    """The records that a read is about, in order."""

    stamp: Stamp
    records: Sequence[Record]
    number: int = field(default_factory=partial(next, _NUMBERS))
    """That of no other list, ever: what is derived from the list can be kept under it."""


class Selections:
    """The lists of records that were asked for last, so that walking through pages scans and sorts only once."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: WeighedCache[Hashable, Selected] = WeighedCache(BYTES_KEPT, LISTS_KEPT, BUDGET)

    @property
    def weight(self) -> int:
        """Bytes that are kept, by estimate."""
        return self._kept.weight

    def get(
        self, key: Hashable, weigh_key: Callable[[], int], stamp: Stamp, make: Callable[[], Sequence[Record]]
    ) -> Selected:
        """Return the list kept under a key, made if it is not there or not of this stamp."""
        kept = self._kept.get(key)
        if kept is not None and kept.stamp == stamp:
            return kept
        made = Selected(stamp, make())
        self._kept.put(key, made, weigh_key() + _LIST + _REFERENCE * len(made.records))
        return made


def select(
    overlay: Overlay, selections: Selections, operation: Operation, path: Mapping[str, str], query: Query
) -> Selected:
    """Return every record that a collection read is about.

    Raises ``UnknownObject`` where a parameter of the path names nothing.
    """
    with overlay.exclusive():
        for parameter, rows in operation.parents:
            find(overlay, rows, path[parameter])
        scope = (operation, *path.values())
        stamp = tuple([overlay.tables[collection].revision for collection in _sources(operation)])

        def weighed() -> int:
            return sum(map(getsizeof, scope)) + query.weight

        narrowed = selections.get(scope, weighed, stamp, lambda: _narrowed(overlay, operation, path))
        if query.filter is None and query.sort is None:
            return narrowed
        key = (*scope, query.filter, query.sort, query.descending)
        return selections.get(key, weighed, stamp, lambda: ordered(narrowed.records, query))


@cache
def _sources(operation: Operation) -> tuple[str, ...]:
    """Return the collections on whose records the list of an operation depends: a write to others leaves it right."""
    narrowing = operation.narrowing
    passed = [one for name in narrowing.match for one in _passed(narrowing.through, name)] if narrowing else []
    return tuple(dict.fromkeys(resource.collection for resource in (operation.resource, *passed)))


def _passed(resource: Resource, name: str) -> Iterator[Resource]:
    """Yield the models whose records are looked at on the way of a name."""
    yield resource
    way = _by_way(resource, name)
    if way is not None:
        yield from _passed(way[1], way[2])


def find(overlay: Overlay, rows: Rows, sourced_id: str) -> Record:
    """Return one record among the rows of a path segment. Raises ``UnknownObject`` where it is not among them."""
    record = overlay.tables[rows.resource.collection].get(sourced_id)
    if record is None or not _matches(rows, record) or _is_hidden(rows.resource, record):
        kind = next(iter(rows.where.values()), rows.resource.name)
        raise UnknownObject(f"no {kind} has the sourcedId {sourced_id[:255]!r}")
    return record


def _is_hidden(resource: Resource, record: Record) -> bool:
    test = hidden(resource.version, resource.collection)
    return test is not None and test(record)


def _matches(rows: Rows, record: Record) -> bool:
    return all(_holding(_member(rows.resource, name).read(record), value) for name, value in rows.where.items())


def _holding(held: object, value: str) -> bool:
    return held == value or (isinstance(held, list) and value in held)


def _member(resource: Resource, name: str) -> Member:
    """Return a member that the statement of the standard names; it is there, or the statement is wrong."""
    found = member(resource, name)
    if found is None:
        raise LookupError(f"{resource.collection} have no member {name!r}")
    return found


def _narrowed(overlay: Overlay, operation: Operation, path: Mapping[str, str]) -> Sequence[Record]:
    """Return the rows of a path, before filter and sort."""
    records = _reached(overlay, operation, path)
    for name, value in operation.rows.where.items():
        held = map(_member(operation.resource, name).read, records)
        records = [record for record, its in zip(records, held, strict=True) if _holding(its, value)]
    test = hidden(operation.resource.version, operation.resource.collection)
    return records if test is None else [record for record in records if not test(record)]


def _reached(overlay: Overlay, operation: Operation, path: Mapping[str, str]) -> Sequence[Record]:
    """Return the rows that a path's narrowing selects."""
    table = overlay.tables[operation.resource.collection]
    narrowing = operation.narrowing
    if narrowing is None:
        return table.snapshot()
    matched = _matched(overlay, narrowing, path)
    if narrowing.take is None:
        return matched
    reader = _member(narrowing.through, narrowing.take)
    taken = dict.fromkeys(name for record in matched for name in values_of(reader.read(record)))
    reached = [record for record in map(table.get, taken) if record is not None]
    return table.snapshot() if narrowing.or_all and not reached else reached


def _matched(overlay: Overlay, narrowing: Narrowing, path: Mapping[str, str]) -> list[Record]:
    """Return the rows that match: the first condition by index, the others by looking."""
    resource = narrowing.through
    wanted = {name: path[value[1:-1]] if value.startswith("{") else value for name, value in narrowing.match.items()}
    reader, names = _in_one_part(resource, tuple(wanted))
    if reader is None:
        first, *others = wanted.items()
        records = _having(overlay, resource, *first)
    else:
        others = [(name, value) for name, value in wanted.items() if name not in names]
        records = overlay.tables[resource.collection].having(reader, tuple(wanted[name] for name in names))
    for name, value in others:
        holds = _holds(overlay, resource, name, value)
        records = [record for record in records if holds(record)]
    return records


@cache
def _in_one_part(resource: Resource, names: tuple[str, ...]) -> tuple[Reader | None, tuple[str, ...]]:
    """Return how to read members that one part of a list must have together, and their names; nothing for others.

    ``roles.role`` and ``roles.org`` of 1.2 are two members of the same entry: a teacher of one school who is a parent
    in another is no teacher there.
    """
    head = names[0].partition(".")[0]
    field = resource.schema.members[head]
    together = tuple(name for name in names if name.startswith(f"{head}."))
    if len(together) < 2 or not isinstance(field, Listed) or not isinstance(field.inner, Part):
        return None, ()
    return InOnePart(head, tuple(name.partition(".")[2] for name in together)), together


def _by_way(resource: Resource, name: str) -> tuple[str, Resource, str] | None:
    """Return reference, resource and member for a name that goes by way of a reference, nothing for a plain name."""
    head, _, rest = name.partition(".")
    for reference in resource.references if rest else ():
        if reference.member == head and reference.inside is None and not reference.is_listed:
            return head, reference.target, rest
    return None


def _having(overlay: Overlay, resource: Resource, name: str, value: str) -> list[Record]:
    way = _by_way(resource, name)
    table = overlay.tables[resource.collection]
    if way is None:
        return table.having(_member(resource, name), value)
    head, target, rest = way
    reader = _member(resource, head)
    there = _having(overlay, target, rest, value)
    found = [record for one in there for record in table.having(reader, one["sourcedId"])]
    return list({record["sourcedId"]: record for record in found}.values()) if reader.listed else found


def _holds(overlay: Overlay, resource: Resource, name: str, value: str) -> Callable[[Record], bool]:
    way = _by_way(resource, name)
    if way is None:
        reader = _member(resource, name)
        return lambda record: value in values_of(reader.read(record))
    head, target, rest = way
    reader, table = _member(resource, head), overlay.tables[target.collection]
    holds = _holds(overlay, target, rest, value)

    def test(record: Record) -> bool:
        return any((found := table.get(one)) is not None and holds(found) for one in values_of(reader.read(record)))

    return test


def ordered(records: Sequence[Record], query: Query) -> Sequence[Record]:
    """Return the records that pass the filter, sorted: by code point, missing ones last, ties by sourcedId."""
    if query.filter is not None:
        records = query.filter.matching(records)
    if query.sort is None:
        return records
    read = query.sort.read
    keyed = [(next(iter(values_of(read(record))), None), record) for record in records]
    keyed.sort(key=lambda pair: pair[1]["sourcedId"])
    # Metadata may hold strings beside numbers, which come first.
    numbers = [pair for pair in keyed if isinstance(pair[0], int | float)]
    texts = [(str(value), one) for value, one in keyed if value is not None and not isinstance(value, int | float)]
    numbers.sort(key=itemgetter(0), reverse=query.descending)
    texts.sort(key=itemgetter(0), reverse=query.descending)
    present = [*texts, *numbers] if query.descending else [*numbers, *texts]
    return [record for _, record in present] + [record for value, record in keyed if value is None]
