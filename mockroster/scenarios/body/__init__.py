"""Scenarios that change status, envelope, members, values and errors of an answer."""
