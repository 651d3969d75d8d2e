"""What each way to fail, or nearly to fail, is called in the status information of an answer.

Sources: OneRoster 1.1, section 3.5 and the 1EdTech questions and answers on status codes. Three of the names hold a
blank and three an underscore; that is how the standard has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mockroster.errors import BlankSelection, UnknownFilterField

CODE_MINOR: Mapping[str, Mapping[int, str]] = {
    "v1p1": {
        400: "invalid data",
        401: "unauthorized",
        403: "forbidden",
        404: "unknown object",
        405: "invalid data",
        413: "invalid data",
        415: "invalid data",
        422: "invalid data",
        429: "server_busy",
    },
}
"""``imsx_codeMinor`` by version and HTTP status; a 500 has none."""

CODE_MINOR_OF: Mapping[str, Mapping[type[Exception], str]] = {
    "v1p1": {
        UnknownFilterField: "invalid_filter_field",
        BlankSelection: "invalid_blank_selection_field",
    },
}
"""Where one HTTP status has several names, by version and exception."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning that travels beside the data of a 200 (1.1 only)."""

    code_minor: str
    description: str


UNKNOWN_SORT = "invalid_sort_field"
"""``sort`` names a member that the records do not have: the data come in their default order."""

UNKNOWN_SELECTION = "invalid_selection_field"
"""``fields`` names a member that the records do not have: all members come."""


def code_minor(version: str, error: Exception, status: int) -> str | None:
    """Return the name of a failure in a version of the standard, or nothing where it has none."""
    return CODE_MINOR_OF[version].get(type(error)) or CODE_MINOR[version].get(status)
