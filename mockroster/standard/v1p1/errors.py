"""The words of OneRoster 1.1 for failures.

Three of the names hold a blank and three an underscore; that is how the standard has them.
"""

from __future__ import annotations

from mockroster.errors import BlankSelection, UnknownFilterField
from mockroster.standard.status import ErrorVocabulary, StatusInfoSet

ERRORS = ErrorVocabulary(
    form=StatusInfoSet(),
    by_status={
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
    by_error={
        UnknownFilterField: "invalid_filter_field",
        BlankSelection: "invalid_blank_selection_field",
    },
    has_warnings=True,
)
"""A failure of the server, a 500, has no name in 1.1."""
