"""Note for the verdict what a comparison tells of the client's copy: what it does with records that are gone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mockroster.judge.copy import CopyCounts, copy_fact
from mockroster.judge.fact import digest
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.sandbox.runs import runs_of
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.values import Completion

if TYPE_CHECKING:
    from mockroster.judge.compare.history import Event
    from mockroster.judge.compare.side import Side

_DELETED = "tobedeleted"
_LEAST = 10
"""The records from which the share of a collection that disappears counts."""

_MOST_APPLIED = 0.5
"""The share of the hidden records that a copy may lack before it counts as having followed."""

Key = tuple[str, str]


def note_copy(sandbox: Sandbox, shown: Overlay, copy: Side) -> None:
    """Write a fact for the rules that judge the client's copy.

    ``shown`` has the records as the active scenarios show them.
    """
    from mockroster.judge.compare.sandbox_truth import SandboxTruth

    overlay = sandbox.overlay
    with overlay.exclusive():
        events = SandboxTruth.now(sandbox, overlay).events()
        _note(sandbox, overlay, shown, copy, events)


def _note(sandbox: Sandbox, overlay: Overlay, shown: Overlay, copy: Side, events: Iterable[Event]) -> None:
    compared = {name: table for name, table in copy.records.items() if table or name in copy.empty}
    gone = {key for key in _gone(overlay) if key[0] in compared}
    returned = {key for key in _returned(events) if key[0] in compared and _is_active(overlay.get(*key))}
    share, is_applied = _vanished(overlay, shown, compared)
    counts = CopyCounts(
        len(gone),
        sum(_is_active(compared[name].get(sourced_id)) for name, sourced_id in gone),
        len(returned),
        sum(not _is_kept(copy, name, sourced_id) for name, sourced_id in returned),
        share,
        is_applied,
    )
    state = sandbox.state
    runs = runs_of(state, state.head(), None, sandbox.clock.now())
    offset = state.head().clock.total_seconds()
    fact = copy_fact(counts, time.time(), offset, digest("\n".join(sorted(runs))))
    state.complete(0, Completion(200, 0.0, "answered", fact=fact, runs=runs))


def _gone(overlay: Overlay) -> Iterable[Key]:
    """Yield the records that are deleted or ``tobedeleted``."""
    for name, table in overlay.tables.items():
        yield from ((name, sourced_id) for sourced_id in table.deleted)
        yield from ((name, record["sourcedId"]) for record in table if record.get("status") == _DELETED)


def _returned(events: Iterable[Event]) -> set[Key]:
    """Return the records that were deleted and came back."""
    deleted: set[Key] = set()
    returned: set[Key] = set()
    for event in events:
        key = event.collection, event.sourcedId
        if event.before is not None and not _is_active(event.before):
            deleted.add(key)
        if not _is_active(event.after):
            deleted.add(key)
        elif key in deleted:
            returned.add(key)
    return returned


def _is_active(record: Mapping[str, Any] | None) -> bool:
    return record is not None and record.get("status") != _DELETED


def _is_kept(copy: Side, collection: str, sourced_id: str) -> bool:
    """Return whether a copy has a record once, and active."""
    return _is_active(copy.records[collection].get(sourced_id)) and sourced_id not in copy.doubles.get(collection, {})


def _vanished(overlay: Overlay, shown: Overlay, copies: Mapping[str, Mapping[str, Record]]) -> tuple[float, bool]:
    """Return the largest share of a collection that scenarios hide, and whether the copy lacks that too."""
    largest, is_applied = 0.0, False
    for name, records in copies.items():
        stored, left = len(overlay.tables[name]), len(shown.tables[name])
        hidden = stored - left
        if stored < _LEAST or hidden <= largest * stored:
            continue
        largest = hidden / stored
        active = sum(map(_is_active, records.values()))
        is_applied = active < stored - hidden * _MOST_APPLIED
    return largest, is_applied
