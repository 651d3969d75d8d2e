"""Rules of reading a collection page by page."""

from __future__ import annotations

from mockroster.judge.fact import Fact, Flag, list_name
from mockroster.judge.rule import Numbers, Plan, Rule
from mockroster.judge.traffic import Step, Walk, is_short

_CONTINUES = frozenset({"next", "ahead", "behind", "repeated", "other"})


class CompleteWalks(Rule):
    """Look at walks of more than one page, and at a first page that was not the last.

    A walk is complete at ``X-Total-Count``; without it at a page without a next link, or at a short or empty page. A
    walk that the client restarts in the same run, or whose last request failed, is left to other rules, and so is
    one whose last page was short. A page of one row is a probe for the total.
    """

    id = "V01"
    level = "must"
    sentence = "A collection that is read is read to its end"
    source = "code.org and psd401, published ClassLink clients (2026)"
    exercise = Plan()
    unexercised = "no list was longer than a page"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._open: dict[int, Walk] = {}

    def see(self, step: Step) -> None:
        """Keep the walks that are not complete."""
        if step.abandoned is not None:
            self._end(self._open.pop(id(step.abandoned), None))
        walk = step.walk
        if walk is None or not walk.pages:
            return
        if walk.is_done:
            self._open.pop(id(walk), None)
            self.is_exercised |= walk.pages > 1
        else:
            self._open[id(walk)] = walk

    def finish(self) -> None:
        """Report the walks that were not completed."""
        for walk in self._open.values():
            self._end(walk)

    def _end(self, walk: Walk | None) -> None:
        if walk is None or walk.is_superseded or walk.failed is not None:
            return
        name, read, total = list_name(walk.last), walk.next, max(walk.last.total_header, walk.last.total)
        if walk.last.start + walk.last.limit >= total:
            return  # the client has added its limit to the offset, or has taken a short page for the last: see V02
        self.find(f"{name}: read to row {read:,} of {total:,}, and not further", walk.last)


class RowsReceived(Rule):
    """Look at walks with a page that has fewer rows than the limit although more follow.

    The next request must continue after the rows received. To stop at such a page is wrong if ``X-Total-Count`` or
    ``Link`` says that more follow.
    """

    id = "V02"
    level = "must"
    sentence = "The next offset follows from the rows received; a short page is not taken for the last"
    source = "code.org, published ClassLink client (2026)"
    exercise = Plan(("clamped-limit:max=40",))
    unexercised = "no page was shorter than its limit although more followed"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._short: dict[int, tuple[Walk, Fact]] = {}
        """The walks whose last page was short, with that page."""

    def see(self, step: Step) -> None:
        """Compare the next page with a short one."""
        walk, fact = step.walk, step.fact
        if step.abandoned is not None:
            self._end(*self._short.pop(id(step.abandoned), (None, None)))
        if walk is None or step.place in {"failed", "past"}:
            return
        _, short = self._short.pop(id(walk), (None, None))
        if short is not None and step.place in _CONTINUES:
            self.is_exercised = True
            end = short.start + short.rows
            if step.place == "ahead":
                name = list_name(fact)
                self.find(
                    f"{name}: {short.rows:,} rows came for limit={short.limit}, and the next offset was "
                    f"{fact.start:,} in place of {end:,}",
                    fact,
                    short,
                )
        if is_short(fact) and not walk.is_done:
            self._short[id(walk)] = walk, fact

    def finish(self) -> None:
        """Report the walks that ended at a short page."""
        for walk, short in self._short.values():
            self._end(walk, short)

    def _end(self, walk: Walk | None, short: Fact | None) -> None:
        if walk is None or short is None or walk.is_superseded or walk.failed is not None:
            return
        self.find(
            f"{list_name(short)}: a page of {short.rows:,} rows was taken for the last, at row {walk.next:,} of "
            f"{max(short.total_header, short.total):,}",
            short,
        )


class TotalOrder(Rule):
    """Look at walks of more than one page. ``sourcedId`` is the only member that every provider keeps unique."""

    id = "V03"
    level = "should"
    sentence = "Reads of more than one page ask for a total order (sort=sourcedId)"
    source = "code.org, published ClassLink client (2026)"
    exercise = Plan(("unstable-order",))
    unexercised = "no walk had more than one page"

    def see(self, step: Step) -> None:
        """Look at the second page of each walk."""
        walk = step.walk
        if walk is None or walk.pages != 2 or step.place not in _CONTINUES:
            return
        self.is_exercised = True
        if not walk.first.flags & Flag.SORTED:
            self.find(f"{list_name(walk.first)}: read page by page without sort=sourcedId", walk.first, step.fact)


