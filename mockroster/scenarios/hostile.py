"""Scenarios about text and ids that are hard to bear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from mockroster.roster.record import Record
from mockroster.scenarios.base import DataScenario, Tables, parameter
from mockroster.scenarios.people import has_role
from mockroster.scenarios.rng import Chance
from mockroster.scenarios.rows import Renaming, changed, picked, renamed
from mockroster.standard.neutral import NEUTRAL


@dataclass(frozen=True)
class DuplicateIds(DataScenario):
    """A share of the teachers and classes comes twice with the same sourcedId; both rows count in `X-Total-Count`.

    A teacher comes once for each of two schools, a class once for each of two school years.

    Source: row 115 of the quirks table.
    """

    name = "duplicate-ids"
    share: float = parameter(0.1, "share of the teachers and of the classes; at least one of each", least=0, most=1)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Put a second row behind the first."""
        schools = [one["sourcedId"] for one in tables["orgs"] if (one["type"], one["status"]) == ("school", "active")]
        teachers = picked((one for one in tables["users"] if has_role(one, "teacher")), self.share, chance)
        classes = picked(tables["classes"], self.share, chance)
        years = _YearsOf(tables["academicSessions"])
        different = {
            "users": [
                row
                for one in tables["users"]
                for row in (_by_school(one, schools) if one["sourcedId"] in teachers else (one,))
            ],
            "classes": [
                row
                for one in tables["classes"]
                for row in ((one, years.other(one)) if one["sourcedId"] in classes else (one,))
            ],
        }
        return {name: records for name, records in different.items() if len(records) > len(tables[name])}


def _by_school(teacher: Record, schools: Sequence[str]) -> tuple[Record, Record]:
    """Return a teacher as a row for each of two schools; one who has only one gets the next as well."""
    roles = teacher["roles"]
    home = teacher.get("primaryOrg", roles[0].get("org"))
    there = [role for role in roles if role.get("org") in schools and role["org"] != home]
    here = [role for role in roles if role not in there] or roles
    if not there and schools:
        after = schools[(schools.index(home) + 1) % len(schools)] if home in schools else schools[0]
        there = [{"roleType": "primary", "role": "teacher", "org": after}]
    second = {"roles": there, "primaryOrg": there[0]["org"]} if there else {}
    return changed(teacher, {"roles": here}), changed(teacher, second)


class _YearsOf:
    """The sessions by kind and school year."""

    def __init__(self, sessions: Sequence[Record]) -> None:
        self.known = {session["sourcedId"]: session for session in sessions}
        self.by_year: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for session in sessions:
            self.by_year[session["type"]].setdefault(session["schoolYear"], []).append(session["sourcedId"])

    def other(self, class_: Record) -> Record:
        """Return a class as it is offered in another school year, or again as it is where there is no other."""
        first = self.known.get(next(iter(class_.get("terms", ())), ""))
        if first is None:
            return changed(class_, {})
        others = {year: terms for year, terms in self.by_year[first["type"]].items() if year != first["schoolYear"]}
        return changed(class_, {"terms": others[max(others)]} if others else {})


@dataclass(frozen=True)
class HostileText(DataScenario):
    """Names, titles and codes are valid and hard to bear.

    They hold right-to-left text, combining marks, emoji, quotes, markup, punctuation that file systems refuse or a
    spreadsheet formula, or are very long; none holds a control character.

    Source: row 126 of the quirks table, for the punctuation and the length; the others after it.
    """

    name = "hostile-text"
    kinds: tuple[str, ...] = parameter(
        ("rtl", "combining", "emoji", "quotes", "markup", "punctuation", "formula", "long"),
        "which texts",
        words=("rtl", "combining", "emoji", "quotes", "markup", "punctuation", "formula", "long"),
    )
    share: float = parameter(0.5, "share of the records of each collection; at least one", least=0, most=1)
    length: int = parameter(300, "characters of a long text", least=51, most=100_000)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Wrap what the records say, so that they can still be told apart."""
        different = {}
        for collection, names in _TEXT.items():
            having = [one for one in tables[collection] if any(name in one for name in names)]
            chosen = picked(having, self.share, chance)
            if chosen:
                different[collection] = [
                    self._hostile(one, names, chance) if one["sourcedId"] in chosen else one
                    for one in tables[collection]
                ]
        return different

    def _hostile(self, record: Record, names: Sequence[str], chance: Chance) -> Record:
        kind = self.kinds[int(chance.of(f"{record['sourcedId']} text") * len(self.kinds))]
        return changed(record, {name: self._text(kind, record[name]) for name in names if name in record})

    def _text(self, kind: str, text: str) -> str:
        if kind == "long":
            return (f"{text} " * (self.length // (len(text) + 1) + 1))[: self.length - 1] + "."
        return _WRAPPED[kind].replace("{}", text)


_TEXT: Mapping[str, Sequence[str]] = {
    "orgs": ("name",),
    "academicSessions": ("title",),
    "courses": ("title", "courseCode"),
    "classes": ("title", "classCode", "location"),
    "users": (
        "givenName",
        "familyName",
        "middleName",
        "preferredFirstName",
        "preferredMiddleName",
        "preferredLastName",
    ),
    "resources": ("title",),
    "categories": ("title",),
    "lineItems": ("title", "description"),
    "results": ("comment",),
    "assessmentLineItems": ("title", "description"),
}
"""By collection: the members that a person writes."""

_WRAPPED: Mapping[str, str] = {
    "rtl": "\u0645\u062f\u0631\u0633\u0629 {} \u05e9\u05dc\u05d5\u05dd",
    "combining": "Z\u0351\u036b\u0343a\u0301 {} e\u0308\u0323o\u0302",
    "emoji": "\U0001f469\u200d\U0001f3eb {} \U0001f1e9\U0001f1ea\U0001f44d\U0001f3fd",
    "quotes": "O'{} \"'' `{}` \u201c\u2019 '; --",
    "markup": "<b>{}</b> &amp; <script>alert(1)</script> ]]>",
    "punctuation": "{} ` \\ : * ? \" < > | ' # , % & / ..",
    "formula": '=HYPERLINK("http://example.com","{}")',
}
"""By kind: a text, with ``{}`` for the one that it takes the place of."""


@dataclass(frozen=True)
class HostileIds(DataScenario):
    """Every sourcedId, or a share, holds a blank, a slash or a percent sign; references follow, escaped in their href.

    A slash is found as ``%2F`` only. All this is for reads: writes know nothing but the true ids, and what was written
    keeps them.

    Source: row 60 of the quirks table.
    """

    name = "hostile-ids"
    kinds: tuple[str, ...] = parameter(
        ("slash", "blank", "edge", "percent"),
        "what the ids hold; edge is a blank at the end",
        words=("slash", "blank", "edge", "percent"),
    )
    share: float = parameter(1.0, "share of the ids that are so, from 0 to 1", least=0, most=1)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Rename, by nothing but collection and old id."""
        names = {
            collection: _Names(self.kinds, self.share, {record["sourcedId"] for record in records})
            for collection, records in tables.items()
        }
        different = {}
        for collection, records in tables.items():
            own: Renaming = ("sourcedId", names[collection], None)
            others = [(ref.member, names[ref.collection], ref.inside) for ref in NEUTRAL[collection].references]
            if records:
                different[collection] = [renamed(one, (own, *others)) for one in records]
        return different


_HOSTILE = {"slash": "ID/{}", "blank": "ID {}", "edge": "{} ", "percent": "ID%20{}"}


class _Names(dict[str, str]):
    """The new ids of one collection by the old, made when they are asked for; an id that nobody has stays."""

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
