"""List, create, reset and drop sandboxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, g, request
from werkzeug.exceptions import Conflict
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.errors import RequestError
from mockroster.http.admin.address import server_root
from mockroster.render.answer import answer, empty
from mockroster.sandbox.credentials import Client
from mockroster.sandbox.recipe import Recipe
from mockroster.sandbox.registry import Sandboxes, check_name
from mockroster.sandbox.sandbox import Sandbox
from mockroster.standard.versions import SERVICES


class SandboxExists(RequestError, Conflict):
    """A sandbox of that name exists already."""


@long_work
def show() -> Response:
    """Return all sandboxes."""
    return answer({"sandboxes": [_row(sandbox) for sandbox in registry().all()]})


@long_work
def make(body: Mapping[str, Any]) -> Response:
    """Create a sandbox (201); members that are left out are as in ``default`` at start."""
    name = body.get("name") or registry().free_name()
    check_name(name)
    if registry().exists(name):
        raise _exists(name)
    sandbox = registry().create(name, _recipe(body))
    if sandbox is None:
        raise _exists(name)
    return answer(_card(sandbox), 201)


def drop(name: str) -> Response:
    """Drop a sandbox."""
    registry().drop(name)
    return empty(204)


@long_work
def reset() -> Response:
    """Reset records, scenarios, clock and journal of the sandbox to their state at start."""
    g.sandbox.reset()
    return empty(204)


def registry() -> Sandboxes:
    """Return the sandboxes of the server."""
    sandboxes: Sandboxes = current_app.extensions["mockroster"]
    return sandboxes


def _exists(name: str) -> SandboxExists:
    return SandboxExists(f"there is a sandbox {name!r} already; DELETE /__admin/sandboxes/{name} drops it")


def _card(sandbox: Sandbox) -> dict[str, str]:
    """Return the addresses of a sandbox and its first client, all that a client needs."""
    url = server_root(request.environ) + ("" if sandbox is registry().default else f"/sandboxes/{sandbox.name}")
    bases = {f"base_url_{service.name}": url + service.base for service in SERVICES}
    first = next(iter(sandbox.credentials.clients.values()), Client("", ""))
    card = {"name": sandbox.name, "url": url, **bases, "token_url": f"{url}/oauth2/token"}
    return card | {"client_id": first.id, "client_secret": first.secret}


def _row(sandbox: Sandbox) -> dict[str, Any]:
    return {
        **_card(sandbox),
        "seed": sandbox.seed,
        "scenarios": list(sandbox.scenarios),
        "counts": sandbox.overlay.counts(),
    }


def _recipe(body: Mapping[str, Any]) -> Recipe:
    clients = {client.id: client.secret for client in body["clients"].values()} if "clients" in body else None
    return Recipe(
        registry().default.start.clock.now(),
        seed=body.get("seed"),
        students=body.get("students"),
        profile=body.get("profile"),
        fixtures=body.get("fixtures"),
        scenarios=body.get("scenarios"),
        clients=clients,
    )
