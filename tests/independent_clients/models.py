"""Two clients that read a roster and its changes, alike but for Retry-After and deleted records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from independent_clients.base import Case, Toy, rows
from independent_clients.copies import ROSTER, Row, a_student_leaves, apply, newest, since
from independent_clients.refusals import MARGIN, PAUSE, reply_429


def pages(toy: Toy, path: str, delay: Callable[[str], float], **query: Any) -> Iterator[Row]:
    """Yield the rows of a collection; ``delay`` says how long to wait by Retry-After."""
    offset, total = 0, 1
    while offset < total:
        answer = toy.get(path, limit=1000, offset=offset, sort="sourcedId", **query)
        if answer.status_code == 429:
            toy.wait(delay(answer.headers["Retry-After"]))
            continue
        page, total = rows(answer), int(answer.headers["X-Total-Count"])
        if not page:
            return
        offset += len(page)
        yield from page


def sync(toy: Toy, delay: Callable[[str], float], *, deletions: bool) -> Iterator[None]:
    """Read the roster, and in a second run what has changed since."""
    toy.copy = {name: {} for name in ROSTER}
    for name in ROSTER:
        for row in pages(toy, f"/{name}", delay):
            apply(toy.copy, name, row)
    watermark = max(newest([*records.values()]) for records in toy.copy.values())
    yield
    for name in ROSTER:
        for row in pages(toy, f"/{name}", delay, filter=since(watermark)):
            if deletions or row["status"] == "active":
                apply(toy.copy, name, row)


def patient(toy: Toy) -> Iterator[None]:
    """Honour Retry-After and deletions."""
    return sync(toy, lambda after: int(after) + MARGIN, deletions=True)


def hasty(toy: Toy) -> Iterator[None]:
    """Honour neither."""
    return sync(toy, lambda _: PAUSE, deletions=False)


CASE = Case("V11", patient, hasty, [reply_429("60", 1)], [a_student_leaves], students=24)
