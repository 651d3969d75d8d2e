"""The journal of a sandbox: what was asked of it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g, request
from werkzeug.wrappers import Response

from mockroster.admin.answers import body
from mockroster.errors import MalformedRequest, unknown
from mockroster.query.parameters import unheeded
from mockroster.render.answer import answer, empty
from mockroster.sandbox import journal_view
from mockroster.sandbox.journal_view import FILTERS, RedactedEntry, documents
from mockroster.sandbox.sandbox import Sandbox
from mockroster.standard.versions import SERVICES


def show() -> Response:
    """Answer with the requests that match the query parameters, newest first."""
    return _found(request.args.to_dict())


def find() -> Response:
    """Answer with the requests that match the filters in the body."""
    return _found(body())


def count() -> Response:
    """Answer with how many requests match the filters in the body."""
    return answer({"count": len(_matching(body()))})


def clear() -> Response:
    """Forget all requests."""
    g.sandbox.journal.clear()
    return empty(204)


def _found(given: Mapping[str, object]) -> Response:
    entries = _matching(given)
    shown = [{**document, "notes": _notes(entry)} for entry, document in zip(entries, documents(entries), strict=True)]
    return answer({"requests": shown, "dropped": g.sandbox.journal.dropped})


def _matching(given: Mapping[str, object]) -> list[RedactedEntry]:
    here: Sandbox = g.sandbox
    return journal_view.find(here.journal.entries(), _filters(given), here.redactor)


def _notes(entry: RedactedEntry) -> list[str]:
    """Return what a client should know of a request that was answered as if nothing was wrong."""
    known = _PARAMETERS.get(entry.operation or "")
    try:
        return [] if known is None else unheeded(entry.query, known)
    except MalformedRequest:
        return []  # it was refused, and the answer says why


_PARAMETERS = {operation.name: operation.query for service in SERVICES for operation in service.all_operations}
"""By the name of an operation, which is the same in both versions: the query parameters that it obeys."""


def _filters(given: Mapping[str, object]) -> dict[str, str]:
    for name, value in given.items():
        if name not in FILTERS:
            raise MalformedRequest(unknown(name, "a filter", FILTERS))
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise MalformedRequest(f"the filter {name} must be a string or a number")
    return {name: str(value) for name, value in given.items()}
