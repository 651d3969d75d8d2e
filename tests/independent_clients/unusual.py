"""Clients that look wrong and are right, and clients that look right and are wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

from independent_clients.base import Case, Toy, repeated, rows
from independent_clients.copies import a_student_leaves, names_change, newest, since
from independent_clients.refusals import FAILURES, GROWING, MARGIN, PAUSE, result
from mockroster.client.http import TIMEOUT, Answer, ask
from mockroster.client.sandbox import Sandbox

SHORT = 0.3
"""Seconds after which an impatient client gives up."""


def probes_first(toy: Toy) -> None:
    """Ask for one row to learn the total, and read everything then."""
    total = int(toy.get("/users", limit=1).headers["X-Total-Count"])
    for offset in range(0, total, 200):
        toy.get("/users", limit=200, offset=offset, sort="sourcedId")


def follows_links(toy: Toy) -> None:
    """Follow next links, which are encoded in another way than the first URL."""
    url: str | None = f"/users?sort=sourcedId&filter={quote('role=', safe='')}'student'&limit=100&fields=sourcedId,role"
    while url is not None:
        link = re.search(r'<([^>]+)>; *rel="next"', toy.send("GET", url).headers["Link"] or "")
        url = link[1] if link else None


def reorders_the_query(toy: Toy) -> None:
    """Write the parameters in another order and encoding on each page."""
    ask_for = (
        "/users?limit=100&offset={}&sort=sourcedId&filter=role='student'",
        "/users?filter=role%3D%27student%27&sort=sourcedId&offset={}&limit=100",
    )
    offset, total, number = 0, 1, 0
    while offset < total:
        answer = toy.send("GET", ask_for[number % 2].format(offset))
        offset, total, number = offset + len(rows(answer)), int(answer.headers["X-Total-Count"]), number + 1


def leaves_out_the_first_offset(toy: Toy) -> None:
    """Send no offset for the first page."""
    answer = toy.get("/users", limit=200, sort="sourcedId")
    offset, total = len(rows(answer)), int(answer.headers["X-Total-Count"])
    while offset < total:
        offset += len(rows(toy.get("/users", limit=200, offset=offset, sort="sourcedId")))


def walks_at_once(toy: Toy) -> None:
    """Read the other pages at the same time, and the last ones first."""
    total = int(toy.get("/users", limit=50, offset=0, sort="sourcedId").headers["X-Total-Count"])
    offsets = [*range(50, total, 50)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda at: toy.get("/users", limit=50, offset=at, sort="sourcedId"), reversed(offsets)))


def walks_two_collections_in_turn(toy: Toy) -> None:
    """Read a page of users and a page of enrollments in turn."""
    both = [toy.pages("/users"), toy.pages("/enrollments", limit=400)]
    while both:
        both = [pages for pages in both if next(pages, None) is not None]


def walks_by_role(toy: Toy) -> None:
    """Read the users of each role, one filter after the other."""
    for role in ("student", "teacher", "guardian"):
        toy.walk("/users", limit=100, filter=f"role='{role}'")


def walks_twice(toy: Toy) -> None:
    """Read the users twice, each time to the end."""
    toy.walk("/users")
    toy.walk("/users")


def walks_v1p2(toy: Toy) -> None:
    """Read the users of 1.2, and then those of 1.1."""
    toy.walk(f"{toy.sandbox.base_url_rostering}/users")
    toy.walk("/users")


def fetch(toy: Toy, path: str, **query: Any) -> Answer:
    """Read a page as a client that has a remedy for everything."""
    answer = repeated(toy, lambda: toy.get(path, **query), GROWING, FAILURES)
    if answer.status_code == 401:
        toy.sign_in()
        answer = repeated(toy, lambda: toy.get(path, **query), GROWING, FAILURES)
    return answer


def walks_with_remedies(toy: Toy) -> None:
    """Read the users, and repeat the pages that failed."""
    offset, total = 0, 1
    while offset < total:
        answer = fetch(toy, "/users", limit=100, offset=offset, sort="sourcedId")
        offset, total = offset + len(rows(answer)), int(answer.headers["X-Total-Count"])


def walks_past_refused_pages(toy: Toy) -> None:
    """Get a new token after 401, and go on with the next page."""
    offset, total = 0, 101
    while offset < total:
        answer = toy.get("/users", limit=100, offset=offset, sort="sourcedId")
        if answer.status_code == 401:
            toy.sign_in()
        else:
            total = int(answer.headers["X-Total-Count"])
        offset += 100


def halves_its_limit(toy: Toy) -> None:
    """Ask for fewer rows after a failure."""
    offset, total, limit = 0, 1, 400
    while offset < total:
        answer = toy.get("/users", limit=limit, offset=offset, sort="sourcedId")
        if answer.status_code in FAILURES:
            toy.wait(3 * (400 / limit) ** 2)
            limit //= 2
            continue
        offset, total = offset + len(rows(answer)), int(answer.headers["X-Total-Count"])


def loops_with_new_tokens(toy: Toy) -> None:
    """Get a new token after each refusal, for ever."""
    for _ in range(5):
        toy.sign_in()
        toy.get("/orgs")


def impatient(toy: Toy, seconds: float = SHORT) -> None:
    """Read a collection, and give up after some seconds without an answer."""
    if not toy.bearer:
        toy.sign_in()
    headers = {"Authorization": f"Bearer {toy.bearer}", "X-Mockroster-Run": toy.run}
    with suppress(OSError, HTTPException):
        ask(f"{toy.sandbox.base_url_v1p1}/orgs", headers=headers, seconds=seconds)


def repeats_after_time_outs(toy: Toy) -> None:
    """Repeat after growing gaps what took too long, and be patient at last."""
    for gap, seconds in zip(GROWING, (SHORT, SHORT, TIMEOUT), strict=True):
        impatient(toy, seconds)
        toy.wait(gap)


def does_not_repeat_after_time_outs(toy: Toy) -> None:
    """Go on without what took too long."""
    impatient(toy)
    toy.get("/courses")


def reads_with_overlap(toy: Toy) -> Iterator[None]:
    """Read changes with an overlap of a day."""
    watermark = newest(toy.walk("/users"))
    yield
    early = datetime.fromisoformat(watermark) - timedelta(days=1)
    toy.walk("/users", filter=since(early.isoformat(timespec="milliseconds").replace("+00:00", "Z")))


def reads_deletions_apart(toy: Toy) -> Iterator[None]:
    """Read changes, and the deletions again in a request of their own."""
    watermark = newest(toy.walk("/users"))
    yield
    toy.walk("/users", filter=since(watermark))
    toy.walk("/users", filter=f"{since(watermark)} AND status='tobedeleted'")


def excludes_deletions(toy: Toy) -> Iterator[None]:
    """Read changes without deletions, by a negated filter."""
    watermark = newest(toy.walk("/users"))
    yield
    toy.walk("/users", filter=f"{since(watermark)} AND status!='tobedeleted'")


def excludes_deletions_first(toy: Toy) -> Iterator[None]:
    """Read active changes, with the conditions in the other order."""
    watermark = newest(toy.walk("/users"))
    yield
    toy.walk("/users", filter=f"status='active' AND {since(watermark)}")


def reads_active_in_full(toy: Toy) -> Iterator[None]:
    """Read all active users every night, without a delta."""
    toy.walk("/users", filter="status='active'")
    yield
    toy.walk("/users", filter="status='active'")


def asks_again_the_next_night(toy: Toy) -> Iterator[None]:
    """Look in the next run whether a record exists by now."""
    toy.get("/users/nobody")
    yield
    toy.get("/users/nobody")


def signs_in_each_night(toy: Toy) -> Iterator[None]:
    """Get a token for each run."""
    for path in ("/orgs", "/courses"):
        toy.get(path, limit=1000, sort="sourcedId")
    yield
    toy.sign_in()
    for path in ("/orgs", "/courses"):
        toy.get(path, limit=1000, sort="sourcedId")


def corrects_its_write(toy: Toy) -> None:
    """Write a result, and later another score for it."""
    sourced_id, document = result(toy)
    for score in (50.0, 60.0):
        document["result"]["score"] = score
        toy.send("PUT", f"/results/{sourced_id}", json.dumps(document).encode())


def writes_two_results(toy: Toy, *, repeat: bool) -> None:
    """Write the results of two students, of which the first one fails; repeat it at the end or not."""
    first, document = result(toy)
    other = json.loads(json.dumps(document))
    other["result"] |= {"sourcedId": "result-of-another", "score": 70.0}
    bodies = {first: json.dumps(document).encode(), "result-of-another": json.dumps(other).encode()}
    for sourced_id in [*bodies, first] if repeat else bodies:
        with suppress(OSError, HTTPException):
            toy.send("PUT", f"/results/{sourced_id}", bodies[sourced_id])


def repeats_a_write_later(toy: Toy) -> None:
    """Repeat a write that failed, after another one."""
    writes_two_results(toy, repeat=True)


def reads_a_school(toy: Toy) -> None:
    """Read one page of the students of a school, and no more."""
    school = next(row for row in toy.walk("/orgs", limit=1000) if row["type"] == "school")
    toy.get(f"/schools/{school['sourcedId']}/students", limit=10, offset=0, sort="sourcedId")


def walks_to_an_empty_page(toy: Toy) -> None:
    """Go on until a page is empty, whatever the total."""
    offset, page = 0, [{}]
    while page:
        page = rows(toy.get("/users", limit=200, offset=offset, sort="sourcedId"))
        offset += len(page)


def goes_on_after_an_empty_page(toy: Toy) -> None:
    """Ask for three more pages after an empty one."""
    total = int(toy.get("/users", limit=200, offset=0, sort="sourcedId").headers["X-Total-Count"])
    for offset in range(200, total + 800, 200):
        toy.get("/users", limit=200, offset=offset, sort="sourcedId")


def accepts_a_largest_limit(toy: Toy) -> None:
    """Ask for fewer rows where so many are refused."""
    limit = 2000
    offset, total = 0, 1
    while offset < total:
        answer = toy.get("/enrollments", limit=limit, offset=offset, sort="sourcedId")
        if answer.status_code == 413:
            limit //= 2
            continue
        offset, total = offset + len(rows(answer)), int(answer.headers["X-Total-Count"])


def starts_again_for_ever(toy: Toy) -> None:
    """Start a walk again whenever the revision has changed, six times."""
    for _ in range(7):
        revision, offset = None, 0
        while offset < 400:
            answer = toy.get("/users", limit=100, offset=offset, sort="sourcedId")
            revision = revision or answer.headers["x-perm-rev"]
            if answer.headers["x-perm-rev"] != revision:
                break
            offset += len(rows(answer))


def waits_after_503(toy: Toy) -> None:
    """Wait as a 503 says."""
    answer = toy.get("/orgs")
    if answer.status_code == 503:
        toy.wait(int(answer.headers["Retry-After"]) + MARGIN)
        toy.get("/orgs")


def repeats_503_at_once(toy: Toy) -> None:
    """Repeat a request sooner than a 503 says."""
    if toy.get("/orgs").status_code == 503:
        toy.wait(PAUSE)
        toy.get("/orgs")


def asks_for_two_tokens(toy: Toy) -> None:
    """Get two tokens after a 401."""
    for path in ("/orgs", "/courses", "/classes"):
        if toy.get(path, limit=1000, sort="sourcedId").status_code == 401:
            toy.sign_in()
            toy.sign_in()
            toy.get(path, limit=1000, sort="sourcedId")


def is_refused_here_and_there(toy: Toy) -> None:
    """Ask once for each of five collections that are refused."""
    for path in ("/orgs", "/courses", "/classes", "/users", "/enrollments"):
        toy.get(path, limit=1000, sort="sourcedId")


def reads_a_few_records(toy: Toy) -> None:
    """Read ten single users."""
    for row in toy.walk("/users", limit=1000)[:10]:
        toy.get(f"/users/{row['sourcedId']}")


def goes_on_with_another_collection(toy: Toy) -> None:
    """Leave users at a page that is cut, and read orgs."""
    with suppress(ValueError, HTTPException):
        toy.walk("/users")
    toy.wait(PAUSE)
    toy.walk("/orgs", limit=1000)


def repeats_cut_pages(toy: Toy) -> None:
    """Repeat what cannot be read, after growing gaps."""
    offset, total, gaps = 0, 1, [*GROWING]
    while offset < total:
        try:
            answer = toy.get("/users", limit=200, offset=offset, sort="sourcedId")
            offset, total = offset + len(rows(answer)), int(answer.headers["X-Total-Count"])
        except (ValueError, HTTPException, OSError, AttributeError, TypeError):
            toy.wait(gaps.pop(0))


def reads_whole_and_by_school(toy: Toy) -> None:
    """Read all users, and a page of users of one school to its end."""
    toy.walk("/users")
    school = next(row for row in toy.walk("/orgs", limit=1000) if row["type"] == "school")
    toy.walk(f"/schools/{school['sourcedId']}/students", limit=20)


def night_passes(sandbox: Sandbox) -> None:
    """Let nothing happen."""


@dataclass(frozen=True)
class Unusual:
    """A client, what happens to it, and the rules that it breaks or keeps."""

    case: Case
    fails: frozenset[str]
    passes: frozenset[str] = frozenset()


def right(client: Any, *scenarios: Any, keeps: str = "", nights: Any = (), rules: str = "") -> Unusual:
    """Return a client that breaks no must-rule, and keeps some rules."""
    case = Case("right", client, client, scenarios, nights, variant=client.__name__, rules=rules)
    return Unusual(case, frozenset(), frozenset(keeps.split()))


def wrong(client: Any, *scenarios: Any, breaks: str, nights: Any = ()) -> Unusual:
    """Return a client that breaks some rules."""
    return Unusual(Case("wrong", client, client, scenarios, nights, variant=client.__name__), frozenset(breaks.split()))


CUT_PUT = "server-error:status=503@method=PUT,times=1"
CASES = (
    right(probes_first, keeps="V01 V03 V05"),
    right(follows_links, keeps="V01 V03 V04 V05"),
    right(reorders_the_query, keeps="V01 V03 V04 V05"),
    right(leaves_out_the_first_offset, keeps="V01 V03 V05"),
    right(walks_at_once, keeps="V01 V03"),
    right(walks_two_collections_in_turn, keeps="V01 V03 V05"),
    right(walks_by_role, keeps="V01 V03 V04 V05"),
    right(walks_twice, keeps="V01 V03 V05"),
    right(walks_v1p2, keeps="V01 V03 V05"),
    right(walks_with_remedies, "token-expires-after:requests=2", keeps="V01 V05 V08 V09"),
    right(walks_with_remedies, "server-error:status=502@path=/users,after=1,times=2", keeps="V01 V05 V13"),
    right(walks_with_remedies, "short-pages:lacking=7", keeps="V01 V02 V05"),
    right(halves_its_limit, "server-error:status=504@path=/users,times=2", keeps="V01 V05 V13"),
    right(repeats_after_time_outs, "slow:ms=600000@path=/orgs,times=2", keeps="V13"),
    right(reads_with_overlap, nights=[names_change], keeps="V18 V20"),
    right(reads_deletions_apart, nights=[a_student_leaves], keeps="V18 V20"),
    right(reads_active_in_full, nights=[night_passes]),
    right(asks_again_the_next_night, nights=[night_passes], keeps="V14"),
    right(signs_in_each_night, nights=[night_passes], keeps="V08"),
    right(corrects_its_write),
    right(walks_to_an_empty_page, keeps="V01 V03 V05"),
    right(walks_to_an_empty_page, "no-total-count;no-link", keeps="V01 V03 V05"),
    right(accepts_a_largest_limit, "limit-refused:max=500", keeps="V01 V05 V06 V14"),
    right(accepts_a_largest_limit, "clamped-limit:max=250", keeps="V01 V02 V05 V06"),
    right(waits_after_503, "respond:status=503,headers=Retry-After: 9,body=later@path=/orgs,times=1", keeps="V11"),
    right(is_refused_here_and_there, "wrong-scope", keeps="V10"),
    right(reads_a_few_records, keeps="V07"),
    right(repeats_cut_pages, "cut-body@path=/users,after=1,times=2", keeps="V01 V16"),
    right(repeats_cut_pages, "garbage@path=/users,after=1,times=2", keeps="V01 V16"),
    right(repeats_cut_pages, "empty-reply@path=/users,after=1,times=2", keeps="V01 V13"),
    right(repeats_cut_pages, "reset:after=500@path=/users,after=1,times=2", keeps="V01"),
    right(repeats_cut_pages, "chunked;cut-body:percent=90@path=/users,after=1,times=1", keeps="V01 V16"),
    right(reads_whole_and_by_school, keeps="V01 V03 V05"),
    wrong(goes_on_after_an_empty_page, breaks="V05"),
    wrong(starts_again_for_ever, "revision-header:every=2", breaks="V17 V01"),
    wrong(repeats_503_at_once, "respond:status=503,headers=Retry-After: 9,body=later@path=/orgs,times=1", breaks="V11"),
    wrong(asks_for_two_tokens, "token-expires-after:requests=2", breaks="V09"),
    wrong(goes_on_with_another_collection, "truncated-json@path=/users,after=1,times=1", breaks="V16"),
    wrong(goes_on_with_another_collection, "cut-body@path=/users,after=1,times=1", breaks="V16"),
    right(repeats_a_write_later, CUT_PUT, keeps="V15"),
    wrong(walks_past_refused_pages, "token-expires-after:requests=2", breaks="V09"),
    wrong(loops_with_new_tokens, "revoked-token", breaks="V10"),
    wrong(does_not_repeat_after_time_outs, "slow:ms=600000@path=/orgs,times=1", breaks="V13"),
    wrong(excludes_deletions, nights=[a_student_leaves], breaks="V20"),
    wrong(excludes_deletions_first, nights=[a_student_leaves], breaks="V20"),
    wrong(reads_a_school, breaks="V01"),
)
