"""Worlds of one's own: listed, made, reset, dropped."""

from __future__ import annotations

from typing import Any

from flask import current_app, g
from werkzeug.exceptions import Conflict
from werkzeug.wrappers import Response

from mockroster.admin.address import root
from mockroster.admin.answers import answer, body, nothing
from mockroster.admin.scenarios import checked
from mockroster.errors import MalformedRequest, RequestError
from mockroster.loading.document import merge
from mockroster.roster.overlay import Overlay
from mockroster.roster.store import Roster
from mockroster.sandbox.credentials import Client, Credentials
from mockroster.sandbox.opening import generated
from mockroster.sandbox.registry import Sandboxes, check_name, shared_credentials
from mockroster.sandbox.sandbox import Sandbox, Start
from mockroster.settings import PROFILES, one_of, whole
from mockroster.spec.services import SERVICES

KNOWN = ("name", "seed", "students", "profile", "fixtures", "scenarios", "clients")


class SandboxExists(RequestError, Conflict):
    """A sandbox of that name is there already."""


def show() -> Response:
    """Answer with all sandboxes."""
    found = registry()
    return answer({"sandboxes": [row for name in found.names() if (row := _row(found, name))]})


def make() -> Response:
    """Make a sandbox (201); what is not given is as in ``default``."""
    asked = body(KNOWN)
    name = _text(asked, "name") or f"sandbox-{len(registry().names())}"
    check_name(name)
    if registry().existing(name) is not None:
        raise SandboxExists(f"there is a sandbox {name!r} already")
    made = _made(name, asked)
    client = next(iter(made.credentials.clients.values()))
    registry().make(name, lambda _: made)
    url = root().removesuffix(_prefix()) + f"/sandboxes/{name}"
    return answer(
        {"name": name, "url": url, **_addresses(url), "client_id": client.id, "client_secret": client.secret}, 201
    )


def drop(name: str) -> Response:
    """Drop a sandbox."""
    registry().drop(name)
    return nothing()


def reset() -> Response:
    """Make records, scenarios, clock and journal of the sandbox as at start."""
    g.sandbox.reset()
    return nothing()


def registry() -> Sandboxes:
    """Return the sandboxes of the server."""
    found: Sandboxes = current_app.extensions["mockroster"]
    return found


def _prefix() -> str:
    """Return the sandbox prefix under which the call itself came."""
    return "" if g.sandbox.name == "default" else f"/sandboxes/{g.sandbox.name}"


def _addresses(url: str) -> dict[str, str]:
    return {f"base_url_{service.name}": url + service.base for service in SERVICES} | {
        "token_url": f"{url}/oauth2/token"
    }


def _row(found: Sandboxes, name: str) -> dict[str, Any] | None:
    here = found.existing(name)
    if here is None:
        return None
    return {"name": name, "seed": here.seed, "scenarios": list(here.scenarios), "counts": here.overlay.counts()}


def _made(name: str, asked: dict[str, Any]) -> Sandbox:
    default = registry().default
    start = _start(asked, default.start)
    if "clients" in asked:
        credentials = Credentials(_clients(asked["clients"]), required=True)
    else:
        credentials = shared_credentials(default.credentials)
    return Sandbox(name, start, credentials)


def _start(asked: dict[str, Any], like: Start) -> Start:
    """Return how the sandbox begins: records of its own where seed, size, profile or fixtures say so."""
    seed = _setting(asked, "seed", whole(0, 10**12 - 1), like.seed)
    roster = like.roster
    fixtures = asked.get("fixtures")
    if fixtures is not None and not isinstance(fixtures, dict):
        raise MalformedRequest('fixtures must be a fixture document, such as {"orgs": [...]}')
    if fixtures is not None and fixtures.get("base", "none") != "generated":
        roster = Roster.of({})
    elif asked.keys() & {"seed", "students", "profile"}:
        students = _setting(asked, "students", whole(1, 200_000), 1000)
        profile = _setting(asked, "profile", one_of(*PROFILES), PROFILES[0])
        roster = generated(seed, students, like.clock, profile)
    if fixtures is not None:
        overlay = Overlay(roster)
        merge(overlay, fixtures, like.clock.now())
        roster = overlay.replaced({}).base
    return Start(roster, seed, like.clock, checked(asked.get("scenarios", [])))


def _setting(asked: dict[str, Any], name: str, parse: Any, default: Any) -> Any:
    if name not in asked:
        return default
    try:
        return parse(str(asked[name]))
    except ValueError as problem:
        raise MalformedRequest(f"{name}: {str(asked[name])[:60]!r} is not {problem}") from None


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str):
        raise MalformedRequest(f"{name} must be a string")
    return value


def _clients(given: Any) -> dict[str, Client]:
    """Return clients of the sandbox's own: ``{"id": "secret"}``."""
    pairs = given.items() if isinstance(given, dict) else ()
    if not pairs or not all(isinstance(secret, str) and secret for _, secret in pairs):
        raise MalformedRequest('clients must be an object of ids and secrets, such as {"app": "app-secret"}')
    return {name: Client(name, secret) for name, secret in pairs}
