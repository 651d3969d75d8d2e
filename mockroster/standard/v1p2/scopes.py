"""The OAuth 2 scopes of OneRoster 1.2, from its OpenAPI documents. Any one of an operation's scopes is enough."""

from __future__ import annotations

_BASE = "https://purl.imsglobal.org/spec/or/v1p2/scope/"

ROSTER_CORE = _BASE + "roster-core.readonly"
ROSTER = _BASE + "roster.readonly"
DEMOGRAPHICS = _BASE + "roster-demographics.readonly"
RESOURCE_CORE = _BASE + "resource-core.readonly"
RESOURCE = _BASE + "resource.readonly"
GRADEBOOK_CORE = _BASE + "gradebook-core.readonly"
GRADEBOOK = _BASE + "gradebook.readonly"
GRADEBOOK_PUT = _BASE + "gradebook.createput"
GRADEBOOK_POST = _BASE + "gradebook.createpost"
GRADEBOOK_DELETE = _BASE + "gradebook.delete"
ASSESSMENT = _BASE + "assessment.readonly"
ASSESSMENT_PUT = _BASE + "assessment.createput"
ASSESSMENT_DELETE = _BASE + "assessment.delete"

SCOPES = (
    ROSTER_CORE,
    ROSTER,
    DEMOGRAPHICS,
    RESOURCE_CORE,
    RESOURCE,
    GRADEBOOK_CORE,
    GRADEBOOK,
    GRADEBOOK_PUT,
    GRADEBOOK_POST,
    GRADEBOOK_DELETE,
    ASSESSMENT,
    ASSESSMENT_PUT,
    ASSESSMENT_DELETE,
)
"""Every scope of 1.2."""
