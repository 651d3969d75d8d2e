"""The page of all operations."""

from __future__ import annotations

import re

from mockroster.standard.model import Narrowing, Operation, Resource, Service
from mockroster.standard.versions import SERVICES
from pages.markdown import NOTE, code, table


def page() -> str:
    """Return the page of all operations."""
    return (
        f"{NOTE}# Operations\n\n"
        "`mockroster operations` prints the same, with `--json` for programs.\n\n"
        "Each read takes `fields`; a collection also takes `limit`, `offset`, `sort`, `orderBy` and `filter`.\n"
        "A token needs any one of the scopes of an operation; only the end of each is written here,\n"
        f"in full the first is `{SERVICES[0].operations[0].scopes[0]}`.\n"
        "*Answers with* is the member of the body that holds the record or the array of records.\n"
        "*Rows* says which records a path stands for: `a=b` is a member and its value, `→` follows a reference.\n"
        "An id that names nothing is a 404, also an id in the middle of a path.\n"
        + "".join(_service(service) for service in SERVICES)
    )


def _service(service: Service) -> str:
    """Return the tables of a service, one for each area of its scopes."""
    parts: dict[str, list[list[str]]] = {}
    for operation in service.operations:
        area = re.split(r"[-.]", _short(operation.scopes[0]))[0].title()
        parts.setdefault({"Roster": "Rostering", "Resource": "Resources"}.get(area, area), []).append(_row(operation))
    if service.aliases:
        parts["Not in the standard, but documented by vendors"] = [_row(operation) for operation in service.aliases]
    head = ("Method and path", "Operation", "Answers with", "Rows", "Scopes")
    text = f"\n## {service.title}\n\n{len(service.operations)} operations of the standard at `{service.base}`.\n"
    return text + "".join(f"\n### {title}\n\n{table(head, rows)}" for title, rows in parts.items())


def _short(scope: str) -> str:
    return scope.rpartition("/")[2]


def _row(operation: Operation) -> list[str]:
    answers = {"collection": operation.resource.collection, "single": operation.resource.name, "post": "sourcedIdPairs"}
    wrapper = answers.get(operation.kind, "")
    return [
        code(f"{operation.method} {operation.path}"),
        operation.name,
        code(wrapper) if wrapper else "no body",
        _rows(operation),
        " or ".join(code(_short(scope)) for scope in operation.scopes),
    ]


def _rows(operation: Operation) -> str:
    rows = code(operation.resource.collection)
    if operation.preset:
        return (
            f"new {rows} with {' and '.join(code(f'{member}={value}') for member, value in operation.preset.items())}"
        )
    if operation.narrowing:
        rows = _narrowing(operation.narrowing, operation.resource)
    where = " and ".join(code(f"{member}={value}") for member, value in operation.rows.where.items())
    return f"{rows}{', of these ' if operation.narrowing else ' with '}{where}" if where else rows


def _narrowing(narrowing: Narrowing, wanted: Resource) -> str:
    match = " and ".join(code(f"{member}={value}") for member, value in narrowing.match.items())
    rows = f"{code(narrowing.through.collection)} with {match}"
    rows = f"{rows} → {code(narrowing.take)}" if narrowing.take else rows
    return f"{rows}; all {code(wanted.collection)} if there are none" if narrowing.or_all else rows
