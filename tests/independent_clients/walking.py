"""Clients that read collections page by page: V01 to V07, V16, V17."""

from __future__ import annotations

import re

from independent_clients.base import Case, Toy, rows


def whole_walk(toy: Toy) -> None:
    """Read all users."""
    toy.walk("/users")


def stops_after_two_pages(toy: Toy) -> None:
    """Stop after two pages, whatever the total."""
    pages = toy.pages("/users", limit=100)
    next(pages)
    next(pages)


def reads_first_page_only(toy: Toy) -> None:
    """Take the first page of users for all of them."""
    toy.get("/users", limit=100, offset=0, sort="sourcedId")


def walks_without_total(toy: Toy) -> None:
    """Stop at the first page that has fewer rows than asked for."""
    offset, page = 0, [{}]
    while page and offset % 200 == 0:
        page = rows(toy.get("/users", limit=200, offset=offset, sort="sourcedId"))
        offset += len(page)


def stops_without_total(toy: Toy) -> None:
    """Stop after a full page because no total is sent."""
    toy.get("/users", limit=200, offset=0, sort="sourcedId")


def adds_its_limit(toy: Toy) -> None:
    """Add the limit asked for, not the rows received, to the offset."""
    offset, total = 0, 1
    while offset < total:
        answer = toy.get("/users", limit=200, offset=offset, sort="sourcedId")
        total = int(answer.headers["X-Total-Count"])
        offset += 200


def takes_a_short_page_for_the_last(toy: Toy) -> None:
    """Stop when a page has fewer rows than asked for, although the total says that more follow."""
    offset, page = 0, [{}] * 200
    while len(page) == 200:
        page = rows(toy.get("/users", limit=200, offset=offset, sort="sourcedId"))
        offset += len(page)


def walks_unsorted(toy: Toy) -> None:
    """Walk in whatever order the server chooses."""
    offset, total = 0, 1
    while offset < total:
        answer = toy.get("/users", limit=200, offset=offset)
        total = int(answer.headers["X-Total-Count"])
        offset += len(rows(answer))


def walks_filtered(toy: Toy) -> None:
    """Read the students, with the same filter, fields and sort on each page."""
    toy.walk("/users", limit=100, filter="role='student'", fields="sourcedId,role")


def follows_links_that_lost_the_query(toy: Toy) -> None:
    """Follow each next link as it is, without a look at what it lacks."""
    follow(toy, "/users?limit=100&offset=0&sort=sourcedId&filter=role%3D'student'&fields=sourcedId,role", 100)


def changes_the_fields(toy: Toy) -> None:
    """Ask for other fields from the second page on."""
    offset, total, fields = 0, 1, "sourcedId,role"
    while offset < total:
        answer = toy.get("/users", limit=200, offset=offset, sort="sourcedId", fields=fields)
        total, fields = int(answer.headers["X-Total-Count"]), "sourcedId"
        offset += len(rows(answer))


def follow(toy: Toy, url: str, most: int) -> None:
    """Follow next links, for a number of requests at most: a test has to end."""
    for _ in range(most):
        answer = toy.send("GET", url)
        link = re.search(r'<([^>]+)>; *rel="next"', answer.headers["Link"] or "")
        if link is None:
            return
        url = link[1]


def follows_links_past_the_end(toy: Toy) -> None:
    """Follow next links without a look at the rows."""
    follow(toy, "/users?limit=200&offset=0&sort=sourcedId", 7)


def stops_at_an_empty_page(toy: Toy) -> None:
    """Follow next links up to an empty page."""
    url: str | None = "/users?limit=200&offset=0&sort=sourcedId"
    while url is not None:
        answer = toy.send("GET", url)
        link = re.search(r'<([^>]+)>; *rel="next"', answer.headers["Link"] or "")
        url = link[1] if link and rows(answer) else None


def small_pages(toy: Toy) -> None:
    """Read a large collection in pages of a hundred."""
    toy.walk("/enrollments", limit=100)


def large_pages(toy: Toy) -> None:
    """Read a large collection in pages of a thousand."""
    toy.walk("/enrollments", limit=1000)


def reads_enrollments(toy: Toy) -> None:
    """Read classes and enrollments, which say who is in which class."""
    toy.walk("/classes", limit=1000)
    toy.walk("/enrollments", limit=1000)


