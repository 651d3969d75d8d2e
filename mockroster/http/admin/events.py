"""Roster events: the catalogue, events on request, and days that pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import current_app, g, request
from werkzeug.wrappers import Response

from mockroster.clock import timestamp
from mockroster.delivery import long_work
from mockroster.errors import MalformedRequest
from mockroster.http.admin.address import root
from mockroster.render.answer import answer
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios import pipeline
from mockroster.timeline import days
from mockroster.timeline.catalogue import describe, events, parse_event
from mockroster.timeline.limits import MOST_DAYS
from mockroster.timeline.plan import Plan


def show() -> Response:
    """Return the calendar and the rates of the plan, and the catalogue of events."""
    plan = _plan()
    rows = [describe(event) for event in events().values()]
    return answer({"calendar": plan.name, "rates": dict(plan.rates), "events": rows})


@long_work
def trigger(body: Mapping[str, Any]) -> Response:
    """Let an event happen now, `count` times, and return the records that each occurrence changed.

    The occurrences are one batch: all of them happen, or none. The other members of the body are parameters of the
    event.
    """
    parameters = {name: value for name, value in body.items() if name not in {"event", "count"}}
    event = parse_event(body["event"], parameters)
    sandbox = _current()
    happened = days.trigger(sandbox, event, body["count"])
    rows = [
        {
            "event": each.event,
            "at": timestamp(each.at),
            "records": [{"collection": change.collection, "sourcedId": change.sourced_id} for change in each.changes],
        }
        for each in happened
    ]
    return answer({"revision": happened[-1].revision, "events": rows})


@long_work
def pass_days(body: Mapping[str, Any]) -> Response:
    """Let days pass, each with its events by the plan; the clock stands at 18:00 UTC of the last day then."""
    sandbox = _current()
    today = sandbox.clock.now().date()
    target = body["to"] if "to" in body else today + timedelta(days=body["days"])
    first, last = today + timedelta(days=1), today + timedelta(days=MOST_DAYS)
    if not first <= target <= last:
        raise MalformedRequest(f"to: '{target}' is not a date from {first} to {last}; the clock stands at {today}")
    if target.year > _LAST_YEAR:
        raise MalformedRequest(f"days: they lead to {target}, after the year {_LAST_YEAR}")
    passed = days.pass_days(sandbox, _plan(), target)
    return answer(
        {
            "from": passed.start.isoformat(),
            "to": passed.end.isoformat(),
            "revision": passed.revision,
            "counts": passed.counts,
            "changes": f"{root(request.environ)}/__admin/changes?since={passed.since}",
        }
    )


_LAST_YEAR = 2200


def _plan() -> Plan:
    load: Callable[[], Plan] = current_app.config["PLAN"]
    return load()


def _current() -> Sandbox:
    """Return the sandbox of the request with current records."""
    sandbox: Sandbox = g.sandbox
    pipeline.refresh(sandbox)
    return sandbox
