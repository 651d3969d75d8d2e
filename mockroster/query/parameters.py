"""The query parameters of a read, checked: ``limit``, ``offset``, ``sort``, ``orderBy``, ``filter``, ``fields``.

An unknown member is four different things in 1.1: in ``sort`` and ``fields`` a warning beside the data, in ``filter``
a 400; and ``fields`` that names nothing is a 400 of its own (section 3.4). 1.2 has no warnings: it passes over an
unknown ``sort`` and refuses unknown ``fields``. Parameters that the standard does not have are passed over.
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
from mockroster.query.members import Member, member, member_names
from mockroster.settings import MOST_RECORDS, Settings
from mockroster.standard.model import Operation, Resource
from mockroster.standard.status import UNKNOWN_SELECTION, UNKNOWN_SORT, Notice
from mockroster.standard.versions import VERSIONS

_DEFAULTS = Settings()

_QUERY = 1500
"""Bytes of a query, and of its filter, without the texts in them."""

_Pairs = tuple[tuple[str, str], ...]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Query:
    """What a client asks of a read."""

    pairs: _Pairs
    """Every parameter as it came, for links."""

    limit: int = _DEFAULTS.page_limit
    offset: int = 0
    sort: Member | None = None
    descending: bool = False
    filter: Filter | None = None
    fields: tuple[str, ...] | None = None
    """The members to answer with; nothing for all of them."""

    notices: tuple[Notice, ...] = ()

    @property
    def weight(self) -> int:
        """Bytes that it takes, by estimate: each parameter is there as it came and as it was read."""
        return _QUERY + 2 * sum(getsizeof(name) + getsizeof(value) for name, value in self.pairs)


def read(
    pairs: Iterable[tuple[str, str]],
    operation: Operation,
    page_limit: int = _DEFAULTS.page_limit,
    page_limit_max: int = _DEFAULTS.page_limit_max,
) -> Query:
    """Read the query parameters of a request for an operation.

    ``page_limit`` is obeyed where there is no ``limit``, and ``page_limit_max`` in place of a larger one.

    Raises ``MalformedRequest``, ``UnknownFilterField`` or ``BlankSelection`` with a description that names the
    parameter and what would be right.
    """
    pairs = tuple(pairs)
    given = _given(pairs, operation.query)
    resource = operation.resource
    sort, sort_notice = _sort(given.get("sort"), resource)
    fields, fields_notice = _fields(given.get("fields"), resource)
    return Query(
        pairs=pairs,
        limit=min(_whole("limit", given.get("limit"), 1, page_limit), page_limit_max),
        offset=_whole("offset", given.get("offset"), 0, 0),
        sort=sort,
        descending=_descending(given.get("orderBy")),
        filter=None if "filter" not in given else parse(given["filter"], resource),
        fields=fields,
        notices=tuple(notice for notice in (sort_notice, fields_notice) if notice),
    )


@cache_short(lambda query_string, *_: len(query_string), entries=512)
def understood(
    query_string: bytes,
    operation: Operation,
    page_limit: int = _DEFAULTS.page_limit,
    page_limit_max: int = _DEFAULTS.page_limit_max,
) -> Query:
    """Return what a query string asks of an operation, read once: clients ask the same again and again.

    Raises what ``split`` and ``read`` do.
    """
    return read(split(query_string), operation, page_limit, page_limit_max)


def split(query_string: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a query string, blanks round their names taken off.

    Raises ``MalformedRequest`` for more than anybody means.
    """
    try:
        text = query_string.decode("utf-8", "replace")
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=1000)
    except ValueError:
        raise MalformedRequest("the query has more than 1000 parameters") from None
    return [(name.strip(), value) for name, value in pairs]


def unheeded(query: str, known: Collection[str]) -> list[str]:
    """Return a sentence for each parameter of a query that an operation passes over, with the nearest one it knows.

    OneRoster passes over what it does not know, and so a misspelt ``limt`` is answered as if it was not there.
    """
    names = dict.fromkeys(name for name, _ in split(query.encode()) if name)
    return [
        f"{name[:80]}: not a parameter of this operation, and passed over{nearest(name, known)}"
        for name in names
        if name not in known and not name.startswith("oauth_")
    ]


def _given(pairs: _Pairs, known: tuple[str, ...]) -> Mapping[str, str]:
    """Return the parameters that the operation obeys; only ``fields`` may be repeated, others would be two things."""
    given: dict[str, str] = {}
    for name, value in pairs:
        if name == "fields" and name in given and name in known:
            given[name] += f",{value}"
        elif name in given:
            raise MalformedRequest(f"{name}: given more than once; give it once")
        elif name in known:
            given[name] = value
    return given


def _whole(name: str, text: str | None, least: int, default: int) -> int:
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
    """Return the member to sort by, or a notice; a version without warnings passes over an unknown member."""
    if text is None:
        return None, None
    found = member(resource, text.strip())
    if found is not None or not VERSIONS[resource.version].errors.has_warnings:
        return found, None
    suggestion = nearest(text, member_names(resource))
    description = f"sort: {resource.collection} have no member {text[:80]!r}{suggestion}; the order is the default one"
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