def reads_class_by_class(toy: Toy) -> None:
    """Read the students of each class with a request of its own."""
    for row in toy.walk("/classes", limit=1000)[:30]:
        toy.get(f"/classes/{row['sourcedId']}/students", limit=1000)


def reads_user_by_user(toy: Toy) -> None:
    """Read each user with a request of its own, after the list."""
    for row in toy.walk("/users", limit=1000)[:30]:
        toy.get(f"/users/{row['sourcedId']}")


def repeats_a_cut_page(toy: Toy) -> None:
    """Repeat a page that is not JSON, before the next one is asked for."""
    offset, total = 0, 1
    while offset < total:
        answer = toy.get("/users", limit=200, offset=offset, sort="sourcedId")
        try:
            offset += len(rows(answer))
        except ValueError:
            continue
        total = int(answer.headers["X-Total-Count"])


def skips_a_cut_page(toy: Toy) -> None:
    """Take a page that is not JSON for read, and ask for the next one."""
    offset, total = 0, 1
    while offset < total:
        answer = toy.get("/users", limit=200, offset=offset, sort="sourcedId")
        total = int(answer.headers["X-Total-Count"])
        offset += 200


def ends_at_a_cut_page(toy: Toy) -> None:
    """End the run at a page that is not JSON."""
    try:
        toy.walk("/users")
    except ValueError:
        return


def repeats_an_error_page(toy: Toy) -> None:
    """Repeat a page that has an error in place of the rows."""
    offset, total = 0, 1
    while offset < total:
        answer = toy.get("/users", limit=200, offset=offset, sort="sourcedId")
        if "users" in answer.json():
            total = int(answer.headers["X-Total-Count"])
            offset += len(rows(answer))


def takes_an_error_for_a_page(toy: Toy) -> None:
    """Take an answer without the envelope for a page, and ask for the next one."""
    offset, total = 0, 201
    while offset < total:
        answer = toy.get("/users", limit=200, offset=offset, sort="sourcedId")
        total = int(answer.headers["X-Total-Count"] or total)
        offset += 200


def starts_again(toy: Toy) -> None:
    """Start a walk again when the total has changed, three times at most."""
    for _ in range(4):
        offset, total, first = 0, 1, None
        while offset < total:
            answer = toy.get("/users", limit=200, offset=offset, sort="sourcedId")
            total = int(answer.headers["X-Total-Count"])
            first = first or total
            if total != first:
                break
            offset += len(rows(answer))
        else:
            return


TOO_LARGE = "clamped-limit:max=100"
CASES = (
    Case("V01", whole_walk, stops_after_two_pages),
    Case("V01", whole_walk, reads_first_page_only, variant="first-page"),
    Case("V01", walks_without_total, stops_without_total, ("no-total-count;no-link",), variant="no-total"),
    Case("V02", whole_walk, adds_its_limit, (TOO_LARGE,)),
    Case("V02", whole_walk, takes_a_short_page_for_the_last, (TOO_LARGE,), also=frozenset({"V01"}), variant="short"),
    Case("V03", whole_walk, walks_unsorted),
    Case("V04", walks_filtered, follows_links_that_lost_the_query, ("link-drops-query",)),
    Case("V04", walks_filtered, changes_the_fields, variant="fields"),
    Case("V05", stops_at_an_empty_page, follows_links_past_the_end, ("next-past-end:style=forever",)),
    Case(
        "V05", whole_walk, follows_links_past_the_end, ("next-stands-still",), also=frozenset({"V01"}), variant="same"
    ),
    Case("V06", large_pages, small_pages),
    Case("V07", reads_enrollments, reads_class_by_class),
    Case("V07", whole_walk, reads_user_by_user, variant="single"),
    Case("V16", repeats_a_cut_page, skips_a_cut_page, ("truncated-json@path=/users,after=1,times=1",)),
    Case("V16", ends_at_a_cut_page, skips_a_cut_page, ("truncated-json@path=/users,after=1,times=1",), variant="ends"),
    Case(
        "V16",
        repeats_an_error_page,
        takes_an_error_for_a_page,
        ("success-shaped-error@path=/users,after=1,times=1",),
        variant="envelope",
    ),
    Case("V17", starts_again, whole_walk, ("total-drifts:by=5@path=/users,after=2,times=1",)),
)
