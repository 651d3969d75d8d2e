"""The code minors of OneRoster 1.1.

Three of the names contain a space and three an underscore, as in the standard.
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
"""A 500 has no code minor in 1.1."""
