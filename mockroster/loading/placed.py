"""Records with the places where they were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from mockroster.errors import Severity
from mockroster.loading.written import Fault, Source, Written
from mockroster.roster.record import Record, SpoiltRecord
from mockroster.standard.conversion import Shape


@dataclass(slots=True, eq=False)
class Placed:
    """A record, and where it was written."""

    record: Record
    collection: str
    source: Source
    label: str
    """The collection, or the file, in which it has its number."""

    number: int
    origin: int
    """The number of its set."""

    shape: Shape | None
    """The shape in which it was written, where that is not the neutral one."""

    is_dated: bool = True
    """Whether the file itself says when the record was last modified."""

    @property
    def place(self) -> Written:
        """The record as it was written, without its body."""
        return Written(self.label, self.number, {}, self.source)

    @property
    def called(self) -> str:
        """What it is called where another record is spoken of: ``users[3] (demo.yaml:41)``."""
        fault = self.place.fault("", "")
        line = "" if fault.line is None else f":{fault.line}"
        return f"{fault.where} ({fault.file}{line})"

    def fault(self, member: str, message: str, severity: Severity = "error") -> Fault | None:
        """Return the fault of a neutral member; nothing where it only repeats the fault of another."""
        name = self.shape.as_written(member) if self.shape else member
        return None if name is None else self.place.fault(name, message, severity)

    def spoil(self) -> None:
        """Mark the record as one that breaks the rules."""
        if not isinstance(self.record, SpoiltRecord):
            self.record = SpoiltRecord(self.record)


def identified(collection: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a body with a sourcedId: its own, or else one that its content makes, the same every time.

    A demographics record has that of its user, and nobody else can know it.
    """
    given = body.get("sourcedId")
    if collection == "demographics" or not (given is None or given == ""):
        return body
    said = {name: value for name, value in body.items() if name != "sourcedId"}
    try:
        text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return body
    return {"sourcedId": str(uuid5(NAMESPACE_URL, f"mockroster/{collection}/{text}")), **said}
