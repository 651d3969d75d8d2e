"""The status information of an answer: the two forms that the standard has, and the words of a version for failures.

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
    """A warning that travels beside the data of a 200."""

    code_minor: str
    description: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The content of an error, whatever its form."""

    description: str
    minor: str | None
    references: Mapping[str, str] = field(default_factory=dict)
    """Members that refer to the message and the operation, where the form has them."""


UNKNOWN_SORT = "invalid_sort_field"
"""``sort`` names a member that the records do not have: the data come in their default order."""

UNKNOWN_SELECTION = "invalid_selection_field"
"""``fields`` names a member that the records do not have: all members come."""


class Form(Protocol):
    """The form of status information in JSON."""

    name: str
    """The name of its schema in an OpenAPI document."""

    def error(self, description: str, minor: str | None, operation: str, /) -> StatusInformation:
        """Return the body of an error."""

    def parse(self, body: Mapping[str, Any]) -> Failure | None:
        """Return the content of an error in this form; ``None`` for a body in another one."""

    def schema(self, words: tuple[str, ...], /) -> Schema:
        """Return the JSON Schema of the body of an error; ``words`` are those that it may use, all of them if empty."""


def entry(major: str, severity: str, description: str, operation: str) -> StatusInformation:
    """Return one entry of a set; its message reference is the same for the same message, so that answers compare."""
    return {
        "imsx_codeMajor": major,
        "imsx_severity": severity,
        "imsx_messageRefIdentifier": str(uuid5(NAMESPACE_URL, f"{operation} {description}")),
        "imsx_operationRefIdentifier": operation,
        "imsx_description": description,
    }


def notices_beside_data(notices: Iterable[Notice], operation: str) -> StatusInformation:
    """Return the set of warnings that stands beside the data of a 200."""
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
        only = entry("failure", "error", description, operation)
        return {"statusInfoSet": [only | {"imsx_codeMinor": minor} if minor else only]}

    def parse(self, body: Mapping[str, Any]) -> Failure | None:
        """Return the content of an error in this form."""
        if "statusInfoSet" not in body:
            return None
        (only,) = body["statusInfoSet"]
        references = {name: value for name, value in only.items() if name.endswith("RefIdentifier")}
        return Failure(only["imsx_description"], only.get("imsx_codeMinor"), references)

    def schema(self, _words: tuple[str, ...], /) -> Schema:
        """Return the JSON Schema of the body of an error."""
        return {"type": "object", "properties": {"statusInfoSet": STATUS_INFO_SET}}


class StatusInfo:
    """The status information of 1.2: one object, not wrapped."""

    name = "StatusInfo"

    def error(self, description: str, minor: str | None, _operation: str, /) -> StatusInformation:
        """Return the body of an error; it has no place for the operation."""
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
    """The words and the form that a version has for failures."""

    form: Form
    by_status: Mapping[int, str]
    """The code minor of a failure by HTTP status; a 500 stands for all above it."""

    by_error: Mapping[type[Exception], str]
    """Where one HTTP status has several names, by exception."""

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The words that each service may use, by the name of the service; any for a service that is not there."""

    has_warnings: bool = False
    """Whether a 200 may carry a warning beside its data."""

    def code_minor(self, error: Exception, status: int) -> str | None:
        """Return the name of a failure; ``None`` where the version has none."""
        return self.by_error.get(type(error)) or self.by_status.get(min(status, 500))

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word of the version, those of warnings too."""
        warnings = (UNKNOWN_SORT, UNKNOWN_SELECTION) if self.has_warnings else ()
        return frozenset((*self.by_status.values(), *self.by_error.values(), *warnings))

    def translated(self, word: str, to: ErrorVocabulary) -> str | None:
        """Return the word of another version for the same failure; ``None`` where that has none for its status."""
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
