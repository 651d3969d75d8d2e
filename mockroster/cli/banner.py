"""The banner that ``serve`` prints: the addresses and credentials that a client needs, to copy and paste."""

from __future__ import annotations

import shlex

import click

from mockroster.parsing import redacted_url
from mockroster.ready import Readiness
from mockroster.roster.counts import listed
from mockroster.settings import Settings, is_document
from mockroster.standard.versions import SERVICES

_BASES = {service.title: service.base for service in SERVICES}


def banner(url: str, settings: Settings, readiness: Readiness, *, colour: bool) -> str:
    """Return the banner as text; ``colour`` adds the colours of a terminal."""
    public = settings.base_url or url
    rows = {title: public + base for title, base in _BASES.items()}
    if settings.no_auth:
        rows["access"] = "open, without a token (--no-auth)"
    else:
        rows["token URL"] = f"{public}/oauth2/token"
        rows |= {f"client {name}": f"secret {secret}" for name, secret in settings.client}
    if settings.scenario:
        rows["scenarios"] = "; ".join(settings.scenario)
    if settings.fixtures:
        rows["fixtures"] = ", ".join(
            "in the setting itself" if is_document(source) else source for source in settings.fixtures
        )
    if settings.store:
        rows["store"] = redacted_url(settings.store)
    if settings.workers > 1:
        rows["workers"] = str(settings.workers)
    rows["seed"] = str(readiness.seed)
    rows["records"] = record_counts(readiness)
    width = max(map(len, rows))
    lines = [
        f"  {click.style(name.ljust(width), bold=True) if colour else name.ljust(width)}  {value}"
        for name, value in rows.items()
    ]
    return "\n".join(["", *lines, "", _example(public, settings), ""])


def record_counts(readiness: Readiness) -> str:
    """Return the number of records of each collection as text."""
    return listed(readiness.counts) or "none"


def _example(url: str, settings: Settings) -> str:
    """Return a command that reads a user."""
    read = f"{url}{SERVICES[0].base}/users?limit=1"
    insecure = " -k" if settings.tls_cert else ""
    if settings.no_auth:
        return f"  curl -s{insecure} '{read}'"
    name, secret = settings.client[0]
    token = (
        f"curl -s{insecure} -u {shlex.quote(f'{name}:{secret}')} -d grant_type=client_credentials {url}/oauth2/token"
    )
    return f"  curl -s{insecure} '{read}' -H \"Authorization: Bearer $({token} | cut -d'\"' -f4)\""
