"""Show the progress of a command: of reading records, and of generating a district."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import overload

from mockroster.roster.record import Record
from mockroster.settings import Settings

LARGE_DISTRICT = 5000
"""Students from which generating takes long enough to show progress."""

_STEP = 1000
"""Records between two updates of the bar."""


class ReportingSequence(Sequence[Record]):
    """Records that report how many of them have been read."""

    def __init__(self, records: Sequence[Record], report: Callable[[int], None]) -> None:
        self._records = records
        self._report = report

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
                self._report(_STEP)
            yield record
        self._report(len(self) % _STEP)


def with_progress(tables: Mapping[str, Sequence[Record]], report: Callable[[int], None]) -> dict[str, Sequence[Record]]:
    """Return the tables, which call ``report`` with the number of records read since its last call."""
    return {name: ReportingSequence(records, report) for name, records in tables.items()}


class _ProgressLine(logging.Handler):
    """Draws the current stage of a district on one line of a terminal."""

    _WIDTH = 30

    def __init__(self, stages: Mapping[str, int]) -> None:
        super().__init__()
        self._stages = stages

    def emit(self, record: logging.LogRecord) -> None:
        """Redraw the bar."""
        stage = record.getMessage()
        percent = self._stages[stage]
        bar = ("#" * (percent * self._WIDTH // 100)).ljust(self._WIDTH, "-")
        sys.stderr.write(f"\r\x1b[K  [{bar}] {percent:>3}%  {stage}")
        sys.stderr.flush()


@contextmanager
def generating(settings: Settings) -> Iterator[None]:
    """Show the progress of generating a large district, on a terminal only."""
    if settings.fixtures or settings.students <= LARGE_DISTRICT or not sys.stderr.isatty():
        yield
        return
    from mockroster.district import STAGES, log

    line = _ProgressLine(STAGES)
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
