"""What a delta set changes: records that are loaded already, and parts of them that other files make up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockroster.loading.csv import joins
from mockroster.loading.csv.table import Values
from mockroster.standard.csv import File, JoinedFile

Body = Mapping[str, Any]

Change = Callable[[Body], dict[str, Any]]

_KEYS: Mapping[str, tuple[str, ...]] = {"roles": ("org", "role"), "userProfiles": ("profileId",)}
"""By file: the members that tell which part of a record a row is about. CSV knows it by an id that nothing else has."""


def is_whole(file: File) -> bool:
    """Tell whether the rows of a file say all that there is to say of a record."""
    columns = {column.member for column in file.columns}
    return file.resource.schema.members.keys() - {"metadata"} <= columns


def replaced(file: File, values: Values) -> Change:
    """Return the change that a row of a file of records makes: what the file has no column for stays as it was."""
    columns = {column.member for column in file.columns if not column.is_withdrawn} | {"metadata"}

    def change(body: Body) -> dict[str, Any]:
        return {member: value for member, value in body.items() if member not in columns} | values

    return change


def remade(file: JoinedFile, rows: list[Values]) -> Change:
    """Return the change that a bulk file makes of a record that is in no file of the same set."""

    def change(body: Body) -> dict[str, Any]:
        return _with(file, body, joins.folded(file, rows))

    return change


def amended(file: JoinedFile, row: Values) -> Change:
    """Return the change that a delta row of a joined file makes: a part put in, replaced or taken out."""

    def change(body: Body) -> dict[str, Any]:
        is_gone = row.get("status") == "tobedeleted"
        before = body.get(file.join.member)
        return _with(file, body, _AMENDED[file.join.kind](file, before, row, [] if is_gone else [row]))

    return change


def _with(file: JoinedFile, body: Body, value: Any) -> dict[str, Any]:
    rest = {member: other for member, other in body.items() if member != file.join.member}
    return {**rest, file.join.member: value} if value else rest


def _reference(file: JoinedFile, before: Any, row: Values, kept: list[Values]) -> Any:
    if kept:
        return joins.item(file, row)
    return None if before == joins.item(file, row) else before


def _references(file: JoinedFile, before: Any, row: Values, kept: list[Values]) -> list[Any]:
    reference = joins.item(file, row)
    if kept and reference in (before or []):
        return [*before]
    return [one for one in before or [] if one != reference] + [reference for _ in kept]


def _parts(file: JoinedFile, before: Any, row: Values, kept: list[Values]) -> list[Any]:
    new = joins.item(file, row)
    others = [*(before or [])]
    places = [number for number, one in enumerate(others) if _is_same(file, one, new)]
    at = places[0] if places else len(others)
    for number in reversed(places):
        del others[number]
    return [*others[:at], *(new for _ in kept), *others[at:]]


def _is_same(file: JoinedFile, one: Body, new: Body) -> bool:
    """Tell whether two parts are the same one; an org of a user has one primary role, so a new one replaces it."""
    if all(one.get(member) == new.get(member) for member in _KEYS[file.name]):
        return True
    both = (one.get("roleType"), new.get("roleType"))
    return file.name == "roles" and both == ("primary", "primary") and one.get("org") == new.get("org")


def _sets(file: JoinedFile, before: Any, row: Values, kept: list[Values]) -> list[Any]:
    """Return the sets with the objective of a row put in or taken out."""
    source = row.get("source", "")
    found: list[Any] = []
    new = {one["source"]: one for one in joins.folded(file, kept)}
    for one in before or []:
        whole = {**one}
        for member, items in one.items():
            if member != "source" and one.get("source") == source:
                left = [item for item in items if _objective(item) != row.get("learningObjectiveId")]
                whole[member] = left + new.pop(source, {}).get(member, [])
        if all(whole.values()):
            found.append(whole)
    return [*found, *new.values()]


def _objective(item: Any) -> Any:
    return item.get("learningObjectiveId") if isinstance(item, Mapping) else item


_AMENDED: Mapping[str, Callable[[JoinedFile, Any, Values, list[Values]], Any]] = {
    "reference": _reference,
    "references": _references,
    "parts": _parts,
    "sets": _sets,
}
"""By kind of join: returns the new value of the member from the old one, a row, and the row unless it is deleted."""
