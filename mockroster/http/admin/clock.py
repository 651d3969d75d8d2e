"""The clock of a sandbox, which dates writes (``dateLastModified``) and expires tokens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import g
from werkzeug.wrappers import Response

from mockroster.clock import timestamp
from mockroster.durations import short
from mockroster.errors import MalformedRequest
from mockroster.render.answer import answer
from mockroster.sandbox.sandbox import Sandbox


def show() -> Response:
    """Return the time."""
    return answer({"now": timestamp(g.sandbox.clock.now())})


def change(body: Mapping[str, Any]) -> Response:
    """Set the clock (``now``) or move it (``advance``); it continues from there."""
    sandbox: Sandbox = g.sandbox
    if "now" in body:
        sandbox.clock.set(body["now"])
    else:
        _advance(sandbox, body["advance"])
    return show()


def _advance(sandbox: Sandbox, step: timedelta) -> None:
    if not 1900 <= sandbox.clock.now().year + step.days / 365.25 <= 2200:
        raise MalformedRequest(f"advance: {short(step)!r} leads out of the years from 1900 to 2200")
    sandbox.clock.advance(step)
