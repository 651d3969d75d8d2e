"""Rows that are parts of records in another file, such as the roles of users and the resources of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockroster.standard.csv import REFERENCE, JoinedFile, profile_uri
from mockroster.standard.fields import Listed

Values = Mapping[str, Any]
"""What a row says: the values of its cells by column, blank ones left out."""


def folded(file: JoinedFile, rows: Sequence[Values]) -> Any:
    """Return the value of the member that the rows of one record make up; nothing where there are none."""
    if file.join.kind == "sets":
        return _sets(file, rows)
    items = [item(file, row) for row in rows]
    if file.join.kind == "reference":
        return items[-1] if items else None
    return [*dict.fromkeys(items)] if file.join.kind == "references" else items


def item(file: JoinedFile, row: Values) -> Any:
    """Return what one row stands for: a reference or an object."""
    if file.join.kind in {"reference", "references"}:
        return row.get(REFERENCE[file.join.member])
    return _part(file, row)


def _part(file: JoinedFile, row: Values) -> dict[str, Any]:
    """Return the object that a row stands for; columns with a dotted member make up the only item of a list in it."""
    part: dict[str, Any] = {}
    for column in file.columns:
        if column.name not in row or column.field is None:
            continue
        outer, _, inner = column.member.partition(".")
        if inner:
            part.setdefault(outer, [{}])[0][inner] = row[column.name]
        elif isinstance(column.field, Listed):
            part[outer] = [row[column.name]]
        else:
            part[outer] = row[column.name]
    return _with_profile(file, part, row)


def _with_profile(file: JoinedFile, part: dict[str, Any], row: Values) -> dict[str, Any]:
    """Return the part with ids of user profiles as the models have them."""
    if file.name == "userProfiles":
        return {"profileId": profile_uri(row.get("sourcedId", "")), **part}
    return {**part, "userProfile": profile_uri(part["userProfile"])} if "userProfile" in part else part


def _sets(file: JoinedFile, rows: Sequence[Values]) -> list[dict[str, Any]]:
    """Return an object for each source, with the objectives of all its rows."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        part = _part(file, row)
        source = part.pop("source", "")
        whole = found.setdefault(source, {"source": source})
        for member, items in part.items():
            whole.setdefault(member, []).extend(items)
    return list(found.values())


def place(file: JoinedFile, rows: Sequence[Values], steps: Sequence[int]) -> int:
    """Return which of a record's rows the item of a member stands in; ``steps`` are its indexes, outermost first."""
    if file.join.kind == "references" and steps:
        # Rows that say the same are one item.
        firsts: dict[Any, int] = {}
        for number, row in enumerate(rows):
            firsts.setdefault(row.get(REFERENCE[file.join.member]), number)
        return [*firsts.values()][min(steps[0], len(firsts) - 1)]
    if file.join.kind != "sets" or not steps:
        return min(steps[0] if steps else len(rows) - 1, len(rows) - 1)
    sources = [row.get("source", "") for row in rows]
    wanted = list(dict.fromkeys(sources))[steps[0] : steps[0] + 1]
    of_it = [number for number, source in enumerate(sources) if [source] == wanted]
    nth = steps[1] if len(steps) > 1 else 0
    return of_it[min(nth, len(of_it) - 1)] if of_it else 0
