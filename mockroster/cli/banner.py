"""The card that ``serve`` prints: all that goes into a client, to copy and paste."""

from __future__ import annotations

import shlex

import click

from mockroster.ready import Readiness
from mockroster.roster.counts import listed
from mockroster.settings import Settings, is_document
from mockroster.standard.versions import SERVICES

_BASES = {service.title: service.base for service in SERVICES}


def card(url: str, settings: Settings, readiness: Readiness, *, colour: bool) -> str:
    """Return the card as text; ``colour`` is for a terminal."""
    public = settings.base_url or url
    rows = {title: public + base for title, base in _BASES.items()}
    if settings.no_auth:
        rows["access"] = "open to everybody (--no-auth)"
    else:
        rows["token URL"] = f"{public}/oauth2/token"
        rows |= {f"client {name}": f"secret {secret}" for name, secret in settings.client}
    if settings.scenario:
        rows["scenarios"] = "; ".join(settings.scenario)
    if settings.fixtures:
        rows["fixtures"] = ", ".join("in the setting itself" if is_document(one) else one for one in settings.fixtures)
    rows["seed"] = str(readiness.seed)
    rows["records"] = counted(readiness)
    width = max(map(len, rows))
    lines = [
        f"  {click.style(name.ljust(width), bold=True) if colour else name.ljust(width)}  {value}"
        for name, value in rows.items()
    ]
    return "\n".join(["", *lines, "", _example(public, settings), ""])


def counted(readiness: Readiness) -> str:
    """Return how many records of each kind there are."""
    return listed(readiness.counts) or "none"


def _example(url: str, settings: Settings) -> str:
    """Return one command line that shows a user."""
    read = f"{url}{SERVICES[0].base}/users?limit=1"
    insecure = " -k" if settings.tls_cert else ""
    if settings.no_auth:
        return f"  curl -s{insecure} '{read}'"
    name, secret = settings.client[0]
    token = (
        f"curl -s{insecure} -u {shlex.quote(f'{name}:{secret}')} -d grant_type=client_credentials {url}/oauth2/token"
    )
    return f"  curl -s{insecure} '{read}' -H \"Authorization: Bearer $({token} | cut -d'\"' -f4)\""
