"""Scenarios about the members and the envelope of answers."""

from __future__ import annotations
