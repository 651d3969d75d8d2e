"""Which scenarios there are, and which are active in a sandbox."""

from __future__ import annotations

from typing import Any

from flask import g
from werkzeug.wrappers import Response

from mockroster.admin.answers import answer, body, nothing
from mockroster.errors import ConfigurationError, MalformedRequest
from mockroster.scenarios.catalogue import described, scenarios
from mockroster.scenarios.spec import canonical


def show() -> Response:
    """Answer with the active scenarios and the catalogue."""
    rows = [described(scenario) for scenario in scenarios().values()]
    return answer({"active": list(g.sandbox.scenarios), "scenarios": rows})


def choose() -> Response:
    """Make these scenarios the active ones, in this order."""
    texts = body(["active"]).get("active")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise MalformedRequest('active must be an array of scenarios, such as {"active": ["flaky:every=3"]}')
    g.sandbox.scenarios = checked(texts)
    return show()


def clear() -> Response:
    """Make no scenario active."""
    g.sandbox.scenarios = ()
    return nothing()


def checked(texts: list[Any]) -> tuple[str, ...]:
    """Return the texts, each scenario by itself. Raises ``MalformedRequest`` with the nearest right name."""
    try:
        return canonical(texts)
    except ConfigurationError as error:
        raise MalformedRequest(str(error)) from None
