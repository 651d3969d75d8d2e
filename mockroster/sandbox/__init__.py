"""Sandboxes: each has records, a clock, credentials and a journal of its own."""
