"""The models of requests and answers of the switchboard: what ``route`` validates and ``/openapi/admin.json`` shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from marshmallow import RAISE, ValidationError, fields, validates_schema

from mockroster.fixtures.write.export import DEFAULT_VERSION, FORMATS
from mockroster.fixtures.write.export import VERSIONS as EXPORT_VERSIONS
from mockroster.http.admin.fields import (
    Clients,
    Filter,
    FixtureDocument,
    FreeForm,
    Model,
    Parsed,
    ScenarioSpecs,
    Seconds,
    Text,
    choice,
    timestamp,
    whole_number,
)
from mockroster.settings import PROFILES, moment, parser, whole
from mockroster.standard.versions import BINDINGS, SERVICES, VERSIONS
from mockroster.state.values import Limits

MOST_WAIT = 60.0
"""Seconds that a request may wait."""

MOST_CHANGES = 10_000
"""Changes of one answer, unless a single batch has more."""

_MOST_DIGITS = 15
_JOURNAL = Limits().journal


def _string(**options: Any) -> fields.String:
    return fields.String(required=True, **options)


def _integer(**options: Any) -> fields.Integer:
    return fields.Integer(required=True, **options)


def _strings() -> fields.List[Any]:
    return fields.List(fields.String(), required=True)


def _object(**options: Any) -> fields.Dict:
    return fields.Dict(required=True, **options)


def _counts() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


def _version(description: str, **options: Any) -> Parsed:
    return choice(description, *BINDINGS, **options)


class Parameters(Model):
    """The base of query parameters."""

    kind_of_member = "a parameter"


# Health and clock.


class Health(Model):
    """The state of a sandbox at a glance."""

    status = _string()
    version = _string()
    sandbox = _string()
    seed = _integer(allow_none=True)
    clock = _string(metadata={"format": "date-time"})
    counts = _counts()
    scenarios = _strings()


class Clock(Model):
    """The time of a sandbox."""

    now = _string(metadata={"format": "date-time"})


class ClockChange(Model):
    """Either a new time, or a duration by which the clock moves."""

    now = timestamp("the new time")
    advance = Parsed(str, "a duration such as P1D, PT90M or 5s; a negative one moves the clock back")

    @validates_schema
    def check_one(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse none and both."""
        if len(data) != 1:
            raise ValidationError('give either {"now": "2026-01-15T08:00:00Z"} or {"advance": "P1D"}')


# Scenarios.


class ScenarioChoice(Model):
    """The scenarios to activate."""

    active = ScenarioSpecs("scenarios in the order in which they act", required=True)


class ScenarioParameter(Model):
    """A parameter of a scenario."""

    name = _string()
    type = _string()
    default = fields.Raw(required=True)
    help = _string()
    values = fields.List(fields.String())


class ScenarioRow(Model):
    """A scenario of the catalogue."""

    name = _string()
    description = _string()
    kind = _string()
    parameters = fields.List(fields.Nested(ScenarioParameter), required=True)
    source = _string()


class ActiveScenarios(Model):
    """The active scenarios and the catalogue."""

    active = _strings()
    scenarios = fields.List(fields.Nested(ScenarioRow), required=True)


# Sandboxes.


class NewSandbox(Model):
    """The content of a sandbox; a member that is left out is as in ``default`` at start."""

    name = Text("1 to 64 of A-Z a-z 0-9 . _ -; a free name where none is given")
    seed = Parsed(parser("seed"), "seed of the generated district", {"type": ["integer", "string"]})
    students = Parsed(parser("students"), "active students of the district", {"type": ["integer", "string"]})
    profile = choice("what is generated", *PROFILES)
    fixtures = FixtureDocument("fixtures in place of a generated district")
    scenarios = ScenarioSpecs("scenarios that are active from the start")
    clients = Clients("clients by id, pairs of id and secret, or ID:SECRET")


class SandboxCard(Model):
    """The addresses and the first client of a sandbox, all that a client needs."""

    class Meta:
        """Add the base URL of each service of the standard."""

        unknown = RAISE
        include: ClassVar[dict[str, Any]] = {
            f"base_url_{service.name}": fields.String(required=True) for service in SERVICES
        }

    name = _string()
    url = _string()
    token_url = _string()
    client_id = _string()
    client_secret = _string()


class SandboxRow(SandboxCard):
    """A sandbox of the server."""

    seed = _integer(allow_none=True)
    scenarios = _strings()
    counts = _counts()


class SandboxList(Model):
    """All sandboxes."""

    sandboxes = fields.List(fields.Nested(SandboxRow), required=True)


# Journal.


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ValidationError(f"{name}: {text[:80]!r} is not a whole number from 0 on")
    return int(text)


