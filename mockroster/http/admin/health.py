"""The health checks: ``/livez`` (the process answers), ``/readyz`` (the data is loaded), ``/__admin/health``."""

from __future__ import annotations

from flask import Flask, current_app, g
from werkzeug.wrappers import Response

from mockroster import __version__
from mockroster.clock import timestamp
from mockroster.parsing import redacted_url
from mockroster.render.answer import answer
from mockroster.sandbox.sandbox import Sandbox
from mockroster.settings import Settings


def register(app: Flask) -> None:
    """Add the routes."""
    app.add_url_rule("/livez", "livez", live, provide_automatic_options=False)
    app.add_url_rule("/readyz", "readyz", ready, provide_automatic_options=False)


def live() -> Response:
    """Report that the process is up."""
    return answer({"status": "up", "version": __version__})


def ready() -> Response:
    """Return the version, the seed and the number of records of each collection."""
    sandbox: Sandbox = g.sandbox
    return answer({"status": "ready", "version": __version__, "seed": sandbox.seed, "counts": sandbox.overlay.counts()})


def overview() -> Response:
    """Return version, sandbox, seed, clock, store, counts and scenarios; needs no admin token."""
    sandbox: Sandbox = g.sandbox
    now = timestamp(sandbox.clock.now())
    settings: Settings = current_app.config["SETTINGS"]
    store = {"store": redacted_url(settings.store)} if settings.store else {}
    facts = {"status": "ready", "version": __version__, "sandbox": sandbox.name, "seed": sandbox.seed, "clock": now}
    return answer(facts | store | {"counts": sandbox.overlay.counts(), "scenarios": list(sandbox.scenarios)})
