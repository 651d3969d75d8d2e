"""The switchboard below ``/__admin``, with which tests set up and inspect a sandbox, and the two health checks.

Scenarios, sandboxes, records, clock, journal, export and reset; ``/livez`` and ``/readyz``.
"""
