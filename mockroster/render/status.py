"""Status information: the bodies of errors, and in 1.1 warnings beside data (section 3.5 of 1.1).

1.1 has a ``statusInfoSet``, an array, in the form on which five implementations agree; 1.2 has one object, unwrapped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from mockroster.standard.status import Notice, code_minor

StatusInformation = dict[str, Any]


def error_information(version: str, error: Exception, status: int, description: str, name: str) -> StatusInformation:
    """Return the body of an error; ``name`` is the operation, or the method and path where there is none."""
    minor = code_minor(version, error, status)
    if version == "v1p2":
        return _one_object(description, minor)
    entry = _entry("failure", "error", description, name)
    return {"statusInfoSet": [entry | {"imsx_codeMinor": minor} if minor else entry]}


def notice_information(notices: Iterable[Notice], name: str) -> StatusInformation:
    """Return what stands beside the data of a 200 that has something to remark."""
    return {
        "statusInfoSet": [
            _entry("success", "warning", notice.description, name) | {"imsx_codeMinor": notice.code_minor}
            for notice in notices
        ]
    }


def _entry(major: str, severity: str, description: str, name: str) -> StatusInformation:
    """Return one entry; its message reference is the same for the same message, so that answers can be compared."""
    return {
        "imsx_codeMajor": major,
        "imsx_severity": severity,
        "imsx_messageRefIdentifier": str(uuid5(NAMESPACE_URL, f"{name} {description}")),
        "imsx_operationRefIdentifier": name,
        "imsx_description": description,
    }


def _one_object(description: str, minor: str | None) -> StatusInformation:
    """Return the body of an error of 1.2."""
    field = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor or "invaliddata"}
    return {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": description,
        "imsx_CodeMinor": {"imsx_codeMinorField": [field]},
    }
