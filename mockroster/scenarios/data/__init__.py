"""Scenarios that change the records that are shown, and what a write does to them."""
