"""What each way to fail, or nearly to fail, is called in the status information of an answer.

Sources: OneRoster 1.1, section 3.5 and the 1EdTech questions and answers on status codes (three of its names hold a
blank and three an underscore; that is how the standard has them); the 1.2 OpenAPI documents, which have their own
spelling and no warnings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mockroster.errors import BlankSelection, DeleteRefused, MalformedFilter, UnknownFilterField, UnknownSelection

CODE_MINOR: Mapping[str, Mapping[int, str]] = {
    "v1p1": {
        400: "invalid data",
        401: "unauthorized",
        403: "forbidden",
        404: "unknown object",
        405: "invalid data",
        413: "invalid data",
        414: "invalid data",
        415: "invalid data",
        422: "invalid data",
        429: "server_busy",
    },
    "v1p2": {
        400: "invaliddata",
        401: "unauthorisedrequest",
        403: "forbidden",
        404: "unknownobject",
        405: "invaliddata",
        413: "invaliddata",
        414: "invaliddata",
        415: "invaliddata",
        422: "invaliddata",
        429: "server_busy",
        500: "internal_server_error",
    },
}
"""The name of a failure by version and HTTP status; a 500, which stands for all above it, has none in 1.1."""

CODE_MINOR_OF: Mapping[str, Mapping[type[Exception], str]] = {
    "v1p1": {
        UnknownFilterField: "invalid_filter_field",
        BlankSelection: "invalid_blank_selection_field",
    },
    "v1p2": {
        UnknownFilterField: "invalid_filter_field",
        MalformedFilter: "invalid_filter_field",
        UnknownSelection: "invalid_selection_field",
        BlankSelection: "invalid_selection_field",
        DeleteRefused: "deletefailure",
    },
}
"""Where one HTTP status has several names, by version and exception."""

_EVERYWHERE = (
    "fullsuccess",
    "invalid_filter_field",
    "invalid_selection_field",
    "invaliddata",
    "unauthorisedrequest",
    "forbidden",
    "server_busy",
    "unknownobject",
    "internal_server_error",
)

VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "rostering": _EVERYWHERE,
    "gradebook": (*_EVERYWHERE, "deletefailure"),
    "resources": (*_EVERYWHERE, "invalid_sort_field", "unsupported"),
}
"""The names that each service of 1.2 has for failures."""

WARNING = frozenset({"v1p1"})
"""The versions in which a 200 may carry a warning beside its data."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning that travels beside the data of a 200."""

    code_minor: str
    description: str


UNKNOWN_SORT = "invalid_sort_field"
"""``sort`` names a member that the records do not have: the data come in their default order."""

UNKNOWN_SELECTION = "invalid_selection_field"
"""``fields`` names a member that the records do not have: all members come."""


def code_minor(version: str, error: Exception, status: int) -> str | None:
    """Return the name of a failure in a version of the standard, or nothing where it has none."""
    return CODE_MINOR_OF[version].get(type(error)) or CODE_MINOR[version].get(min(status, 500))
