"""``/``: for a person a page that says what is served and how to ask for it, for a program the same as JSON."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Flask, Response, g, render_template_string, request

from mockroster import __version__
from mockroster.admin.address import root
from mockroster.render.answer import JSON
from mockroster.sandbox.sandbox import Sandbox
from mockroster.spec.model import Service

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>mockroster</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
pre { background: #f3f3f3; padding: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
td, th { text-align: left; padding: 0 1.5rem 0 0; }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } pre { background: #262626; }
a { color: #8bf; } }
</style>
<h1>mockroster {{ version }}</h1>
<p>A mock OneRoster server with a generated district (seed {{ seed }}). Nobody in it is real.</p>
<table>
{% for title, url in bases.items() %}<tr><th>{{ title }}</th><td><code>{{ url }}</code></td></tr>
{% endfor %}<tr><th>Token</th><td><code>{{ token_url }}</code></td></tr>
<tr><th>Client</th><td>{{ clients|join(', ') or 'none needed' }}</td></tr>
</table>
<h2>Try it</h2>
<pre>{{ example }}</pre>
<h2>What is in it</h2>
<table>{% for name, count in counts.items() %}<tr><th>{{ name }}</th><td>{{ count }}</td></tr>
{% endfor %}</table>
<h2>Read on</h2>
<ul>
{% for title, url in documents.items() %}<li><a href="{{ url }}">{{ title }}, as OpenAPI</a>
{% endfor %}<li><a href="{{ ready }}">is it ready?</a>
</ul>
"""


def register(app: Flask, services: tuple[Service, ...]) -> None:
    """Add the route."""

    def view() -> Response:
        facts = _facts(services)
        accepted = request.accept_mimetypes
        if accepted["text/html"] > accepted[JSON]:
            return Response(render_template_string(_PAGE, **facts), content_type="text/html; charset=utf-8")
        return Response(orjson.dumps(facts), content_type=JSON)

    app.add_url_rule("/", "home", view, provide_automatic_options=False)


def _facts(services: tuple[Service, ...]) -> dict[str, Any]:
    here: Sandbox = g.sandbox
    url = root(request.environ)
    return {
        "name": "mockroster",
        "version": __version__,
        "seed": here.seed,
        "bases": {service.title: url + service.base for service in services},
        "token_url": f"{url}/oauth2/token",
        "clients": list(here.credentials.clients) if here.credentials.required else [],
        "example": example(url, services[0].base, required=here.credentials.required),
        "counts": here.overlay.counts(),
        "documents": {service.title: f"{url}/openapi/{service.name}.json" for service in services},
        "ready": f"{url}/readyz",
    }


def example(url: str, base: str, *, required: bool) -> str:
    """Return commands to paste; the secret of the client is for the reader to fill in."""
    read = f"'{url}{base}/users?limit=1'"
    if not required:
        return f"curl {read}"
    return (
        f"TOKEN=$(curl -s -u ID:SECRET -d grant_type=client_credentials {url}/oauth2/token"
        ' | sed \'s/.*"access_token":"\\([^"]*\\).*/\\1/\')\n'
        f'curl -H "Authorization: Bearer $TOKEN" {read}'
    )
