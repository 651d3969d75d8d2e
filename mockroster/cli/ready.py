"""``mockroster ready``: exit with 0 once a server has its data; the health check of an image."""

from __future__ import annotations

import click

from mockroster.cli.flags import Parsed, load_named_settings
from mockroster.parsing import base_url
from mockroster.ready import ask, wait


def _seconds(text: str) -> float:
    """Parse a number of seconds; ``nan`` is invalid."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 3600:
        raise ValueError("a number of seconds from 0 to 3600")
    return seconds


@click.command()
@click.argument("url", required=False, type=Parsed(base_url))
@click.option("--wait", "wait_", is_flag=True, help="wait until it is ready")
@click.option("--timeout", type=Parsed(_seconds), default=30.0, metavar="SECONDS", help="seconds to wait at most [30]")
def ready(url: str | None, *, wait_: bool, timeout: float) -> None:
    """Exit with 0 if the server at URL is ready, with 1 if not.

    The default URL is 127.0.0.1 at MOCKROSTER_PORT, or 8080.
    """
    url = url or _local_url()
    readiness = wait(url, timeout) if wait_ else ask(url)
    if readiness is None:
        click.echo(f"mockroster: not ready at {url}", err=True)
        raise SystemExit(1)
    click.echo(f"mockroster ready at {url}")


def _local_url() -> str:
    """Return the address of a server that runs on this machine with the same environment."""
    settings = load_named_settings(("port", "tls_cert"), {})
    return f"{'https' if settings.tls_cert else 'http'}://127.0.0.1:{settings.port}"
