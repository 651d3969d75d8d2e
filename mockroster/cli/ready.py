"""``mockroster ready``: exit code 0 once a server has its data; the health check of an image."""

from __future__ import annotations

import os

import click

from mockroster.ready import ask, wait
from mockroster.settings import base_url, gathered


def _seconds(_context: click.Context, _option: click.Parameter, text: str) -> float:
    """Read a number of seconds; ``nan`` is none."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 3600:
        raise click.UsageError(f"--timeout: {text[:60]!r} is not a number of seconds from 0 to 3600")
    return seconds


@click.command()
@click.argument("url", required=False)
@click.option("--wait", "patient", is_flag=True, help="wait for it")
@click.option("--timeout", callback=_seconds, default="30", metavar="SECONDS", help="seconds to wait at most [30]")
def ready(url: str | None, *, patient: bool, timeout: float) -> None:
    """Exit with 0 if the server at URL is ready, with 1 if not.

    Without URL it asks 127.0.0.1 at MOCKROSTER_PORT, or 8080.
    """
    url = _checked(url) if url else _here()
    answer = wait(url, timeout) if patient else ask(url)
    if answer is None:
        click.echo(f"mockroster: not ready at {url}", err=True)
        raise SystemExit(1)
    click.echo(f"mockroster ready at {url}")


def _checked(url: str) -> str:
    try:
        return base_url(url)
    except ValueError as problem:
        raise click.UsageError(f"URL: {url[:60]!r} is not {problem}") from None


def _here() -> str:
    """Return the address that a server on this machine has with the same environment."""
    settings = gathered({}, os.environ)
    return f"{'https' if settings.tls_cert else 'http'}://127.0.0.1:{settings.port}"
