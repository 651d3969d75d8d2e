"""How far a command has come: records that tell of it while they are read, a district while it is generated."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import overload

from mockroster.roster.record import Record
from mockroster.settings import Settings

MANY = 5000
"""Students from which generating takes so long that one wants to know how far it has come."""

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


class _Line(logging.Handler):
    """Writes over one line of a terminal which stage a district is in."""

    _WIDTH = 30

    def __init__(self, stages: Mapping[str, int]) -> None:
        super().__init__()
        self._stages = stages

    def emit(self, record: logging.LogRecord) -> None:
        """Draw the bar anew."""
        stage = record.getMessage()
        percent = self._stages[stage]
        bar = ("#" * (percent * self._WIDTH // 100)).ljust(self._WIDTH, "-")
        sys.stderr.write(f"\r\x1b[K  [{bar}] {percent:>3}%  {stage}")
        sys.stderr.flush()


@contextmanager
def generating(settings: Settings) -> Iterator[None]:
    """Show on a terminal how far a large district has come while it is generated, and nothing anywhere else."""
    if settings.fixtures or settings.students <= MANY or not sys.stderr.isatty():
        yield
        return
    from mockroster.district import STAGES, log

    line = _Line(STAGES)
    log.addHandler(line)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(line)
        log.setLevel(logging.NOTSET)
        log.propagate = True
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
