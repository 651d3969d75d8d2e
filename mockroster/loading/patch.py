"""A JSON merge patch (RFC 7396) of one stored record, in the shape of a version of the standard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from mockroster.loading.document import check_id, settled
from mockroster.loading.neutral import Shapes, is_dated
from mockroster.loading.settling import Settling
from mockroster.render.record import rendered, rooted
from mockroster.roster.commit import Put, by_content, commit, if_restated
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record, SpoiltRecord
from mockroster.spec.fields import ROOT
from mockroster.spec.model import Resource


def apply(overlay: Overlay, resource: Resource, stored: Record, changes: Mapping[str, Any], now: datetime) -> None:
    """Change the members of a stored record that a patch names; ``None`` takes a member out.

    What the model's version cannot express stays as it was. A date is kept where it differs from the stored one. The
    caller has the overlay exclusive. Raises ``UnprocessableRecord``, which names each fault by member, and
    ``SandboxFull``.
    """
    overlay.check_room()
    shown = orjson.loads(rooted(rendered(resource, stored), ROOT))
    patched = merged(shown, changes)
    check_id(patched, stored["sourcedId"])
    shapes = Shapes(now)
    record = shapes.neutral(resource.collection, {**patched, "sourcedId": stored["sourcedId"]})
    if not isinstance(stored, SpoiltRecord):
        record = _laid_over(stored, shapes.neutral(resource.collection, shown), record)
    trial = overlay.replaced({})
    trial.put(resource.collection, record)
    complete = settled(Settling(trial), resource.collection, patched, record)
    commit(overlay, [Put(resource.collection, complete, if_restated if is_dated(patched) else by_content)], now)


def merged(target: Any, patch: Any) -> Any:
    """Return a JSON value with a merge patch applied: objects member by member, anything else replaced whole."""
    if not isinstance(patch, Mapping):
        return patch
    members = {**target} if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            members.pop(name, None)
        else:
            members[name] = merged(members.get(name), value)
    return members


def _laid_over(stored: Record, before: Record, after: Record) -> Record:
    """Return the stored record with the members in which its view after the patch differs from the one before."""
    gone = before.keys() - after.keys()
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    return Record({name: value for name, value in stored.items() if name not in gone} | changed)
