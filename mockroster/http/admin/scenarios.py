"""Which scenarios there are, and which are active in a sandbox."""

from __future__ import annotations

from typing import Any

from flask import g
from werkzeug.wrappers import Response

from mockroster.errors import ConfigurationError, MalformedRequest
from mockroster.http.admin.answers import body
from mockroster.render.answer import answer, empty
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.catalogue import describe, scenarios
from mockroster.scenarios.memory import prefix
from mockroster.scenarios.spec import canonical, parse_scenarios


def show() -> Response:
    """Answer with the active scenarios and the catalogue."""
    rows = [describe(scenario) for scenario in scenarios().values()]
    return answer({"active": list(g.sandbox.scenarios), "scenarios": rows})


def choose() -> Response:
    """Make these scenarios the active ones, in this order; their counters start afresh."""
    _set_active(checked(body(["active"]).get("active")))
    return show()


def clear() -> Response:
    """Make no scenario active."""
    _set_active(())
    return empty(204)


def _set_active(texts: tuple[str, ...]) -> None:
    """Choose the active scenarios; their counters start afresh, and so do those of the ones before."""
    sandbox: Sandbox = g.sandbox
    known = parse_scenarios([*sandbox.scenarios, *texts])
    sandbox.state.set_scenarios(texts, [prefix(one.text) for one in known])


def checked(texts: Any) -> tuple[str, ...]:
    """Return the texts, each scenario by itself. Raises ``MalformedRequest`` with the nearest right name."""
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise MalformedRequest('scenarios are given as an array of strings, such as ["flaky:every=3"]')
    try:
        return canonical(texts)
    except ConfigurationError as error:
        raise MalformedRequest(str(error)) from None
