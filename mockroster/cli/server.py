"""The running server that a command talks to: its options, and the errors of reaching it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException

import click

from mockroster.cli.flags import Parsed, ParsedSecret
from mockroster.errors import ConfigurationError, Refused
from mockroster.parsing import base_url, token

with_admin_token = click.option(
    "--admin-token",
    envvar="MOCKROSTER_ADMIN_TOKEN",
    metavar="TOKEN",
    type=ParsedSecret(token),
    help="token of the switchboard of a server",
)
"""Adds the option ``--admin-token`` to a command."""


def with_server(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options ``--url`` and ``--admin-token`` to a command."""
    with_url = click.option(
        "--url",
        required=True,
        envvar="MOCKROSTER_URL",
        metavar="URL",
        type=Parsed(base_url),
        help="the server, or a sandbox of it",
    )
    return with_url(with_admin_token(command))


@contextmanager
def server_errors(url: str) -> Iterator[None]:
    """Raise ``ConfigurationError``, which names the flag and the server, if the server of ``--url`` does not serve."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"--url: {error}") from None
    except Refused as error:
        raise ConfigurationError(f"--url: {url} refuses: {error}") from None
    except HTTPException:
        raise ConfigurationError(f"--url: {url} has closed the connection within a response") from None
    except OSError as error:
        raise ConfigurationError(f"--url: {url} cannot be reached: {error.strerror or error}") from None
