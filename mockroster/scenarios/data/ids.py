"""Scenarios with duplicate, changed or unusual sourcedIds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from mockroster.roster.record import Record
from mockroster.scenarios.base import DataScenario, Tables, parameter
from mockroster.scenarios.data.people import has_role
from mockroster.scenarios.rng import Rng
from mockroster.scenarios.rows import Renaming, pick_share, rename_ids, with_members
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
        different = {}
        for collection, records in tables.items():
            own: Renaming = ("sourcedId", names[collection], None)
            others = [(ref.member, names[ref.collection], ref.inside) for ref in NEUTRAL[collection].references]
            if records:
                different[collection] = [rename_ids(record, (own, *others)) for record in records]
        return different


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
