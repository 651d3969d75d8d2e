"""Serve ``/``: what the server offers and how to request it, as a page for people and as JSON for programs."""

from __future__ import annotations

from shlex import quote
from typing import Any

import orjson
from flask import Flask, Request, Response, g, render_template_string, request

from mockroster import __version__
from mockroster.http.admin.address import root, server_root
from mockroster.render.answer import JSON
from mockroster.sandbox.credentials import Client
from mockroster.sandbox.sandbox import Sandbox
from mockroster.settings import Settings
from mockroster.standard.model import Service

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mockroster</title>
<link rel="icon" href="data:,">
<style>
body { overflow-wrap: anywhere; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
pre { background: #f3f3f3; padding: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
td, th { text-align: left; vertical-align: top; padding: 0 1.5rem 0 0; }
.views a { display: inline-block; margin: 0 .5rem .5rem 0; padding: .4rem .9rem; border: 1px solid; }
@media (max-width: 40rem) { td, th { display: block; padding: 0; } td { margin-bottom: .5rem; } }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } pre { background: #262626; }
a { color: #8bf; } }
</style>
<main>
<h1>mockroster {{ version }}</h1>
<p>A mock OneRoster server with {{ 'a generated district' if generated else 'fixtures' }} (seed {{ seed }}).
{% if generated %}Nobody in it is real.{% endif %}</p>
{% if pages %}<p class="views">{% for title, url in pages.items() %}<a href="{{ url }}">{{ title }}</a>{% endfor %}</p>
{% endif %}<table>
{% for title, url in bases.items() %}<tr><th>{{ title }}</th><td><code>{{ url }}</code></td></tr>
{% endfor %}<tr><th>Token</th><td><code>{{ token_url }}</code></td></tr>
<tr><th>Client</th><td>{{ clients|join(', ') or 'none needed' }}</td></tr>
</table>
<h2>Try it</h2>
<p>Paste this into a shell.{% if prompts %} curl asks for the secret of the client.{% endif %}</p>
<pre>{{ example }}</pre>
<h2>Inject faults</h2>
<table>
<tr><th>Every path with scenarios</th><td><code>{{ scenarios }}/…</code></td></tr>
<tr><th>Every path in a sandbox of its own</th><td><code>{{ sandboxes }}/…</code></td></tr>
<tr><th>The switchboard</th><td><code>{{ switchboard }}/…</code>: <a href="{{ health }}">health</a></td></tr>
</table>
<h2>Records</h2>
<table>{% for name, count in counts.items() %}<tr><th>{{ name }}</th><td>{{ count }}</td></tr>
{% endfor %}</table>
<h2>See also</h2>
<ul>
{% for title, url in documents.items() %}<li><a href="{{ url }}">{{ title }}, as OpenAPI</a>
{% endfor %}<li><a href="{{ ready }}">is it ready?</a>
</ul>
</main>
"""


def register(app: Flask, services: tuple[Service, ...], settings: Settings) -> None:
    """Add the route."""
    pages = {} if settings.no_ui else {"Dashboard": "/ui", "API explorer": "/docs"}

    def view() -> Response:
        url = root(request.environ)
        facts = _facts(services) | {"pages": {title: url + path for title, path in pages.items()}}
        accepted = request.accept_mimetypes
        if accepted["text/html"] > accepted[JSON]:
            client = _client(g.sandbox)
            prompts = client is not None and not _is_public(client)
            page = render_template_string(_PAGE, prompts=prompts, **facts)
            return Response(page, content_type="text/html; charset=utf-8")
        return Response(orjson.dumps(facts), content_type=JSON)

    app.add_url_rule("/", "index", view, provide_automatic_options=False)


def _facts(services: tuple[Service, ...]) -> dict[str, Any]:
    sandbox: Sandbox = g.sandbox
    url, outer = root(request.environ), server_root(request.environ)
    documents = {service.title: service.name for service in services} | {"The switchboard": "admin"}
    return {
        "name": "mockroster",
        "version": __version__,
        "seed": sandbox.seed,
        "generated": sandbox.start.is_generated,
        "bases": {service.title: url + service.base for service in services},
        "token_url": f"{url}/oauth2/token",
        "clients": list(sandbox.credentials.clients) if sandbox.credentials.required else [],
        "example": example(url, services[0].base, _client(sandbox), options=_options(request)),
        "counts": sandbox.overlay.counts(),
        "scenarios": f"{outer}/scenarios/<spec>",
        "sandboxes": f"{outer}/sandboxes/<name>",
        "switchboard": f"{url}/__admin",
        "health": f"{url}/__admin/health",
        "documents": {title: f"{url}/openapi/{name}.json" for title, name in documents.items()},
        "ready": f"{url}/readyz",
    }


def _client(sandbox: Sandbox) -> Client | None:
    """Return the client for the example, or ``None`` if no token is needed."""
    credentials = sandbox.credentials
    return next(iter(credentials.clients.values()), None) if credentials.required else None


def _is_public(client: Client) -> bool:
    """Return whether a client is one of the defaults, whose secrets are public."""
    return (client.id, client.secret) in Settings().client


def _options(request: Request) -> str:
    """Return the curl options to trust the server: no authority vouches for its own certificate."""
    return " -k" if request.scheme == "https" else ""


def example(url: str, base: str, client: Client | None, *, options: str = "") -> str:
    """Return a shell command that reads a user.

    It contains the secret of the default client, which is public. For any other client curl prompts for the secret.
    ``client`` is ``None`` if no token is needed; ``options`` are additional options of curl.
    """
    read = quote(f"{url}{base}/users?limit=1")
    if client is None:
        return f"curl{options} {read}"
    credentials = quote(f"{client.id}:{client.secret}" if _is_public(client) else client.id)
    token_url = quote(f"{url}/oauth2/token")
    token = f"curl -s{options} -u {credentials} -d grant_type=client_credentials {token_url} | cut -d'\"' -f4"
    return f'curl{options} {read} -H "Authorization: Bearer $({token})"'
