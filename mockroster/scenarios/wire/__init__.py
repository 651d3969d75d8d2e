"""Scenarios that change the bytes of an answer and their timing."""
