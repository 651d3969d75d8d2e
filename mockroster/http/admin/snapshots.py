"""Save, restore and delete snapshots of a sandbox: named states that it can return to."""

from __future__ import annotations

from typing import Any

from flask import g
from werkzeug.wrappers import Response

from mockroster.clock import timestamp
from mockroster.delivery import long_work
from mockroster.errors import UnknownObject, nearest
from mockroster.render.answer import answer, empty
from mockroster.sandbox.registry import check_name
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.values import SnapshotSummary


def show() -> Response:
    """Return the snapshots, in the order in which their names were first used."""
    return answer({"snapshots": [_row(snapshot) for snapshot in g.sandbox.state.snapshots.all()]})


@long_work
def save(name: str) -> Response:
    """Save records, clock, active scenarios and counters under a name (201), or move the name (200); 20 at most."""
    check_name(name, "snapshot")
    sandbox: Sandbox = g.sandbox
    is_new = sandbox.state.snapshots.save(name, sandbox.clock.now())
    return answer(_row(_known(sandbox, name)), 201 if is_new else 200)


@long_work
def restore(name: str) -> Response:
    """Restore a snapshot and return the new revision; journal and tokens stay."""
    sandbox: Sandbox = g.sandbox
    _known(sandbox, name)
    return answer({"revision": sandbox.restore(name)})


def delete(name: str) -> Response:
    """Delete a snapshot."""
    sandbox: Sandbox = g.sandbox
    if not sandbox.state.snapshots.delete(name):
        raise _unknown(sandbox, name)
    return empty(204)


def _known(sandbox: Sandbox, name: str) -> SnapshotSummary:
    for snapshot in sandbox.state.snapshots.all():
        if snapshot.name == name:
            return snapshot
    raise _unknown(sandbox, name)


def _unknown(sandbox: Sandbox, name: str) -> UnknownObject:
    names = [snapshot.name for snapshot in sandbox.state.snapshots.all()]
    return UnknownObject(f"there is no snapshot {name[:80]!r}{nearest(name[:80], names)}")


def _row(snapshot: SnapshotSummary) -> dict[str, Any]:
    return {"name": snapshot.name, "revision": snapshot.revision, "at": timestamp(snapshot.at)}