class SameQuery(Rule):
    """Look at walks of more than one page with filter, fields or sort."""

    id = "V04"
    level = "must"
    sentence = "filter, fields and sort are the same on all pages, also where Link drops them"
    source = "OneRoster 1.1, section 3.4.1"
    exercise = Plan(("link-drops-query",))
    unexercised = "no walk of more than one page had a filter, fields or sort"

    def see(self, step: Step) -> None:
        """Look at each page after the first."""
        walk = step.walk
        if walk is None or step.place not in _CONTINUES or not walk.first.flags & Flag.SELECTIVE:
            return
        self.is_exercised = True
        if step.place == "other":
            before, after = (fact.text.partition("?")[2] or "no query" for fact in (walk.first, step.fact))
            name = list_name(step.fact)
            self.find(f"{name}: the first page was asked for with {before}, a later one with {after}", step.fact)


class WalkEnd(Rule):
    """Look at walks of more than one page.

    Wrong are a page after an empty one, and a page that was received before in the same walk. A request that is
    repeated after 401, 403, 429 or a failure is left to other rules, and so is a walk that is restarted.
    """

    id = "V05"
    level = "must"
    sentence = "A read ends: nothing after an empty page, no page twice"
    source = "code.org and psd401, published ClassLink clients (2026)"
    exercise = Plan(("next-past-end:style=forever@times=200",))
    unexercised = "no walk had more than one page"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._last: Fact | None = None

    def see(self, step: Step) -> None:
        """Check each page."""
        last, self._last = self._last, step.fact
        walk, fact = step.walk, step.fact
        if walk is None or not fact.is_page:
            return
        self.is_exercised |= walk.pages > 1
        name = list_name(fact)
        if step.place == "past" and (walk.last.rows == 0 or walk.extra > 1):
            self.find(f"{name}: offset {fact.start:,} was asked for after an empty page", fact)
        elif step.place == "repeated" and fact.rows:
            self.find(f"{name}: the page at offset {fact.start:,} was read again in the same walk", fact)
        elif step.abandoned is not None and _is_repeated(last, fact) and not step.begins_run:
            self.find(f"{name}: the same page was read again, and no other page between", fact)


def _is_repeated(last: Fact | None, fact: Fact) -> bool:
    """Return whether a request is the previous one again, which had the same answer."""
    if last is None or not last.is_page:
        return False
    return (last.target, last.total_header, last.mark) == (fact.target, fact.total_header, fact.mark)


class LargePages(Rule):
    """Look at pages of lists with more than 1,000 rows.

    A smaller limit is right once the provider has reduced or refused a larger one.
    """

    id = "V06"
    level = "should"
    sentence = "limit is at least 1,000 where there are more rows, within the cap of the provider"
    source = "Infinite Campus, guidelines for API consumers; Microsoft School Data Sync; Google's 1.2 notebook"
    exercise = Plan()
    unexercised = "no list had more than 1,000 rows"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._small: dict[int, Fact] = {}
        self._is_capped = False

    def see(self, step: Step) -> None:
        """Note small limits, and answers to large ones."""
        fact, least = step.fact, int(self.numbers["limit"])
        if step.walk is None and step.place != "failed":
            return
        has_large_limit = fact.flags & Flag.LIMIT and fact.limit >= least
        if has_large_limit and (is_short(fact) or fact.status in {400, 413} or fact.status >= 500):
            self._is_capped = True
        if not fact.is_page or fact.total <= least:
            return
        if has_large_limit:
            self.is_exercised = True
        else:
            self._small.setdefault(fact.path, fact)

    def finish(self) -> None:
        """Report small limits, unless the provider has a cap."""
        if self._is_capped:
            self.is_exercised |= bool(self._small)
            return
        for fact in self._small.values():
            limit = f"limit={fact.limit}" if fact.flags & Flag.LIMIT else "no limit"
            self.find(f"{list_name(fact)}: {fact.total:,} rows were read with {limit}", fact)
