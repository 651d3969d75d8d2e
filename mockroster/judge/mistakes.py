"""Mistakes of clients that servers accept: the response is a 200, but ignores a part of the request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from mockroster.errors import MalformedFilter, UnknownFilterField, nearest
from mockroster.query.filter import Clause, parse
from mockroster.query.members import Member, member, unknown_member
from mockroster.query.parameters import ignored_parameters
from mockroster.roster.record import Record
from mockroster.roster.store import values_of
from mockroster.standard.model import Operation, Service
from mockroster.standard.versions import SERVICES

Pairs = Sequence[tuple[str, str]]

Rows = Callable[[str], Iterable[Record]]
"""Returns the records of a collection."""

_MOST_VALUES = 10_000
"""The most different values of a member that are compared."""


def operation_at(name: str | None, path: str) -> tuple[Service, Operation] | None:
    """Return the operation of that name at a path, or of any version if the path has another base."""
    named = _named().get(name or "", [])
    at_base = [(service, operation) for service, operation in named if path.startswith(f"{service.base}/")]
    return next(iter(at_base or named), None)


@cache
def _named() -> dict[str, list[tuple[Service, Operation]]]:
    known: dict[str, list[tuple[Service, Operation]]] = {}
    for service in SERVICES:
        for operation in service.all_operations:
            known.setdefault(operation.name, []).append((service, operation))
    return known


class Mistakes:
    """Finds the mistakes in requests to one sandbox. Records are scanned once for each member."""

    def __init__(self, rows: Rows | None = None) -> None:
        """Without ``rows``, filters are not checked."""
        self._rows = rows
        self._values: dict[Member, frozenset[str]] = {}

    def notes(self, service: Service, operation: Operation, pairs: Pairs) -> list[str]:
        """Return a sentence for each mistake in a successful request."""
        return list(self._notes(service, operation, pairs))

    def _notes(self, service: Service, operation: Operation, pairs: Pairs) -> Iterator[str]:
        if operation in service.aliases:
            yield f"{operation.path}: not a path of the standard; only some providers have it"
        yield from ignored_parameters((name for name, _ in pairs), operation.query)
        for name, value in pairs:
            if name == "fields" and name in operation.query:
                yield from _unknown_fields(operation, value.split(","))
            elif name == "sort" and name in operation.query and member(operation.resource, value.strip()) is None:
                yield f"sort: {unknown_member(operation.resource, value.strip())}"
            elif name == "filter" and name in operation.query and self._rows is not None:
                yield from self._filter_notes(operation, value, self._rows)

    def _filter_notes(self, operation: Operation, text: str, rows: Rows) -> Iterator[str]:
        """Yield a note for each comparison that can match nothing in the collection."""
        try:
            clauses = parse(text, operation.resource).clauses
        except (MalformedFilter, UnknownFilterField):
            return  # the server refuses the request
        collection = operation.resource.collection
        for clause in clauses:
            values = self._known_values(clause.member, rows(collection))
            if not values:
                yield f"filter: no record of {collection} has a {clause.member.path}"
            elif (other := _other_case(clause, values)) is not None:
                yield (
                    f"filter: no record of {collection} has {clause.member.path}={clause.value[:80]!r}, and case "
                    f"counts; did you mean {other[:80]!r}?"
                )

    def _known_values(self, filtered: Member, records: Iterable[Record]) -> frozenset[str]:
        values = self._values.get(filtered)
        if values is None:
            texts: set[str] = set()
            for record in records:
                if len(texts) >= _MOST_VALUES:
                    break
                texts.update(map(str, values_of(filtered.read(record))))
            values = self._values[filtered] = frozenset(texts)
        return values


def _other_case(clause: Clause, values: frozenset[str]) -> str | None:
    """Return the value that a comparison misses by its case only."""
    if clause.predicate != "=" or clause.value in values or len(values) >= _MOST_VALUES:
        return None
    wanted = clause.value.casefold()
    return next((value for value in sorted(values) if value.casefold() == wanted), None)


def _unknown_fields(operation: Operation, values: Iterable[str]) -> Iterator[str]:
    resource = operation.resource
    for value in values:
        name = value.strip()[:80]
        if name and value.strip() not in resource.schema.members:
            yield f"fields: {resource.collection} have no member {name!r}{nearest(name, resource.schema.members)}"
