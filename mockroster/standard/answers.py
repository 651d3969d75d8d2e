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
    "X-Total-Count": "the number of all records of the list",
    "Link": "next, last, first and prev page (RFC 8288)",
    "WWW-Authenticate": "the required credentials (RFC 6750)",
    "Retry-After": "the seconds to wait, or the date to wait for",
}
"""The headers of answers, with their descriptions."""


def _failure(description: str, *headers: str) -> Answer:
    return Answer(description, "error", headers)


FAILURES: Answers = {
    "400": _failure("a parameter is invalid"),
    "401": _failure("the token or signature is missing or invalid", "WWW-Authenticate"),
    "403": _failure("the token lacks the scope"),
    "404": _failure("not found"),
    "413": _failure("the body is larger than 16 MB"),
    "414": _failure("the query is too long to be repeated in links"),
    "415": _failure("the body is not JSON"),
    "422": _failure("the body is not a record of the standard, or refers to a record that does not exist"),
    "429": _failure("too many requests", "Retry-After"),
    "500": _failure("a failure of the server, such as one of a scenario"),
    "507": _failure("the sandbox is full"),
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
        "put": {str(replaced): Answer("the record was replaced"), "201": Answer("the record was created")},
        "post": {"201": Answer("the records were created", "pairs")},
        "delete": {"204": Answer("the record was deleted")},
    }
    failures = sorted((*_EVERYWHERE, *_FAILURES_OF[kind]))
    return {**successes[kind], **{status: FAILURES[status] for status in failures}}
