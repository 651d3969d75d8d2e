"""Scenarios about query parameters that are not obeyed as they should be."""

from __future__ import annotations
