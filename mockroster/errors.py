"""Every exception of mockroster.

    MockrosterError
    ├── ConfigurationError      a flag, a variable or a file is invalid: one sentence, exit code 2
    │   └── UnreadableFixtures      fixtures that cannot be read at all
    ├── Refused                 a server refuses a call of its switchboard; the message is the server's own
    ├── BrokenRecord            a record to be sent violates its schema: a 500 that names the member
    ├── DeleteRefused           a scenario forbids a delete, and chooses the status
    ├── WriteConflict           another writer has made the revision of a batch
    ├── HistoryTruncated        changes that are no longer kept
    ├── SandboxDropped          the state of a sandbox that no longer exists
    ├── TokenRefused            the token endpoint refuses a token, with an error code of RFC 6749
    ├── RequestRejected         the built-in server answers a request before the application sees it
    ├── TooDeep, UnsupportedYaml    a document that cannot be parsed
    ├── NeedsFullValidation     the fast path cannot decide on a value
    ├── InvalidCell, NonstandardCell    a CSV cell is invalid, or in a nonstandard notation
    ├── Unwritable              a value that CSV cannot hold
    └── RequestError            a request is invalid: also an HTTP error of werkzeug's
        ├── MalformedRequest        400  a parameter or a body that cannot be read
        │   └── MalformedFilter          ``filter`` that cannot be read
        ├── UnknownFilterField      400  ``filter`` names a member that the records do not have
        ├── BlankSelection          400  ``fields`` is there and names nothing
        ├── UnknownSelection        400  ``fields`` names a member that the records do not have (1.2)
        ├── NotAuthenticated        401  no token or signature, or an invalid one
        ├── NotPermitted            403  valid credentials without the scope
        ├── ForeignRequest          403  a page of another origin requests the switchboard
        ├── UnknownObject           404  no such record, or no such path
        ├── EventRefused            409  no record fits an event, or days cannot pass
        ├── QueryTooLong            414  a query whose links no client could read
        ├── UnprocessableRecord     422  a body that violates its schema
        ├── StoreUnavailable        503  the store of the sandboxes cannot be reached
        └── SandboxFull             507  a sandbox has reached its size limit

Each version of the standard defines the responses to these in its ``errors.py``.
The first two are defined in ``base_errors``, for modules that must not import werkzeug, and ``ConnectionEnded`` in
``delivery``, because other WSGI servers must recognize it as an ``OSError``.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Literal

from werkzeug.exceptions import (
    BadRequest,
    Conflict,
    Forbidden,
    Gone,
    HTTPException,
    NotFound,
    RequestURITooLarge,
    ServiceUnavailable,
    Unauthorized,
    UnprocessableEntity,
)

from mockroster.base_errors import ConfigurationError as ConfigurationError
from mockroster.base_errors import MockrosterError as MockrosterError
from mockroster.base_errors import as_json as as_json
from mockroster.base_errors import closest as closest
from mockroster.base_errors import nearest as nearest
from mockroster.base_errors import quoted as quoted
from mockroster.base_errors import unknown as unknown

Severity = Literal["error", "violation", "warning"]
"""The severity of a fault in fixtures.

A ``violation`` breaks a MUST of the standard, but the data can still be read: a warning, and an error for
``validate --strict``.
"""

FAULTS_LISTED = 20
"""The most faults of a body that a response lists; the others are counted."""

FAULTY_RECORDS = 1000
"""The most faulty records in a request; the records after them are not checked."""

MOST_OF_FAULT = 600
"""The most characters of one fault in a response."""


class UnreadableFixtures(ConfigurationError):
    """Fixtures cannot be read at all: missing, not text, or larger than the limit."""


class Refused(MockrosterError):
    """A server refuses a call of its switchboard or a token; the message is the server's own."""

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.status_code = status_code


class BrokenRecord(MockrosterError):
    """A record to be sent violates its schema: the data are invalid."""


class DeleteRefused(MockrosterError):
    """A scenario forbids a delete. 1.2 has an error code for this."""


