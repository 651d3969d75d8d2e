"""The clock of a sandbox: behind ``dateLastModified`` of writes and the expiry of tokens."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from flask import g
from werkzeug.wrappers import Response

from mockroster.admin.answers import body
from mockroster.clock import timestamp
from mockroster.errors import MalformedRequest
from mockroster.render.answer import answer
from mockroster.sandbox.sandbox import Sandbox
from mockroster.settings import moment

_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8}(?:\.\d{1,6})?)S)?)?"
)


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
    by = duration(text)
    if not 1900 <= here.clock.now().year + by.days / 365.25 <= 2200:
        raise MalformedRequest(f"advance: {text[:80]!r} leads out of the years from 1900 to 2200")
    here.clock.advance(by)


def duration(text: str) -> timedelta:
    """Return the time that an ISO 8601 duration of weeks, days, hours, minutes and seconds stands for."""
    found = _DURATION.fullmatch(text)
    parts = {
        name: float(part) for name, part in (found.groupdict() if found else {}).items() if part and name != "sign"
    }
    if found is None or not parts:
        raise MalformedRequest(f"advance: {text[:80]!r} is not a duration such as P1D or PT90M")
    return timedelta(**parts) * (-1 if found["sign"] else 1)
