"""The models of runs and of the verdict."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validate

from mockroster.http.admin.fields import Filter, Model, Text, choice, integer, string
from mockroster.judge.report.text import LEVELS

_OUTCOMES = ("pass", "fail", "skip", "omit")
_CAN_END = "ended must be true: a run can only be ended"
_BY = ("switchboard", "header")


class NewRun(Model):
    """A run to begin."""

    name = Text("the name of the run", required=True)


class RunEnd(Model):
    """The end of a run."""

    ended = fields.Boolean(
        required=True,
        truthy={True},
        falsy={False},
        validate=validate.Equal(comparable=True, error=_CAN_END),
        error_messages=dict.fromkeys(("required", "null", "invalid"), _CAN_END),
        metadata={"type": "boolean", "description": "true ends the run"},
    )


class RunRow(Model):
    """A run."""

    name = string()
    by = string(validate=validate.OneOf(_BY))
    began = string(metadata={"format": "date-time"})
    ended = string(metadata={"format": "date-time"}, allow_none=True)
    requests = integer()
    dropped = integer()


class Runs(Model):
    """The runs of a sandbox."""

    runs = fields.List(fields.Nested(RunRow), required=True)


def _whole(name: str, text: str) -> str:
    if not text:
        raise ValidationError(f"{name} is blank")
    return text


class VerdictQuery(Model):
    """The requests and rules to judge, and the form of the verdict."""

    kind_of_member = "a parameter"

    run = Filter("the name of a run; all requests by default", _whole)
    client = Filter("the id of the only client to judge", _whole)
    format = choice("the form of the verdict", "json", "junit", "html", load_default="json")
    fail_on = choice("the least level that fails in JUnit", *LEVELS, load_default="must")
    rules = Filter("rules and numbers to change: `V25=on;V10.repeats=3`")


class VerdictFinding(Model):
    """A mistake of the client, with the requests that show it."""

    sentence = string()
    sequences = fields.List(fields.Integer(), required=True)
    curl = string()


class RuleOutcome(Model):
    """The outcome of a rule."""

    id = string()
    level = string(validate=validate.OneOf(LEVELS))
    outcome = string(validate=validate.OneOf(_OUTCOMES))
    sentence = string()
    source = string()
    findings = fields.List(fields.Nested(VerdictFinding), required=True)
    more = fields.Integer()
    reason = fields.String()
    exercise = fields.String()


class CollectionCoverage(Model):
    """The records of a collection that were read."""

    rows = integer()
    served = integer()
    twice = integer()


class Mistake(Model):
    """A mistake that the server ignored."""

    sentence = string()
    count = integer()
    sequences = fields.List(fields.Integer(), required=True)
    curl = string()


class Verdict(Model):
    """The verdict on a client."""

    run = string(allow_none=True)
    client = string(allow_none=True)
    coverage = fields.Dict(keys=fields.String(), values=fields.Nested(CollectionCoverage), required=True)
    mistakes = fields.List(fields.Nested(Mistake), required=True)
    requests = integer()
    dropped = integer()
    rules = fields.List(fields.Nested(RuleOutcome), required=True)
    outcome = string(validate=validate.OneOf(_OUTCOMES))
