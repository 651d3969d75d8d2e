"""Scenarios that change the token endpoint and the tokens it issues."""
