"""``mockroster export``: write the records of a running server to files."""

from __future__ import annotations

from http.client import HTTPException
from typing import Any

import click
import orjson

from mockroster.cli.output import ExportOutput, parse_flag, with_output
from mockroster.client.http import ask
from mockroster.errors import ConfigurationError
from mockroster.parsing import base_url, token
from mockroster.roster.record import Record, Records
from mockroster.roster.store import COLLECTIONS


@click.command()
@click.option("--url", required=True, envvar="MOCKROSTER_URL", metavar="URL", help="the server, or a sandbox of it")
@click.option("--admin-token", envvar="MOCKROSTER_ADMIN_TOKEN", metavar="TOKEN", help="token of its switchboard")
@with_output
def export(*, url: str, admin_token: str | None, out: str, format_: str | None, version: str) -> None:
    """Write the current records of a running server to PATH.

    URL is the address that serve prints; https://…/sandboxes/NAME selects one sandbox.
    JSON and YAML hold all records; a folder or .zip holds a file for each collection, or a OneRoster CSV bundle.
    """
    url = parse_flag("--url", base_url, url)
    _check_token(admin_token)
    output = ExportOutput(out, format_, version)
    health = _get_json(url, "/__admin/health", admin_token)
    if not {"clock", "sandbox"} <= health.keys():
        raise _no_mockroster(url, "the response is something else")
    output.save(_records(url, _get_json(url, "/__admin/export", admin_token)))


def _check_token(admin_token: str | None) -> None:
    """Raise ConfigurationError if no header can carry the token; it may be a secret, and is not shown."""
    try:
        _ = admin_token and token(admin_token)
    except ValueError as error:
        raise ConfigurationError(f"--admin-token: the value is not {error}") from None


def _get_json(url: str, path: str, admin_token: str | None) -> dict[str, Any]:
    """Return the JSON object that a server responds with. Raises ConfigurationError if there is none."""
    headers = {"Accept": "application/json"}
    if admin_token:
        headers["Authorization"] = f"Bearer {admin_token}"
    try:
        answer = ask(url + path, headers=headers)
        if answer.status_code != 200:
            raise _refused(url, path, answer.status_code)
        document = orjson.loads(answer.content)
    except (HTTPException, orjson.JSONDecodeError, UnicodeError):
        raise _no_mockroster(url, "the response cannot be read") from None
    except OSError as error:
        raise ConfigurationError(f"--url: {url} cannot be reached: {error.strerror or error}") from None
    if not isinstance(document, dict):
        raise _no_mockroster(url, "the response is something else")
    return document


def _refused(url: str, path: str, status: int) -> ConfigurationError:
    if status == 401:
        return ConfigurationError(f"--admin-token: {url} asks for the token that it was started with")
    return _no_mockroster(url, f"GET {path} returns {status}")


def _no_mockroster(url: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"--url: {url} is not an address that mockroster serve has printed: {reason}")


def _records(url: str, document: dict[str, Any]) -> Records:
    if not all(isinstance(document.get(name, []), list) for name in COLLECTIONS):
        raise _no_mockroster(url, "the response is something else")
    return {name: [Record(row) for row in document.get(name, [])] for name in COLLECTIONS}
