"""The code minors of OneRoster 1.2, in the spelling of its OpenAPI documents; it has no warnings."""

from __future__ import annotations

from mockroster.errors import BlankSelection, DeleteRefused, MalformedFilter, UnknownFilterField, UnknownSelection
from mockroster.standard.status import ErrorVocabulary, StatusInfo

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

ERRORS = ErrorVocabulary(
    form=StatusInfo(),
    by_status={
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
    by_error={
        UnknownFilterField: "invalid_filter_field",
        MalformedFilter: "invalid_filter_field",
        UnknownSelection: "invalid_selection_field",
        BlankSelection: "invalid_selection_field",
        DeleteRefused: "deletefailure",
    },
    words={
        "rostering": _EVERYWHERE,
        "gradebook": (*_EVERYWHERE, "deletefailure"),
        "resources": (*_EVERYWHERE, "invalid_sort_field", "unsupported"),
    },
)
"""Each service has its own list of code minors."""
