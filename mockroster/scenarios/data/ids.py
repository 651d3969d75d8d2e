"""Scenarios with duplicate, changed or unusual sourcedIds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from zlib import crc32

from mockroster.roster.record import Record
from mockroster.scenarios.base import DataScenario, Tables, parameter
from mockroster.scenarios.data.people import has_role, is_student
from mockroster.scenarios.rng import Rng
from mockroster.scenarios.rows import Renaming, pick_share, rename_ids, unknown_id, with_members
from mockroster.standard.neutral import NEUTRAL


@dataclass(frozen=True)
class DuplicateIds(DataScenario):
    """A share of the teachers and classes appears twice with the same sourcedId; `X-Total-Count` counts both rows.

    The rows of a teacher are for two schools, those of a class for two school years.

    Source: row 115 of the quirks table.
    """

    name = "duplicate-ids"
    share: float = parameter(0.1, "share of the teachers and of the classes; at least one of each", least=0, most=1)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Add a second row after the first."""
        schools = [org["sourcedId"] for org in tables["orgs"] if (org["type"], org["status"]) == ("school", "active")]
        teachers = pick_share((record for record in tables["users"] if has_role(record, "teacher")), self.share, rng)
        classes = pick_share(tables["classes"], self.share, rng)
        years = _SessionsByYear(tables["academicSessions"])
        different = {
            "users": [
                row
                for user in tables["users"]
                for row in (_by_school(user, schools) if user["sourcedId"] in teachers else (user,))
            ],
            "classes": [
                row
                for class_ in tables["classes"]
                for row in ((class_, years.move(class_)) if class_["sourcedId"] in classes else (class_,))
            ],
        }
        return {name: records for name, records in different.items() if len(records) > len(tables[name])}


def _by_school(teacher: Record, schools: Sequence[str]) -> tuple[Record, Record]:
    """Return two rows of a teacher, for two schools. A teacher of one school gets the next school as well."""
    roles = teacher["roles"]
    home = teacher.get("primaryOrg", roles[0].get("org"))
    second_roles = [role for role in roles if role.get("org") in schools and role["org"] != home]
    first_roles = [role for role in roles if role not in second_roles] or roles
    if not second_roles and schools:
        next_school = schools[(schools.index(home) + 1) % len(schools)] if home in schools else schools[0]
        second_roles = [{"roleType": "primary", "role": "teacher", "org": next_school}]
    second = {"roles": second_roles, "primaryOrg": second_roles[0]["org"]} if second_roles else {}
    return with_members(teacher, {"roles": first_roles}), with_members(teacher, second)


class _SessionsByYear:
    """The sessions by type and school year."""

    def __init__(self, sessions: Sequence[Record]) -> None:
        self.known = {session["sourcedId"]: session for session in sessions}
        self.by_year: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for session in sessions:
            self.by_year[session["type"]].setdefault(session["schoolYear"], []).append(session["sourcedId"])

    def move(self, class_: Record) -> Record:
        """Return a copy of the class in the latest other school year, or an unchanged copy if there is none."""
        first = self.known.get(next(iter(class_.get("terms", ())), ""))
        if first is None:
            return with_members(class_, {})
        others = {year: terms for year, terms in self.by_year[first["type"]].items() if year != first["schoolYear"]}
        return with_members(class_, {"terms": others[max(others)]} if others else {})


