"""Scenarios in which errors that happen anyway look otherwise than the standard has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from werkzeug.wrappers import Response

from mockroster.render.answer import JSON
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.standard.status import CODE_MINOR

Body = dict[str, Any]

_WORDS_OF_1P1: Mapping[str, str | None] = {
    word: CODE_MINOR["v1p1"].get(status) for status, word in CODE_MINOR["v1p2"].items()
}
"""The name that 1.1 has for what 1.2 calls so; nothing for a failure of the server."""

_WORDS_OF_1P2 = {old: new for new, old in _WORDS_OF_1P1.items() if old} | {
    "invalid_blank_selection_field": "invalid_selection_field"
}


@dataclass(frozen=True, slots=True)
class Said:
    """What an error says, whatever its form."""

    description: str
    minor: str | None
    """The code minor in the words of 1.1; nothing where 1.1 has none."""

    more: Mapping[str, str]
    """The references that only 1.1 has."""


def said(response: Response) -> Said | None:
    """Return what an error says; nothing if the answer is no error, or none with status information."""
    body = _body(response)
    if "statusInfoSet" in body:
        (entry,) = body["statusInfoSet"]
        more = {name: value for name, value in entry.items() if name.endswith("RefIdentifier")}
        return Said(entry["imsx_description"], entry.get("imsx_codeMinor"), more)
    if "imsx_CodeMinor" in body:
        word = body["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"]
        return Said(body["imsx_description"], _WORDS_OF_1P1.get(word, word), {})
    return None


def _body(response: Response) -> Body:
    """Return the object in the body of an error; an empty one where there is none."""
    if response.status_code < 400 or response.mimetype != JSON:
        return {}
    try:
        body = orjson.loads(response.get_data())
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _entry(it: Said) -> Body:
    """Return a flat object, as in the set of 1.1."""
    entry = {"imsx_codeMajor": "failure", "imsx_severity": "error", **it.more, "imsx_description": it.description}
    return entry | {"imsx_codeMinor": it.minor} if it.minor else entry


def _object(it: Said) -> Body:
    """Return the object of 1.2."""
    word = _WORDS_OF_1P2.get(it.minor, it.minor) if it.minor else "internal_server_error"
    field = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": word}
    return {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": it.description,
        "imsx_CodeMinor": {"imsx_codeMinorField": [field]},
    }


def _with_words(it: Said, old: str, new: str) -> Said:
    return Said(it.description, it.minor and it.minor.replace(old, new), it.more)


def _flat(it: Said) -> Body:
    flat = {"CodeMajor": "failure", "Severity": "error", "CodeMinor": it.minor, "Description": it.description}
    return {name: value for name, value in flat.items() if value is not None}


_STYLES: Mapping[str, Callable[[Said], Body]] = {
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
        found = said(response)
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
        found = said(response)
        return exchange.failure(400, found.description) if found and response.status_code == 405 else None
