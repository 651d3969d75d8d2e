"""The OAuth 2 scopes that operations ask for. Any one of an operation's scopes is enough.

Source: OneRoster 1.1, section 2 (security); the demographics scope is never part of another.
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

SCOPES = (ROSTER_CORE, ROSTER, DEMOGRAPHICS, RESOURCE, GRADEBOOK, GRADEBOOK_PUT, GRADEBOOK_DELETE)
"""Every scope that a token may have; a client that asks for none is given them all."""
