"""``/livez``: the process answers. ``/readyz``: it has its data."""

from __future__ import annotations

from flask import Flask, g
from werkzeug.wrappers import Response

from mockroster import __version__
from mockroster.clock import timestamp
from mockroster.render.answer import answer
from mockroster.sandbox.sandbox import Sandbox


def register(app: Flask) -> None:
    """Add the routes."""
    app.add_url_rule("/livez", "livez", live, provide_automatic_options=False)
    app.add_url_rule("/readyz", "readyz", ready, provide_automatic_options=False)


def live() -> Response:
    """Answer that the process is up."""
    return answer({"status": "up", "version": __version__})


def ready() -> Response:
    """Answer with what is served: version, seed and how many records there are of each kind."""
    here: Sandbox = g.sandbox
    return answer({"status": "ready", "version": __version__, "seed": here.seed, "counts": here.overlay.counts()})


def overview() -> Response:
    """Answer with all that a person wants to know at once; never guarded."""
    here: Sandbox = g.sandbox
    now = timestamp(here.clock.now())
    facts = {"status": "ready", "version": __version__, "sandbox": here.name, "seed": here.seed, "clock": now}
    return answer(facts | {"counts": here.overlay.counts(), "scenarios": list(here.scenarios)})
