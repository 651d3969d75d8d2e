"""Every exception of mockroster.

    MockrosterError
    ├── ConfigurationError      a flag, a variable or a file is wrong: one sentence, exit code 2
    │   └── UnreadableFixtures      fixtures that cannot be read at all
    ├── Refused                 a server refuses what a test asks of its switchboard; the message is the server's own
    ├── BrokenRecord            a record that breaks its schema was about to be sent: a 500, with the member named
    ├── DeleteRefused           a scenario forbids a delete; it says with which status
    ├── WriteConflict           another writer has made the revision that a batch was to make
    ├── HistoryTruncated        changes that are no longer kept
    ├── SandboxDropped          the state of a sandbox that exists no longer
    ├── TokenRefused            the token endpoint gives no token, with an error of RFC 6749
    ├── Rejected                our own server answers a request before the application sees it
    ├── TooDeep, UnsupportedYaml    a document is nested too deep, or uses YAML that fixtures do not allow
    ├── NeedsFullValidation     the fast path cannot decide; use the full schema
    ├── InvalidCell, NonstandardCell    a CSV cell is invalid, or in a nonstandard notation
    ├── Unwritable              a CSV cell cannot hold a value
    └── RequestError            a request is wrong: also an HTTP error of werkzeug's
        ├── MalformedRequest        400  a parameter or a body that cannot be read
        │   └── MalformedFilter          ``filter`` that cannot be read
        ├── UnknownFilterField      400  ``filter`` names a member that the records do not have
        ├── BlankSelection          400  ``fields`` is there and names nothing
        ├── UnknownSelection        400  ``fields`` names a member that the records do not have (1.2)
        ├── NotAuthenticated        401  no token or signature, or one that is not good
        ├── NotPermitted            403  good credentials without the scope
        ├── ForeignRequest          403  a page of another origin asks the switchboard
        ├── UnknownObject           404  no such record, or no such path
        ├── QueryTooLong            414  a query whose links no client could read
        ├── UnprocessableRecord     422  a body that its schema refuses
        └── SandboxFull             507  a sandbox has taken in as much as it may

What a client is told of each, per version of the standard, stands in its ``errors.py``.
The first two are made in ``configuration``, for those who have to do without werkzeug, and ``ConnectionEnded`` in
``delivery``, because a WSGI server of another make has to take it for an ``OSError``.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Literal

from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    Gone,
    HTTPException,
    NotFound,
    RequestURITooLarge,
    Unauthorized,
    UnprocessableEntity,
)

from mockroster.configuration import ConfigurationError as ConfigurationError
from mockroster.configuration import MockrosterError as MockrosterError
from mockroster.configuration import closest as closest
from mockroster.configuration import nearest as nearest
from mockroster.configuration import unknown as unknown

Severity = Literal["error", "violation", "warning"]
"""The severity of a fault of fixtures.

A ``violation`` breaks a MUST of the standard, but the data can be read all the same: a warning, and an error to
``validate --strict``.
"""

FAULTS_LISTED = 20
"""Faults of a body that an answer lists; the others are counted."""

FAULTY_RECORDS = 1000
"""Faulty records after which the others of the same request are no longer checked."""

MOST_OF_FAULT = 600
"""Characters of one fault in an answer."""


class UnreadableFixtures(ConfigurationError):
    """Fixtures that cannot be read at all: not there, not text, or more than a server should take in."""


class Refused(MockrosterError):
    """A server refuses what a test asks of its switchboard, or a token; the message is the server's own."""


class BrokenRecord(MockrosterError):
    """A record breaks its schema: the data are wrong, and no answer can hold it."""


class DeleteRefused(MockrosterError):
    """A scenario forbids a delete: 1.2 has a name of its own for that."""


