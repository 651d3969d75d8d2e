"""Scenarios that ignore or misinterpret query parameters."""
