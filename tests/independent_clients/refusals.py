"""Clients that meet refusals and failures: V08 to V15."""

from __future__ import annotations

import json
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from itertools import pairwise
from typing import Any

from independent_clients.base import Case, Toy, repeated

COLLECTIONS = ("/orgs", "/academicSessions", "/courses", "/classes")
FAILURES = frozenset({500, 502, 503, 504})
MARGIN = 1.0
"""Seconds to wait beyond Retry-After."""

PAUSE = 1.0
"""Seconds that a client waits which does not look at Retry-After."""

GROWING = (3, 9, 52)
SHRINKING = (90, 3, 3)
"""Gaps in seconds between attempts."""


def reads_some(toy: Toy) -> None:
    """Read four collections with one token."""
    for path in COLLECTIONS:
        toy.walk(path, limit=1000)


def signs_in_each_time(toy: Toy) -> None:
    """Ask for a token before each collection."""
    for path in COLLECTIONS:
        toy.sign_in()
        toy.walk(path, limit=1000)


def renews_the_token(toy: Toy) -> None:
    """Ask for one token when the old one has expired, and repeat the request."""
    for path in COLLECTIONS:
        if toy.get(path, limit=1000, sort="sourcedId").status_code == 401:
            toy.sign_in()
            toy.get(path, limit=1000, sort="sourcedId")


def passes_over_the_refused(toy: Toy) -> None:
    """Ask for a new token, but do not repeat the refused request."""
    for path in COLLECTIONS:
        if toy.get(path, limit=1000, sort="sourcedId").status_code == 401:
            toy.sign_in()


def gives_up_at_401(toy: Toy) -> None:
    """Give up when the token has expired."""
    for path in COLLECTIONS:
        if toy.get(path, limit=1000, sort="sourcedId").status_code == 401:
            return


def gives_up_after_one_renewal(toy: Toy) -> None:
    """Renew the token once after 401, and end the run when that does not help."""
    if toy.get("/orgs").status_code == 401:
        toy.sign_in()
        toy.get("/orgs")


def hammers_a_refusal(toy: Toy) -> None:
    """Repeat a request that is refused, with the same token, in a loop."""
    for _ in range(6):
        toy.get("/orgs")


def asks_once(toy: Toy) -> None:
    """Ask once, and accept a refusal."""
    toy.get("/orgs")


def waits_as_told(toy: Toy) -> None:
    """Wait for as many seconds as the server says."""
    answer = toy.get("/orgs")
    if answer.status_code == 429:
        toy.wait(int(answer.headers["Retry-After"]) + MARGIN)
        toy.get("/orgs")
    toy.get("/courses")


def waits_until(toy: Toy) -> None:
    """Wait until the date that the server says."""
    answer = toy.get("/orgs")
    if answer.status_code == 429:
        until = parsedate_to_datetime(answer.headers["Retry-After"])
        toy.wait(max(0.0, (until - toy.time.now()).total_seconds()) + MARGIN)
        toy.get("/orgs")


def does_not_wait(toy: Toy) -> None:
    """Repeat nearly at once, whatever the server says."""
    if toy.get("/orgs").status_code == 429:
        toy.wait(PAUSE)
        toy.get("/orgs")


def goes_elsewhere(toy: Toy) -> None:
    """Read something else while the server asks to be left alone."""
    answer = toy.get("/orgs")
    if answer.status_code == 429:
        toy.wait(PAUSE)
        toy.get("/courses")


def backs_off_from_429(toy: Toy) -> None:
    """Wait longer after each refusal."""
    repeated(toy, lambda: toy.get("/orgs"), GROWING, frozenset({429}))


def presses_on_at_429(toy: Toy) -> None:
    """Repeat ever sooner."""
    repeated(toy, lambda: toy.get("/orgs"), SHRINKING, frozenset({429}))


def backs_off_from_503(toy: Toy) -> None:
    """Wait longer after each failure."""
    repeated(toy, lambda: toy.get("/orgs"), GROWING, FAILURES)
    toy.get("/courses")


def presses_on_at_503(toy: Toy) -> None:
    """Repeat ever sooner."""
    repeated(toy, lambda: toy.get("/orgs"), SHRINKING, FAILURES)
    toy.get("/courses")


def never_gives_up(toy: Toy) -> None:
    """Repeat fifteen times, after growing gaps."""
    repeated(toy, lambda: toy.get("/orgs"), [1.2**n for n in range(15)], FAILURES)


def ends_after_some_failures(toy: Toy) -> None:
    """Repeat three times after growing gaps, and end the run."""
    repeated(toy, lambda: toy.get("/orgs"), GROWING, FAILURES)


def passes_over_a_failure(toy: Toy) -> None:
    """Pass over a collection that failed, and go on with the next one."""
    for path in COLLECTIONS:
        toy.get(path, limit=1000, sort="sourcedId")


def repeats_a_failure(toy: Toy) -> None:
    """Repeat a collection that failed."""
    for path in COLLECTIONS:
        repeated(toy, lambda path=path: toy.get(path, limit=1000, sort="sourcedId"), GROWING, FAILURES)  # type: ignore[misc]


def accepts_404(toy: Toy) -> None:
    """Accept that a collection does not exist."""
    for path in COLLECTIONS:
        toy.get(path, limit=1000, sort="sourcedId")


def repeats_404(toy: Toy) -> None:
    """Repeat whatever fails, whatever the status."""
    for path in COLLECTIONS:
        repeated(toy, lambda path=path: toy.get(path, limit=1000, sort="sourcedId"), GROWING[:2], frozenset({404}))  # type: ignore[misc]


