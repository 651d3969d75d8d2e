"""Scenarios in which errors that happen anyway look otherwise than the standard has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from werkzeug.wrappers import Response

from mockroster.render.answer import JSON
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.standard.status import Failure
from mockroster.standard.versions import VERSIONS

Body = dict[str, Any]

_SET, _OBJECT = VERSIONS["1.1"].errors, VERSIONS["1.2"].errors
"""The vocabularies of the styles: a set with the words of 1.1, an object with those of 1.2."""


def said(version: str, response: Response) -> Failure | None:
    """Return what an error of a version says, in the words of 1.1; ``None`` where there is no status information."""
    body, errors = _body(response), VERSIONS[version].errors
    found = next((found for form in (_SET.form, _OBJECT.form) if (found := form.parse(body))), errors.form.parse(body))
    if found is None or found.minor is None:
        return found
    spoken = errors if found.minor in errors.known else _OBJECT
    return replace(found, minor=spoken.translated(found.minor, _SET))


def _body(response: Response) -> Body:
    """Return the object in the body of an error; an empty one where there is none."""
    if response.status_code < 400 or response.mimetype != JSON:
        return {}
    try:
        body = orjson.loads(response.get_data())
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _entry(it: Failure) -> Body:
    """Return a flat object, as in the set of 1.1."""
    entry = {"imsx_codeMajor": "failure", "imsx_severity": "error", **it.references, "imsx_description": it.description}
    return entry | {"imsx_codeMinor": it.minor} if it.minor else entry


def _object(it: Failure) -> Body:
    """Return the object of 1.2."""
    word = _SET.translated(it.minor, _OBJECT) if it.minor else _OBJECT.by_status[500]
    return _OBJECT.form.error(it.description, word, "")


def _with_words(it: Failure, old: str, new: str) -> Failure:
    return replace(it, minor=it.minor and it.minor.replace(old, new))


def _flat(it: Failure) -> Body:
    flat = {"CodeMajor": "failure", "Severity": "error", "CodeMinor": it.minor, "Description": it.description}
    return {name: value for name, value in flat.items() if value is not None}


_STYLES: Mapping[str, Callable[[Failure], Body]] = {
    "flat": _flat,
    "1.1-set": lambda it: {"statusInfoSet": [_entry(it)]},
    "object": _object,
    "wrapped": lambda it: {"imsx_StatusInfo": _object(it)},
    "errors": lambda it: {"errors": [_entry(it)]},
    "plain": lambda it: {"error": it.description},
    "codeminor-string": lambda it: _entry(_with_words(it, " ", "_")),
    "underscores": lambda it: {"statusInfoSet": [_entry(_with_words(it, " ", "_"))]},
    "blanks": lambda it: {"statusInfoSet": [_entry(_with_words(it, "_", " "))]},
}
"""Each form in which errors were seen (errors and edges of 1.1, section 1; rows 103, 104 and 105)."""


@dataclass(frozen=True)
class ErrorStyle(ReplyScenario):
    """Errors that happen anyway have another form, such as one object where a set is due; nothing fails by this.

    Source: rows 103, 104 and 105 of the quirks table.
    """

    name = "error-style"
    style: str = parameter(
        "flat",
        "flat: CodeMajor, Severity, CodeMinor, Description; 1.1-set: statusInfoSet; object: the form of 1.2; wrapped: "
        "that one within imsx_StatusInfo; errors: an array of that name; plain: error and a sentence; "
        "codeminor-string: one object whose imsx_codeMinor is a string; underscores, blanks: the words of codeMinor",
        words=tuple(_STYLES),
    )

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Put the error into the other form."""
        found = said(exchange.version, response)
        if found is None:
            return None
        body = orjson.dumps(_STYLES[self.style](found))
        if body == response.get_data():
            return None
        response.set_data(body)
        return response


@dataclass(frozen=True)
class NoCodeMinor(ReplyScenario):
    """Errors of some statuses have no code minor, in whatever form they are.

    Source: row 155 of the quirks table.
    """

    name = "no-code-minor"
    statuses: tuple[str, ...] = parameter(("401", "404"), "HTTP statuses of these errors")

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Take the code minor out."""
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
    """An error says success in its body, and failure only by its HTTP status.

    Source: row 106 of the quirks table.
    """

    name = "contradicting-error"

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Change the code major, wherever it stands."""
        body = _body(response)
        changed = _contradicted(body)
        if changed == body:
            return None
        response.set_data(orjson.dumps(changed))
        return response


def _contradicted(value: Any) -> Any:
    if isinstance(value, list):
        return [_contradicted(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: "success" if name in {"imsx_codeMajor", "CodeMajor"} else _contradicted(inner)
        for name, inner in value.items()
    }


@dataclass(frozen=True)
class Method400(ReplyScenario):
    """A method that a path does not have is refused with 400 where 405 is due, and without Allow.

    Source: row 107 of the quirks table.
    """

    name = "method-400"

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Answer with the other status."""
        found = said(exchange.version, response)
        return exchange.failure(400, found.description) if found and response.status_code == 405 else None