def _number_to_wait_for(name: str, text: str) -> int:
    number = _whole_number(name, text)
    if number > _JOURNAL:
        raise ValidationError(f"{name}: {number} is more than the {_JOURNAL} requests that a sandbox holds")
    return number


class JournalFilters(Model):
    """The filters of the journal; a request matches all that are given."""

    kind_of_member = "a filter"

    method = Filter("the method")
    path = Filter("a whole path, a glob, or a suffix that begins with a slash")
    status = Filter("the status of the answer")
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

    headers = _object(keys=fields.String(), values=fields.String())
    body = _string()


class RecordedRequest(Model):
    """A request of the journal; members of the answer are null while it is under way."""

    sequence = _integer()
    method = _string()
    path = _string()
    query = _string()
    headers = _object(keys=fields.String(), values=fields.String())
    body = _string()
    status = _integer(allow_none=True)
    ms = fields.Float(required=True, allow_none=True)
    operation = _string(allow_none=True)
    client = _string(allow_none=True)
    scenarios = _strings()
    rows = _integer(allow_none=True)
    response = fields.Nested(RecordedResponse, required=True, allow_none=True)
    outcome = _string(allow_none=True)
    at = _string(metadata={"format": "date-time"})
    notes = _strings()


class Journal(Model):
    """Requests of the journal, and how many are no longer in it."""

    requests = fields.List(fields.Nested(RecordedRequest), required=True)
    dropped = _integer()


class NearOperation(Model):
    """An operation with a path near the requested one."""

    operation = _string()
    method = _string()
    path = _string()


class UnmatchedRequest(RecordedRequest):
    """A request for a path that nothing serves."""

    nearest = fields.List(fields.Nested(NearOperation), required=True)


class UnmatchedRequests(Model):
    """Requests for paths that nothing serves."""

    requests = fields.List(fields.Nested(UnmatchedRequest), required=True)
    dropped = _integer()


class RequestCount(Model):
    """The number of requests that match."""

    count = _integer()


# Changes and snapshots.


def _revision_or_moment(text: str) -> int | datetime:
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return int(text)
    try:
        return moment(text)
    except ValueError:
        raise ValueError("a revision such as 17, or a timestamp such as 2026-01-15T08:00:00Z") from None


class ChangesQuery(Parameters):
    """The changes to return."""

    since = Parsed(
        _revision_or_moment,
        "a revision, or a timestamp: return later changes",
        {"type": ["integer", "string"]},
        load_default=0,
    )
    limit = whole_number(1, MOST_CHANGES, "the most changes to return; batches stay whole", load_default=1000)
    version = _version("the version of the standard to show records in", load_default=VERSIONS.newest.number)


class ChangeRow(Model):
    """A record before and after a change; ``before`` is null for a new record, ``after`` for a deleted one."""

    revision = _integer()
    at = _string(metadata={"format": "date-time"})
    cause = _string()
    client = fields.String(allow_none=True)
    collection = _string()
    sourcedId = _string()
    before = _object(allow_none=True)
    after = _object(allow_none=True)


class Changes(Model):
    """Changes, oldest first; ``next`` is there if there are more, and is the ``since`` of the next request."""

    revision = _integer()
    changes = fields.List(fields.Nested(ChangeRow), required=True)
    next = fields.Integer()


class SnapshotRow(Model):
    """A snapshot."""

    name = _string()
    revision = _integer()
    at = _string(metadata={"format": "date-time"})


class Snapshots(Model):
    """The snapshots of a sandbox."""

    snapshots = fields.List(fields.Nested(SnapshotRow), required=True)


class Revision(Model):
    """The revision of a sandbox."""

    revision = _integer()


# Records.


class RecordQuery(Parameters):
    """The version to show records in."""

    version = _version("the version of the standard to show records in; the newest that has the collection by default")


class RecordsQuery(RecordQuery):
    """A page of records."""

    limit = whole_number(1, 10_000, "the most records to return", load_default=100)
    offset = Parsed(whole(0, 10**9), "the number of records to skip", {"type": "integer", "minimum": 0}, load_default=0)


class DeleteQuery(Parameters):
    """How to delete a record."""

    as_ = choice("mark the record and its children as deleted instead of removing them", "tobedeleted", data_key="as")


class RecordDocument(FreeForm):
    """A bare record, as ``docs/reference/records.md`` lists its members."""


class RecordChanges(FreeForm):
    """A JSON merge patch of a record (RFC 7396)."""


class RecordPage(FreeForm):
    """An array of records, under the name of their collection."""


class MergeResult(Model):
    """The records of the sandbox after a merge."""

    counts = _counts()
    warnings = fields.List(fields.String())


class ExportQuery(Parameters):
    """The form of an export."""

    format = choice("csv is a zip", *FORMATS, load_default="json")
    version = choice("the version of the standard", *EXPORT_VERSIONS, load_default=DEFAULT_VERSION)