def corrects_a_filter(toy: Toy) -> None:
    """Change a filter that is refused."""
    if toy.get("/users", filter="role=student", limit=1000, sort="sourcedId").status_code == 400:
        toy.get("/users", filter="role='student'", limit=1000, sort="sourcedId")


def repeats_a_refused_filter(toy: Toy) -> None:
    """Send a refused filter again, and then correct it."""
    toy.get("/users", filter="role=student", limit=1000, sort="sourcedId")
    corrects_a_filter(toy)


def result(toy: Toy) -> tuple[str, dict[str, Any]]:
    """Return the id and the document of a result that the client can write."""
    row = toy.get("/results", limit=1).json()["results"][0]
    written = {name: row[name] for name in ("lineItem", "student", "scoreStatus", "scoreDate")}
    return "result-of-toy", {"result": {**written, "sourcedId": "result-of-toy", "score": 50.0}}


def put(toy: Toy, sourced_id: str, document: dict[str, Any]) -> bool:
    """Write a result, and return whether an answer arrived."""
    document["result"]["sourcedId"] = sourced_id
    with suppress(OSError, HTTPException):
        return toy.send("PUT", f"/results/{sourced_id}", json.dumps(document).encode()).status_code < 300
    return False


def writes_again(toy: Toy) -> None:
    """Repeat a PUT without an answer with the same id and body."""
    sourced_id, document = result(toy)
    for _ in GROWING:
        if put(toy, sourced_id, document):
            return


def writes_under_another_id(toy: Toy) -> None:
    """Repeat a PUT without an answer under a new id."""
    sourced_id, document = result(toy)
    for attempt in range(4):
        if put(toy, f"{sourced_id}-{attempt}", document):
            return


def writes_another_body(toy: Toy) -> None:
    """Repeat a PUT without an answer with another body."""
    sourced_id, document = result(toy)
    for attempt in range(4):
        document["result"]["score"] = 50.0 + attempt
        if put(toy, sourced_id, document):
            return


def line_items(toy: Toy) -> tuple[str, bytes]:
    """Return the address at which 1.2 creates line items of a class, and the body of one."""
    base = toy.sandbox.base_url_gradebook
    row = toy.send("GET", f"{base}/lineItems?limit=1").json()["lineItems"][0]
    url = f"{base}/classes/{row['class']['sourcedId']}/lineItems"
    row = {**row, "sourcedId": "line-item-of-toy", "title": "Made by a toy"}
    return url, json.dumps({"lineItems": [row]}).encode()


def posts_once(toy: Toy) -> None:
    """Look whether a POST without an answer was carried out, before it is sent again."""
    url, body = line_items(toy)
    with suppress(OSError, HTTPException):
        toy.send("POST", url, body)
    toy.send("GET", f"{url}?limit=100&sort=sourcedId")


def posts_blindly(toy: Toy) -> None:
    """Send a POST again because no answer arrived."""
    url, body = line_items(toy)
    for _ in range(2):
        with suppress(OSError, HTTPException):
            toy.send("POST", url, body)


def reply_429(after: str | None, times: int) -> dict[str, Any]:
    """Return a scenario: 429 for requests of orgs, with Retry-After or without."""
    headers = {} if after is None else {"Retry-After": after}
    return {
        "scenario": "respond",
        "status": 429,
        "headers": headers,
        "body": {"error": "too many requests"},
        "at": {"path": "/orgs", "times": times},
    }


assert all(later > 2 * earlier for earlier, later in pairwise(GROWING))
CUT_PUT = "empty-reply@path=/results/*,method=PUT,times=1"
CASES = (
    Case("V08", reads_some, signs_in_each_time),
    Case("V09", renews_the_token, gives_up_at_401, ("token-expires-after:requests=2",)),
    Case("V09", renews_the_token, passes_over_the_refused, ("token-expires-after:requests=2",), variant="passes-over"),
    Case("V10", gives_up_after_one_renewal, hammers_a_refusal, ("revoked-token",), also=frozenset({"V09"})),
    Case("V10", asks_once, hammers_a_refusal, ("wrong-scope",), variant="403"),
    Case("V11", waits_as_told, does_not_wait, (reply_429("60", 1),)),
    Case(
        "V11",
        waits_until,
        does_not_wait,
        ("rate-limit:limit=0,per=60,retry_after=date@path=/orgs,times=1",),
        variant="date",
        rules="V11.date=30",
    ),
    Case("V11", waits_as_told, goes_elsewhere, (reply_429("60", 1),), variant="elsewhere"),
    Case("V12", backs_off_from_429, presses_on_at_429, (reply_429(None, 3),)),
    Case("V13", backs_off_from_503, presses_on_at_503, ("server-error:status=503@path=/orgs,times=3",)),
    Case("V13", ends_after_some_failures, never_gives_up, ("server-error:status=503@path=/orgs",), variant="unbounded"),
    Case("V13", repeats_a_failure, passes_over_a_failure, ("server-error@path=/courses,times=3",), variant="gives-up"),
    Case("V14", accepts_404, repeats_404, ("missing-endpoints:paths=/courses",)),
    Case("V14", corrects_a_filter, repeats_a_refused_filter, variant="400"),
    Case("V15", writes_again, writes_under_another_id, (CUT_PUT,), also=frozenset({"V13"})),
    Case("V15", writes_again, writes_another_body, (CUT_PUT,), variant="body"),
    Case("V15", posts_once, posts_blindly, ("empty-reply@method=POST,path=/lineItems,times=1",), variant="post"),
)
