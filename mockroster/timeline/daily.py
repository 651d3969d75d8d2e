"""Let a day pass in a sandbox at a fixed interval of real time, for demonstrations."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from mockroster.errors import MockrosterError
from mockroster.sandbox.sandbox import Sandbox
from mockroster.sandbox.ticker import Ticker
from mockroster.timeline.days import pass_days
from mockroster.timeline.plan import Plan

log = logging.getLogger("mockroster")

_ONE_DAY = timedelta(days=1)


def day_ticker(sandbox: Sandbox, plan: Callable[[], Plan], interval: timedelta) -> Ticker:
    """Return a ticker that lets a day pass at each interval; of several servers with one store, a single one does."""
    return Ticker("day", interval, lambda: pass_day(sandbox, plan()), sandbox.state)


def pass_day(sandbox: Sandbox, plan: Plan) -> None:
    """Let a day pass, and log its events, or why it cannot pass."""
    try:
        passed = pass_days(sandbox, plan, sandbox.clock.now().date() + _ONE_DAY)
    except MockrosterError as error:
        log.warning("--day-every: no day has passed: %s", error)
        return
    counts = ", ".join(f"{name} {number}" for name, number in passed.counts.items())
    log.info("%s: %s", passed.end, counts or "no events")