class WriteConflict(MockrosterError):
    """Another writer was first; read its changes and try again. ``revision`` is the current one."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"the sandbox is at revision {revision}; a batch must name the one after it")
        self.revision = revision


class TokenRefused(MockrosterError):
    """The token endpoint refuses a token. ``error`` is a code of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class RequestRejected(MockrosterError):
    """The built-in server answers a request itself and closes the connection."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


class TooDeep(MockrosterError):
    """A document is nested too deeply."""


class UnsupportedYaml(MockrosterError):
    """Valid YAML that is no fixture document, with line and sentence."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class NeedsFullValidation(MockrosterError):
    """The fast path cannot decide; use the full schema."""


class InvalidCell(MockrosterError):
    """A CSV cell is invalid. ``value`` is the value that is used anyway."""

    def __init__(self, message: str, value: Any, severity: Severity = "error") -> None:
        super().__init__(message)
        self.value = value
        self.severity = severity


class NonstandardCell(MockrosterError):
    """A CSV cell deviates in a way that a file repeats, which is reported once. ``value`` is its meaning."""

    def __init__(self, message: str, value: Any) -> None:
        super().__init__(message)
        self.value = value


class Unwritable(MockrosterError):
    """CSV cannot hold a value. ``cell`` is the text to write in its place."""

    def __init__(self, reason: str, cell: str = "") -> None:
        super().__init__(reason)
        self.cell = cell


class RequestError(MockrosterError, HTTPException):
    """A request is invalid; ``description`` is written for the developer of the client."""


class MalformedRequest(RequestError, BadRequest):
    """A parameter or a body cannot be parsed."""


class MalformedFilter(MalformedRequest):
    """``filter`` cannot be parsed (section 3.4.3 of 1.1)."""


class UnknownSelection(RequestError, BadRequest):
    """``fields`` names a member that the records do not have; in 1.1 only a warning."""


class UnknownFilterField(RequestError, BadRequest):
    """``filter`` names a member that the records do not have (section 3.4.3 of 1.1)."""


class BlankSelection(RequestError, BadRequest):
    """``fields`` is present and names nothing (section 3.4.4 of 1.1)."""


class NotAuthenticated(RequestError, Unauthorized):
    """The token or signature is missing or invalid."""


class NotPermitted(RequestError, Forbidden):
    """The credentials are valid, but lack a scope of the operation."""


class ForeignRequest(RequestError, Forbidden):
    """A page of another origin requests the switchboard, or the Host is not allowed."""


class UnknownObject(RequestError, NotFound):
    """There is no record with that sourcedId, or nothing at that path."""


class HistoryTruncated(RequestError, Gone):
    """The changes are no longer kept; ``oldest`` is the first revision that is."""

    def __init__(self, oldest: int = 1) -> None:
        super().__init__(f"the oldest revision kept is {oldest}; ask for the changes since {oldest - 1} or later")
        self.oldest = oldest


class SandboxDropped(RequestError, NotFound):
    """A sandbox was dropped or evicted, together with its state."""


class EventRefused(RequestError, Conflict):
    """No record fits an event, or days cannot pass; nothing has changed."""


class QueryTooLong(RequestError, RequestURITooLarge):
    """A query is too long to be repeated in the links of a page."""


class UnprocessableRecord(RequestError, UnprocessableEntity):
    """A body violates its schema.

    ``faults`` maps the dotted name of each member to its fault. The response lists the first ``FAULTS_LISTED`` of them
    and counts the others, and the ``unchecked`` records that follow too many faulty ones.
    """

    def __init__(self, faults: Mapping[str, str], unchecked: int = 0) -> None:
        listed = [_shorten(f"{member}: {fault}") for member, fault in islice(faults.items(), FAULTS_LISTED)]
        if len(faults) > FAULTS_LISTED:
            listed.append(f"and {len(faults) - FAULTS_LISTED:,} more")
        if unchecked:
            listed.append(f"{unchecked:,} records after these were not checked")
        super().__init__("; ".join(listed))
        self.faults = faults


def _shorten(sentence: str) -> str:
    """Shorten a sentence in the middle, in case it quotes a very long name or value."""
    half = MOST_OF_FAULT // 2
    return sentence if len(sentence) <= MOST_OF_FAULT else f"{sentence[:half]} … {sentence[-half:]}"


class StoreUnavailable(RequestError, ServiceUnavailable):
    """The store that holds the state of the sandboxes cannot be reached, or does not serve now."""


class SandboxFull(RequestError):
    """A sandbox has reached its size limit; a reset empties it."""

    code = 507
