"""The requests of one client in the order of arrival, each with the walk and the run that it is part of.

A walk is the read of a collection page by page. A run is one execution of the client: requests without an idle gap of
60 seconds, by real time or by the clock of the sandbox, and within the same bracket of the switchboard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from mockroster.judge.fact import NONE, Fact, Flag, is_collection

IDLE = 60.0
"""Seconds without a request that end a run."""

_MOST_STARTS = 10_000
"""The most offsets of a walk that are remembered, to recognize repeated ones."""

Place = Literal["first", "again", "next", "ahead", "behind", "repeated", "past", "other", "failed", "probe", ""]
"""The place of a request in a walk.

``first`` begins a walk, ``again`` restarts it before its end, ``next`` continues it, ``ahead`` leaves out rows,
``behind`` overlaps, ``repeated`` is a page that was read before, ``past`` comes after the end, ``other`` continues
with another query, ``failed`` has no page, and ``probe`` asks for one row only, for the total.
"""


@dataclass(slots=True, eq=False)
class Walk:
    """The read of a collection page by page."""

    run: int
    first: Fact
    last: Fact
    pages: int = 0
    next: int = 0
    """The offset after the rows received."""

    is_done: bool = False
    failed: Fact | None = None
    """The last request, if it had no page."""

    short: Fact | None = None
    """A page that was not the last and had fewer rows than the limit."""

    is_superseded: bool = False
    """Whether the client restarted the walk in the same run."""

    extra: int = 0
    """The number of pages after the end."""

    starts: set[int] = field(default_factory=set)

    @property
    def key(self) -> tuple[int, int]:
        """The path and the query."""
        return self.first.path, self.first.shape

    @property
    def is_long(self) -> bool:
        """Whether the walk has more than one page, or should have."""
        return self.pages > 1 or not self.is_done

    def add(self, fact: Fact) -> None:
        """Add a page."""
        self.pages += 1
        self.last, self.failed = fact, None
        self.next = max(self.next, fact.start + fact.rows)
        self.is_done = self.is_done or is_last(fact)
        if is_short(fact):
            self.short = fact
        if len(self.starts) < _MOST_STARTS:
            self.starts.add(fact.start)


def is_last(fact: Fact) -> bool:
    """Return whether a client may take a page for the last one: by the total, else the link, else the rows."""
    if fact.rows == 0:
        return True
    if fact.total_header != NONE:
        return fact.start + fact.rows >= fact.total_header
    if fact.flags & Flag.LINK:
        return not fact.flags & Flag.LINK_NEXT
    return fact.rows < fact.limit


def is_short(fact: Fact) -> bool:
    """Return whether a page has fewer rows than the limit, although more follow."""
    return 0 < fact.rows < fact.limit and fact.start + fact.rows < fact.total


@dataclass(frozen=True, slots=True)
class Step:
    """A request in its context."""

    fact: Fact
    run: int
    """The number of the run, from 0."""

    begins_run: bool
    walk: Walk | None = None
    place: Place = ""
    abandoned: Walk | None = None
    """The unfinished walk that this request restarts."""


class Walker:
    """Recognizes the walks of one client."""

    def __init__(self) -> None:
        self._walks: dict[tuple[int, int], Walk] = {}
        self._recent: dict[int, Walk] = {}

    def place(self, fact: Fact, run: int) -> tuple[Walk | None, Place, Walk | None]:
        """Return the walk of a request, its place there, and the walk that it abandons."""
        if fact.method != 0 or not is_collection(fact):
            return None, "", None
        walk = self._walks.get((fact.path, fact.shape))
        if not fact.is_page:
            if walk is not None and not walk.is_done:
                walk.failed = fact
            return walk, "failed", None
        if walk is None or walk.is_done:
            continued = self._continued(fact, run)
            if continued is not None and continued is not walk:
                self._walks[fact.path, fact.shape] = continued
                continued.add(fact)
                return continued, "other", None
        if walk is None or fact.start == walk.first.start or (run != walk.run and walk.is_done):
            return self._begin(fact, run, walk)
        place = _place(walk, fact)
        if place == "past":
            walk.extra += 1
        else:
            walk.add(fact)
        self._recent[fact.path] = walk
        return walk, place, None

    def _begin(self, fact: Fact, run: int, before: Walk | None) -> tuple[Walk | None, Place, Walk | None]:
        if fact.limit == 1 and fact.total > 1 and (before is None or before.is_done):
            return None, "probe", None
        walk = self._walks[fact.path, fact.shape] = self._recent[fact.path] = Walk(run, fact, fact, next=fact.start)
        walk.add(fact)
        abandoned = before if before is not None and not before.is_done else None
        if abandoned is not None:
            abandoned.is_superseded = abandoned.run == run
        return walk, "again" if before is not None and before.run == run else "first", abandoned

    def _continued(self, fact: Fact, run: int) -> Walk | None:
        """Return the walk that a request continues with another query, if any."""
        walk = self._recent.get(fact.path)
        if walk is None or walk.is_done or walk.run != run or fact.start == walk.first.start:
            return None
        return walk if walk.next <= fact.start <= walk.next + max(walk.last.limit, 0) else None


def _place(walk: Walk, fact: Fact) -> Place:
    if fact.start in walk.starts:
        return "repeated"
    if fact.start == walk.next and not walk.is_done:
        return "next"
    if fact.start > walk.next and not walk.is_done:
        return "ahead"
    return "past" if walk.is_done and fact.start >= walk.next else "behind"


def steps(facts: Iterable[Fact]) -> Iterator[Step]:
    """Yield each request of one client in its context."""
    walker, run, last = Walker(), 0, None
    for fact in facts:
        begins = last is None or _begins_run(last, fact)
        run += begins and last is not None
        walk, place, abandoned = walker.place(fact, run)
        yield Step(fact, run, begins, walk, place, abandoned)
        last = fact


def _begins_run(last: Fact, fact: Fact) -> bool:
    """Return whether a request begins a run."""
    if fact.bracket != last.bracket:
        return True
    if fact.target == last.target and last.status != 200:
        return False  # the client has waited long to repeat a request
    idle = IDLE + max(last.retry_after, 0.0)
    return fact.began - last.ended >= idle or fact.at - (last.ended + last.offset) >= idle
