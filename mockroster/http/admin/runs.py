"""Begin and end the runs of a client, and list them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g
from werkzeug.exceptions import Conflict
from werkzeug.wrappers import Response

from mockroster.clock import timestamp
from mockroster.errors import RequestError, UnknownObject, nearest
from mockroster.render.answer import answer
from mockroster.sandbox import runs
from mockroster.sandbox.registry import check_name
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.values import Run, RunFacts


class RunExists(RequestError, Conflict):
    """A run of that name exists already."""


def show() -> Response:
    """Return the runs, oldest first."""
    return answer({"runs": [_row(run) for run in runs.named(g.sandbox.state)]})


def begin(body: Mapping[str, Any]) -> Response:
    """Begin a run (201): all requests until its end belong to it."""
    name, sandbox = body["name"], g.sandbox
    check_name(name, "run")
    if runs.find(sandbox.state, name) or not sandbox.state.runs.start(name, sandbox.clock.now()):
        raise RunExists(f"there is a run {name!r} already")
    return answer(_row(known(sandbox, name)), 201)


def end(name: str, body: Mapping[str, Any]) -> Response:
    """End a run; one that has ended keeps its end."""
    del body
    sandbox: Sandbox = g.sandbox
    run = sandbox.state.runs.end(known(sandbox, name).name, sandbox.clock.now())
    if run is None:
        raise _unknown(sandbox, name)
    return answer(_row(run))


def known(sandbox: Sandbox, name: str) -> Run:
    """Return a run. Raises ``UnknownObject`` with the nearest name."""
    run = runs.find(sandbox.state, name)
    if run is None:
        raise _unknown(sandbox, name)
    return run


def facts_of(sandbox: Sandbox, name: str) -> RunFacts:
    """Return the facts of a run. Raises ``UnknownObject`` with the nearest name."""
    found = sandbox.state.runs.read(known(sandbox, name).name)
    if found is None:
        raise _unknown(sandbox, name)
    return found


def _unknown(sandbox: Sandbox, name: str) -> UnknownObject:
    names = [runs.name_of(run) for run in runs.named(sandbox.state)]
    return UnknownObject(f"there is no run {name[:80]!r}{nearest(name[:80], names)}")


def _row(run: Run) -> dict[str, Any]:
    return {
        "name": runs.name_of(run),
        "by": "header" if runs.is_named_by_requests(run) else "switchboard",
        "began": timestamp(run.began),
        "ended": None if run.ended is None else timestamp(run.ended),
        "requests": run.facts,
        "dropped": run.dropped,
    }
