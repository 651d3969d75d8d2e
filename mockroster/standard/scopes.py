"""The OAuth 2 scopes that operations ask for. Any one of an operation's scopes is enough.

Sources: OneRoster 1.1, section 2 (security); the 1.2 OpenAPI documents.
The demographics scope is never part of another.
"""

from __future__ import annotations

_V1P1 = "https://purl.imsglobal.org/spec/or/v1p1/scope/"

ROSTER_CORE = _V1P1 + "roster-core.readonly"
"""Top-level rostering reads except demographics."""

ROSTER = _V1P1 + "roster.readonly"
"""All rostering reads except demographics, nested ones too."""

DEMOGRAPHICS = _V1P1 + "roster-demographics.readonly"
RESOURCE = _V1P1 + "resource.readonly"
GRADEBOOK = _V1P1 + "gradebook.readonly"
GRADEBOOK_PUT = _V1P1 + "gradebook.createput"
GRADEBOOK_DELETE = _V1P1 + "gradebook.delete"

_V1P2 = "https://purl.imsglobal.org/spec/or/v1p2/scope/"

ROSTER_CORE_1P2 = _V1P2 + "roster-core.readonly"
ROSTER_1P2 = _V1P2 + "roster.readonly"
DEMOGRAPHICS_1P2 = _V1P2 + "roster-demographics.readonly"
RESOURCE_CORE_1P2 = _V1P2 + "resource-core.readonly"
RESOURCE_1P2 = _V1P2 + "resource.readonly"
GRADEBOOK_CORE_1P2 = _V1P2 + "gradebook-core.readonly"
GRADEBOOK_1P2 = _V1P2 + "gradebook.readonly"
GRADEBOOK_PUT_1P2 = _V1P2 + "gradebook.createput"
GRADEBOOK_POST_1P2 = _V1P2 + "gradebook.createpost"
GRADEBOOK_DELETE_1P2 = _V1P2 + "gradebook.delete"
ASSESSMENT_1P2 = _V1P2 + "assessment.readonly"
ASSESSMENT_PUT_1P2 = _V1P2 + "assessment.createput"
ASSESSMENT_DELETE_1P2 = _V1P2 + "assessment.delete"

SCOPES = tuple(value for name, value in list(globals().items()) if name.isupper() and not name.startswith("_"))
"""Every scope that a token may have, of both versions; a client that asks for none is given them all."""

SIGNED_VERSIONS = frozenset({"v1p1"})
"""The versions in which a signature of OAuth 1.0a may stand in place of a token."""
