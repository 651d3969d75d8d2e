"""Rules of the choice of operations and scopes."""

from __future__ import annotations

from mockroster.judge.fact import Fact, Flag, operation_of
from mockroster.judge.rule import Numbers, Plan, Rule
from mockroster.judge.traffic import Step
from mockroster.standard.versions import SCOPES


class Collections(Rule):
    """Count, in each run, the different single records and nested lists that are read with the same operation."""

    id = "V07"
    level = "should"
    sentence = "Collections are read, not one record, class or user after the other"
    source = "Infinite Campus, guidelines for API consumers"
    exercise = Plan()
    unexercised = "no collection was read"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._paths: dict[int, set[int]] = {}

    def see(self, step: Step) -> None:
        """Count the paths of each operation."""
        if step.begins_run:
            self._paths.clear()
        fact = step.fact
        operation = operation_of(fact)
        if operation is None or operation.method != "GET" or fact.status != 200:
            return
        if not operation.parameters:
            self.is_exercised |= fact.is_page
            return
        most, paths = int(self.numbers["reads"]), self._paths.setdefault(fact.operation, set())
        if len(paths) > most:
            return
        paths.add(fact.path)
        if len(paths) > most:
            self.find(f"{operation.path} was read more than {most} times in a run, each for another id", fact)


class SparseRecords(Rule):
    """Look at runs in which a scenario removed optional members or made them null.

    The client must not stop there. It is taken to have stopped if a walk is left unfinished, or if it read fewer paths
    than in a run without the scenario. If neither can be seen, the rule is skipped.
    """

    id = "V24"
    level = "should"
    sentence = "Missing optional members and nulls do not end the run"
    source = "Clever, GG4L, Aeries and psd401"
    exercise = Plan(("", "omitted-optionals;nulls"))
    unexercised = "no optional member was missing or null by a scenario"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._paths: set[int] = set()
        self._usual = 0
        self._sparse: list[Fact] = []
        self._last: Step | None = None

    def see(self, step: Step) -> None:
        """Collect the paths of a run."""
        if step.begins_run:
            self._end_run()
        if not step.fact.is_read:
            return
        self._last = step
        self._paths.add(step.fact.path)
        if step.fact.flags & Flag.SPARSE and step.fact.is_page and step.fact.rows:
            self._sparse.append(step.fact)

    def finish(self) -> None:
        """Judge the last run."""
        self._end_run()

    def _end_run(self) -> None:
        sparse, last, number = self._sparse, self._last, len(self._paths)
        self._sparse, self._last, self._paths = [], None, set()
        if not sparse or last is None:
            self._usual = max(self._usual, number)
            return
        is_unfinished = last.fact is sparse[-1] and last.walk is not None and not last.walk.is_done
        if is_unfinished or (last.fact is sparse[-1] and number < self._usual):
            self.find("the run ended after a page whose optional members were missing or null", sparse[-1])
        elif len(sparse) > 1 or last.fact is not sparse[-1]:
            self.is_exercised = True


class Scopes(Rule):
    """Compare the scopes of token requests with the operations used.

    Without ``scope`` in its token requests a client asks for nothing in particular, and the rule is skipped.
    """

    id = "V24b"
    level = "should"
    sentence = "The scopes asked for are used; demographics are not asked for unless they are read"
    source = "Clever, GG4L, Aeries and psd401"
    exercise = Plan()
    unexercised = "no token request named its scopes, or too little was read"

    _LEAST = 3
    """The reads from which the use of scopes can be judged."""

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._asked: dict[str, Fact] = {}
        self._used: set[str] = set()
        self._reads = 0

    def see(self, step: Step) -> None:
        """Collect scopes asked for and used."""
        fact = step.fact
        if fact.is_token and fact.status == 200:
            for number, scope in enumerate(SCOPES):
                if fact.scopes >> number & 1:
                    self._asked.setdefault(scope, fact)
            return
        operation = operation_of(fact)
        if operation is not None:
            self._reads += fact.status == 200
            self._used.update(operation.scopes)

    def finish(self) -> None:
        """Report the scopes that were not used."""
        if not self._asked or self._reads < self._LEAST:
            return
        self.is_exercised = True
        for scope, fact in self._asked.items():
            if scope not in self._used:
                self.find(f"{scope.rpartition('/')[2]} was asked for, and nothing that needs it was used", fact)
