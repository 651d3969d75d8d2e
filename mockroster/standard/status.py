"""Status information: the two forms in the standard, and the vocabulary of errors of a version.

Sources: OneRoster 1.1, section 3.5 and the 1EdTech questions and answers on status codes; the 1.2 OpenAPI documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

StatusInformation = dict[str, Any]
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning beside the data of a 200."""

    code_minor: str
    description: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The content of an error, independent of its form."""

    description: str
    minor: str | None
    references: Mapping[str, str] = field(default_factory=dict)
    """Members that refer to the message and the operation, if the form has them."""


UNKNOWN_SORT = "invalid_sort_field"
"""``sort`` names an unknown member: the data are in their default order."""

UNKNOWN_SELECTION = "invalid_selection_field"
"""``fields`` names an unknown member: all members are returned."""


class Form(Protocol):
    """The form of status information in JSON."""

    name: str
    """The name of its schema in an OpenAPI document."""

    def error(self, description: str, minor: str | None, operation: str, /) -> StatusInformation:
        """Return the body of an error."""

    def parse(self, body: Mapping[str, Any]) -> Failure | None:
        """Return the content of an error in this form, or ``None`` for a body in another form."""

    def schema(self, words: tuple[str, ...], /) -> Schema:
        """Return the JSON Schema of the body of an error; ``words`` are the allowed code minors, empty for any."""


def entry(major: str, severity: str, description: str, operation: str) -> StatusInformation:
    """Return one entry of a set. Equal messages have equal references, so that responses can be compared."""
    return {
        "imsx_codeMajor": major,
        "imsx_severity": severity,
        "imsx_messageRefIdentifier": str(uuid5(NAMESPACE_URL, f"{operation} {description}")),
        "imsx_operationRefIdentifier": operation,
        "imsx_description": description,
    }


def notices_beside_data(notices: Iterable[Notice], operation: str) -> StatusInformation:
    """Return the set of warnings for a 200."""
    return {
        "statusInfoSet": [
            entry("success", "warning", notice.description, operation) | {"imsx_codeMinor": notice.code_minor}
            for notice in notices
        ]
    }


class StatusInfoSet:
    """The ``statusInfoSet`` of 1.1: an array, in the form on which five implementations agree."""

    name = "StatusInfoSet"

    def error(self, description: str, minor: str | None, operation: str) -> StatusInformation:
        """Return the body of an error."""
        information = entry("failure", "error", description, operation)
        return {"statusInfoSet": [information | {"imsx_codeMinor": minor} if minor else information]}

    def parse(self, body: Mapping[str, Any]) -> Failure | None:
        """Return the content of an error in this form."""
        if "statusInfoSet" not in body:
            return None
        (information,) = body["statusInfoSet"]
        references = {name: value for name, value in information.items() if name.endswith("RefIdentifier")}
        return Failure(information["imsx_description"], information.get("imsx_codeMinor"), references)

    def schema(self, _words: tuple[str, ...], /) -> Schema:
        """Return the JSON Schema of the body of an error."""
        return {"type": "object", "properties": {"statusInfoSet": STATUS_INFO_SET}}


class StatusInfo:
    """The status information of 1.2: one object, not wrapped."""

    name = "StatusInfo"

    def error(self, description: str, minor: str | None, _operation: str, /) -> StatusInformation:
        """Return the body of an error; this form does not contain the operation."""
        minor_field = {
            "imsx_codeMinorFieldName": "TargetEndSystem",
            "imsx_codeMinorFieldValue": minor or "invaliddata",
        }
        return {
            "imsx_codeMajor": "failure",
            "imsx_severity": "error",
            "imsx_description": description,
            "imsx_CodeMinor": {"imsx_codeMinorField": [minor_field]},
        }

    def parse(self, body: Mapping[str, Any]) -> Failure | None:
        """Return the content of an error in this form."""
        if "imsx_CodeMinor" not in body:
            return None
        minor = body["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"]
        return Failure(body["imsx_description"], minor)

    def schema(self, words: tuple[str, ...], /) -> Schema:
        """Return the JSON Schema of the body of an error."""
        return _status_info(words)


@dataclass(frozen=True, kw_only=True)
class ErrorVocabulary:
    """The code minors of a version and the form of its errors."""

    form: Form
    by_status: Mapping[int, str]
    """The code minor by HTTP status; 500 stands for all statuses above it."""

    by_error: Mapping[type[Exception], str]
    """The code minor by exception, where one HTTP status has several."""

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The code minors that a service may use, by its name; a missing service may use any."""

    has_warnings: bool = False
    """Whether a 200 may carry a warning beside its data."""

    def code_minor(self, error: Exception, status: int) -> str | None:
        """Return the code minor of an error, or ``None`` if the version has none."""
        return self.by_error.get(type(error)) or self.by_status.get(min(status, 500))

    @cached_property
    def known(self) -> frozenset[str]:
        """All code minors of the version, including those of warnings."""
        warnings = (UNKNOWN_SORT, UNKNOWN_SELECTION) if self.has_warnings else ()
        return frozenset((*self.by_status.values(), *self.by_error.values(), *warnings))

    def translated(self, word: str, to: ErrorVocabulary) -> str | None:
        """Return the code minor of another version for the same failure, or ``None`` if that version has none."""
        if word in to.known:
            return word
        for status, name in self.by_status.items():
            if name == word:
                return to.by_status.get(status)
        for error, name in self.by_error.items():
            if name == word and error in to.by_error:
                return to.by_error[error]
        return word


STATUS_INFO_SET: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["imsx_codeMajor", "imsx_severity"],
        "properties": {
            "imsx_codeMajor": {"type": "string", "enum": ["success", "failure"]},
            "imsx_severity": {"type": "string", "enum": ["status", "warning", "error"]},
            "imsx_messageRefIdentifier": {"type": "string"},
            "imsx_operationRefIdentifier": {"type": "string"},
            "imsx_description": {"type": "string"},
            "imsx_codeMinor": {"type": "string"},
        },
    },
}
"""The JSON Schema of the array, in the body of an error and beside data."""


def _status_info(words: tuple[str, ...]) -> Schema:
    minor_field = {
        "type": "object",
        "required": ["imsx_codeMinorFieldName", "imsx_codeMinorFieldValue"],
        "additionalProperties": False,
        "properties": {
            "imsx_codeMinorFieldName": {"type": "string"},
            "imsx_codeMinorFieldValue": {"type": "string", "enum": list(words)} if words else {"type": "string"},
        },
    }
    minor = {
        "type": "object",
        "required": ["imsx_codeMinorField"],
        "additionalProperties": False,
        "properties": {"imsx_codeMinorField": {"type": "array", "minItems": 1, "items": minor_field}},
    }
    return {
        "type": "object",
        "required": ["imsx_codeMajor", "imsx_severity"],
        "additionalProperties": False,
        "properties": {
            "imsx_codeMajor": {"type": "string", "enum": ["success", "processing", "failure", "unsupported"]},
            "imsx_severity": {"type": "string", "enum": ["status", "warning", "error"]},
            "imsx_description": {"type": "string"},
            "imsx_CodeMinor": minor,
        },
    }
