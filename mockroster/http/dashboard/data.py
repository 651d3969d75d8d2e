"""The view Data: collections, lists and single records, as they are stored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from mockroster.errors import RequestError, nearest
from mockroster.http.admin.address import root
from mockroster.http.dashboard import history, links, pages
from mockroster.query import parameters
from mockroster.query.members import member_names, unknown_member
from mockroster.query.selection import ordered
from mockroster.render.record import rendered, rooted
from mockroster.roster.convert import hidden
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.sandbox.sandbox import Sandbox, SandboxData
from mockroster.scenarios import pipeline
from mockroster.standard.model import Operation, Resource
from mockroster.standard.neutral import NEUTRAL, newest_model
from mockroster.standard.versions import MODELS, VERSIONS

PAGE_ROWS = 50
"""Rows of a page if the address gives no limit."""

MOST_ROWS = 500
"""The most rows of a page."""

_COLUMNS = (
    *("type", "classType", "role", "roles", "grades", "user", "student", "lineItem", "assessmentLineItem"),
    *("class", "course", "school", "org", "parent", "orgs", "subjects", "category", "terms", "startDate", "endDate"),
    *("dueDate", "score", "scoreStatus", "birthDate", "sex", "vendorResourceId", "status", "dateLastModified"),
)
"""The members that a list shows, if its records have them, the most telling ones first."""

_MOST_COLUMNS = 6

QUICK_RECORDS = 100_000
"""The most records of a sandbox in which the first search for referrers does not delay a page noticeably."""

_MILLISECONDS = re.compile(r"(?<=T\d\d:\d\d:\d\d)\.\d{3}Z$")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a list, before paging, and the faults of the query."""

    records: Sequence[Record]
    query: parameters.Query
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a cell: a text, a link, or both."""

    text: str
    link: links.Link | None = None


def collections() -> Response:
    """Return the collections with their numbers of records."""
    overlay = _data().overlay
    counts = [(name, len(overlay.tables[name])) for name in NEUTRAL]
    return pages.page("collections.html", view="data", counts=counts)


def listing(collection: str) -> Response:
    """Return a page of a collection, filtered and sorted by the standard's grammar."""
    resource = _known(collection)
    data = _data()
    rows = _rows(data, resource)
    query = rows.query
    shown = rows.records[query.offset : query.offset + query.limit]
    columns = _columns(collection)
    return pages.page(
        "listing.html",
        400 if rows.problem else 200,
        view="data",
        collection=collection,
        counts=[(name, len(data.overlay.tables[name])) for name in NEUTRAL],
        columns=columns,
        rows=[_row(data.overlay, collection, columns, record) for record in shown],
        total=len(rows.records),
        query=query,
        given={name: request.args.get(name, "") for name in ("filter", "sort", "orderBy")},
        sortable=sorted(member_names(resource)),
        problem=rows.problem,
        pages=_pages(len(rows.records), query),
    )


def single(collection: str, sourced_id: str) -> Response:
    """Return one record: its references in both directions, its forms and its history.

    In a large sandbox the page asks for the records that refer to it as a ``part``: the first search builds indexes.
    """
    resource = _known(collection)
    sandbox, data = _sandbox(), _data()
    overlay = data.overlay
    found = overlay.get(collection, sourced_id)
    events = history.of_record(sandbox.state.log, collection, sourced_id)
    if found is None and not events:
        raise NotFound(f"There is no {resource.name} with the sourcedId {sourced_id[:255]!r}")
    form, document = _form(collection, found)
    is_part = request.args.get("part") == "incoming"
    incoming: list[links.Referrers] | None = None
    with overlay.exclusive():
        outgoing = [] if found is None else list(links.outgoing(overlay, collection, found))
        if is_part or "referrers" in request.args or overlay.base.size <= QUICK_RECORDS:
            incoming = list(links.incoming(overlay, collection, sourced_id))
    if is_part:
        return pages.render("referrers.html", incoming=incoming)
    return pages.page(
        "record.html",
        404 if found is None else 200,
        view="data",
        collection=collection,
        sourced_id=sourced_id,
        name=sourced_id if found is None else links.described(overlay, collection, found),
        kind=resource.name,
        status="active" if found is None else found.get("status", "active"),
        exists=found is not None,
        forms=("stored", *VERSIONS.numbers),
        form=form,
        document=document,
        outgoing=outgoing,
        incoming=incoming,
        events=events,
    )


def _sandbox() -> Sandbox:
    sandbox: Sandbox = g.sandbox
    return sandbox


def _data() -> SandboxData:
    """Return the current records of the sandbox."""
    pipeline.refresh(_sandbox())
    return _sandbox().data


