"""What the switchboard is sent: JSON objects, and query parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import request

from mockroster.errors import MalformedRequest, unknown
from mockroster.fixtures.read.json.numbers import exact


def body(known: Collection[str] = ()) -> dict[str, Any]:
    """Return the JSON object of a request, empty for an empty body; ``known`` are its members, if not any will do.

    Raises ``MalformedRequest``, also for a member that is not among those that are known.
    """
    try:
        document = exact(request.get_data() or b"{}")
    except ValueError as problem:
        raise MalformedRequest(f"the body {problem}") from None
    if not isinstance(document, dict):
        raise MalformedRequest("the body must be a JSON object")
    for name in document if known else ():
        if name not in known:
            raise MalformedRequest(unknown(name, "known here", known))
    return document


def parameters(known: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """Return the query parameters that are there, parsed; a parser raises ``ValueError`` with what is right.

    Raises ``MalformedRequest``, which names the one that is wrong.
    """
    found: dict[str, Any] = {}
    for name, texts in request.args.lists():
        if name not in known:
            raise MalformedRequest(unknown(name, "a parameter", known))
        if len(texts) > 1:
            raise MalformedRequest(f"{name} is given {len(texts)} times; once will do")
        try:
            found[name] = known[name](texts[0])
        except ValueError as problem:
            raise MalformedRequest(f"{name}: {texts[0][:80]!r} is not {problem}") from None
    return found
