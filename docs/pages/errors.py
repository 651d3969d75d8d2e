"""The page of failures and warnings."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

from mockroster import errors
from mockroster.render.status import error_information
from mockroster.standard.status import UNKNOWN_SELECTION, UNKNOWN_SORT, Notice, notices_beside_data
from mockroster.standard.versions import VERSIONS
from pages.markdown import NOTE, Rows, code, lower, sentence, table

_PLAIN: Mapping[int, str] = {
    405: "the path is there, and the method is not one of those in `Allow`",
    413: "the body is larger than 16 MB; it is not read",
    415: "a write has a `Content-Type` that is not JSON",
    429: "a scenario such as `rate-limit` says so",
    500: "mockroster failed, or its data break the standard; its log says where",
}
"""Statuses that are raised without an exception of this package."""


_TOKEN_ERRORS: Rows = (
    ("401", "`invalid_client`", "no credentials, an unknown client or a wrong secret"),
    ("400", "`invalid_request`", "the body cannot be read, `grant_type` is missing, or a parameter contradicts itself"),
    ("400", "`unsupported_grant_type`", "`grant_type` is not `client_credentials`"),
    ("400", "`invalid_scope`", "a scope that there is not"),
)


def page() -> str:
    """Return the page of failures and warnings."""
    classes = [error for error in vars(errors).values() if inspect.isclass(error)]
    raised = [error for error in classes if issubclass(error, errors.RequestError) and error is not errors.RequestError]
    rows = [[str(error.code), *_minors(error, error.code or 0), lower(sentence(error))] for error in raised]
    rows += [[str(status), *_minors(Exception, status), when] for status, when in _PLAIN.items()]
    warnings = (
        ("200", code(UNKNOWN_SORT), "`sort` names a member that the records do not have; the order is the default one"),
        ("200", code(UNKNOWN_SELECTION), "`fields` names a member that the records do not have; all members come"),
    )
    head = ("HTTP status", *(f"`imsx_codeMinor` in {version.number}" for version in VERSIONS), "When")
    examples = {
        version.number: error_information(
            version.id, errors.UnknownObject(), 404, "no user has the sourcedId 'x'", "getUser"
        )
        for version in VERSIONS
    }
    remark = "sort: users have no member 'nam'; the order is the default one"
    notice = notices_beside_data([Notice(UNKNOWN_SORT, remark)], "getAllUsers")
    warning = " and ".join(version.number for version in VERSIONS if version.errors.has_warnings)
    return (
        f"{NOTE}# Errors\n\n"
        "Every failure has a JSON body with status information.\n"
        "`imsx_description` is written for the person who mends the client:\n"
        "it names the member, the value and what would be right.\n"
        "In 1.1 some values of `imsx_codeMinor` have a blank and some an underscore: so has the standard.\n\n"
        + table(head, sorted(rows, key=lambda row: row[0]))
        + "".join(f"\nIn {number}:\n\n```json\n{_json(example)}\n```\n" for number, example in examples.items())
        + "\n`imsx_messageRefIdentifier` is the same for the same message, so that two answers can be compared.\n\n"
        "## Warnings\n\n"
        f"In {warning} a warning stands beside the data of a 200, after them.\n\n"
        + table(("HTTP status", "`imsx_codeMinor`", "When"), warnings)
        + f"\n```json\n{_json(notice)}\n```\n\n"
        "## The token endpoint\n\n"
        "It answers in the form of RFC 6749: an object with `error` and `error_description`.\n\n"
        + table(("HTTP status", "`error`", "When"), _TOKEN_ERRORS)
    )


def _minors(error: type[Exception], status: int) -> list[str]:
    """Return the code of a failure in each version. A warning of one version is no failure there."""
    shown = errors.UnprocessableRecord({}) if error is errors.UnprocessableRecord else error()
    names = [
        None
        if error is errors.UnknownSelection and version.errors.has_warnings
        else version.errors.code_minor(shown, status)
        for version in VERSIONS
    ]
    return [code(name) if name else "none" for name in names]


def _json(document: Any) -> str:
    return json.dumps(document, indent=2)
