"""The catalogue of scenarios and the active scenarios of a sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g
from werkzeug.wrappers import Response

from mockroster.render.answer import answer, empty
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.catalogue import describe, describe_aim, scenarios
from mockroster.scenarios.memory import prefix
from mockroster.scenarios.spec import counted_texts


def show() -> Response:
    """Return the active scenarios, the catalogue, and the keys of the aim that every scenario takes."""
    rows = [describe(scenario) for scenario in scenarios().values()]
    return answer({"active": list(g.sandbox.scenarios), "scenarios": rows, "aim": describe_aim()})


def choose(body: Mapping[str, Any]) -> Response:
    """Activate scenarios, in this order, in place of the active ones; their counters restart."""
    _set_active(body["active"])
    return show()


def clear() -> Response:
    """Deactivate all scenarios."""
    _set_active(())
    return empty(204)


def _set_active(texts: tuple[str, ...]) -> None:
    """Set the active scenarios and restart their counters and those of the scenarios active before."""
    sandbox: Sandbox = g.sandbox
    counted = counted_texts([*sandbox.scenarios, *texts])
    sandbox.state.set_scenarios(texts, [prefix(text) for text in counted])
