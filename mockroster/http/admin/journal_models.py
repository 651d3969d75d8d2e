"""The models of the journal's requests and answers on the switchboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from mockroster.http.admin.fields import Filter, Model, Seconds, integer, string, strings, text_map
from mockroster.sandbox.journal_view import is_status
from mockroster.state.values import Limits

MOST_WAIT = 60.0
"""Seconds that a request may wait."""

_MOST_DIGITS = 15
_JOURNAL = Limits().journal


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ValidationError(f"{name}: {text[:80]!r} is not a whole number from 0 on")
    return int(text)


def _status(name: str, text: str) -> str:
    if not is_status(text):
        raise ValidationError(f"{name}: {text[:80]!r} is not a status such as 404")
    return text


def _number_to_wait_for(name: str, text: str) -> int:
    number = _whole_number(name, text)
    if number > _JOURNAL:
        raise ValidationError(f"{name}: {number} is more than the {_JOURNAL} requests that a sandbox holds")
    return number


class JournalFilters(Model):
    """The filters of the journal; a request matches all that are given."""

    kind_of_member = "a filter"

    method = Filter("the method")
    path = Filter("a whole path, a glob, or a suffix that begins with a slash and may be a glob, such as /users/*")
    status = Filter("the status of the answer", _status)
    operation = Filter("the name of an operation of the standard")
    query = Filter("part of the query string")
    header = Filter("the name of a header, or `name: part of the value`")
    client = Filter("the id of the client")
    after = Filter("a sequence: return later requests only, oldest first", _whole_number)


class JournalList(JournalFilters):
    """Filters and the number of requests to return."""

    limit = Filter("the most requests to return", _whole_number)


class JournalCount(JournalFilters):
    """Filters and a number of requests to wait for."""

    at_least = Filter("the number of requests to wait for; 1 by default", _number_to_wait_for)
    wait = Seconds("how long to wait, such as 5s; 60s at most", MOST_WAIT)

    @validates_schema
    def check_wait(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse a number to wait for without a time to wait."""
        if "at_least" in data and "wait" not in data:
            raise ValidationError('at_least needs wait, such as "wait": "5s"')


class JournalSearch(JournalCount):
    """Filters, a number of requests to wait for and the number to return."""

    limit = Filter("the most requests to return", _whole_number)


class RecordedResponse(Model):
    """The headers and the body of a recorded response."""

    headers = text_map()
    body = string()


class RecordedRequest(Model):
    """A request of the journal; members of the answer are null while it is under way."""

    sequence = integer()
    method = string()
    path = string()
    query = string()
    headers = text_map()
    body = string()
    status = integer(allow_none=True)
    ms = fields.Float(required=True, allow_none=True)
    operation = string(allow_none=True)
    client = string(allow_none=True)
    scenarios = strings()
    rows = integer(allow_none=True)
    response = fields.Nested(RecordedResponse, required=True, allow_none=True)
    outcome = string(allow_none=True)
    at = string(metadata={"format": "date-time"})
    notes = strings()


class Journal(Model):
    """Requests of the journal, and how many are no longer in it."""

    requests = fields.List(fields.Nested(RecordedRequest), required=True)
    dropped = integer()


class NearOperation(Model):
    """An operation with a path near the requested one."""

    operation = string()
    method = string()
    path = string()


class UnmatchedRequest(RecordedRequest):
    """A request for a path that nothing serves."""

    nearest = fields.List(fields.Nested(NearOperation), required=True)


class UnmatchedRequests(Model):
    """Requests for paths that nothing serves."""

    requests = fields.List(fields.Nested(UnmatchedRequest), required=True)
    dropped = integer()


class RequestCount(Model):
    """The number of requests that match."""

    count = integer()
