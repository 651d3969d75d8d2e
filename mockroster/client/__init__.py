"""A client for a running server: prepare a sandbox, send requests, and inspect them, over HTTP."""
