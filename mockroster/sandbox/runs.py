"""Runs of a client: parts of the traffic of a sandbox, each with a verdict of its own.

The switchboard begins and ends a run, and all requests between belong to it. A request may also name its run in
``X-Mockroster-Run``; such a run has only the requests that name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockroster.sandbox.registry import check_name, is_name
from mockroster.state.port import SandboxState
from mockroster.state.values import EVERYTHING, Head, Run

HEADER = "X-Mockroster-Run"
HEADER_KEY = "HTTP_" + HEADER.upper().replace("-", "_")
"""The header in a WSGI environment."""

ONLY_EVERYTHING = (EVERYTHING,)
"""The runs of most requests."""

_NAMED = "~"
"""The prefix, in the state, of runs that requests name; no name begins with it."""


def runs_of(state: SandboxState, head: Head, name: str | None, now: datetime) -> tuple[str, ...]:
    """Return the runs that a request belongs to, and begin those that do not exist yet.

    ``name`` is the run that the request names.
    """
    runs = head.runs
    if EVERYTHING not in runs:
        state.runs.start(EVERYTHING, now)
        runs = (EVERYTHING, *runs)
    if name is None:
        return runs if len(runs) == 1 else tuple([run for run in runs if not run.startswith(_NAMED)])
    if name in runs:
        return EVERYTHING, name
    if _NAMED + name not in runs and state.runs.get(name) is None:
        state.runs.start(_NAMED + name, now)
    return EVERYTHING, _NAMED + name


def find(state: SandboxState, name: str) -> Run | None:
    """Return the run of a name, whoever has named it."""
    return state.runs.get(name) or state.runs.get(_NAMED + name)


def named(state: SandboxState) -> list[Run]:
    """Return all runs with a name, oldest first."""
    return [run for run in state.runs.all() if run.name != EVERYTHING]


def name_of(run: Run) -> str:
    """Return the name of a run as it was given."""
    return run.name.removeprefix(_NAMED)


def is_named_by_requests(run: Run) -> bool:
    """Return whether requests name the run; otherwise the switchboard has begun it."""
    return run.name.startswith(_NAMED)


def named_in(environ: Mapping[str, Any]) -> str | None:
    """Return the valid name of a run in the headers of a request, or ``None``."""
    name: str | None = environ.get(HEADER_KEY)
    return name if name is not None and is_name(name) else None


def check_header(environ: Mapping[str, Any]) -> None:
    """Raise ``MalformedRequest`` for an invalid name of a run in the headers of a request."""
    name: str | None = environ.get(HEADER_KEY)
    if name is not None:
        check_name(name, "run")
