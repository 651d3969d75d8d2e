"""Parse and validate query parameters: ``limit``, ``offset``, ``sort``, ``orderBy``, ``filter``, ``fields``.

In 1.1 an unknown member in ``sort`` or ``fields`` is a warning beside the data, in ``filter`` it is a 400, and blank
``fields`` are another 400 (section 3.4). 1.2 has no warnings: an unknown ``sort`` is ignored and unknown ``fields`` are
refused. Parameters that the standard does not define are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from sys import getsizeof
from typing import TypeVar
from urllib.parse import parse_qsl

from mockroster.caching import cache_short
from mockroster.errors import BlankSelection, MalformedRequest, UnknownSelection, nearest
from mockroster.query.filter import Filter, parse
from mockroster.query.members import Member, member, unknown_member
from mockroster.settings import MOST_RECORDS, Settings
from mockroster.standard.model import Operation, Resource
from mockroster.standard.status import UNKNOWN_SELECTION, UNKNOWN_SORT, Notice
from mockroster.standard.versions import VERSIONS

_DEFAULTS = Settings()

_QUERY = 1500
"""Bytes of a query and its filter, without their strings."""

_Pairs = tuple[tuple[str, str], ...]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Query:
    """The parsed query of a read."""

    pairs: _Pairs
    """Every parameter as received, for links."""

    limit: int = _DEFAULTS.page_limit
    offset: int = 0
    sort: Member | None = None
    descending: bool = False
    filter: Filter | None = None
    fields: tuple[str, ...] | None = None
    """The members to return; ``None`` for all of them."""

    notices: tuple[Notice, ...] = ()

    @property
    def weight(self) -> int:
        """The estimated size in bytes: each parameter is stored as received and as parsed."""
        return _QUERY + 2 * sum(getsizeof(name) + getsizeof(value) for name, value in self.pairs)


def read(
    pairs: Iterable[tuple[str, str]],
    operation: Operation,
    page_limit: int = _DEFAULTS.page_limit,
    page_limit_max: int = _DEFAULTS.page_limit_max,
) -> Query:
    """Parse the query parameters of a request for an operation.

    ``page_limit`` applies where there is no ``limit``, and ``page_limit_max`` replaces a larger one.

    Raises ``MalformedRequest``, ``UnknownFilterField`` or ``BlankSelection`` with a description that names the
    parameter and its valid values.
    """
    pairs = tuple(pairs)
    given = _recognised(pairs, operation.query)
    resource = operation.resource
    sort, sort_notice = _sort(given.get("sort"), resource)
    fields, fields_notice = _fields(given.get("fields"), resource)
    return Query(
        pairs=pairs,
        limit=min(_integer("limit", given.get("limit"), 1, page_limit), page_limit_max),
        offset=_integer("offset", given.get("offset"), 0, 0),
        sort=sort,
        descending=_descending(given.get("orderBy")),
        filter=None if "filter" not in given else parse(given["filter"], resource),
        fields=fields,
        notices=tuple(notice for notice in (sort_notice, fields_notice) if notice),
    )


@cache_short(lambda query_string, *_: len(query_string), entries=512)
def parse_cached(
    query_string: bytes,
    operation: Operation,
    page_limit: int = _DEFAULTS.page_limit,
    page_limit_max: int = _DEFAULTS.page_limit_max,
) -> Query:
    """Return the parsed query of a query string, cached because clients repeat their queries.

    Raises the exceptions of ``split`` and ``read``.
    """
    return read(split(query_string), operation, page_limit, page_limit_max)


def split(query_string: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a query string, with spaces stripped from their names.

    Raises ``MalformedRequest`` for more than 1000 parameters.
    """
    try:
        text = query_string.decode("utf-8", "replace")
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=1000)
    except ValueError:
        raise MalformedRequest("the query has more than 1000 parameters") from None
    return [(name.strip(), value) for name, value in pairs]


def ignored_parameters(names: Iterable[str], known: Collection[str]) -> list[str]:
    """Return a message for each parameter that an operation ignores, with the nearest known name.

    OneRoster ignores unknown parameters, so a misspelt ``limt`` has no effect and no error.
    """
    return [
        f"{name[:80]}: not a parameter of this operation, and ignored{nearest(name, known)}"
        for name in dict.fromkeys(names)
        if name and name not in known and not name.startswith("oauth_")
    ]


def _recognised(pairs: _Pairs, known: tuple[str, ...]) -> Mapping[str, str]:
    """Return the parameters that the operation knows; only ``fields`` may be repeated."""
    given: dict[str, str] = {}
    for name, value in pairs:
        if name == "fields" and name in given and name in known:
            given[name] += f",{value}"
        elif name in given:
            raise MalformedRequest(f"{name}: given more than once; give it once")
        elif name in known:
            given[name] = value
    return given


def _integer(name: str, text: str | None, least: int, default: int) -> int:
    if text is None:
        return default
    digits = re.fullmatch(r"\s*(\d{1,10})\s*", text, re.ASCII)
    number = int(digits[1]) if digits else -1
    if not text.strip():
        raise MalformedRequest(f"{name}: is blank; give a whole number, or leave it out for {default}")
    if not least <= number <= MOST_RECORDS:
        raise MalformedRequest(f"{name}: {text[:40]!r} is not a whole number from {least} to {MOST_RECORDS}")
    return number


def _descending(text: str | None) -> bool:
    if text is None:
        return False
    order = text.strip().lower()
    if not order:
        raise MalformedRequest("orderBy: is blank; give asc or desc, or leave it out for asc")
    if order not in {"asc", "desc"}:
        raise MalformedRequest(f"orderBy: {order[:40]!r} is not asc or desc{nearest(order, ['asc', 'desc'])}")
    return order == "desc"


def _sort(text: str | None, resource: Resource) -> tuple[Member | None, Notice | None]:
    """Return the member to sort by, or a notice; a version without warnings ignores an unknown member."""
    if text is None:
        return None, None
    found = member(resource, text.strip())
    if found is not None or not VERSIONS[resource.version].errors.has_warnings:
        return found, None
    description = f"sort: {unknown_member(resource, text)}; the order is the default one"
    return None, Notice(UNKNOWN_SORT, description)


def _fields(text: str | None, resource: Resource) -> tuple[tuple[str, ...] | None, Notice | None]:
    """Return the members to answer with, or a notice; a version without warnings refuses an unknown member."""
    if text is None:
        return None, None
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise BlankSelection("fields: names no member; give names with commas between, or leave it out for all members")
    known = resource.schema.members
    unknown = [name for name in names if name not in known]
    if not unknown:
        return tuple(dict.fromkeys(names)), None
    listed = ", ".join(repr(name[:80]) for name in unknown[:5])
    description = f"fields: {resource.collection} have no member {listed}{nearest(unknown[0], known)}"
    if not VERSIONS[resource.version].errors.has_warnings:
        raise UnknownSelection(description)
    return None, Notice(UNKNOWN_SELECTION, f"{description}; here are all members")