class WriteConflict(MockrosterError):
    """Another writer was first; read what it wrote and try again. ``revision`` is the present one."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"the sandbox is at revision {revision}; a batch must name the one after it")
        self.revision = revision


class TokenRefused(MockrosterError):
    """No token; ``error`` is the code of RFC 6749, section 5.2, and ``description`` is for the client's developer."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class Rejected(MockrosterError):
    """A request that is answered by the server itself, after which the connection is closed."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


class TooDeep(MockrosterError):
    """A document is nested deeper than the limit."""


class UnsupportedYaml(MockrosterError):
    """Valid YAML that is not allowed in fixtures, with line and message."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class NeedsFullValidation(MockrosterError):
    """The fast path cannot decide; use the full schema."""


class InvalidCell(MockrosterError):
    """A CSV cell is invalid. ``value`` is the value to use anyway."""

    def __init__(self, message: str, value: Any, severity: Severity = "error") -> None:
        super().__init__(message)
        self.value = value
        self.severity = severity


class NonstandardCell(MockrosterError):
    """A CSV cell is in a nonstandard notation, reported once for each column. ``value`` is its value."""

    def __init__(self, message: str, value: Any) -> None:
        super().__init__(message)
        self.value = value


class Unwritable(MockrosterError):
    """A CSV cell cannot hold a value. ``cell`` is the text to write anyway."""

    def __init__(self, why: str, cell: str = "") -> None:
        super().__init__(why)
        self.cell = cell


class RequestError(MockrosterError, HTTPException):
    """A request is wrong; ``description`` is written for the person who has to mend the client."""


class MalformedRequest(RequestError, BadRequest):
    """A parameter or a body that cannot be read."""


class MalformedFilter(MalformedRequest):
    """``filter`` that cannot be read (section 3.4.3 of 1.1)."""


class UnknownSelection(RequestError, BadRequest):
    """``fields`` names a member that the records do not have; in 1.1 only a warning."""


class UnknownFilterField(RequestError, BadRequest):
    """``filter`` names a member that the records do not have (section 3.4.3 of 1.1)."""


class BlankSelection(RequestError, BadRequest):
    """``fields`` is there and names nothing (section 3.4.4 of 1.1)."""


class NotAuthenticated(RequestError, Unauthorized):
    """No token or signature, or one that is not good."""


class NotPermitted(RequestError, Forbidden):
    """Good credentials without a scope that the operation asks for."""


class ForeignRequest(RequestError, Forbidden):
    """A page of another origin, or a Host that is not ours, asks the switchboard."""


class UnknownObject(RequestError, NotFound):
    """No record with that sourcedId, or nothing at that path."""


class HistoryTruncated(RequestError, Gone):
    """Changes that are no longer kept; ``oldest`` is the first revision that is."""

    def __init__(self, oldest: int = 1) -> None:
        super().__init__(f"the oldest revision kept is {oldest}; ask for the changes since {oldest - 1} or later")
        self.oldest = oldest


class SandboxDropped(RequestError, NotFound):
    """A sandbox was dropped, or made room for others, and its state with it."""


class QueryTooLong(RequestError, RequestURITooLarge):
    """A query that is repeated in each link of a page, and so long that clients could not read them."""


class UnprocessableRecord(RequestError, UnprocessableEntity):
    """A body that its schema refuses.

    ``faults`` maps the dotted name of each member to what is wrong with it. The answer lists the first
    ``FAULTS_LISTED`` of them and counts the others, and the ``unchecked`` records that came after too many faulty ones.
    """

    def __init__(self, faults: Mapping[str, str], unchecked: int = 0) -> None:
        listed = [_shortened(f"{member}: {fault}") for member, fault in islice(faults.items(), FAULTS_LISTED)]
        if len(faults) > FAULTS_LISTED:
            listed.append(f"and {len(faults) - FAULTS_LISTED:,} more")
        if unchecked:
            listed.append(f"{unchecked:,} records after these were not checked")
        super().__init__("; ".join(listed))
        self.faults = faults


def _shortened(sentence: str) -> str:
    """Return a sentence with its middle left out where somebody put a very long name or value into it."""
    half = MOST_OF_FAULT // 2
    return sentence if len(sentence) <= MOST_OF_FAULT else f"{sentence[:half]} … {sentence[-half:]}"


class SandboxFull(RequestError):
    """A sandbox has taken in as much as it may; a reset empties it."""

    code = 507
