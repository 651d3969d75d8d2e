"""How far a command has come: records that tell of it while they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import overload

from mockroster.roster.record import Record

_STEP = 1000
"""Records between two looks at the bar."""


class Watched(Sequence[Record]):
    """Records that say how far one has come in reading them."""

    def __init__(self, records: Sequence[Record], told: Callable[[int], None]) -> None:
        self._records = records
        self._told = told

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        return self._records[index]

    def __iter__(self) -> Iterator[Record]:
        for number, record in enumerate(self._records, 1):
            if number % _STEP == 0:
                self._told(_STEP)
            yield record
        self._told(len(self) % _STEP)


def watched(tables: Mapping[str, Sequence[Record]], told: Callable[[int], None]) -> dict[str, Sequence[Record]]:
    """Return the tables, which call ``told`` with the number of records that were read since it was called."""
    return {name: Watched(records, told) for name, records in tables.items()}
