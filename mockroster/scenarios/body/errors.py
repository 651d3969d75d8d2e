"""Scenarios that change the form of error responses, without causing errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from werkzeug.wrappers import Response

from mockroster.render.answer import JSON
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.standard.status import Failure, entry
from mockroster.standard.versions import VERSIONS

Body = dict[str, Any]

_SET, _OBJECT = VERSIONS["1.1"].errors, VERSIONS["1.2"].errors
"""The error forms and code minors of 1.1 (a set) and 1.2 (an object)."""


def parse_error(version: str, response: Response) -> Failure | None:
    """Parse an error response, with the code minor of 1.1. Return ``None`` without status information."""
    body, errors = _body(response), VERSIONS[version].errors
    parsed = (form.parse(body) for form in (_SET.form, _OBJECT.form, errors.form))
    error = next(filter(None, parsed), None)
    if error is None or error.minor is None:
        return error
    known = errors if error.minor in errors.known else _OBJECT
    return replace(error, minor=known.translated(error.minor, _SET))


def _body(response: Response) -> Body:
    """Return the JSON object in the body of an error response, or an empty one."""
    if response.status_code < 400 or response.mimetype != JSON:
        return {}
    try:
        body = orjson.loads(response.get_data())
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _entry(failure: Failure) -> Body:
    """Return an error as an object of the set of 1.1."""
    entry = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        **failure.references,
        "imsx_description": failure.description,
    }
    return entry | {"imsx_codeMinor": failure.minor} if failure.minor else entry


def _object(failure: Failure) -> Body:
    """Return an error as the object of 1.2."""
    word = _SET.translated(failure.minor, _OBJECT) if failure.minor else _OBJECT.by_status[500]
    return _OBJECT.form.error(failure.description, word, "")


def _replace_in_minor(failure: Failure, old: str, new: str) -> Failure:
    return replace(failure, minor=failure.minor and failure.minor.replace(old, new))


def _flat(failure: Failure) -> Body:
    flat = {"CodeMajor": "failure", "Severity": "error", "CodeMinor": failure.minor, "Description": failure.description}
    return {name: value for name, value in flat.items() if value is not None}


def _with_references(failure: Failure, name: str) -> Failure:
    """Return an error that refers to its message and operation, as those of 1.1 do."""
    own = entry("failure", "error", failure.description, name)
    references = {key: own[key] for key in ("imsx_messageRefIdentifier", "imsx_operationRefIdentifier")}
    return replace(failure, references={**references, **failure.references})


def _official(failure: Failure) -> Body:
    """Return an error as the object of the OpenAPI document of 1.1: with a message reference and a list of names."""
    body = _entry(failure)
    body["imsx_operationRefIdentifier"] = [body["imsx_operationRefIdentifier"]]
    return body


_STYLES: Mapping[str, Callable[[Failure], Body]] = {
    "flat": _flat,
    "1.1-set": lambda failure: {"statusInfoSet": [_entry(failure)]},
    "object": _object,
    "wrapped": lambda failure: {"imsx_StatusInfo": _object(failure)},
    "errors": lambda failure: {"errors": [_entry(failure)]},
    "1edtech": _official,
    "plain": lambda failure: {"error": failure.description},
    "codeminor-string": lambda failure: _entry(_replace_in_minor(failure, " ", "_")),
    "underscores": lambda failure: {"statusInfoSet": [_entry(_replace_in_minor(failure, " ", "_"))]},
    "blanks": lambda failure: {"statusInfoSet": [_entry(_replace_in_minor(failure, "_", " "))]},
}
"""The observed error forms (rows 103, 104, 105 and 150)."""


@dataclass(frozen=True)
class ErrorStyle(ReplyScenario):
    """Error responses have another form, such as one object instead of a set. The scenario causes no errors.

    Source: rows 103, 104, 105 and 150 of the quirks table.
    """

    name = "error-style"
    style: str = parameter(
        "flat",
        "flat: CodeMajor, Severity, CodeMinor, Description; 1.1-set: statusInfoSet; object: the form of 1.2; wrapped: "
        "that form in imsx_StatusInfo; errors: an array of that name; 1edtech: one object "
        "with a message reference and a list of operations; plain: error with the description; "
        "codeminor-string: an object with imsx_codeMinor as a string; underscores, blanks: separators in codeMinor",
        words=tuple(_STYLES),
    )

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Rewrite the error in the other form."""
        error = parse_error(exchange.version, response)
        if error is None:
            return None
        name = exchange.operation.name if exchange.operation else exchange.request.path
        body = orjson.dumps(_STYLES[self.style](_with_references(error, name)))
        if body == response.get_data():
            return None
        response.set_data(body)
        return response


@dataclass(frozen=True)
class NoCodeMinor(ReplyScenario):
    """Errors with some statuses have no code minor, in any form of the error.

    Source: row 155 of the quirks table.
    """

    name = "no-code-minor"
    statuses: tuple[str, ...] = parameter(("401", "404"), "HTTP statuses of these errors")

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Remove the code minor."""
        if str(response.status_code) not in self.statuses:
            return None
        body = _body(response)
        changed = _without_minor(body)
        if changed == body:
            return None
        response.set_data(orjson.dumps(changed))
        return response


def _without_minor(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_minor(item) for item in value]
    if not isinstance(value, dict):
        return value
    minors = {"imsx_codeMinor", "imsx_CodeMinor", "CodeMinor"}
    return {name: _without_minor(inner) for name, inner in value.items() if name not in minors}


@dataclass(frozen=True)
class ContradictingError(ReplyScenario):
    """An error has the code major success in its body. Only the HTTP status is an error.

    Source: row 106 of the quirks table.
    """

    name = "contradicting-error"

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Replace the code major."""
        body = _body(response)
        changed = _with_success(body)
        if changed == body:
            return None
        response.set_data(orjson.dumps(changed))
        return response


def _with_success(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_success(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: "success" if name in {"imsx_codeMajor", "CodeMajor"} else _with_success(inner)
        for name, inner in value.items()
    }


@dataclass(frozen=True)
class Method400(ReplyScenario):
    """An unsupported method is refused with 400 instead of 405, and without Allow.

    Source: row 107 of the quirks table.
    """

    name = "method-400"

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Replace the 405 by a 400."""
        error = parse_error(exchange.version, response)
        return exchange.failure(400, error.description) if error and response.status_code == 405 else None
