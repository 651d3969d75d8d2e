"""Select the records that a collection read returns: the rows of a path, filtered and sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from operator import itemgetter
from sys import getsizeof
from typing import Any

from mockroster.errors import UnknownObject
from mockroster.query.members import Member, member
from mockroster.query.parameters import Query
from mockroster.query.result_cache import QueryResult, ResultCache
from mockroster.roster.convert import hidden
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import InOnePart, Reader, values_of
from mockroster.standard.fields import Listed, Part
from mockroster.standard.model import Narrowing, Operation, Resource, Rows


def select(
    overlay: Overlay, result_cache: ResultCache, operation: Operation, path: Mapping[str, str], query: Query
) -> QueryResult:
    """Return all records that a collection read selects, before paging.

    Raises ``UnknownObject`` if a parameter of the path names no record.
    """
    with overlay.exclusive():
        for parameter, rows in operation.parents:
            find(overlay, rows, path[parameter])
        scope = (operation, *path.values())
        stamp = tuple([overlay.tables[collection].revision for collection in _sources(operation)])

        def weigh_key() -> int:
            return sum(map(getsizeof, scope)) + query.weight

        narrowed = result_cache.get(scope, weigh_key, stamp, lambda: _narrowed(overlay, operation, path))
        if query.filter is None and query.sort is None:
            return narrowed
        key = (*scope, query.filter, query.sort, query.descending)
        return result_cache.get(key, weigh_key, stamp, lambda: ordered(narrowed.records, query))


@cache
def _sources(operation: Operation) -> tuple[str, ...]:
    """Return the collections on which the result of an operation depends."""
    narrowing = operation.narrowing
    used = (
        [model for name in narrowing.match for model in _models_on_path(narrowing.through, name)] if narrowing else []
    )
    return tuple(dict.fromkeys(resource.collection for resource in (operation.resource, *used)))


def _models_on_path(resource: Resource, name: str) -> Iterator[Resource]:
    """Yield the models that a dotted name leads through."""
    yield resource
    hop = _reference_hop(resource, name)
    if hop is not None:
        yield from _models_on_path(hop[1], hop[2])


def find(overlay: Overlay, rows: Rows, sourced_id: str) -> Record:
    """Return one record from the rows of a path segment. Raises ``UnknownObject`` if it is not among them."""
    record = overlay.tables[rows.resource.collection].get(sourced_id)
    if record is None or not _matches(rows, record) or _is_hidden(rows.resource, record):
        kind = next(iter(rows.where.values()), rows.resource.name)
        raise UnknownObject(f"no {kind} has the sourcedId {sourced_id[:255]!r}")
    return record


def _is_hidden(resource: Resource, record: Record) -> bool:
    test = hidden(resource.version, resource.collection)
    return test is not None and test(record)


def _matches(rows: Rows, record: Record) -> bool:
    return all(
        _equals_or_contains(_member(rows.resource, name).read(record), value) for name, value in rows.where.items()
    )


def _equals_or_contains(stored: object, value: str) -> bool:
    return stored == value or (isinstance(stored, list) and value in stored)


def _member(resource: Resource, name: str) -> Member:
    """Return a member named by the tables of the standard. Raises ``LookupError`` if the tables are wrong."""
    known = member(resource, name)
    if known is None:
        raise LookupError(f"{resource.collection} have no member {name!r}")
    return known


def _narrowed(overlay: Overlay, operation: Operation, path: Mapping[str, str]) -> Sequence[Record]:
    """Return the rows of a path, before filter and sort."""
    records = _candidates(overlay, operation, path)
    for name, value in operation.rows.where.items():
        read = _member(operation.resource, name).read
        records = [record for record in records if _equals_or_contains(read(record), value)]
    test = hidden(operation.resource.version, operation.resource.collection)
    return records if test is None else [record for record in records if not test(record)]


def _candidates(overlay: Overlay, operation: Operation, path: Mapping[str, str]) -> Sequence[Record]:
    """Return the rows that the narrowing of a path selects."""
    table = overlay.tables[operation.resource.collection]
    narrowing = operation.narrowing
    if narrowing is None:
        return table.snapshot()
    matched = _matched(overlay, narrowing, path)
    if narrowing.take is None:
        return matched
    reader = _member(narrowing.through, narrowing.take)
    targets = dict.fromkeys(name for record in matched for name in values_of(reader.read(record)))
    records = [record for record in map(table.get, targets) if record is not None]
    return table.snapshot() if narrowing.or_all and not records else records


def _matched(overlay: Overlay, narrowing: Narrowing, path: Mapping[str, str]) -> list[Record]:
    """Return the rows that match: the first condition uses an index, the others test each row."""
    resource = narrowing.through
    wanted = {name: path[value[1:-1]] if value.startswith("{") else value for name, value in narrowing.match.items()}
    reader, names = _part_reader(resource, tuple(wanted))
    if reader is None:
        first, *others = wanted.items()
        records = _having(overlay, resource, *first)
    else:
        others = [(name, value) for name, value in wanted.items() if name not in names]
        records = overlay.tables[resource.collection].having(reader, tuple(wanted[name] for name in names))
    for name, value in others:
        matches = _predicate(overlay, resource, name, value)
        records = [record for record in records if matches(record)]
    return records


@cache
def _part_reader(resource: Resource, names: tuple[str, ...]) -> tuple[Reader | None, tuple[str, ...]]:
    """Return a reader for the members that one part of a list must have together, and their names, or ``(None, ())``.

    ``roles.role`` and ``roles.org`` of 1.2 are two members of the same entry: a teacher of one school who is a parent
    in another is no teacher there.
    """
    head = names[0].partition(".")[0]
    field = resource.schema.members[head]
    together = tuple(name for name in names if name.startswith(f"{head}."))
    if len(together) < 2 or not isinstance(field, Listed) or not isinstance(field.inner, Part):
        return None, ()
    return InOnePart(head, tuple(name.partition(".")[2] for name in together)), together


def _reference_hop(resource: Resource, name: str) -> tuple[str, Resource, str] | None:
    """Return reference, target and the rest of a name that leads through a reference, or ``None`` for other names."""
    head, _, rest = name.partition(".")
    for reference in resource.references if rest else ():
        if reference.member == head and reference.inside is None and not reference.is_listed:
            return head, reference.target, rest
    return None


def _having(overlay: Overlay, resource: Resource, name: str, value: str) -> list[Record]:
    hop = _reference_hop(resource, name)
    table = overlay.tables[resource.collection]
    if hop is None:
        return table.having(_member(resource, name), value)
    head, target, rest = hop
    reader = _member(resource, head)
    targets = _having(overlay, target, rest, value)
    records = [record for referred in targets for record in table.having(reader, referred["sourcedId"])]
    return list({record["sourcedId"]: record for record in records}.values()) if reader.listed else records


def _predicate(overlay: Overlay, resource: Resource, name: str, value: str) -> Callable[[Record], bool]:
    hop = _reference_hop(resource, name)
    if hop is None:
        reader = _member(resource, name)
        return lambda record: value in values_of(reader.read(record))
    head, target, rest = hop
    reader, table = _member(resource, head), overlay.tables[target.collection]
    matches = _predicate(overlay, target, rest, value)

    def test(record: Record) -> bool:
        return any(
            (referred := table.get(name)) is not None and matches(referred) for name in values_of(reader.read(record))
        )

    return test


def ordered(records: Sequence[Record], query: Query) -> Sequence[Record]:
    """Return the records that match the filter, sorted by code point: missing values last, ties by sourcedId."""
    if query.filter is not None:
        records = query.filter.matching(records)
    if query.sort is None:
        return records
    records = sorted(records, key=itemgetter("sourcedId"))
    # Positions are sorted, not pairs of value and record: 100,000 new tuples would take as long as the rest.
    values = [value if type(value) is str else _sort_value(value) for value in map(query.sort.read, records)]
    missing: list[int] = []
    numbers: list[int] = []
    texts: list[int] = []
    for position, value in enumerate(values):
        (texts if type(value) is str else missing if value is None else numbers).append(position)
    for positions in (numbers, texts):
        positions.sort(key=values.__getitem__, reverse=query.descending)
    # Metadata may hold strings beside numbers, which come first.
    present = (texts, numbers) if query.descending else (numbers, texts)
    return [records[position] for position in chain(*present, missing)]


def _sort_value(value: object) -> Any:
    """Return what a value is sorted by: the first one of a list, a number or otherwise text, or ``None``."""
    first = next(iter(values_of(value)), None)
    return first if first is None or isinstance(first, int | float) else str(first)
