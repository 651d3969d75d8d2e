"""Scenarios about the format of single values: booleans, dates, references, enumerations, numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from mockroster.errors import ConfigurationError, nearest
from mockroster.scenarios.base import parameter
from mockroster.scenarios.reads import Document, MemberScenario, Read, RecordScenario
from mockroster.standard.fields import (
    Date,
    JsonBoolean,
    Member,
    Number,
    Ref,
    Text,
    Timestamp,
    Vocabulary,
    Year,
    read_moment,
)

FOREIGN = "https://oneroster.invalid"
"""The host of foreign references. It cannot exist (RFC 2606)."""


@dataclass(frozen=True)
class StringBooleans(MemberScenario):
    """Booleans are strings: ``"true"`` and ``"false"``, which is truthy in many languages.

    This is the format of 1.2; ``style=title`` writes ``"True"`` and ``"False"`` in both versions.

    Source: row 57 of the quirks table.
    """

    name = "string-booleans"
    style: str = parameter("lower", 'spelling: "true" or "True"', words=("lower", "title"))
    members: tuple[str, ...] = parameter((), "the members to change; all by default")

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Convert a boolean to a string."""
        if not isinstance(field, JsonBoolean) or not isinstance(value, bool | str):
            return value
        if self.members and name not in self.members:
            return value
        text = str(value).lower()
        return text.title() if self.style == "title" else text


@dataclass(frozen=True)
class JsonBooleans(MemberScenario):
    """Booleans are JSON true and false, also in 1.2, which requires strings.

    Source: row 57 of the quirks table.
    """

    name = "json-booleans"

    def value(self, field: Member, value: Any) -> Any:
        """Convert a string to a boolean."""
        if not isinstance(field, JsonBoolean) or not isinstance(value, str):
            return value
        return {"true": True, "false": False}.get(value.lower(), value)


@dataclass(frozen=True)
class BlankText(MemberScenario):
    """Some text members are empty strings: ``"password": ""``.

    Source: row 151 of the quirks table.
    """

    name = "blank-text"
    members: tuple[str, ...] = parameter(("password",), "the members to change")

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Replace or add the text members."""
        return "" if name in self.members and isinstance(field, Text) else value


@dataclass(frozen=True)
class NumericSchoolYear(MemberScenario):
    """``schoolYear`` of an academic session is a number, not a string.

    Source: row 58 of the quirks table.
    """

    name = "numeric-school-year"

    def value(self, field: Member, value: Any) -> Any:
        """Convert a year to a number."""
        return int(value) if isinstance(field, Year) and isinstance(value, str) and value.isdecimal() else value


@dataclass(frozen=True)
class ScoresAsStrings(MemberScenario):
    """``score`` is a string, not a number.

    Source: row 69 of the quirks table.
    """

    name = "scores-as-strings"

    def value(self, field: Member, value: Any) -> Any:
        """Convert a score to a string."""
        is_score = isinstance(field, Number) and field.name == "score"
        return str(value) if is_score and isinstance(value, int | float) else value


@dataclass(frozen=True)
class OddHref(MemberScenario):
    """The href of a reference is unusable; its sourcedId and type are correct.

    ``tilde``: it starts with ``~`` instead of the server; ``relative``: it is only ``/orgs/…``; ``foreign``: it has a
    host that does not exist; ``none``: it is missing.

    Source: row 63 of the quirks table.
    """

    name = "odd-href"
    style: str = parameter("tilde", "form of the href", words=("tilde", "relative", "foreign", "none"))

    def value(self, field: Member, value: Any) -> Any:
        """Replace the href of a reference."""
        if not isinstance(field, Ref) or not isinstance(value, dict) or not {"href", "sourcedId"} <= value.keys():
            return value
        if self.style == "none":
            return {name: item for name, item in value.items() if name != "href"}
        path = field.path(str(value["sourcedId"]))
        if self.style == "relative":
            return value | {"href": "/" + "/".join(path.split("/")[-2:])}
        return value | {"href": ("~" if self.style == "tilde" else FOREIGN) + path}


@dataclass(frozen=True)
class OddDates(MemberScenario):
    """Dates and times have another format than that of the standard.

    ``no-ms``: without milliseconds; ``offset``: in local time, with its offset from UTC; ``zone``: the same, with the
    offset of a time zone, which differs in summer; ``local``: in local time, without a zone; ``date-only``: without a
    time; ``space``: ``2026-01-15 08:00:00Z``; ``js``: that of a JavaScript Date. The last two apply to plain dates too.

    Source: rows 68 and 144 of the quirks table.
    """

    name = "odd-dates"
    style: str = parameter("no-ms", "format", words=("no-ms", "offset", "zone", "local", "date-only", "space", "js"))
    hours: int = parameter(-6, "offset of local time from UTC in hours; 0 is written as +00:00", least=-12, most=14)
    zone: str = parameter("America/Denver", "time zone of the style zone; in a base URL write ~ for a slash")

    def __post_init__(self) -> None:
        """Refuse an unknown time zone."""
        if self.zone not in available_timezones():
            suggestion = nearest(self.zone, available_timezones())
            raise ConfigurationError(f"odd-dates:zone: there is no time zone {self.zone[:80]!r}{suggestion}")

    def value(self, field: Member, value: Any) -> Any:
        """Format a timestamp, or a date."""
        plain = isinstance(field, Date) and self.style in {"space", "js"}
        moment = read_moment(value) if isinstance(field, Timestamp) or plain else None
        return value if moment is None else _format_moment(moment, self.style, self._zone())

    def _zone(self) -> tzinfo:
        return ZoneInfo(self.zone) if self.style == "zone" else timezone(timedelta(hours=self.hours))


@dataclass(frozen=True)
class UpperCaseVocabulary(MemberScenario):
    """Enumeration values are in upper case: ``STUDENT``, ``ACTIVE``, ``FULLY GRADED``.

    Source: row 64 of the quirks table.
    """

    name = "upper-case-vocabulary"

    def value(self, field: Member, value: Any) -> Any:
        """Convert an enumeration value to upper case."""
        return value.upper() if isinstance(field, Vocabulary) and isinstance(value, str) else value


@dataclass(frozen=True)
class LegacyInactiveStatus(MemberScenario):
    """The status ``tobedeleted`` is written ``inactive``, as in OneRoster 1.0, or ``toBeDeleted``.

    Source: row 64 of the quirks table.
    """

    name = "legacy-inactive-status"
    word: str = parameter("inactive", "the written status", words=("inactive", "toBeDeleted"))

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Replace the status."""
        return self.word if name == "status" and value == "tobedeleted" else value


def _format_moment(moment: datetime, style: str, zone: tzinfo) -> str:
    """Format a moment in one of the styles."""
    if style in {"no-ms", "space"}:
        separator = " " if style == "space" else "T"
        return moment.replace(tzinfo=None).isoformat(separator, timespec="seconds") + "Z"
    if style == "js":
        return f"{moment:%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)"
    if style == "date-only":
        return moment.date().isoformat()
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        local = moment.astimezone(UTC)
    return (local if style in {"offset", "zone"} else local.replace(tzinfo=None)).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class OddOrgType(RecordScenario):
    """The type of every school is a word that the standard does not have. ``/schools`` still lists the schools.

    Source: row 66 of the quirks table.
    """

    name = "odd-org-type"
    word: str = parameter("departments", "the type of schools")

    def record(self, read: Read, record: Document) -> Document:
        """Replace the type of a school."""
        is_school = read.operation.resource.collection == "orgs" and record.get("type") == "school"
        return record | {"type": self.word} if is_school else record
