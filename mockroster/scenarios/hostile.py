"""Scenarios about text and ids that are legal and hard to bear."""

from __future__ import annotations
