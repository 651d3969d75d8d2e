"""The marshmallow fields that the standard needs.

A schema *loads* what the standard writes and nothing else, and *dumps* a version-neutral value as the standard writes
it; so loading what was dumped is the check that every answer passes. What clients are known to send instead
(a bare id for a reference, a number as a string) is turned into the standard's form by ``accept`` before loading.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import quote

from marshmallow import RAISE, Schema, ValidationError, fields, missing, validate

from mockroster.clock import timestamp
from mockroster.errors import nearest
from mockroster.standard.vocabularies import STATUS

if TYPE_CHECKING:
    from mockroster.standard.model import Resource

ROOT = "http://root.invalid"
"""Stands in rendered references for the address under which the server was asked; see ``render``."""

_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,2})?")


class Member(fields.Field[Any]):
    """What the fields of this module share; as it stands, a member of any value."""

    def _check(self, value: Any) -> Any:
        """Return the neutral form of what the standard writes.

        Raises ``marshmallow.ValidationError`` for anything else.
        """
        return value

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return self._check(value)

    def accept(self, value: Any) -> Any:
        """Return ``value`` in the standard's form if it is in a form that clients are known to send."""
        return value


class Text(Member):
    """A string that says something: never empty, because an empty member is left out."""

    def __init__(self, *, most: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def _check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("must be a string")
        if not value:
            raise ValidationError("must not be empty")
        if self.most is not None and len(value) > self.most:
            raise ValidationError(f"must have at most {self.most} characters")
        return value

    def accept(self, value: Any) -> Any:
        """Return ``missing`` for an empty string and for null: the standard leaves such a member out."""
        return missing if value is None or value == "" else value


class Vocabulary(Text):
    """A string out of a closed enumeration."""

    extension: str | None = None
    """A pattern for words beside those of the enumeration."""

    def __init__(self, words: Collection[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = tuple(words)

    def _check(self, value: Any) -> str:
        text = super()._check(value)
        if text in self.words or (self.extension and re.fullmatch(self.extension, text, re.ASCII)):
            return text
        more = f", nor an extension ({self.extension})" if self.extension else nearest(text, self.words)
        raise ValidationError(f"{text[:80]!r} is not one of {', '.join(self.words)}{more}")


class OpenVocabulary(Vocabulary):
    """A string out of an enumeration that anybody may extend, with words that begin with ``ext:`` (1.2)."""

    def __init__(self, words: Collection[str], *, extension: str = r"ext:[a-zA-Z0-9._-]+", **kwargs: Any) -> None:
        super().__init__(words, **kwargs)
        self.extension = extension


class Uri(Text):
    """An absolute URI."""

    def _check(self, value: Any) -> str:
        text = super()._check(value)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+", text, re.ASCII):
            raise ValidationError(f"{text[:80]!r} is not an absolute URI")
        return text


class Timestamp(Text):
    """A DateTime: ``2026-01-15T08:00:00.000Z``, in UTC, always with three digits of milliseconds."""

    def _check(self, value: Any) -> str:
        text = super()._check(value)
        if not _TIMESTAMP.fullmatch(text) or read_moment(text) is None:
            raise ValidationError(f"{text[:80]!r} is not a date and time such as 2026-01-15T08:00:00.000Z")
        return text

    def accept(self, value: Any) -> Any:
        """Return any ISO 8601 date or date and time as a DateTime of the standard."""
        moment = read_moment(value)
        return super().accept(value) if moment is None else timestamp(moment)


class Date(Text):
    """A Date: ``2026-01-15``."""

    def _check(self, value: Any) -> str:
        text = super()._check(value)
        if not _DATE.fullmatch(text) or read_moment(text) is None:
            raise ValidationError(f"{text[:80]!r} is not a date such as 2026-01-15")
        return text

    def accept(self, value: Any) -> Any:
        """Return the date of a full timestamp: some clients send one for ``scoreDate``."""
        moment = read_moment(value)
        return super().accept(value) if moment is None else moment.date().isoformat()


class Year(Text):
    """A school year by the year in which it ends, as a string: ``"2026"``."""

    def _check(self, value: Any) -> str:
        text = super()._check(value)
        if not re.fullmatch(r"[0-9]{4}", text):
            raise ValidationError(f"{text[:80]!r} is not a year such as '2026'")
        return text


class Number(Member):
    """A JSON number, as it was written: 80 stays 80 and 80.5 stays 80.5."""

    def _check(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValidationError("must be a number")
        return value

    def accept(self, value: Any) -> Any:
        """Return the number that a string spells."""
        return read_number(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


class JsonBoolean(Member):
    """``true`` or ``false`` as JSON booleans, as the 1.1 documents of Kimono show them."""

    def _check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value

    def accept(self, value: Any) -> Any:
        """Return the boolean that the string ``"true"`` or ``"false"`` spells."""
        return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class TrueFalse(JsonBoolean):
    """``"true"`` or ``"false"`` as strings, as the 1.2 documents of 1EdTech have them."""

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return str(value).lower() if isinstance(value, bool) else value

    def _check(self, value: Any) -> bool:
        if not isinstance(value, str) or value not in {"true", "false"}:
            raise ValidationError("must be the string 'true' or 'false'")
        return value == "true"

    def accept(self, value: Any) -> Any:
        """Return the string that stands for a JSON boolean."""
        return self._serialize(value)


class Metadata(Member):
    """An object of the provider's own: any keys, any JSON of ``DEEPEST`` levels and ``MOST`` values at most."""

    DEEPEST = 100
    MOST = 10_000

    def _check(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("must be an object")
        if _has_more(value, self.MOST):
            raise ValidationError(f"must not hold more than {self.MOST:,} values")
        if _is_deeper(value, self.DEEPEST):
            raise ValidationError(f"must not be nested more than {self.DEEPEST} levels deep")
        return value


def _is_deeper(value: Any, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in inside if isinstance(item, dict | list))


def _has_more(value: Any, most: int) -> bool:
    """Tell whether there are more values in a value than so many; no more of them are looked at."""
    number, waiting = 0, [value]
    while waiting and number <= most:
        inside = waiting.pop()
        items = inside.values() if isinstance(inside, dict) else inside
        number += len(items)
        if number <= most:
            waiting += [item for item in items if isinstance(item, dict | list)]
    return number > most


class Ref(Member):
    """A GUIDRef. Neutral form: the bare sourcedId; in an answer: ``href``, ``sourcedId`` and ``type``.

    ``type_`` is the generic class name (``org``, ``user``, ``academicSession``); clients index by it.
    """

    also_called: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "user": ("student", "teacher"),
        "academicSession": ("term", "gradingPeriod", "semester", "schoolYear"),
        "org": ("school", "district", "department"),
    }
    """Narrower names that GUIDType permits in 1.1, or that clients use, for a type."""

    def __init__(self, type_: str, *, is_owner: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.type = type_
        self.is_owner = is_owner
        """Whether the record is a part of what it refers to, and goes where that goes."""

    def path(self, sourced_id: str) -> str:
        """Return the path of the record that is referred to, from the root of the server."""
        schema = cast("PartSchema", self.root)
        return f"{schema.referable[self.type].path}/{quote(sourced_id, safe='')}"

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, str):
            return value
        return {"href": ROOT + self.path(value), "sourcedId": value, "type": self.type}

    def _check(self, value: Any) -> str:
        if not isinstance(value, dict):
            raise ValidationError("must be a reference: an object with href, sourcedId and type")
        href, sourced_id, type_ = value.get("href"), value.get("sourcedId"), value.get("type")
        if sourced_id == "":
            raise ValidationError("must have a sourcedId that is not empty")
        if len(value) != 3 or not isinstance(href, str) or not isinstance(sourced_id, str):
            raise ValidationError("must have href, sourcedId and type and nothing else")
        if type_ != self.type:
            raise ValidationError(f"must have type {self.type!r}, not {str(type_)[:80]!r}")
        return sourced_id

    def accept(self, value: Any) -> Any:
        """Return a full reference for a bare sourcedId and for an object that has at least ``sourcedId``."""
        if isinstance(value, str) and value:
            return self._serialize(value)
        if isinstance(value, dict) and isinstance(value.get("sourcedId"), str):
            named = value.get("type")
            known = named is None or named == self.type or named in self.also_called.get(self.type, ())
            return value | {"href": value.get("href") or "", "type": self.type if known else named}
        return value


class Listed(fields.List[Any], Member):
    """An array with something in it, ``MOST`` items at most: an empty one is left out."""

    MOST = 10_000
    inner: Member

    def __init__(self, inner: Member, **kwargs: Any) -> None:
        super().__init__(inner, validate=validate.Length(min=1, error="must not be empty"), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, list) and len(value) > self.MOST:
            raise ValidationError(f"must not have more than {self.MOST:,} items")
        return super()._deserialize(value, *args, **kwargs)

    def accept(self, value: Any) -> Any:
        """Return the list with each item in the standard's form; ``missing`` for an empty one."""
        if value is None or value == []:
            return missing
        return [self.inner.accept(item) for item in value] if isinstance(value, list) else value


class Part(fields.Nested, Member):
    """An object inside a record, with a schema of its own."""

    schema: PartSchema

    def accept(self, value: Any) -> Any:
        """Return the object with each member in the standard's form."""
        return self.schema.accept(value) if isinstance(value, dict) else value


class PartSchema(Schema):
    """An object of the standard. Members that it does not name are refused."""

    class Meta:
        """Closed: the standard has ``metadata`` for everything else."""

        unknown = RAISE

    version: ClassVar[str]
    """The version of the standard that it is written in: ``v1p1``."""

    referable: ClassVar[Mapping[str, Resource]]
    """Every model of that version by the type that a reference to it has."""

    error_messages: ClassVar[dict[str, str]] = {  # type: ignore[misc]
        "unknown": "is not a member of this record; further data go into metadata",
        "type": "must be an object",
    }

    def accept(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the document in the standard's form where it is in a form that clients are known to send."""
        return {
            name: accepted
            for name, value in document.items()
            if (accepted := self.members[name].accept(value) if name in self.members else value) is not missing
        }

    @cached_property
    def members(self) -> Mapping[str, Member]:
        """The fields by the names that the standard gives them."""
        return {field.data_key or name: field for name, field in self.fields.items()}  # type: ignore[misc]


class RecordSchema(PartSchema):
    """What every record has (4.1): id, status, time of the last change, and room for the provider's own data."""

    instead: ClassVar[Mapping[str, str]] = {}
    """Members that are required unless another one is there."""

    sourcedId = Text(required=True, most=255)
    status = Vocabulary(STATUS, required=True)
    dateLastModified = Timestamp(required=True)
    metadata = Metadata()

    def load(self, data: Any, *, partial: Any = None, **kwargs: Any) -> Any:
        """Return the neutral members of a document. Raises ``marshmallow.ValidationError``."""
        return super().load(data, partial=self._optional(data, partial), **kwargs)

    def validate(self, data: Any, *, partial: Any = None, **kwargs: Any) -> Any:
        """Return what is wrong with a document."""
        return super().validate(data, partial=self._optional(data, partial), **kwargs)

    def _optional(self, data: Any, partial: Any) -> Any:
        """Return ``partial`` with the members in whose place another one is there."""
        found = [name for name, other in self.instead.items() if isinstance(data, Mapping) and other in data]
        return [*(partial or ()), *found] if found else partial


def read_moment(text: Any) -> datetime | None:
    """Return the moment that an ISO 8601 date, or date and time, names (UTC where it names no zone), or nothing."""
    if not isinstance(text, str) or not _DATE.match(text) or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_number(text: str) -> float | None:
    """Return the number that a string spells, as an ``int`` where it has no fraction, or nothing."""
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if set(text) & set(".eE") else int(text)
