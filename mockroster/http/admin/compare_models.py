"""The models of a comparison: its query parameters and its answer."""

from __future__ import annotations

from marshmallow import fields

from mockroster.http.admin.fields import Model, Parsed, choice, integer, string, strings
from mockroster.http.admin.models import Parameters
from mockroster.parsing import whole
from mockroster.standard.versions import VERSIONS


class CompareQuery(Parameters):
    """The options of a comparison."""

    view = choice(
        "the records as stored, or as the active scenarios show them", "stored", "shown", load_default="stored"
    )
    version = choice(
        "compare in the shape of a version; by default the richest that the body can hold", *VERSIONS.numbers
    )
    ignore = Parsed(str, "members, members of a collection (users.email) or collections to leave out, joined by commas")
    only_ = Parsed(str, "the collections to compare, joined by commas; all by default", data_key="only")
    revision = Parsed(
        whole(0, 10**15 - 1), "compare the records as they were at a revision", {"type": "integer", "minimum": 0}
    )


class DifferingRecord(Model):
    """A record whose members differ; each has the values of left and right, null for a missing one."""

    sourcedId = string()
    members = fields.Dict(keys=fields.String(), values=fields.List(fields.Raw(allow_none=True)), required=True)


class DifferenceSince(Model):
    """The change of the sandbox since which a record differs."""

    revision = integer()
    at = string(metadata={"format": "date-time"})
    cause = string()
    action = string(metadata={"enum": ["added", "changed", "deleted"]})
    copyIsBefore = fields.Boolean(required=True)


class ComparedCollection(Model):
    """The differences in a collection, the first 100 of each kind; ``counts`` has the numbers of all."""

    left = integer()
    right = integer()
    missing = strings()
    extra = strings()
    duplicated = strings()
    stale = strings()
    resurrected = strings()
    differing = fields.List(fields.Nested(DifferingRecord), required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    since = fields.Dict(keys=fields.String(), values=fields.Nested(DifferenceSince))
    nearest = fields.List(fields.Dict())
    places = fields.Dict(keys=fields.String(), values=fields.String())


class Comparison(Model):
    """The differences between the sandbox (left) and the body (right)."""

    equal = fields.Boolean(required=True)
    left = string()
    right = string()
    collections = fields.Dict(keys=fields.String(), values=fields.Nested(ComparedCollection), required=True)
    notCompared = fields.List(fields.String())
    faults = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
