"""The base of the toy clients: one request at a time, a good walk, and the description of a case."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from movable_time import Time

from mockroster.client.http import TIMEOUT, Answer, ask
from mockroster.client.sandbox import Sandbox

Row = dict[str, Any]
Copy = dict[str, dict[str, Row]]
"""The records that a client keeps: by collection and id."""


class Toy:
    """The connection of a toy client. It repeats, waits for and hides nothing: that is up to each client."""

    def __init__(self, sandbox: Sandbox, time: Time) -> None:
        self.sandbox, self.time = sandbox, time
        self.client_id, self.client_secret = sandbox.client_id, sandbox.client_secret
        self.run = "run-1"
        """Sent with each request, so that the server tells the runs apart; not at all if empty."""

        self.copy: Copy | None = None
        """What the client keeps, for the rules that compare it with the server."""

        self.bearer = ""

    def sign_in(self, scope: str = "") -> None:
        """Ask for a token, for all scopes by default."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        } | ({"scope": scope} if scope else {})
        headers = self._headers({"Content-Type": "application/x-www-form-urlencoded"})
        answer = ask(self.sandbox.token_url, "POST", urlencode(form).encode(), headers)
        assert answer.status_code == 200, answer.text
        self.bearer = answer.json()["access_token"]

    def send(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """Send a request with the token; a relative URL is below the base of 1.1."""
        if not self.bearer:
            self.sign_in()
        headers = self._headers({"Authorization": f"Bearer {self.bearer}"})
        if body is not None:
            headers["Content-Type"] = "application/json"
        return ask(url if "://" in url else self.sandbox.base_url_v1p1 + url, method, body, headers)

    def get(self, path: str, **query: str | int) -> Answer:
        """Read a path once."""
        return self.send("GET", f"{path}?{urlencode(query)}" if query else path)

    def pages(self, path: str, limit: int = 200, **query: str | int) -> Iterator[list[Row]]:
        """Yield the pages of a collection as a careful client reads them; every one must be 200."""
        offset, total = 0, 1
        while offset < total:
            answer = self.get(path, limit=limit, offset=offset, sort="sourcedId", **query)
            assert answer.status_code == 200, answer.text
            page, total = rows(answer), int(answer.headers["X-Total-Count"])
            if not page:
                return
            yield page
            offset += len(page)

    def wait(self, seconds: float) -> None:
        """Let time pass, once the server has noted how the requests so far ended."""
        until = time.monotonic() + TIMEOUT
        while any(request.outcome is None for request in self.sandbox.requests):
            assert time.monotonic() < until, "a request does not end"
        self.time.sleep(seconds)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        return headers | ({"X-Mockroster-Run": self.run} if self.run else {})

    def walk(self, path: str, limit: int = 200, **query: str | int) -> list[Row]:
        """Return the rows of a collection, as a careful client reads them."""
        return [row for page in self.pages(path, limit, **query) for row in page]


def rows(answer: Answer) -> list[Row]:
    """Return the rows of a page. Raises ``ValueError`` if it is not JSON."""
    found: list[Row] = next(iter(answer.json().values()))
    return found


def repeated(toy: Toy, request: Callable[[], Answer], gaps: Sequence[float], statuses: frozenset[int]) -> Answer:
    """Repeat a request while its status is one of these, after each gap in seconds."""
    answer = request()
    for gap in gaps:
        if answer.status_code not in statuses:
            break
        toy.wait(gap)
        answer = request()
    return answer


Client = Callable[[Toy], "Iterator[None] | None"]
"""A client. One that runs several times yields at the end of each run but the last."""


@dataclass(frozen=True)
class Case:
    """A rule, a client that follows it, one that does not, and what happens to them."""

    rule: str
    good: Client
    bad: Client
    scenarios: Sequence[str | dict[str, Any]] = ()
    nights: Sequence[Callable[[Sandbox], object]] = ()
    """What happens between one run and the next."""

    also: frozenset[str] = field(default_factory=frozenset)
    """Other must-rules that the bad client cannot help breaking."""

    variant: str = ""
    rules: str = ""
    """What is switched on, and the numbers that differ from the defaults."""

    students: int | None = None
    """The size of the district; that of the server by default."""

    def __str__(self) -> str:
        return f"{self.rule}-{self.variant}" if self.variant else self.rule


def play(case: Case, client: Client, toy: Toy) -> None:
    """Run a client as often as its case says."""
    toy.sandbox.use(*case.scenarios)
    runs = client(toy)
    if runs is None:
        return
    for number, night in enumerate(case.nights, 2):
        next(runs)
        night(toy.sandbox)
        toy.run = f"run-{number}"
    assert next(runs, "ended") == "ended", "the client has more runs than the case has nights"
