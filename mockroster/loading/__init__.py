"""Fixtures: documents of records that somebody else has written."""
