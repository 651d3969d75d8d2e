"""The models of roster events and of passing days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from mockroster.http.admin.fields import FreeForm, Model, Parsed, Text, integer, string, whole_number
from mockroster.timeline.limits import MOST_DAYS

MOST_OCCURRENCES = 1000
"""The most occurrences of one request."""


def _date(value: str) -> date:
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise ValueError("a date such as 2026-09-14") from None
    if not 1900 <= found.year <= 2200:
        raise ValueError("a date from 1900 to 2200")
    return found


class EventParameter(Model):
    """A parameter of an event."""

    name = string()
    type = string()
    default = fields.Raw(required=True)
    help = string()
    values = fields.List(fields.String())


class EventRow(Model):
    """An event of the catalogue."""

    name = string()
    description = string()
    parameters = fields.List(fields.Nested(EventParameter), required=True)
    source = string()


class EventCatalogue(Model):
    """The plan of the server, and the catalogue."""

    calendar = string()
    rates = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    events = fields.List(fields.Nested(EventRow), required=True)


class EventRequest(FreeForm):
    """An event, how often it happens, and its parameters."""

    event = Text("the name of the event", required=True)
    count = whole_number(1, MOST_OCCURRENCES, "how often it happens", load_default=1)


class RecordKey(Model):
    """A changed record."""

    collection = string()
    sourcedId = string()


class Occurred(Model):
    """One occurrence, with all records that it changed."""

    event = string()
    at = string(metadata={"format": "date-time"})
    records = fields.List(fields.Nested(RecordKey), required=True)


class Occurrences(Model):
    """The events that happened, and the revision after them."""

    revision = integer()
    events = fields.List(fields.Nested(Occurred), required=True)


class DaysRequest(Model):
    """Either a number of days, or the last of them."""

    days = whole_number(1, MOST_DAYS, "the number of days that pass")
    to = Parsed(_date, "the last day that passes", {"type": "string", "format": "date", "examples": ["2026-09-14"]})

    @validates_schema
    def check_one(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse none and both."""
        if len(data) != 1:
            raise ValidationError('give either {"days": 30} or {"to": "2026-09-14"}')


class DaysPassed(Model):
    """The days that passed, with the number of occurrences of each event, and the URL of their changes."""

    from_ = fields.String(required=True, data_key="from", metadata={"format": "date"})
    to = string(metadata={"format": "date"})
    revision = integer()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    changes = string(metadata={"format": "uri"})
