"""Rules of tokens and refusals."""

from __future__ import annotations

from mockroster.judge.fact import COPY, Fact, Flag
from mockroster.judge.rule import Numbers, Plan, Rule
from mockroster.judge.traffic import Step

_REFUSED = frozenset({401, 403})


class OneToken(Rule):
    """Count successful token requests of a run with the same credentials and scopes.

    A new token after a 401 is right, and so is one after the lifetime by the clock of the sandbox.
    """

    id = "V08"
    level = "should"
    sentence = "At most one token is asked for in the lifetime of a token"
    source = "code.org, published ClassLink client (2026); RFC 6749, section 5.1"
    exercise = Plan()
    unexercised = "no token was used for more than one request"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._tokens: dict[tuple[int, int], Fact] = {}
        self._uses = 0

    def see(self, step: Step) -> None:
        """Compare a token request with the last one."""
        fact = step.fact
        if step.begins_run:
            self._tokens.clear()
            self._uses = 0
        if not fact.is_token:
            self._uses += fact.operation < COPY
            self.is_exercised |= bool(self._tokens) and self._uses > 1
            if fact.status == 401:
                self._tokens.clear()
            return
        if fact.status != 200:
            return
        before = self._tokens.get((fact.body, fact.token))
        self._tokens[fact.body, fact.token] = fact
        if before is not None and fact.at - before.at < self.numbers["lifetime"]:
            self.find(f"a token was asked for {fact.at - before.at:,.1f} s after the one before", fact, before)


class Renewal(Rule):
    """Look at 401 for a token that was accepted before.

    One new token and the same request must follow. If the new token is refused too, that is not the client's fault.
    """

    id = "V09"
    level = "must"
    sentence = "A 401 on an expired token leads to one new token and the same request again"
    source = "code.org, published ClassLink client (2026)"
    exercise = Plan(("token-expires-after:requests=3",))
    unexercised = "no token expired while it was used"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._accepted: set[int] = set()
        self._pending: dict[tuple[int, int], list[Fact]] = {}
        """The requests refused, each with the token requests since."""

    def see(self, step: Step) -> None:
        """Look for the repetition of a refused request."""
        if step.begins_run:
            self.finish()
        fact = step.fact
        if fact.is_token:
            if fact.status == 200:
                for refused in self._pending.values():
                    refused.append(fact)
            return
        if fact.operation >= COPY:
            return
        key = fact.target, fact.body
        since = self._pending.get(key)
        if since is not None and len(since) > 1:
            del self._pending[key]
            self.is_exercised = True
            if len(since) > 2:
                self.find(f"{len(since) - 1} tokens were asked for after one 401", since[0], *since[1:])
            return
        if fact.status != 401:
            self._accepted.add(fact.token)
        elif fact.flags & Flag.EXPIRED and fact.token in self._accepted and since is None:
            self._pending[key] = [fact]

    def finish(self) -> None:
        """Report requests that were not repeated."""
        for since in self._pending.values():
            refused, *tokens = since
            done = "a new token was asked for, but the request was not repeated" if tokens else "no new token followed"
            self.find(f"a request was refused because its token had expired; {done}", refused)
        self._pending.clear()


class NoLoop(Rule):
    """Count how often in a row the same request is answered with 401 or 403, with whatever token."""

    id = "V10"
    level = "must"
    sentence = "A request that is refused with 401 or 403 is not repeated in a loop"
    source = "code.org, published ClassLink client (2026)"
    exercise = Plan(("auth-failure@times=20",))
    unexercised = "nothing was refused with 401 or 403"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._refused: dict[tuple[int, int], list[Fact]] = {}

    def see(self, step: Step) -> None:
        """Count refusals in a row."""
        if step.begins_run:
            self._refused.clear()
        fact, most = step.fact, int(self.numbers["repeats"])
        key = fact.target, fact.body
        if fact.status not in _REFUSED:
            self._refused.pop(key, None)
            return
        self.is_exercised = True
        refused = self._refused.setdefault(key, [])
        if len(refused) > most:
            return
        refused.append(fact)
        if len(refused) > most:
            self.find(f"the same request was refused with {fact.status} {most + 1} times in a row", *reversed(refused))