@dataclass(frozen=True)
class HostileIds(DataScenario):
    """All sourcedIds, or a share, contain a blank, a slash or a percent sign. References and their hrefs match.

    A slash is accepted as ``%2F`` only. Only reads use these ids: writes use the original ids, and written records keep
    them.

    Source: row 60 of the quirks table.
    """

    name = "hostile-ids"
    kinds: tuple[str, ...] = parameter(
        ("slash", "blank", "edge", "percent"),
        "contents of the ids; edge is a blank at the end",
        words=("slash", "blank", "edge", "percent"),
    )
    share: float = parameter(1.0, "share of these ids, from 0 to 1", least=0, most=1)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Rename records and references. New ids depend on collection and old id only."""
        names = {
            collection: _Names(self.kinds, self.share, {record["sourcedId"] for record in records})
            for collection, records in tables.items()
        }
        return _rename_records(tables, names)


_HOSTILE = {"slash": "ID/{}", "blank": "ID {}", "edge": "{} ", "percent": "ID%20{}"}


class _Names(dict[str, str]):
    """The new ids of a collection by the old ones, computed at the first use. Unknown ids are unchanged."""

    def __init__(self, kinds: Sequence[str], share: float, known: Set[str]) -> None:
        super().__init__()
        self.kinds = kinds
        self.share = share
        self.known = known

    def __missing__(self, name: str) -> str:
        new = name
        number = crc32(name.encode("utf-8", "replace"))
        if self.kinds and name in self.known and number < self.share * 2**32:
            new = _HOSTILE[self.kinds[number % len(self.kinds)]].replace("{}", name)
        self[name] = new = new if len(new) <= 255 else name
        return new


@dataclass(frozen=True)
class OddIds(DataScenario):
    """sourcedIds are no UUIDs: they are numbers, names with a prefix such as ``TCH_``, or MD5 digests.

    References and their hrefs match. Only reads use these ids: writes use the original ids, and written records keep
    them.

    Source: row 59 of the quirks table.
    """

    name = "odd-ids"
    style: str = parameter("integer", "form of the ids", words=("integer", "prefixed", "md5"))

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Rename records and references. New ids depend on the old id and the kind of record only."""
        return _rename_all(tables, self._new_id)

    def _new_id(self, collection: str, record: Record) -> str:
        digest = md5(record["sourcedId"].encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
        if self.style == "md5":
            return digest
        number = int(digest[:12], 16)
        if self.style == "integer":
            return str(number)
        return f"{_prefix(collection, record)}_{number}"


def _prefix(collection: str, record: Record) -> str:
    if collection == "users" and has_role(record, "teacher"):
        return "TCH"
    return "STU" if collection == "users" and is_student(record) else collection[:3].upper()


@dataclass(frozen=True)
class ReissuedIds(DataScenario):
    """Every sourcedId is another one than without the scenario, as after a move to another version or product.

    Activate it between two runs of a sync. References and their hrefs match. Only reads use these ids: writes use the
    original ids, and written records keep them.

    Source: row 62 of the quirks table.
    """

    name = "reissued-ids"
    issue: int = parameter(2, "number of the issue; each number gives other ids", least=1, most=1_000_000)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Rename records and references."""
        return _rename_all(tables, lambda _, record: unknown_id("issue", str(self.issue), record["sourcedId"]))


@dataclass(frozen=True)
class DistrictIdChanges(DataScenario):
    """The sourcedId of a district is another one every few days, by the sandbox's clock. Other ids do not change.

    References of records that were not written match.

    Source: row 127 of the quirks table.
    """

    name = "district-id-changes"
    days: int = parameter(1, "days between two changes", least=1, most=36_500)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Rename the districts and the references to them."""
        period = str(today.toordinal() // self.days)

        def new_id(collection: str, record: Record) -> str:
            name: str = record["sourcedId"]
            is_district = collection == "orgs" and record["type"] == "district"
            return unknown_id("district", period, name) if is_district else name

        return _only_changed(tables, _rename_all(tables, new_id))


@dataclass(frozen=True)
class CollidingIds(DataScenario):
    """Some teachers have the sourcedId of a student: two people of ``/users`` share an id, and so do their enrollments.

    Source: row 61 of the quirks table.
    """

    name = "colliding-ids"
    share: float = parameter(0.1, "share of the teachers; at least one", least=0, most=1)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Give each picked teacher the id of a student, in the teacher's record and in all references to it."""
        users = [user for user in tables["users"] if user["status"] == "active"]
        teachers = pick_share((user for user in users if has_role(user, "teacher")), self.share, rng)
        students = [user["sourcedId"] for user in users if is_student(user) and user["sourcedId"] not in teachers]
        taken = dict(zip(sorted(teachers), sorted(students, key=rng.of), strict=False))
        if not taken:
            return {}
        renamed = _rename_all(tables, lambda _, record: taken.get(record["sourcedId"], record["sourcedId"]))
        return _only_changed(tables, renamed)


class _Renamed(dict[str, str]):
    """The new ids by the old ones. Unknown ids are unchanged."""

    def __missing__(self, name: str) -> str:
        return name


def _rename_all(tables: Tables, new_id: Callable[[str, Record], str]) -> Tables:
    """Return the collections with new ids and matching references. Demographics have the id of their user."""
    names: dict[str, Mapping[str, str]] = {
        collection: _Renamed({record["sourcedId"]: new_id(collection, record) for record in records})
        for collection, records in tables.items()
    }
    for collection in tables:
        for reference in NEUTRAL[collection].references:
            if reference.is_identity:
                names[collection] = names[reference.collection]
    return _rename_records(tables, names)


def _only_changed(tables: Tables, renamed: Tables) -> Tables:
    """Return the collections that differ, with the stored record in place of each equal copy."""
    kept = {
        name: [old if old == new else new for old, new in zip(tables[name], records, strict=True)]
        for name, records in renamed.items()
    }
    return {
        name: records
        for name, records in kept.items()
        if any(new is not old for new, old in zip(records, tables[name], strict=True))
    }


def _rename_records(tables: Tables, names: Mapping[str, Mapping[str, str]]) -> Tables:
    """Return the collections that have records, with ids and references renamed by collection."""
    different = {}
    for collection, records in tables.items():
        own: Renaming = ("sourcedId", names[collection], None)
        others = [(ref.member, names[ref.collection], ref.inside) for ref in NEUTRAL[collection].references]
        if records:
            different[collection] = [rename_ids(record, (own, *others)) for record in records]
    return different
