"""Rules of what a client does after a failure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from mockroster.judge.fact import COPY, METHODS, Fact, Flag, is_collection
from mockroster.judge.rule import Numbers, Plan, Rule, clock_moved
from mockroster.judge.traffic import Step

_GET, _POST, _PUT = (METHODS.index(name) for name in ("GET", "POST", "PUT"))
_LEFT_TO_OTHERS = frozenset({401, 403, 408, 425, 429})
_MOST_OPEN = 10_000
"""The most requests that a rule remembers."""

_ENOUGH = 3
"""The attempts from which growing gaps can be seen."""


def _attempt(fact: Fact) -> tuple[int, ...]:
    """Return the key under which attempts of one request are collected.

    A page may be asked for again with another limit. Whether a PUT has the same body is left to ``Writes``.
    """
    if is_collection(fact):
        return fact.path, fact.shape, fact.start
    return (fact.target,) if fact.method == _PUT else (fact.target, fact.body)


def _gaps(attempts: Sequence[Fact]) -> list[float]:
    """Return the seconds between the end of each attempt and the next, at least 0.

    A client may have the whole response, and send the next request, just before the server has noted the end.
    """
    return [max(0.0, after.began - before.ended) for before, after in pairwise(attempts)]


def _is_growing(gaps: Sequence[float], numbers: Numbers) -> bool:
    return max(gaps[1:]) >= max(gaps[0] * numbers["growth"], numbers["gap"])


def _is_real(attempts: Sequence[Fact]) -> bool:
    """Return whether the clock of the sandbox was not moved between the attempts."""
    return not any(clock_moved(attempts[0], fact) for fact in attempts[1:])


def _listed(gaps: Iterable[float]) -> str:
    return ", ".join(f"{gap:.2f}" for gap in gaps) + " s"


class RetryAfter(Rule):
    """Look at every request after a 429, 503 or 413 with ``Retry-After``, until the time is over.

    The time is real time. If the clock of the sandbox was moved meanwhile, as test suites do in place of waiting, the
    response is not judged. Nor is a request that comes early by less than the tolerance, if the time itself is not
    longer.
    """

    id = "V11"
    level = "must"
    sentence = "Nothing is sent before Retry-After is over, in seconds or as a date"
    source = "RFC 9110, section 10.2.3; psd401, published ClassLink client (2026)"
    exercise = Plan(("rate-limit:limit=3,per=2@times=8",))
    unexercised = "no response had a Retry-After, or nothing was sent afterwards"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._waiting: Fact | None = None

    def see(self, step: Step) -> None:
        """Compare the time of a request with the latest deadline."""
        fact, waiting = step.fact, self._waiting
        if waiting is not None and fact.began > waiting.ended:
            self._judge(waiting, fact)
        if fact.retry_after > 0 and (self._waiting is None or _deadline(fact) > _deadline(self._waiting)):
            self._waiting = fact

    def _judge(self, waiting: Fact, fact: Fact) -> None:
        if clock_moved(waiting, fact):
            self._waiting = None
            self.reason = "the clock of the sandbox was moved before Retry-After was over"
            return
        tolerance = self.numbers["date" if waiting.flags & Flag.RETRY_DATE else "early"]
        early = _deadline(waiting) - fact.began
        if early > tolerance:
            since = fact.began - waiting.ended
            self.find(f"sent {since:.2f} s after a Retry-After of {waiting.retry_after:.1f} s", fact, waiting)
            return
        if early <= 0:
            self.is_exercised, self._waiting = True, None
        elif waiting.retry_after > tolerance:
            self.is_exercised = True
        else:
            self.reason = "Retry-After was too short to tell whether the client waited"


def _deadline(fact: Fact) -> float:
    return fact.ended + fact.retry_after


class Episodes(Rule):
    """Base of rules that look at attempts of the same request in a row."""

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._open: dict[tuple[int, ...], list[Fact]] = {}

    def fails(self, fact: Fact) -> bool:
        """Return whether a request fails so that it should be repeated."""
        raise NotImplementedError

    def end(self, attempts: list[Fact], failures: int) -> None:
        """Judge attempts in a row, the first of which are failures. The last one may have another answer."""
        raise NotImplementedError

    def see(self, step: Step) -> None:
        """Add an attempt to those before."""
        if step.begins_run:
            self.finish()
        fact = step.fact
        if fact.operation == COPY:
            return
        key = _attempt(fact)
        if self.fails(fact):
            attempts = self._open.setdefault(key, [])
            if len(self._open) <= _MOST_OPEN and len(attempts) <= _MOST_OPEN:
                attempts.append(fact)
        elif key in self._open:
            failed = self._open.pop(key)
            self.end([*failed, fact], len(failed))

    def finish(self) -> None:
        """Judge the attempts that had no answer."""
        for attempts in self._open.values():
            if attempts:
                self.end(attempts, len(attempts))
        self._open.clear()


class Backoff(Episodes):
    """Look at 429 without ``Retry-After``, three attempts or more of the same request in a row.

    The gaps are those of real time; if the clock of the sandbox was moved meanwhile, they are not judged. Gaps without
    any jitter keep the same ratio to within 2 %, from four attempts on.
    """

    id = "V12"
    level = "should"
    sentence = "A 429 without Retry-After is followed by growing, jittered gaps"
    source = "ClassLink, OneRoster API request limits"
    exercise = Plan(("rate-limit:limit=3,per=3,retry_after=none@times=8",))
    unexercised = "no request was answered with 429 without Retry-After, and repeated twice"

    _EVEN = 0.02

    def fails(self, fact: Fact) -> bool:
        """Return whether a request is refused without a time to wait."""
        return fact.status == 429 and fact.retry_after < 0

    def end(self, attempts: list[Fact], failures: int) -> None:
        """Judge the gaps."""
        if not failures or len(attempts) < _ENOUGH:
            return
        if not _is_real(attempts):
            self.reason = "the clock of the sandbox was moved between the attempts"
            return
        gaps = _gaps(attempts)
        self.is_exercised = True
        if not _is_growing(gaps, self.numbers):
            self.find(f"a 429 was followed by attempts after {_listed(gaps)}, which do not grow", *attempts[1:])
        elif self._is_even(gaps):
            self.find(f"a 429 was followed by attempts after {_listed(gaps)}, without jitter", *attempts[1:])

    def _is_even(self, gaps: list[float]) -> bool:
        """Return whether gaps grow by the same ratio each time."""
        if len(gaps) < 3 or min(gaps) < self.numbers["gap"]:
            return False
        ratios = [after / before for before, after in pairwise(gaps)]
        return max(ratios) - min(ratios) < self._EVEN * min(ratios)


class Repeats(Episodes):
    """Look at 5xx, and at requests whose response did not arrive, but for POST.

    They must be repeated in the same run, at most 10 times, after growing gaps. Growth can be seen from three attempts
    on; with fewer the rule is skipped. Gaps are not judged after a ``Retry-After``, or if the clock of the sandbox was
    moved. A page may be asked for again with a smaller limit.
    """

    id = "V13"
    level = "must"
    sentence = "5xx and time-outs are repeated, a bounded number of times, after growing gaps"
    source = "ClassLink, OneRoster API request limits; psd401, published ClassLink client (2026)"
    exercise = Plan(("recovers-after:failures=3",))
    unexercised = "no request failed with 5xx or without a response"

    def fails(self, fact: Fact) -> bool:
        """Return whether the server failed, or the response did not arrive."""
        return fact.is_failure and (fact.method != _POST or fact.is_token)

    def end(self, attempts: list[Fact], failures: int) -> None:
        """Judge the number and the gaps."""
        most = int(self.numbers["repeats"])
        first = attempts[0]
        failure = f"a {first.status}" if first.status >= 500 else "a request without a response"
        if len(attempts) == 1:
            self.find(f"{failure} was not repeated", first)
            return
        if failures > most + 1:
            self.find(f"{failure} was repeated {len(attempts) - 1:,} times", *reversed(attempts))
            return
        if len(attempts) < _ENOUGH:
            self.reason = "a failed request was repeated, but growing gaps need three attempts in a row"
            return
        if not _is_real(attempts) or any(fact.retry_after >= 0 for fact in attempts[:-1]):
            self.reason = "the gaps cannot be judged: the clock was moved, or the responses had a Retry-After"
            return
        gaps = _gaps(attempts)
        self.is_exercised = True
        if not _is_growing(gaps, self.numbers):
            self.find(f"{failure} was repeated after {_listed(gaps)}, which do not grow", *attempts[1:])


class NoRepeats(Rule):
    """Look at 4xx but 401, 403, 408, 425 and 429, and at the same request with the same body later in the run."""

    id = "V14"
    level = "must"
    sentence = "Other 4xx are not repeated unchanged"
    source = "RFC 9110, section 15.5; psd401, published ClassLink client (2026)"
    exercise = Plan(("missing-endpoints:paths=/classes|/users|/enrollments",))
    unexercised = "no request was answered with such a 4xx"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._refused: dict[tuple[int, int], Fact] = {}

    def see(self, step: Step) -> None:
        """Compare a request with those that were refused."""
        if step.begins_run:
            self._refused.clear()
        fact = step.fact
        if fact.operation == COPY:
            return
        key = fact.target, fact.body
        before = self._refused.get(key)
        if before is not None:
            self.find(f"a request was sent again unchanged after a {before.status}", fact, before)
        if 400 <= fact.status < 500 and fact.status not in _LEFT_TO_OTHERS:
            self.is_exercised = True
            if len(self._refused) < _MOST_OPEN:
                self._refused[key] = fact


class Writes(Rule):
    """Look at PUT and POST that failed with 5xx, 429 or without a response.

    A PUT must be repeated with the same id and the same body. A POST that failed may have been carried out, so the
    client has to read before it repeats it; a 429 was not carried out.
    """

    id = "V15"
    level = "must"
    sentence = "A PUT is repeated only with the same id and body, a POST never blindly"
    source = "Longsight, grade passback of Sakai"
    exercise = Plan(("recovers-after:failures=1@method=PUT|POST,path=/ims/*",))
    unexercised = "no PUT or POST failed"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._puts: dict[int, Fact] = {}
        self._posts: dict[int, Fact] = {}

    def see(self, step: Step) -> None:
        """Compare a write with those that failed."""
        fact = step.fact
        if fact.operation >= COPY:
            return
        if fact.method == _PUT:
            self._see_put(fact)
        elif fact.method == _POST:
            self._see_post(fact)
        elif fact.method == _GET:
            self._posts.clear()

    def _see_put(self, fact: Fact) -> None:
        failed = self._puts.pop(fact.path, None)
        if failed is not None:
            self.is_exercised = True
            if failed.body != fact.body:
                self.find("a PUT that had failed was repeated with another body", fact, failed)
        elif fact.body:
            other = next((put for put in self._puts.values() if put.body == fact.body), None)
            if other is not None:
                del self._puts[other.path]
                self.find("a PUT that had failed was repeated with another id", fact, other)
        if (fact.is_failure or fact.status == 429) and len(self._puts) < _MOST_OPEN:
            self._puts[fact.path] = fact

    def _see_post(self, fact: Fact) -> None:
        failed = self._posts.get(fact.body)
        if failed is not None and failed.path == fact.path:
            self.find("a POST that had failed was repeated, and nothing was read in between", fact, failed)
        if fact.is_failure:
            self.is_exercised = True
            if len(self._posts) < _MOST_OPEN:
                self._posts[fact.body] = fact
