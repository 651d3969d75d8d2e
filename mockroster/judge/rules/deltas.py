"""Rules of reading only what has changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from mockroster.judge.fact import COPY, Fact, Flag, list_name
from mockroster.judge.rule import Numbers, Plan, Rule
from mockroster.judge.traffic import Step, Walk

_REAL = 2.0
"""Seconds by which the clock of a sandbox may differ from real time to count as real."""

_FAILED = frozenset({401, 403, 429})
_EXACT = 0.0005
"""Seconds; timestamps have milliseconds."""


@dataclass(slots=True)
class _Run:
    """The reads of one run of the client."""

    first: Fact
    newest: float = 0.0
    """The newest ``dateLastModified`` in the pages of the run."""

    watermarks: dict[int, float] = field(default_factory=dict)
    """The watermark of each path, 0 for a read of everything."""

    started: dict[int, float] = field(default_factory=dict)
    """The time at which the read of each path began, by the clock of the sandbox."""

    open: dict[int, Fact] = field(default_factory=dict)
    """The paths that are not read to the end, each with its last request."""

    @property
    def is_complete(self) -> bool:
        """Whether the run has read a path, and every path to the end."""
        return bool(self.watermarks) and not self.open


class DeltaRule(Rule):
    """Base of rules that compare the runs of a client."""

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self.runs: list[_Run] = []
        """The last complete run and the runs after it; the last one is the present."""

        self._run = -1

    def see(self, step: Step) -> None:
        """Collect what a run reads, and judge the first read of each path."""
        fact = step.fact
        if fact.operation >= COPY:
            return
        if step.run != self._run or self._changes_watermark(step):
            self._run = step.run
            complete = [number for number, run in enumerate(self.runs) if run.is_complete]
            self.runs = [*self.runs[complete[-1] if complete else 0 :], _Run(fact)][-_MOST_RUNS:]
        run = self.runs[-1]
        if step.place in {"", "probe"}:
            return
        if fact.path not in run.watermarks:
            run.watermarks[fact.path] = fact.watermark
            run.started[fact.path] = fact.at
            self.judge(fact)
        self._record_progress(run, fact, step.walk)

    def judge(self, fact: Fact) -> None:
        """Judge the first read of a path in a run."""
        raise NotImplementedError

    def _changes_watermark(self, step: Step) -> bool:
        """Return whether a request begins another run, because its watermark differs from that of the present run."""
        fact, run = step.fact, self.runs[-1]
        if step.place not in {"first", "again", "failed"} or fact.watermark == 0:
            return False
        return run.watermarks.get(fact.path, fact.watermark) != fact.watermark

    def _record_progress(self, run: _Run, fact: Fact, walk: Walk | None) -> None:
        if fact.is_page:
            run.newest = max(run.newest, fact.newest)
            if walk is not None and not walk.is_done:
                run.open[fact.path] = fact
            else:
                run.open.pop(fact.path, None)
        elif fact.is_failure or fact.is_unreadable or fact.status in _FAILED:
            run.open[fact.path] = fact


_MOST_RUNS = 100


class Watermark(DeltaRule):
    """Compare the time in a delta filter with the runs before.

    A time up to the newest ``dateLastModified`` of a complete run is safe, and so is the time at which the last
    complete run began to read the collection. Another time comes from the clock of the client; it can be judged only if
    the clock of the sandbox was real time in that run. A client that uses another watermark begins another run.
    """

    id = "V18"
    level = "must"
    sentence = "The delta watermark is the start of the last complete run at most, or the newest dateLastModified seen"
    source = "Microsoft School Data Sync; Infinite Campus, guidelines for API consumers"
    exercise = Plan(("", ""), days=1)
    unexercised = "no run with a filter on dateLastModified came after a complete run"

    def judge(self, fact: Fact) -> None:
        """Compare a watermark with the last complete run."""
        complete = [run for run in self.runs[:-1] if run.is_complete]
        if not fact.watermark or not complete:
            return
        last = complete[-1]
        started = last.started.get(fact.path, last.first.at)
        if fact.watermark <= max(last.newest, started) + _EXACT:
            self.is_exercised = True
            return
        if abs(last.first.offset) > _REAL:
            self.reason = "the watermark is no dateLastModified seen, and the clock of the sandbox was not real time"
            return
        late = fact.watermark - started
        if late <= self.numbers["seconds"]:
            self.reason = "the watermark is so little after the start of the read that clocks may differ by as much"
            return
        self.find(
            f"{list_name(fact)}: the watermark is {late:,.3f} s after the start of the last complete read; changes "
            "between are missed",
            fact,
        )


class FailedRun(DeltaRule):
    """Look at the run after one that left a collection unread or unfinished.

    For that collection it must use the watermark of the failed run, or an earlier one, or read everything.
    """

    id = "V19"
    level = "must"
    sentence = "A failed run does not move the watermark"
    source = "psd401, published ClassLink client (2026)"
    exercise = Plan(("", "server-error@path=*/enrollments", ""), days=1)
    unexercised = "no run with a filter on dateLastModified came after a failed run"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._uses_watermarks = False
        self._is_kept = False

    def judge(self, fact: Fact) -> None:
        """Compare a watermark with that of the failed run before."""
        self._uses_watermarks |= fact.watermark > 0
        if len(self.runs) < 2 or self.runs[-2].is_complete:
            return
        failed = self.runs[-2]
        if fact.path in failed.watermarks and fact.path not in failed.open:
            return
        allowed = failed.watermarks.get(fact.path, max(failed.watermarks.values(), default=0.0))
        if not failed.watermarks and len(self.runs) > 2:
            return
        if fact.watermark > allowed + _EXACT:
            expected = "the watermark of the failed run" if allowed else "none: the failed run read everything"
            self.find(
                f"{list_name(fact)}: a run failed, and the next one moved the watermark; right is {expected}",
                fact,
                *failed.open.values(),
            )
        else:
            self._is_kept = True

    def finish(self) -> None:
        """Count only clients that use watermarks."""
        self.is_exercised |= self._is_kept and self._uses_watermarks


class Deletions(Rule):
    """Look at filters on ``dateLastModified``. With ``status='active'`` beside it, deletions are never seen."""

    id = "V20"
    level = "must"
    sentence = "A delta is not narrowed by status='active', which hides deletions"
    source = "Microsoft School Data Sync; OneRoster 1.1, section 3.3"
    exercise = Plan(("", ""), days=1)
    unexercised = "no filter on dateLastModified was sent"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._found: set[int] = set()

    def see(self, step: Step) -> None:
        """Check a filter."""
        fact = step.fact
        if not fact.watermark or fact.operation >= COPY:
            return
        self.is_exercised = True
        if fact.flags & Flag.ACTIVE_ONLY and fact.path not in self._found:
            self._found.add(fact.path)
            self.find(f"{list_name(fact)}: the filter is {fact.text.partition('?')[2]}", fact)
