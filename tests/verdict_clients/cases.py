"""For each rule a client that keeps it and one or more that break it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from verdict_clients.toy import Toy

Act = Callable[[Toy], object]

GRADEBOOK = "/ims/oneroster/gradebook/v1p2"
SORTED = {"sort": "sourcedId"}
RETRY = {"scenario": "respond", "status": 429, "headers": {"Retry-After": "5"}, "body": {}, "at": {"path": "/orgs"}}
TOO_MANY = {"scenario": "respond", "status": 429, "body": {}, "at": {"path": "/orgs"}}


@dataclass(frozen=True)
class Case:
    """A client's behaviour under some scenarios."""

    rule: str
    name: str
    outcome: str
    act: Act
    scenarios: tuple[Any, ...] = ()
    rules: str = ""


def times(scenario: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a scenario that acts a number of times."""
    return scenario | {"at": scenario["at"] | {"times": number}}


def walk(toy: Toy) -> None:
    """Read a collection to its end."""
    toy.walk("users", **SORTED)


def first_page(toy: Toy) -> None:
    """Read the first page of a collection and nothing else."""
    toy.get("/users", limit=100, offset=0, **SORTED)


def stop_in_the_middle(toy: Toy) -> None:
    """Read two pages of more."""
    pages = toy.pages("users", **SORTED)
    next(pages)
    next(pages)


def add_the_limit(toy: Toy) -> None:
    """Add the limit to the offset, however many rows come."""
    offset, total = 0, 1
    while offset < total:
        total = int(toy.get("/users", limit=100, offset=offset, **SORTED).headers["X-Total-Count"])
        offset += 100


def stop_at_a_short_page(toy: Toy) -> None:
    """Take a short page for the last."""
    offset = 0
    while True:
        rows = toy.get("/users", limit=100, offset=offset, **SORTED).get_json()["users"]
        offset += len(rows)
        if len(rows) < 100:
            return


def drop_the_query(toy: Toy) -> None:
    """Follow links that have lost the query."""
    toy.get("/users", limit=100, offset=0, filter="status='active'", **SORTED)
    for offset in range(100, 500, 100):
        toy.get("/users", limit=100, offset=offset)


def keep_the_query(toy: Toy) -> None:
    """Send the query with every page."""
    toy.walk("users", filter="status='active'", **SORTED)


def follow_forever(toy: Toy) -> None:
    """Go on after an empty page."""
    for offset in range(0, 900, 100):
        toy.get("/users", limit=100, offset=offset, **SORTED)


def same_url(toy: Toy) -> None:
    """Ask for the same page again and again."""
    for _ in range(4):
        toy.get("/users", limit=100, offset=0, **SORTED)


def page_twice(toy: Toy) -> None:
    """Read a page in the middle twice."""
    for offset in (0, 100, 100, 200, 300, 400, 500):
        toy.get("/users", limit=100, offset=offset, **SORTED)


def drop_the_query_of_a_known_list(toy: Toy) -> None:
    """Follow links that have lost the query, after the whole list was read."""
    toy.walk("users", **SORTED)
    toy.get("/users", limit=100, offset=0, filter="status='active'", **SORTED)
    for offset in range(100, 500, 100):
        toy.get("/users", limit=100, offset=offset, **SORTED)


def restart_always(toy: Toy) -> None:
    """Begin again three times, and then take what comes."""
    for _ in range(3):
        toy.get("/users", limit=100, offset=0, **SORTED)
        toy.get("/users", limit=100, offset=100, **SORTED)
    walk(toy)


def restart_too_often(toy: Toy) -> None:
    """Begin again whenever the total changes."""
    for _ in range(6):
        toy.get("/users", limit=100, offset=0, **SORTED)
        toy.get("/users", limit=100, offset=100, **SORTED)


def large_pages(toy: Toy) -> None:
    """Ask for many rows."""
    toy.walk("enrollments", limit=5000, **SORTED)


def small_pages(toy: Toy) -> None:
    """Ask for few rows of a long list."""
    toy.walk("enrollments", limit=200, **SORTED)


def reduce_the_limit(toy: Toy) -> None:
    """Ask for many rows, and for fewer where that is refused."""
    toy.get("/enrollments", limit=5000, offset=0, **SORTED)
    small_pages(toy)


def class_by_class(toy: Toy) -> None:
    """Read the students of each class."""
    for row in toy.walk("classes", limit=1000)[:25]:
        toy.get(f"/classes/{row['sourcedId']}/students", limit=1000)


def user_by_user(toy: Toy) -> None:
    """Read each user alone."""
    for row in toy.walk("users", limit=1000)[:25]:
        toy.get(f"/users/{row['sourcedId']}")


def collections(toy: Toy) -> None:
    """Read collections, and a few single records."""
    for row in toy.walk("classes", limit=1000)[:5]:
        toy.get(f"/classes/{row['sourcedId']}/students", limit=1000)


def token_each_time(toy: Toy) -> None:
    """Ask for a token before each request."""
    for _ in range(3):
        toy.token()
        toy.get("/orgs")


def one_token(toy: Toy) -> None:
    """Use one token for all."""
    toy.token()
    for collection in ("orgs", "courses", "classes"):
        toy.get(f"/{collection}", limit=1000)


def renew(toy: Toy) -> None:
    """Renew a token that has expired, and repeat the request."""
    for collection in ("orgs", "courses", "classes", "academicSessions"):
        if toy.get(f"/{collection}", limit=1000).status_code == 401:
            toy.token()
            toy.get(f"/{collection}", limit=1000)


def renew_and_go_on(toy: Toy) -> None:
    """Renew a token, but leave out the request."""
    for collection in ("orgs", "courses", "classes", "academicSessions"):
        if toy.get(f"/{collection}", limit=1000).status_code == 401:
            toy.token()


def renew_twice(toy: Toy) -> None:
    """Ask for two tokens after one 401."""
    for collection in ("orgs", "courses", "classes", "academicSessions"):
        if toy.get(f"/{collection}", limit=1000).status_code == 401:
            toy.token()
            toy.token()
            toy.get(f"/{collection}", limit=1000)


def do_not_renew(toy: Toy) -> None:
    """Go on with a token that has expired."""
    for collection in ("orgs", "courses", "classes", "academicSessions"):
        toy.get(f"/{collection}", limit=1000)


def give_up_refused(toy: Toy) -> None:
    """Renew a token once and give up."""
    toy.get("/orgs")
    toy.token()
    toy.get("/orgs")


def loop_refused(toy: Toy) -> None:
    """Repeat a refused request."""
    for _ in range(5):
        toy.get("/orgs")


def loop_with_new_tokens(toy: Toy) -> None:
    """Repeat a refused request with a new token each time."""
    for _ in range(5):
        toy.token()
        toy.get("/orgs")


def waits(*seconds: float, path: str = "/orgs") -> Act:
    """Return a client that waits before each repetition of a request, and then reads on."""

    def act(toy: Toy) -> None:
        toy.get(path, limit=1000)
        for each in seconds:
            toy.time.sleep(each)
            toy.get(path, limit=1000)
        toy.get("/courses", limit=1000)

    return act


def other_request_meanwhile(toy: Toy) -> None:
    """Send another request before the time is over."""
    toy.get("/orgs", limit=1000)
    toy.get("/courses", limit=1000)
    toy.time.sleep(6)
    toy.get("/orgs", limit=1000)


def move_the_clock(toy: Toy) -> None:
    """Move the clock of the sandbox in place of waiting."""
    toy.get("/orgs", limit=1000)
    toy.admin("PUT", "/clock", {"advance": "PT5S"})
    toy.get("/orgs", limit=1000)


def repeat_unchanged(toy: Toy) -> None:
    """Repeat a request for a path that does not exist."""
    toy.get("/student")
    toy.get("/student")


def change_the_request(toy: Toy) -> None:
    """Look for the right path."""
    toy.get("/student")
    toy.get("/students")


LINE_ITEM: dict[str, Any] = {"title": "Essay", "assignDate": "2026-01-15", "dueDate": "2026-02-15"}


def line_item(toy: Toy, title: str) -> dict[str, Any]:
    """Return the body of a PUT."""
    known = toy.get("/lineItems", limit=1).get_json()["lineItems"][0]
    return {"lineItem": known | {"title": title}}


def put_again(toy: Toy) -> None:
    """Repeat a PUT as it was."""
    body = line_item(toy, "Essay")
    path = f"/lineItems/{body['lineItem']['sourcedId']}"
    toy.send("PUT", path, body)
    toy.send("PUT", path, body)


def put_other_body(toy: Toy) -> None:
    """Repeat a PUT with another body."""
    body, other = line_item(toy, "Essay"), line_item(toy, "Essay 2")
    path = f"/lineItems/{body['lineItem']['sourcedId']}"
    toy.send("PUT", path, body)
    toy.send("PUT", path, other)


def put_other_id(toy: Toy) -> None:
    """Repeat a PUT under another id."""
    body = line_item(toy, "Essay")
    toy.send("PUT", f"/lineItems/{body['lineItem']['sourcedId']}", body)
    toy.send("PUT", "/lineItems/another", body)


def post_again(toy: Toy) -> None:
    """Repeat a POST without looking."""
    path, body = _post(toy)
    toy.send("POST", path, body)
    toy.send("POST", path, body)


def post_after_a_look(toy: Toy) -> None:
    """Look whether a POST was carried out before repeating it."""
    path, body = _post(toy)
    toy.send("POST", path, body)
    toy.get(f"{GRADEBOOK}/lineItems", limit=1000)
    toy.send("POST", path, body)


def _post(toy: Toy) -> tuple[str, dict[str, Any]]:
    known = toy.get("/classes", limit=1).get_json()["classes"][0]
    return f"{GRADEBOOK}/classes/{known['sourcedId']}/lineItems", {"lineItems": [LINE_ITEM]}


def again_after_cut(toy: Toy) -> None:
    """Repeat the page, and go on."""
    for offset in (0, 0, 100, 200, 300, 400, 500):
        toy.get("/users", limit=100, offset=offset, **SORTED)


def accept_cut(toy: Toy) -> None:
    """Go on with the next page."""
    for offset in (0, 100, 200, 300, 400, 500):
        toy.get("/users", limit=100, offset=offset, **SORTED)


def end_at_cut(toy: Toy) -> None:
    """End the run."""
    toy.get("/users", limit=100, offset=0, **SORTED)


def leave_out_cut(toy: Toy) -> None:
    """Go on with another collection."""
    toy.get("/users", limit=100, offset=0, **SORTED)
    toy.get("/orgs", limit=1000)


def ignore_change(toy: Toy) -> None:
    """Go on though the total changes."""
    toy.get("/users", limit=100, offset=0, **SORTED)
    user = toy.admin("GET", "/records/users?limit=1")["users"][0]
    toy.admin("PUT", "/records/users/new-user", user | {"sourcedId": "new-user", "username": "new"})
    for offset in (100, 200, 300, 400, 500):
        toy.get("/users", limit=100, offset=offset, **SORTED)


def begin_again(toy: Toy) -> None:
    """Begin again when the total changes."""
    toy.get("/users", limit=100, offset=0, **SORTED)
    user = toy.admin("GET", "/records/users?limit=1")["users"][0]
    toy.admin("PUT", "/records/users/new-user", user | {"sourcedId": "new-user", "username": "new"})
    toy.get("/users", limit=100, offset=100, **SORTED)
    walk(toy)


def newest(rows: list[dict[str, Any]]) -> str:
    """Return the newest date of some records."""
    return str(max(row["dateLastModified"] for row in rows))


def delta(toy: Toy, watermark: str, more: str = "") -> None:
    """Read what has changed."""
    toy.walk("users", filter=f"dateLastModified>='{watermark}'{more}", **SORTED)


def delta_by_newest(toy: Toy) -> None:
    """Use the newest date seen."""
    rows = toy.walk("users", **SORTED)
    toy.next_run()
    delta(toy, newest(rows))


def delta_by_start(toy: Toy) -> None:
    """Use the start of the run."""
    began = toy.now()
    toy.walk("users", **SORTED)
    toy.time.sleep(20)
    toy.next_run()
    delta(toy, began)


def delta_by_end(toy: Toy) -> None:
    """Use the end of the run."""
    toy.walk("users", **SORTED)
    toy.time.sleep(20)
    ended = toy.now()
    toy.get("/orgs", limit=1000)
    toy.next_run()
    delta(toy, ended)


def delta_by_end_at_once(toy: Toy) -> None:
    """Use the end of a short run, and begin the next at once."""
    toy.walk("users", **SORTED)
    toy.walk("orgs", **SORTED)
    delta(toy, toy.now())


def delta_by_newest_at_once(toy: Toy) -> None:
    """Use the newest date seen, and begin the next run at once."""
    delta(toy, newest(toy.walk("users", **SORTED)))


def delta_active(toy: Toy) -> None:
    """Ask for active records only."""
    rows = toy.walk("users", **SORTED)
    toy.next_run()
    delta(toy, newest(rows), " AND status='active'")


def failed_run(toy: Toy, *, moves: bool) -> None:
    """Fail in the second run, and use the first or the second watermark in the third."""
    first, second = "2026-01-01T00:00:00.000Z", toy.now()
    toy.walk("users", **SORTED)
    toy.walk("orgs")
    toy.next_run()
    toy.use({"scenario": "server-error", "at": {"path": "/users"}})
    toy.get("/orgs", limit=1000, filter=f"dateLastModified>='{first}'")
    toy.get("/users", limit=1000, filter=f"dateLastModified>='{first}'")
    toy.use()
    toy.next_run()
    delta(toy, second if moves else first)


def keep_watermark(toy: Toy) -> None:
    """Use the watermark of the failed run."""
    failed_run(toy, moves=False)


def move_watermark(toy: Toy) -> None:
    """Use a newer watermark."""
    failed_run(toy, moves=True)


def copy(toy: Toy, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Show a copy of the users."""
    rows = toy.admin("GET", "/records/users?limit=10000")["users"]
    toy.admin("POST", "/compare", {"users": change(rows)})


def active_only(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the active records."""
    return [row for row in rows if row["status"] == "active"]


def all_active(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return everything as active."""
    return [row | {"status": "active"} for row in rows]


def _tombstone(toy: Toy) -> str:
    name = str(active_only(toy.walk("users", **SORTED))[0]["sourcedId"])
    toy.admin("DELETE", f"/records/users/{name}?as=tobedeleted")
    return name


def forget_deleted(toy: Toy) -> None:
    """Remove records that are tobedeleted."""
    _tombstone(toy)
    copy(toy, active_only)


def keep_deleted(toy: Toy) -> None:
    """Keep records that are tobedeleted."""
    _tombstone(toy)
    copy(toy, all_active)


def revive(toy: Toy) -> None:
    """Have a record again that came back."""
    name = _tombstone(toy)
    toy.admin("PATCH", f"/records/users/{name}", {"status": "active"})
    copy(toy, active_only)


def do_not_revive(toy: Toy) -> None:
    """Stay without a record that came back."""
    name = _tombstone(toy)
    toy.admin("PATCH", f"/records/users/{name}", {"status": "active"})
    copy(toy, lambda rows: [row for row in active_only(rows) if row["sourcedId"] != name])


def apply_mass(toy: Toy) -> None:
    """Delete what an empty district does not show."""
    copy(toy, lambda rows: rows[:3])


def refuse_mass(toy: Toy) -> None:
    """Keep everything."""
    copy(toy, active_only)


def go_on(toy: Toy) -> None:
    """Read on."""
    walk(toy)
    toy.get("/orgs", limit=1000)


def crash(toy: Toy) -> None:
    """End at the first page."""
    toy.get("/users", limit=100, offset=0, **SORTED)


def _scoped(toy: Toy, *names: str) -> None:
    base = "https://purl.imsglobal.org/spec/or/v1p1/scope/"
    toy.token(scope=" ".join(base + name for name in names))
    for collection in ("orgs", "users", "classes"):
        toy.get(f"/{collection}", limit=1000)


def use_scopes(toy: Toy) -> None:
    """Request the scopes that are used."""
    _scoped(toy, "roster-core.readonly")


def ask_for_demographics(toy: Toy) -> None:
    """Ask for demographics, and do not read them."""
    _scoped(toy, "roster-core.readonly", "roster-demographics.readonly")


def full_again(toy: Toy) -> None:
    """Read everything every night."""
    toy.walk("enrollments", limit=5000)
    toy.admin("PUT", "/clock", {"advance": "P1D"})
    toy.token()
    toy.walk("enrollments", limit=5000)


def full_weekly(toy: Toy) -> None:
    """Read everything once a week."""
    toy.walk("enrollments", limit=5000)
    toy.admin("PUT", "/clock", {"advance": "P8D"})
    toy.token()
    toy.walk("enrollments", limit=5000)


CUT = {"scenario": "truncated-json", "at": {"path": "/users", "times": 1}}
ENVELOPE = {"scenario": "success-shaped-error", "at": {"path": "/users", "times": 1}}
CUT_BODY = {"scenario": "cut-body", "at": {"path": "/users", "times": 1}}
DOWN = {"scenario": "server-error", "status": 503, "at": {"path": "/orgs"}}
LOST = {"scenario": "empty-reply", "at": {"path": "/orgs"}}
FAILING_WRITES = {"scenario": "server-error", "at": {"method": ["PUT", "POST"], "path": "/ims/*", "times": 1}}
EXPIRES = ("token-expires-after:requests=2",)
REFUSED = ("auth-failure",)
CLAMPED = ("clamped-limit:max=40",)

CASES = [
    Case("V01", "walk", "pass", walk),
    Case("V01", "first page", "fail", first_page),
    Case("V01", "stops in the middle", "fail", stop_in_the_middle),
    Case("V01", "one page", "skip", lambda toy: toy.get("/orgs", limit=1000)),
    Case("V02", "rows received", "pass", walk, CLAMPED),
    Case("V02", "adds the limit", "fail", add_the_limit, CLAMPED),
    Case("V02", "stops at a short page", "fail", stop_at_a_short_page, CLAMPED),
    Case("V02", "no short page", "skip", walk),
    Case("V03", "sorted", "pass", walk),
    Case("V03", "unsorted", "fail", lambda toy: toy.walk("users")),
    Case("V03", "first page", "skip", first_page),
    Case("V04", "keeps the query", "pass", keep_the_query),
    Case("V04", "drops the query", "fail", drop_the_query),
    Case("V04", "drops the query of a known list", "fail", drop_the_query_of_a_known_list),
    Case("V04", "no query", "skip", lambda toy: toy.walk("users")),
    Case("V05", "ends", "pass", walk, ("next-past-end:style=forever",)),
    Case("V05", "follows forever", "fail", follow_forever, ("next-past-end:style=forever",)),
    Case("V05", "same page", "fail", same_url),
    Case("V05", "a page twice", "fail", page_twice),
    Case("V05", "one page", "skip", lambda toy: toy.get("/orgs", limit=1000)),
    Case("V06", "large pages", "pass", large_pages),
    Case("V06", "small pages", "fail", small_pages),
    Case("V06", "reduced", "pass", reduce_the_limit, ("limit-refused:max=500",)),
    Case("V06", "clamped", "pass", large_pages, ("clamped-limit:max=300",)),
    Case("V06", "short list", "skip", lambda toy: toy.walk("orgs")),
    Case("V07", "collections", "pass", collections),
    Case("V07", "class by class", "fail", class_by_class),
    Case("V07", "user by user", "fail", user_by_user),
    Case("V08", "one token", "pass", one_token),
    Case("V08", "token each time", "fail", token_each_time),
    Case("V08", "renewed", "pass", renew, EXPIRES),
    Case("V09", "renews", "pass", renew, EXPIRES),
    Case("V09", "leaves out the request", "fail", renew_and_go_on, EXPIRES),
    Case("V09", "two tokens", "fail", renew_twice, EXPIRES),
    Case("V09", "does not renew", "fail", do_not_renew, EXPIRES),
    Case("V09", "never valid", "skip", give_up_refused, REFUSED),
    Case("V10", "gives up", "pass", give_up_refused, REFUSED),
    Case("V10", "loops", "fail", loop_refused, REFUSED),
    Case("V10", "loops with new tokens", "fail", loop_with_new_tokens, REFUSED),
    Case("V11", "waits", "pass", waits(5.2), (times(RETRY, 1),)),
    Case("V11", "too early", "fail", waits(2.0, 4.0), (times(RETRY, 1),)),
    Case("V11", "another request", "fail", other_request_meanwhile, (times(RETRY, 1),)),
    Case("V11", "clock moved", "skip", move_the_clock, (times(RETRY, 1),)),
    Case("V11", "no header", "skip", waits(1.0), (times(TOO_MANY, 1),)),
    Case("V12", "grows", "pass", waits(1.0, 2.3, 3.9), (times(TOO_MANY, 3),)),
    Case("V12", "even gaps", "fail", waits(1.0, 1.0, 1.0), (times(TOO_MANY, 3),)),
    Case("V12", "no jitter", "fail", waits(1.0, 2.0, 4.0), (times(TOO_MANY, 3),)),
    Case("V12", "at once", "fail", waits(0, 0, 0), (times(TOO_MANY, 3),)),
    Case("V12", "two attempts", "skip", waits(1.0), (times(TOO_MANY, 1),)),
    Case("V13", "grows", "pass", waits(1.0, 2.0, 4.0), (times(DOWN, 3),)),
    Case("V13", "lost responses", "pass", waits(1.0, 2.0, 4.0), (times(LOST, 3),)),
    Case("V13", "waits for minutes", "pass", waits(40.0, 80.0, 160.0), (times(DOWN, 3),)),
    Case("V13", "even gaps", "fail", waits(1.0, 1.0, 1.0), (times(DOWN, 3),)),
    Case("V13", "not repeated", "fail", waits(), (times(DOWN, 3),)),
    Case("V13", "endless", "fail", waits(*range(1, 14)), (times(DOWN, 20),)),
    Case("V13", "two attempts", "skip", waits(1.0), (times(DOWN, 1),)),
    Case("V14", "changes the request", "pass", change_the_request),
    Case("V14", "repeats", "fail", repeat_unchanged),
    Case("V14", "nothing refused", "skip", walk),
    Case("V15", "PUT again", "pass", put_again, (FAILING_WRITES,)),
    Case("V15", "another body", "fail", put_other_body, (FAILING_WRITES,)),
    Case("V15", "another id", "fail", put_other_id, (FAILING_WRITES,)),
    Case("V15", "POST again", "fail", post_again, (FAILING_WRITES,)),
    Case("V15", "POST after a look", "pass", post_after_a_look, (FAILING_WRITES,)),
    Case("V15", "nothing failed", "skip", put_again),
    Case("V16", "repeats", "pass", again_after_cut, (CUT,)),
    Case("V16", "repeats a cut body", "pass", again_after_cut, (CUT_BODY,)),
    Case("V16", "repeats an error", "pass", again_after_cut, (ENVELOPE,)),
    Case("V16", "ends", "pass", end_at_cut, (CUT,)),
    Case("V16", "goes on", "fail", accept_cut, (CUT,)),
    Case("V16", "accepts an error", "fail", accept_cut, (ENVELOPE,)),
    Case("V16", "leaves it out", "fail", leave_out_cut, (CUT,)),
    Case("V16", "another wrapper", "skip", lambda toy: toy.get("/orgs", limit=1000), ("bare-array",)),
    Case("V17", "begins again", "pass", begin_again),
    Case("V17", "goes on", "fail", ignore_change),
    Case("V17", "gives up after three times", "pass", restart_always, ("total-drifts",)),
    Case("V17", "never gives up", "fail", restart_too_often, ("total-drifts",)),
    Case("V17", "nothing changes", "skip", walk),
    Case("V18", "newest seen", "pass", delta_by_newest),
    Case("V18", "start of the run", "pass", delta_by_start),
    Case("V18", "end of the run", "fail", delta_by_end),
    Case("V18", "end of a short run", "fail", delta_by_end_at_once),
    Case("V18", "newest seen, at once", "pass", delta_by_newest_at_once),
    Case("V18", "no delta", "skip", walk),
    Case("V19", "keeps it", "pass", keep_watermark),
    Case("V19", "moves it", "fail", move_watermark),
    Case("V19", "no failed run", "skip", delta_by_newest),
    Case("V20", "all changes", "pass", delta_by_newest),
    Case("V20", "active only", "fail", delta_active),
    Case("V20", "no delta", "skip", keep_the_query),
    Case("V21", "forgets", "pass", forget_deleted),
    Case("V21", "keeps", "fail", keep_deleted),
    Case("V21", "no copy", "skip", walk),
    Case("V22", "revives", "pass", revive),
    Case("V22", "does not", "fail", do_not_revive),
    Case("V22", "nothing came back", "skip", forget_deleted),
    Case("V23", "refuses", "pass", refuse_mass, ("empty-district",), "V23=on"),
    Case("V23", "applies", "fail", apply_mass, ("empty-district",), "V23=on"),
    Case("V23", "switched off", "omit", refuse_mass, ("empty-district",)),
    Case("V24", "goes on", "pass", go_on, ("omitted-optionals",)),
    Case("V24", "ends", "fail", crash, ("nulls",)),
    Case("V24", "no scenario", "skip", go_on),
    Case("V24b", "uses its scopes", "pass", use_scopes),
    Case("V24b", "asks for demographics", "fail", ask_for_demographics),
    Case("V24b", "no scopes", "skip", one_token),
    Case("V25", "weekly", "pass", full_weekly, (), "V25=on"),
    Case("V25", "nightly", "fail", full_again, (), "V25=on"),
    Case("V25", "switched off", "omit", full_again),
]
