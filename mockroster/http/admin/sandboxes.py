"""Worlds of one's own: listed, made, reset, dropped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import current_app, g, request
from werkzeug.exceptions import Conflict
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.errors import MalformedRequest, RequestError
from mockroster.http.admin.address import server_root
from mockroster.http.admin.answers import body
from mockroster.http.admin.scenarios import checked
from mockroster.render.answer import answer, empty
from mockroster.sandbox.credentials import Client
from mockroster.sandbox.recipe import Recipe
from mockroster.sandbox.registry import Sandboxes, check_name
from mockroster.sandbox.sandbox import Sandbox
from mockroster.settings import client, parser
from mockroster.standard.versions import SERVICES

KNOWN = ("name", "seed", "students", "profile", "fixtures", "scenarios", "clients")


class SandboxExists(RequestError, Conflict):
    """A sandbox of that name is there already."""


def show() -> Response:
    """Answer with all sandboxes."""
    return answer({"sandboxes": [_row(here) for here in registry().all()]})


@long_work
def make() -> Response:
    """Make a sandbox (201); what is not given is as in ``default`` at start."""
    asked = body(KNOWN)
    name = _text(asked, "name") or registry().free_name()
    check_name(name)
    if registry().exists(name):
        raise _exists(name)
    made = registry().create(name, _recipe(asked))
    if made is None:
        raise _exists(name)
    return answer(_card(made), 201)


def drop(name: str) -> Response:
    """Drop a sandbox."""
    registry().drop(name)
    return empty(204)


def reset() -> Response:
    """Make records, scenarios, clock and journal of the sandbox as at start."""
    g.sandbox.reset()
    return empty(204)


def registry() -> Sandboxes:
    """Return the sandboxes of the server."""
    found: Sandboxes = current_app.extensions["mockroster"]
    return found


def _exists(name: str) -> SandboxExists:
    return SandboxExists(f"there is a sandbox {name!r} already; DELETE /__admin/sandboxes/{name} drops it")


def _card(here: Sandbox) -> dict[str, str]:
    """Return all that goes into a client: addresses, and the first of the clients."""
    url = server_root(request.environ) + ("" if here is registry().default else f"/sandboxes/{here.name}")
    bases = {f"base_url_{service.name}": url + service.base for service in SERVICES}
    first = next(iter(here.credentials.clients.values()), Client("", ""))
    card = {"name": here.name, "url": url, **bases, "token_url": f"{url}/oauth2/token"}
    return card | {"client_id": first.id, "client_secret": first.secret}


def _row(here: Sandbox) -> dict[str, Any]:
    return {
        **_card(here),
        "seed": here.seed,
        "scenarios": list(here.scenarios),
        "counts": here.overlay.counts(),
    }


def _recipe(asked: dict[str, Any]) -> Recipe:
    fixtures = asked.get("fixtures")
    if "fixtures" in asked and not isinstance(fixtures, dict):
        raise MalformedRequest('fixtures must be a fixture document, such as {"orgs": [...]}')
    clients = {one.id: one.secret for one in clients_of(asked["clients"]).values()} if "clients" in asked else None
    return Recipe(
        registry().default.start.clock.now(),
        seed=_setting(asked, "seed"),
        students=_setting(asked, "students"),
        profile=_setting(asked, "profile"),
        fixtures=fixtures,
        scenarios=checked(asked["scenarios"]) if "scenarios" in asked else None,
        clients=clients,
    )


def _setting(asked: dict[str, Any], name: str) -> Any:
    if name not in asked:
        return None
    try:
        return parser(name)(str(asked[name]))
    except ValueError as problem:
        raise MalformedRequest(f"{name}: {str(asked[name])[:60]!r} is not {problem}") from None


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str):
        raise MalformedRequest(f"{name} must be a string")
    return value


def clients_of(given: Any) -> dict[str, Client]:
    """Return the clients that a body names.

    They may be an object ``{"id": "secret"}``, or an array of ``{"id": …, "secret": …}`` or of ``"ID:SECRET"`` as
    ``--client`` has it. The first one is the one that the answer shows. Raises ``MalformedRequest``.
    """
    pairs = [*_pairs(given)]
    for name, secret in pairs:
        if not (isinstance(name, str) and name and isinstance(secret, str) and secret):
            raise _not_clients()
    if not pairs or len(dict(pairs)) != len(pairs):
        raise MalformedRequest("clients must have one client at least, and each id once")
    return {name: Client(name, secret) for name, secret in pairs}


def _pairs(given: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(given, dict):
        yield from given.items()
        return
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dict) and one.keys() == {"id", "secret"}:
            yield one["id"], one["secret"]
        elif isinstance(one, str):
            try:
                yield client(one)
            except ValueError:
                raise _not_clients() from None
        else:
            raise _not_clients()


def _not_clients() -> MalformedRequest:
    return MalformedRequest(
        'clients must be ["ID:SECRET"], [{"id": "ID", "secret": "SECRET"}] or {"ID": "SECRET"}, ids and secrets strings'
    )
