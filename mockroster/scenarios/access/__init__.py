"""Scenarios that let requests in or refuse them: credentials, scopes, endpoints."""
