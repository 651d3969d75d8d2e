"""The rows of CSV files that are parts of records: a row for each role of a user, each resource of a class, …."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from mockroster.errors import Unwritable
from mockroster.exporting.cells import GONE, Cells, profile, writer
from mockroster.exporting.selection import Selection, Shaped
from mockroster.exporting.shape import Lost
from mockroster.roster.store import values_of
from mockroster.standard.csv import REFERENCE, JoinedFile, objective_cell

_Values = dict[str, Any]
"""Values by column."""

INCOMPLETE = "without what CSV demands"
BEYOND = "more than there is a column for"

AS_URN = "as the URN of a UUID"

_KEY = ("orgSourcedId", "role", *REFERENCE.values(), "source", "learningObjectiveId")
"""The columns that tell the rows of a record from each other, in all files."""

_PROFILE = "userProfileSourcedId"
_OBJECTIVE = "learningObjectiveId"


class JoinedRows:
    """The rows of a file that is joined into the records of another one."""

    def __init__(self, file: JoinedFile, selection: Selection, lost: Lost) -> None:
        self.header: Cells = file.header
        self._file = file
        self._join = file.join
        self._owners = selection.kept.get(file.resource.collection, ())
        self._lost = lost
        self._writers = {column.name: writer(column, frozenset()) for column in file.columns}
        self._needed = {column.name for column in file.columns if column.need == "Y"}
        self._gone = dict(_gone(file, selection))
        self._places = {column.member: column.name for column in file.columns if column.field is not None}

    def __iter__(self) -> Iterator[Cells]:
        """Yield the rows record by record; what there is no place for is counted."""
        for _, shape in self._owners:
            owner = shape["sourcedId"]
            left_out = _incomplete_profiles(shape)
            made: Counter[str] = Counter()
            for values in self._parts(shape):
                if values.get(_PROFILE) in left_out:
                    del values[_PROFILE]
                    self._note(GONE)
                values[self._join.by] = owner
                values.setdefault("sourcedId", self._made_id(owner, values, made))
                if not self._needed <= values.keys():
                    self._note(INCOMPLETE)
                elif any(values[name] in gone for name, gone in self._gone.items()):
                    self._note(GONE)
                else:
                    yield [self._cell(values.get(name), name) for name in self.header]

    def _parts(self, shape: Shaped) -> Iterator[_Values]:
        """Yield what each row of a record says."""
        for part in values_of(shape.get(self._join.member)):
            if self._join.kind in {"reference", "references"}:
                yield {REFERENCE[self._join.member]: part}
            elif isinstance(part, dict):
                yield from self._of_set(part) if self._join.kind == "sets" else [self._of_object(part)]

    def _of_object(self, part: Mapping[str, Any]) -> _Values:
        """Return what the row of an object says: of a list in it, the first item."""
        values = {self._places[name]: value for name, value in part.items() if name in self._places}
        for name in part.keys() - self._places.keys():
            first, *more = values_of(part[name])
            inner = {f"{name}.{one}": value for one, value in first.items()} if isinstance(first, dict) else {}
            values |= {self._places[one]: value for one, value in inner.items() if one in self._places}
            if name != "profileId" and (more or not inner.keys() <= self._places.keys() or not inner):
                self._note(BEYOND)
        return values | self._profile(part)

    def _profile(self, part: Mapping[str, Any]) -> _Values:
        """Return the id of a user profile as CSV has it."""
        if "profileId" not in part:
            return {}
        try:
            return {"sourcedId": profile(part["profileId"])}
        except Unwritable as why:
            self._note(str(why))
            return {"sourcedId": why.cell}

    def _of_set(self, part: Mapping[str, Any]) -> Iterator[_Values]:
        """Yield what the rows of a set of learning objectives say: a row for each objective."""
        for name, items in part.items():
            for item in values_of(items) if isinstance(items, list) else ():
                inner = (
                    {f"{name}.{one}": value for one, value in item.items()} if isinstance(item, dict) else {name: item}
                )
                yield self._with_urn(
                    {"source": part.get("source")}
                    | {self._places[one]: value for one, value in inner.items() if one in self._places}
                )

    def _with_urn(self, values: _Values) -> _Values:
        """Return the values of a row with the id of its learning objective as CSV has it."""
        objective = values.get(_OBJECTIVE)
        cell = objective_cell(str(values["source"]), objective) if isinstance(objective, str) else objective
        if cell != objective:
            self._note(AS_URN)
        return {**values, _OBJECTIVE: cell}

    def _made_id(self, owner: str, values: _Values, made: Counter[str]) -> str:
        """Return the id of a row that the models have none for, the same as long as the row says the same.

        It does not depend on the rows before: what is read after another export is known by it.
        """
        key = "/".join(str(values.get(name)) for name in _KEY if name in values)
        made[key] += 1
        again = f"/{made[key]}" if made[key] > 1 else ""
        return str(uuid5(NAMESPACE_URL, f"mockroster/{self._file.name}/{owner}/{key}{again}"))

    def _cell(self, value: Any, name: str) -> str:
        if value is None:
            return ""
        try:
            return self._writers[name](value)
        except Unwritable as why:
            self._note(str(why))
            return why.cell

    def _note(self, why: str) -> None:
        self._lost[f"{self._file.resource.collection}.{self._join.member} ({why})"] += 1


def _incomplete_profiles(shape: Shaped) -> set[str]:
    """Return the user profiles that CSV cannot hold, because they have no credentials."""
    profiles = (one for one in values_of(shape.get("userProfiles")) if isinstance(one, dict))
    return {str(one.get("profileId")) for one in profiles if not one.get("credentials")}


def _gone(file: JoinedFile, selection: Selection) -> Iterator[tuple[str, set[str]]]:
    """Yield the columns of references whose targets are not all there, with those that are not."""
    columns = {column.member: column.name for column in file.columns}
    for reference in file.resource.references:
        if reference.member != file.join.member:
            continue
        column = REFERENCE[reference.member] if reference.inside is None else columns.get(reference.inside)
        if column is not None:
            yield column, selection.gone[reference.collection]
