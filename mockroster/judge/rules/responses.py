"""Rules of responses that are incomplete or inconsistent."""

from __future__ import annotations

from mockroster.judge.fact import COPY, NONE, Fact, list_name
from mockroster.judge.rule import Numbers, Plan, Rule
from mockroster.judge.traffic import Step


class IncompletePages(Rule):
    """Look at reads of collections with status 200 whose body is cut, is no JSON, or has no records but an error.

    The same page must be asked for again, or the run must end. The next page, or another read without that, means that
    the client took the response for complete.
    """

    id = "V16"
    level = "must"
    sentence = "A cut 200, or one without records, is not accepted: it is repeated, or the run ends"
    source = "code.org, published ClassLink client (2026)"
    exercise = Plan(("truncated-json@after=2,times=1",))
    unexercised = "no response with status 200 was cut or without records"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._pending: dict[tuple[int, int, int], Fact] = {}
        self._last: Fact | None = None

    def see(self, step: Step) -> None:
        """Look for the repetition of an unreadable page."""
        if step.begins_run:
            self.finish()
        fact = step.fact
        if fact.operation >= COPY:
            return
        self._last = fact
        key = fact.path, fact.shape, fact.start
        if self._pending.pop(key, None) is not None:
            self.is_exercised = True
        for other, cut in tuple(self._pending.items()):
            if cut.path == fact.path and fact.start > cut.start and fact.began > cut.ended:
                del self._pending[other]
                self.find(f"{list_name(cut)}: a page was cut or without records, and the next was asked for", fact, cut)
        if fact.is_unreadable and fact.start != NONE:
            self._pending[key] = fact

    def finish(self) -> None:
        """Report pages that were not repeated although the run went on."""
        for cut in self._pending.values():
            last = self._last
            if last is not None and last.sequence > cut.sequence and last.began > cut.ended:
                self.find(
                    f"{list_name(cut)}: a page was cut or without records, and the run went on without it",
                    last,
                    cut,
                )
            else:
                self.is_exercised = True
        self._pending.clear()


class Changes(Rule):
    """Look at walks during which ``X-Total-Count`` or the revision that a page shows changed.

    The client must restart the read in the same run, at most three times; then it may give up.
    """

    id = "V17"
    level = "should"
    sentence = "A read during which the total or the revision changes is restarted"
    source = "psd401, published ClassLink client (2026)"
    exercise = Plan(("shifting-pages",))
    unexercised = "no total and no revision changed during a walk"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._changed: dict[tuple[int, int], Fact] = {}
        self._restarts: dict[tuple[int, int], int] = {}

    def see(self, step: Step) -> None:
        """Compare a page with the first of its walk."""
        if step.begins_run:
            self.finish()
        fact, walk = step.fact, step.walk
        if walk is None or not fact.is_page:
            return
        key = walk.key
        if step.place == "again" and key in self._changed:
            del self._changed[key]
            self.is_exercised = True
            self._restarts[key] = self._restarts.get(key, 0) + 1
            if self._restarts[key] == int(self.numbers["restarts"]) + 1:
                self.find(f"{list_name(fact)}: restarted {self._restarts[key]} times", fact)
        elif walk.pages > 1 and _differs(walk.first, fact):
            self._changed.setdefault(key, fact)

    def finish(self) -> None:
        """Report changes after which the walk was not restarted."""
        for key, fact in self._changed.items():
            if self._restarts.get(key, 0) >= self.numbers["restarts"]:
                continue  # enough: the provider changes too often
            self.find(f"{list_name(fact)}: the total or the revision changed, and the walk was not restarted", fact)
        self._changed.clear()
        self._restarts.clear()


def _differs(first: Fact, fact: Fact) -> bool:
    """Return whether the total or the revision differs between two pages."""
    if NONE not in {first.total_header, fact.total_header} and first.total_header != fact.total_header:
        return True
    return 0 not in {first.mark, fact.mark} and first.mark != fact.mark
