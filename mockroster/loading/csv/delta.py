"""What a delta set changes: records that are loaded already, and parts of them that other files make up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockroster.loading.csv import joins
from mockroster.loading.csv.table import Values
from mockroster.standard.csv import File, JoinedFile

Body = Mapping[str, Any]

Change = Callable[[Body], dict[str, Any]]

_KEYS: Mapping[str, tuple[str, ...]] = {"roles": ("org", "role"), "userProfiles": ("profileId",)}
"""By file: the members that tell which part of a record a row is about, where its sourcedId is not known."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a linking file as the sets so far have it."""

    values: Values
    is_gone: bool


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


def relinked(file: JoinedFile, before: Mapping[str, Row], sourced_id: str, row: Row) -> Change:
    """Return the change that a delta row of a linking file makes: a part put in, replaced or taken out.

    ``before`` are the rows that are known of the same record, by their sourcedIds. A record that is ``tobedeleted``
    keeps what the standard demands of every record: its roles may go with it, and it is still shown with them.
    """

    def change(body: Body) -> dict[str, Any]:
        member = file.join.member
        atoms = _atoms(file, body.get(member))
        left = _relinked(file, atoms, before, sourced_id, row)
        if not left and body.get("status") == "tobedeleted" and file.resource.schema.members[member].required:
            left = atoms or _atoms(file, joins.folded(file, [row.values]))
        return _with(file, body, _member(file, left))

    return change


def _with(file: JoinedFile, body: Body, value: Any) -> dict[str, Any]:
    rest = {member: other for member, other in body.items() if member != file.join.member}
    return {**rest, file.join.member: value} if value else rest


def _relinked(
    file: JoinedFile, atoms: Sequence[Any], before: Mapping[str, Row], sourced_id: str, row: Row
) -> list[Any]:
    """Return the parts of a record with that of a row put in, replaced or taken out."""
    own = _atom(file, row)
    if own is None:
        return [*atoms]
    new = [] if row.is_gone else [own]
    said = {name: _atom(file, one) for name, one in before.items()}
    left: list[Any] = []
    for atom in atoms:
        names = [name for name, other in said.items() if _is_equal(other, atom)]
        others = [name for name in names if name != sourced_id and not before[name].is_gone]
        if sourced_id not in before and _is_same(file, atom, own, is_known=bool(names), is_gone=row.is_gone):
            left += [one for one in new if one not in left]
        elif others or not names:
            left.append(atom)
        elif sourced_id in names:
            left += [one for one in new if one not in left]
    left += [one for one in new if not any(_is_equal(one, other) for other in left)]
    if not left and file.join.kind == "reference":
        left = [said[name] for name, one in before.items() if name != sourced_id and not one.is_gone][-1:]
    return left


def _is_equal(own: Any, atom: Any) -> bool:
    """Tell whether a part is what a row says; of a learning objective, whether it is that one."""
    if isinstance(own, Mapping):
        return isinstance(atom, Mapping) and all(atom.get(member) == value for member, value in own.items())
    return bool(own == atom)


def _is_same(file: JoinedFile, atom: Any, own: Any, *, is_known: bool, is_gone: bool) -> bool:
    """Tell whether a row that no set has had before is about a part.

    One that deletes is about any part that says the same; another one only about a part that no row is known for.
    """
    if is_known and not is_gone:
        return False
    if file.join.kind != "parts" or not isinstance(atom, Mapping):
        return _is_equal(own, atom)
    if all(atom.get(member) == own.get(member) for member in _KEYS[file.name]):
        return True
    # An org of a user has one primary role, so a new one replaces it.
    both = (atom.get("roleType"), own.get("roleType"))
    return not is_gone and file.name == "roles" and both == ("primary", "primary") and atom.get("org") == own.get("org")


@dataclass(frozen=True, slots=True)
class _Objective:
    """A learning objective of a record, known by its source and its id."""

    source: str
    sourced_id: Any
    member: str = field(compare=False)
    item: Any = field(compare=False)


def _atom(file: JoinedFile, row: Row) -> Any:
    """Return the part that a row says; nothing for one that lacks what it is about."""
    atoms = _atoms(file, joins.folded(file, [row.values]))
    return atoms[0] if atoms else None


def _atoms(file: JoinedFile, value: Any) -> list[Any]:
    """Return the parts of a member, each as one row says it."""
    if file.join.kind == "reference":
        return [] if value is None else [value]
    parts = [one for one in value if one is not None] if isinstance(value, list) else []
    if file.join.kind != "sets":
        return parts
    return [
        _Objective(one["source"], item.get("learningObjectiveId") if isinstance(item, Mapping) else item, member, item)
        for one in parts
        for member, items in one.items()
        if member != "source"
        for item in items
    ]


def _member(file: JoinedFile, atoms: Sequence[Any]) -> Any:
    """Return the member that parts make up, in their order; nothing where there are none."""
    if file.join.kind == "reference":
        return atoms[-1] if atoms else None
    if file.join.kind != "sets":
        return [*atoms]
    found: dict[str, dict[str, Any]] = {}
    for atom in atoms:
        found.setdefault(atom.source, {"source": atom.source}).setdefault(atom.member, []).append(atom.item)
    return [*found.values()]
