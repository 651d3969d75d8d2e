"""The marshmallow fields that the standard needs.

A schema *loads* only documents in the form of the standard, and *dumps* version-neutral values in that form; so every
response is validated by loading it. Known deviations of clients (a bare id for a reference, a number as a string) are
converted to the standard's form by ``accept`` before loading.
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
"""Placeholder in rendered references for the address that the client used; see ``render``."""

_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,2})?")


class Member(fields.Field[Any]):
    """The base class of all fields; by itself it allows any value."""

    def _check(self, value: Any) -> Any:
        """Return the neutral form of a value in the standard's form.

        Raises ``marshmallow.ValidationError`` for other values.
        """
        return value

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return self._check(value)

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        """Return the neutral form of a value. Raises ``marshmallow.ValidationError``.

        Marshmallow also looks for hooks, which no field has, and makes a validator for each value.
        """
        if value is None or value is missing or self.validators:
            return super().deserialize(value, attr, data, **kwargs)
        return self._deserialize(value, attr, data, **kwargs)

    def accept(self, value: Any) -> Any:
        """Return a known deviation of clients in the standard's form, and other values unchanged."""
        return value


class Text(Member):
    """A non-empty string; an empty member is left out."""

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
    """A string from a closed enumeration."""

    extension: str | None = None
    """A pattern for additional values."""

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
    """A string from an enumeration that may be extended with values that begin with ``ext:`` (1.2)."""

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
    """A JSON number in its original form: 80 stays 80 and 80.5 stays 80.5."""

    def _check(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValidationError("must be a number")
        return value

    def accept(self, value: Any) -> Any:
        """Return the number in a string."""
        return read_number(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


class JsonBoolean(Member):
    """``true`` or ``false`` as JSON booleans, as in the 1.1 documents of Kimono."""

    def _check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value

    def accept(self, value: Any) -> Any:
        """Return the boolean for the string ``"true"`` or ``"false"``."""
        return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class TrueFalse(JsonBoolean):
    """``"true"`` or ``"false"`` as strings, as in the 1.2 documents of 1EdTech."""

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return str(value).lower() if isinstance(value, bool) else value

    def _check(self, value: Any) -> bool:
        if not isinstance(value, str) or value not in {"true", "false"}:
            raise ValidationError("must be the string 'true' or 'false'")
        return value == "true"

    def accept(self, value: Any) -> Any:
        """Return the string for a JSON boolean."""
        return self._serialize(value)


class Metadata(Member):
    """An object with any keys and values, at most ``DEEPEST`` levels deep and with at most ``MOST`` values."""

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
    """Return whether a value contains more than ``most`` values; the count stops there."""
    number, pending = 0, [value]
    while pending and number <= most:
        container = pending.pop()
        items = container.values() if isinstance(container, dict) else container
        number += len(items)
        if number <= most:
            pending += [item for item in items if isinstance(item, dict | list)]
    return number > most


class Ref(Member):
    """A GUIDRef. Its neutral form is the bare sourcedId; responses have ``href``, ``sourcedId`` and ``type``.

    ``type_`` is the generic class name (``org``, ``user``, ``academicSession``); clients use it as an index.
    """

    also_called: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "user": ("student", "teacher"),
        "academicSession": ("term", "gradingPeriod", "semester", "schoolYear"),
        "org": ("school", "district", "department"),
    }
    """Narrower names of a type that GUIDType permits in 1.1 or that clients use."""

    def __init__(self, type_: str, *, is_owner: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.type = type_
        self.is_owner = is_owner
        """Whether the target owns the record, so that both are deleted together."""

    def path(self, sourced_id: str) -> str:
        """Return the path of the target from the root of the server."""
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
        """Return a full reference for a bare sourcedId or an object with a ``sourcedId``."""
        if isinstance(value, str) and value:
            return self._serialize(value)
        if isinstance(value, dict) and isinstance(value.get("sourcedId"), str):
            named = value.get("type")
            known = named is None or named == self.type or named in self.also_called.get(self.type, ())
            return value | {"href": value.get("href") or "", "type": self.type if known else named}
        return value


class Listed(fields.List[Any], Member):
    """An array of 1 to ``MOST`` items; an empty one is left out."""

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
    """An object inside a record, with its own schema."""

    schema: PartSchema

    def accept(self, value: Any) -> Any:
        """Return the object with each member in the standard's form."""
        return self.schema.accept(value) if isinstance(value, dict) else value


class PartSchema(Schema):
    """An object of the standard. Unknown members are refused."""

    class Meta:
        """Closed: the standard has ``metadata`` for everything else."""

        unknown = RAISE

    version: ClassVar[str]
    """The version of the standard: ``v1p1``."""

    referable: ClassVar[Mapping[str, Resource]]
    """The models of that version by the type of references to them."""

    error_messages: ClassVar[dict[str, str]] = {  # type: ignore[misc]
        "unknown": "is not a member of this record; further data go into metadata",
        "type": "must be an object",
    }

    def accept(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the document with known deviations of clients in the standard's form."""
        return {
            name: accepted
            for name, value in document.items()
            if (accepted := self.members[name].accept(value) if name in self.members else value) is not missing
        }

    @cached_property
    def members(self) -> Mapping[str, Member]:
        """The fields by their names in the standard."""
        return {field.data_key or name: field for name, field in self.fields.items()}  # type: ignore[misc]

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(name for name, field in self.members.items() if field.required)

    def load(self, data: Any, *, partial: Any = None, **kwargs: Any) -> Any:
        """Return the neutral members of a document. Raises ``marshmallow.ValidationError``."""
        members = self._load_valid(data, partial)
        return super().load(data, partial=partial, **kwargs) if members is None else members

    def validate(self, data: Any, *, partial: Any = None, **kwargs: Any) -> Any:
        """Return the validation errors of a document."""
        return super().validate(data, partial=partial, **kwargs) if self._load_valid(data, partial) is None else {}

    def _load_valid(self, data: Any, partial: Any) -> dict[str, Any] | None:
        """Return the neutral members of a valid document, or ``None`` if marshmallow has to load it.

        Marshmallow prepares for errors at each member, which takes twice the time. The schemas have no hooks.
        """
        if not isinstance(data, Mapping) or not data.keys() <= self.members.keys():
            return None
        absent = self._required - data.keys()
        if absent and (partial is True or not absent <= set(partial or ())):
            return None
        try:
            return {name: field.deserialize(data[name]) for name, field in self.members.items() if name in data}
        except ValidationError:
            return None


class RecordSchema(PartSchema):
    """The members of every record (4.1): id, status, time of the last change, and the provider's metadata."""

    instead: ClassVar[Mapping[str, str]] = {}
    """Members that are required unless another member is present."""

    sourcedId = Text(required=True, most=255)
    status = Vocabulary(STATUS, required=True)
    dateLastModified = Timestamp(required=True)
    metadata = Metadata()

    def load(self, data: Any, *, partial: Any = None, **kwargs: Any) -> Any:
        """Return the neutral members of a document. Raises ``marshmallow.ValidationError``."""
        return super().load(data, partial=self._optional(data, partial), **kwargs)

    def validate(self, data: Any, *, partial: Any = None, **kwargs: Any) -> Any:
        """Return the validation errors of a document."""
        return super().validate(data, partial=self._optional(data, partial), **kwargs)

    def _optional(self, data: Any, partial: Any) -> Any:
        """Return ``partial`` extended by the members that another present member replaces."""
        replaced = [name for name, other in self.instead.items() if isinstance(data, Mapping) and other in data]
        return [*(partial or ()), *replaced] if replaced else partial


def read_moment(text: Any) -> datetime | None:
    """Parse an ISO 8601 date, or date and time (UTC without a zone); return ``None`` for other values."""
    if not isinstance(text, str) or not _DATE.match(text) or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_number(text: str) -> float | None:
    """Parse a number, as an ``int`` if it has no fraction; return ``None`` for other strings."""
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if set(text) & set(".eE") else int(text)
