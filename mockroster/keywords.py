"""The keyword arguments of the public functions, so that type checkers and editors know each of them.

The tests compare them with the table of settings, the models of the switchboard and the filters of the journal.
This module imports nothing of mockroster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypedDict


class SettingKeywords(TypedDict, total=False):
    """The settings that ``create_app`` and ``Server`` take; docs/reference/settings.md describes each.

    ``scenarios`` and ``clients`` are ``scenario`` and ``client`` by the names that they have in JSON.
    """

    host: str
    port: int
    seed: int
    students: int
    profile: Literal["district", "roster-only"]
    fixtures: Mapping[str, Any] | str | Path | Sequence[Mapping[str, Any] | str | Path]
    fixtures_limit: int
    lenient: bool
    reload: bool
    scenario: Sequence[str]
    admin_token: str | None
    client: Sequence[str | tuple[str, str]]
    token_key: str | None
    no_auth: bool
    base_url: str | None
    cors: Sequence[str]
    allow_host: Sequence[str]
    now: datetime | str | None
    calendar: str
    day_every: timedelta | str | None
    page_limit: int
    page_limit_max: int
    no_ui: bool
    max_connections: int
    store: str | None
    wait_for_store: timedelta | str
    store_expiry: timedelta | str
    workers: int
    url_file: Path | str | None
    log_format: Literal["text", "json"]
    tls_cert: Path | str | None
    tls_key: Path | str | None
    scenarios: Sequence[str | Mapping[str, Any]]
    clients: Sequence[str | tuple[str, str]]


class SandboxKeywords(TypedDict, total=False):
    """The members of ``POST /__admin/sandboxes``, which ``sandbox()`` and ``@pytest.mark.mockroster`` take.

    ``fixtures`` is a document there; here it may also be the path of a file, a folder or a zip, or several paths.
    """

    name: str
    seed: int
    students: int
    profile: Literal["district", "roster-only"]
    fixtures: Mapping[str, Any] | str | Path | Sequence[str | Path]
    scenarios: Sequence[str | Mapping[str, Any]]
    clients: Mapping[str, str] | Sequence[str | Mapping[str, str]]


class CompareKeywords(TypedDict, total=False):
    """The query parameters of ``POST /__admin/compare``, which ``compare()`` takes."""

    view: Literal["stored", "shown"]
    version: str
    ignore: str | Sequence[str]
    only: str | Sequence[str]
    revision: int


class FilterKeywords(TypedDict, total=False):
    """The filters of the requests of a sandbox."""

    method: str
    path: str
    status: int | str
    operation: str
    query: str
    header: str
    client: str
