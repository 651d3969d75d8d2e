"""The OAuth 2 scopes of OneRoster 1.1. Any one of an operation's scopes is enough.

Source: OneRoster 1.1, section 2 (security). The demographics scope is never part of another.
"""

from __future__ import annotations

_BASE = "https://purl.imsglobal.org/spec/or/v1p1/scope/"

ROSTER_CORE = _BASE + "roster-core.readonly"
"""Top-level rostering reads except demographics."""

ROSTER = _BASE + "roster.readonly"
"""All rostering reads except demographics, nested ones too."""

DEMOGRAPHICS = _BASE + "roster-demographics.readonly"
RESOURCE = _BASE + "resource.readonly"
GRADEBOOK = _BASE + "gradebook.readonly"
GRADEBOOK_PUT = _BASE + "gradebook.createput"
GRADEBOOK_DELETE = _BASE + "gradebook.delete"

SCOPES = (ROSTER_CORE, ROSTER, DEMOGRAPHICS, RESOURCE, GRADEBOOK, GRADEBOOK_PUT, GRADEBOOK_DELETE)
"""Every scope of 1.1."""
