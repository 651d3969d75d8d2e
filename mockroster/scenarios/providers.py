"""Providers: bundles of scenarios that imitate a vendor, each part with its row of the quirks table."""

from __future__ import annotations
