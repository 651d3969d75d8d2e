"""The answers of each kind of operation: statuses, headers and kind of body.

The OpenAPI documents and the tests use them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Body = Literal["none", "collection", "record", "pairs", "error"]
"""A page of records, one record, the sourcedIds given to new records, or status information."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an operation."""

    description: str
    body: Body = "none"
    headers: tuple[str, ...] = ()
    """The headers of the answer, in addition to those of all answers."""


Answers = Mapping[str, Answer]
"""Answers by HTTP status; ``default`` stands for all other statuses."""

HEADERS: Mapping[str, str] = {
    "X-Total-Count": "how many records there are in all",
    "Link": "next, last, first and prev page (RFC 8288)",
    "WWW-Authenticate": "which credentials are needed (RFC 6750)",
    "Retry-After": "seconds to wait, or the date until which to wait",
}
"""The headers of answers, with their descriptions."""


def _failure(description: str, *headers: str) -> Answer:
    return Answer(description, "error", headers)


FAILURES: Answers = {
    "400": _failure("a parameter that cannot be read"),
    "401": _failure("no token or signature, or not a good one", "WWW-Authenticate"),
    "403": _failure("the token lacks the scope"),
    "404": _failure("no such record"),
    "413": _failure("the body is larger than 16 MB"),
    "414": _failure("the query is too long to be repeated in links"),
    "415": _failure("the body is not JSON"),
    "422": _failure("the body is not a record of the standard, or refers to nothing"),
    "429": _failure("too many requests", "Retry-After"),
    "500": _failure("a failure that was ordered"),
    "507": _failure("the sandbox has taken in as much as it may"),
    "default": _failure("any other failure"),
}
"""Every failure of an operation."""

_EVERYWHERE = ("400", "401", "403", "429", "500", "default")

_FAILURES_OF: Mapping[str, tuple[str, ...]] = {
    "collection": ("404", "414"),
    "single": ("404",),
    "put": ("413", "415", "422", "507"),
    "post": ("404", "413", "415", "422", "507"),
    "delete": ("404",),
}
"""The failures of each kind of operation, in addition to those of all operations."""


def answers(kind: str, replaced: int, purpose: str) -> Answers:
    """Return the answers of a kind of operation, successes first, failures in the order of their status."""
    successes: Mapping[str, Answers] = {
        "collection": {"200": Answer(purpose, "collection", ("X-Total-Count", "Link"))},
        "single": {"200": Answer(purpose, "record", ("X-Total-Count",))},
        "put": {str(replaced): Answer("it is replaced"), "201": Answer("it is created")},
        "post": {"201": Answer("they are created", "pairs")},
        "delete": {"204": Answer("it is gone")},
    }
    failures = sorted((*_EVERYWHERE, *_FAILURES_OF[kind]))
    return {**successes[kind], **{status: FAILURES[status] for status in failures}}
