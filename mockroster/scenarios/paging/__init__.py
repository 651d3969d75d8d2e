"""Scenarios that change pages: their size, order, counts and links."""
