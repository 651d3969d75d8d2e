"""The clock of a sandbox: behind ``dateLastModified`` of writes and the expiry of tokens."""

from __future__ import annotations

from datetime import datetime

from flask import g
from werkzeug.wrappers import Response

from mockroster.clock import timestamp
from mockroster.errors import MalformedRequest
from mockroster.http.admin.answers import body
from mockroster.http.admin.durations import duration
from mockroster.render.answer import answer
from mockroster.sandbox.sandbox import Sandbox
from mockroster.settings import moment


def show() -> Response:
    """Answer with the time."""
    return answer({"now": timestamp(g.sandbox.clock.now())})


def change() -> Response:
    """Set the clock (``now``) or move it (``advance``); it goes on from there."""
    asked = body(["now", "advance"])
    if len(asked) != 1:
        raise MalformedRequest('give either {"now": "2026-01-15T08:00:00Z"} or {"advance": "P1D"}')
    here: Sandbox = g.sandbox
    if "now" in asked:
        here.clock.set(_moment(str(asked["now"])))
    else:
        _advance(here, str(asked["advance"]))
    return show()


def _moment(text: str) -> datetime:
    try:
        return moment(text)
    except ValueError as problem:
        raise MalformedRequest(f"now: {text[:80]!r} is not {problem}") from None


def _advance(here: Sandbox, text: str) -> None:
    try:
        by = duration(text)
    except ValueError as problem:
        raise MalformedRequest(f"advance: {text[:80]!r} is not {problem}") from None
    if not 1900 <= here.clock.now().year + by.days / 365.25 <= 2200:
        raise MalformedRequest(f"advance: {text[:80]!r} leads out of the years from 1900 to 2200")
    here.clock.advance(by)