def _known(collection: str) -> Resource:
    if collection not in NEUTRAL:
        raise NotFound(f"There is no collection {collection[:80]!r}{nearest(collection[:80], NEUTRAL)}")
    return newest_model(collection)


def _rows(data: SandboxData, resource: Resource) -> Rows:
    """Return the rows that the address selects, or none with the reason."""
    operation = _operation(resource.collection)
    try:
        query = parameters.read(parameters.split(request.query_string), operation, PAGE_ROWS, MOST_ROWS)
        return Rows(_selected(data, resource, query), query, _sort_problem(query, resource))
    except RequestError as error:
        return Rows((), parameters.Query((), limit=PAGE_ROWS), error.description or "")


def _sort_problem(query: parameters.Query, resource: Resource) -> str:
    """Return the reason why the list is not sorted; the newest version of the standard ignores an unknown member."""
    name = request.args.get("sort", "").strip()
    if not name or query.sort is not None:
        return ""
    return f"sort: {unknown_member(resource, name)}"


def _selected(data: SandboxData, resource: Resource, query: parameters.Query) -> Sequence[Record]:
    """Return the stored records, filtered and sorted; the result is cached for the next page."""
    overlay = data.overlay
    with overlay.exclusive():
        table = overlay.tables[resource.collection]
        rows = table.snapshot()
        if query.filter is None and query.sort is None:
            return rows
        key = ("stored", resource, query.filter, query.sort, query.descending)
        stamp = (table.revision,)
        return data.result_cache.get(key, lambda: query.weight, stamp, lambda: ordered(rows, query)).records


@cache
def _operation(collection: str) -> Operation:
    """Return the operation that reads the whole collection in the newest version that has it."""
    version = VERSIONS[newest_model(collection).version]
    return next(
        operation
        for service in version.services
        for operation in service.all_operations
        if operation.kind == "collection"
        and operation.resource.collection == collection
        and operation.narrowing is None
        and not operation.rows.where
    )


@cache
def _columns(collection: str) -> tuple[str, ...]:
    members = NEUTRAL[collection].members
    return tuple([name for name in _COLUMNS if name in members][:_MOST_COLUMNS])


def _row(overlay: Overlay, collection: str, columns: Sequence[str], record: Record) -> Mapping[str, Any]:
    """Return the cells of a record: texts, and links for references."""
    references: dict[str, list[Part]] = {}
    for name, target in links.outgoing(overlay, collection, record):
        member_name, _, rest = name.partition("[")
        role = record[member_name][int(rest.partition("]")[0])].get("role", "") if "." in rest else ""
        references.setdefault(member_name, []).append(Part(role, target))
    return {
        "link": links.Link(collection, record["sourcedId"], links.described(overlay, collection, record)),
        "status": record.get("status", "active"),
        "cells": [references.get(name) or [Part(_text(record.get(name)))] for name in columns],
    }


def _text(value: Any) -> str:
    """Return a value for people."""
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return str(value.get("role") or value.get("type") or orjson.dumps(value).decode())
    text = "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()
    return _MILLISECONDS.sub("Z", text)


def _pages(total: int, query: parameters.Query) -> Mapping[str, str]:
    """Return the addresses of the first, previous, next and last page, as far as there are such pages."""
    rest = [pair for pair in request.args.items() if pair[0] != "offset"]
    last = max(total - 1, 0) // query.limit * query.limit
    offsets: dict[str, int] = {}
    if query.offset > 0:
        offsets |= {"First": 0, "Previous": max(query.offset - query.limit, 0)}
    if query.offset + query.limit < total:
        offsets |= {"Next": query.offset + query.limit, "Last": last}
    return {name: "?" + urlencode([*rest, ("offset", str(offset))]) for name, offset in offsets.items()}


def _form(collection: str, found: Record | None) -> tuple[str, str]:
    """Return the form that the address asks for, and the record in it, as indented JSON."""
    forms = ("stored", *VERSIONS.numbers)
    form = request.args.get("as", VERSIONS.newest.number)
    if form not in forms:
        raise NotFound(f"There is no form {form[:40]!r}; there are {', '.join(forms)}")
    if found is None:
        return form, ""
    if form == "stored":
        return form, _indented(orjson.dumps(found))
    resource = MODELS[collection].get(VERSIONS[form].id)
    if resource is None:
        return form, f"OneRoster {form} has no {collection}."
    test = hidden(resource.version, collection)
    if test is not None and test(found):
        return form, f"OneRoster {form} has no way to show this {resource.name}."
    return form, _indented(rooted(rendered(resource, found), root(request.environ)))


def _indented(document: bytes) -> str:
    return orjson.dumps(orjson.loads(document), option=orjson.OPT_INDENT_2).decode()
