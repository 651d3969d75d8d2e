"""The switchboard below ``/__admin``, by which tests arrange and inspect a sandbox, and the two health checks.

Scenarios, sandboxes, records, clock, journal, export and reset; ``/livez`` and ``/readyz``.
"""
