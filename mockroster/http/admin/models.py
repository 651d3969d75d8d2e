"""The models of requests and answers of the switchboard: what ``route`` validates and ``/openapi/admin.json`` shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from marshmallow import RAISE, ValidationError, fields, validates_schema

from mockroster.durations import duration
from mockroster.fixtures.write.export import DEFAULT_VERSION, FORMATS
from mockroster.fixtures.write.export import VERSIONS as EXPORT_VERSIONS
from mockroster.http.admin.fields import (
    Clients,
    FixtureDocument,
    FreeForm,
    Model,
    Parsed,
    ScenarioSpecs,
    Text,
    choice,
    integer,
    string,
    strings,
    timestamp,
    whole_number,
)
from mockroster.parsing import moment, whole
from mockroster.settings import PROFILES, parser
from mockroster.standard.versions import SERVICES, VERSIONS

MOST_CHANGES = 10_000
"""Changes of one answer, unless a single batch has more."""

_MOST_DIGITS = 15


def _object(**options: Any) -> fields.Dict:
    return fields.Dict(required=True, **options)


def _counts() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


def _version(description: str, **options: Any) -> Parsed:
    return choice(description, *VERSIONS.numbers, **options)


class Parameters(Model):
    """The base of query parameters."""

    kind_of_member = "a parameter"


# Health and clock.


class Health(Model):
    """The state of a sandbox at a glance."""

    status = string()
    version = string()
    sandbox = string()
    seed = integer(allow_none=True)
    clock = string(metadata={"format": "date-time"})
    store = fields.String(metadata={"description": "the URL of the store, without credentials, if there is one"})
    counts = _counts()
    scenarios = strings()


class Clock(Model):
    """The time of a sandbox."""

    now = string(metadata={"format": "date-time"})


class ClockChange(Model):
    """Either a new time, or a duration by which the clock moves."""

    now = timestamp("the new time")
    advance = Parsed(duration, "a duration such as P1D, PT90M or 5s; a negative one moves the clock back")

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

    name = string()
    type = string()
    default = fields.Raw(required=True)
    help = string()
    values = fields.List(fields.String())


class ScenarioRow(Model):
    """A scenario of the catalogue."""

    name = string()
    description = string()
    kind = string()
    parameters = fields.List(fields.Nested(ScenarioParameter), required=True)
    source = string()


class ActiveScenarios(Model):
    """The active scenarios, the catalogue, and the keys of the aim that every scenario takes."""

    active = strings()
    scenarios = fields.List(fields.Nested(ScenarioRow), required=True)
    aim = fields.List(fields.Nested(ScenarioParameter), required=True)


# Sandboxes.


class NewSandbox(Model):
    """The content of a sandbox; a member that is left out is as in ``default`` at start."""

    name = Text("1 to 64 of A-Z a-z 0-9 . _ -; a free name where none is given")
    seed = Parsed(parser("seed"), "seed of the generated district", {"type": ["integer", "string"]})
    students = Parsed(parser("students"), "active students of the district", {"type": ["integer", "string"]})
    profile = choice("the parts to generate; roster-only has no gradebook", *PROFILES)
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

    name = string()
    url = string()
    token_url = string()
    client_id = string()
    client_secret = string()


class SandboxRow(SandboxCard):
    """A sandbox of the server."""

    seed = integer(allow_none=True)
    scenarios = strings()
    counts = _counts()


class SandboxList(Model):
    """All sandboxes."""

    sandboxes = fields.List(fields.Nested(SandboxRow), required=True)


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

    revision = integer()
    at = string(metadata={"format": "date-time"})
    cause = string()
    client = fields.String(allow_none=True)
    collection = string()
    sourcedId = string()
    before = _object(allow_none=True)
    after = _object(allow_none=True)


class Changes(Model):
    """Changes, oldest first; ``next`` is there if there are more, and is the ``since`` of the next request."""

    revision = integer()
    changes = fields.List(fields.Nested(ChangeRow), required=True)
    next = fields.Integer()


class SnapshotRow(Model):
    """A snapshot."""

    name = string()
    revision = integer()
    at = string(metadata={"format": "date-time"})


class Snapshots(Model):
    """The snapshots of a sandbox."""

    snapshots = fields.List(fields.Nested(SnapshotRow), required=True)


class Revision(Model):
    """The revision of a sandbox."""

    revision = integer()


# Records.


class RecordQuery(Parameters):
    """The version to show records in."""

    version = _version("the version of the standard to show records in; the newest that has the collection by default")


class RecordsQuery(RecordQuery):
    """A page of records."""

    limit = whole_number(1, 10_000, "the most records to return", load_default=100)
    offset = Parsed(whole(0, 10**9), "the number of records to skip", {"type": "integer", "minimum": 0}, load_default=0)


class DeleteQuery(Parameters):
    """The parameters of a deletion."""

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
    since = Parsed(
        _revision_or_moment,
        "a revision, or a timestamp: a delta bundle of later changes, in CSV",
        {"type": ["integer", "string"]},
    )
