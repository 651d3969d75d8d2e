"""A sandbox of a running server, for tests: prepare it, send requests to it, and inspect it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any, Self, Unpack
from urllib.parse import quote, urlencode

from mockroster.client.activation import Activation
from mockroster.client.comparison import Comparison
from mockroster.client.http import Answer, ask
from mockroster.client.requests import Requests
from mockroster.client.switchboard import Switchboard, require_success
from mockroster.client.verdict import Verdict
from mockroster.errors import ConfigurationError, Refused
from mockroster.keywords import CompareKeywords, SandboxKeywords
from mockroster.parsing import base_url

__tracebackhide__ = True  # make pytest show the line of the test

_SANDBOXES = "/sandboxes/"

_PAGE = 10_000
"""The number of records in one read."""

_LONG = 900.0
"""Seconds to wait for many days to pass."""


class Sandbox:
    """An isolated copy of a server: its own records, clock, scenarios, tokens and received requests.

    Every method raises ``Refused``, with the server's own sentence, if the server refuses, and ``OSError`` if it cannot
    be reached.
    """

    def __init__(self, switchboard: Switchboard, row: Mapping[str, str]) -> None:
        """``row`` is the server's description of the sandbox; ``at`` requests it."""
        self._switchboard = switchboard
        self._bearer: str | None = None
        self.url = row["url"]
        """The address that clients use."""

        self.base_urls = {
            name.removeprefix("base_url_"): url for name, url in row.items() if name.startswith("base_url_")
        }
        """The base URL of each service, by its name: ``v1p1``, ``rostering``."""

        self.base_url_v1p1 = row["base_url_v1p1"]
        self.base_url_rostering = row["base_url_rostering"]
        self.base_url_gradebook = row["base_url_gradebook"]
        self.base_url_resources = row["base_url_resources"]
        self.token_url = row["token_url"]
        self.client_id = row["client_id"]
        self.client_secret = row["client_secret"]
        self.requests = Requests(lambda: switchboard.call("GET", "/requests")["requests"], self._await_requests)
        """The requests that it has received, oldest first."""

        self.last_comparison: Comparison | None = None
        """The result of the last ``compare``, for the report of a failed test."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    @classmethod
    def at(cls, url: str, admin_token: str | None = None) -> Self:
        """Return the sandbox at an address. The URL of a server stands for its sandbox ``default``.

        ``admin_token`` is the one that the server was started with, if any. Raises ``ConfigurationError`` if no
        mockroster answers.
        """
        try:
            switchboard = Switchboard(base_url(url), admin_token)
        except ValueError as error:
            raise ConfigurationError(f"{url!r} is not {error}") from None
        return cls(switchboard, switchboard.sandbox_row())

    def token(self) -> str:
        """Return a new bearer token with all scopes."""
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.client_secret}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = ask(f"{self._switchboard.address}/oauth2/token", "POST", urlencode(form).encode(), headers)
        return str(require_success(answer).json()["access_token"])

    def get(self, path: str) -> Answer:
        """Read a path below ``url``, or an ``href`` or link of this sandbox, with a token.

        Any status is returned, and the request appears in ``requests`` like those of others. Raises
        ``ConfigurationError`` for an address outside this sandbox.
        """
        relative = path.removeprefix(self.url)
        if not relative.startswith("/"):
            raise ConfigurationError(f"{path!r} is neither a path, which begins with a slash, nor below {self.url}")
        if self._bearer is None:
            self._bearer = self.token()
        return ask(self._switchboard.address + relative, headers={"Authorization": f"Bearer {self._bearer}"})

    def use(self, *specs: str | Mapping[str, Any]) -> Activation:
        """Replace the active scenarios by these: ``use("flaky:every=3")``. Without arguments, deactivate all.

        A scenario may be an object, as in JSON: ``{"scenario": "flaky", "every": 3, "at": {"path": "/users"}}``.
        In a ``with`` statement they are active for the block.
        """
        before = self._switchboard.call("GET", "/health")["scenarios"]
        self._activate(specs)
        return Activation(partial(self._activate, before))

    def _activate(self, specs: Sequence[str | Mapping[str, Any]]) -> None:
        self._switchboard.call("PUT", "/scenarios", {"active": specs})
        self._bearer = None

    def put(self, collection: str, id: str, record: Mapping[str, Any]) -> None:  # noqa: A002
        """Create or replace a record, in the shape of 1.1 or 1.2 and without a wrapper."""
        self._switchboard.call("PUT", _address(collection, id), record)

    def change(self, collection: str, id: str, **members: Any) -> None:  # noqa: A002
        """Change some members of a record, in the shape of 1.2; ``None`` removes a member."""
        self._switchboard.call("PATCH", _address(collection, id), members)

    def record(self, collection: str, id: str) -> dict[str, Any]:  # noqa: A002
        """Return a record as stored, in the shape of 1.2 and without a wrapper."""
        record: dict[str, Any] = self._switchboard.call("GET", _address(collection, id))
        return record

    def records(self, collection: str) -> list[dict[str, Any]]:
        """Return all records of a collection as stored, in the shape of 1.2."""
        records: list[dict[str, Any]] = []
        while True:
            path = f"{_address(collection)}?limit={_PAGE}&offset={len(records)}"
            page = self._switchboard.call("GET", path)[collection]
            records += page
            if len(page) < _PAGE:
                return records

    def tombstone(self, collection: str, id: str) -> None:  # noqa: A002
        """Mark a record and the records that it owns as ``tobedeleted``."""
        self._switchboard.call("DELETE", f"{_address(collection, id)}?as=tobedeleted")

    def delete(self, collection: str, id: str) -> None:  # noqa: A002
        """Delete a record and the records that it owns."""
        self._switchboard.call("DELETE", _address(collection, id))

    def load(self, document: Mapping[str, Any]) -> None:
        """Merge a fixture document, ``{"users": […], …}``. If part of it is invalid, nothing changes."""
        self._switchboard.call("POST", "/records", document)

    def advance(self, duration: str | timedelta) -> None:
        """Move the clock forward, by ``"P1D"`` or a ``timedelta``. Tokens may expire."""
        text = _iso_duration(duration) if isinstance(duration, timedelta) else duration
        self._switchboard.call("PUT", "/clock", {"advance": text})
        self._bearer = None

    def trigger(self, event: str, count: int = 1, **parameters: Any) -> list[dict[str, Any]]:
        """Let a roster event happen now, and return each occurrence: ``event``, ``at``, ``records``.

        ``records`` are all changed records, each with ``collection`` and ``sourcedId``.
        """
        body = {"event": event, "count": count, **parameters}
        events: list[dict[str, Any]] = self._switchboard.call("POST", "/events", body)["events"]
        return events

    def pass_days(self, days: int = 1) -> dict[str, Any]:
        """Let days pass, each with its events, and return ``from``, ``to``, ``revision``, ``counts`` and ``changes``.

        The clock stands at 18:00 UTC of the last day then. Tokens may expire.
        """
        passed: dict[str, Any] = self._switchboard.call("POST", "/days", {"days": days}, seconds=_LONG)
        self._bearer = None
        return passed

    @property
    def now(self) -> datetime:
        """The time by the clock of the sandbox. Set it to any moment; it continues from there."""
        return datetime.fromisoformat(self._switchboard.call("GET", "/clock")["now"])

    @now.setter
    def now(self, moment: datetime | str) -> None:
        given = moment.isoformat() if isinstance(moment, date) else moment
        self._switchboard.call("PUT", "/clock", {"now": given})
        self._bearer = None

    def changes(self, since: int | str | datetime = 0) -> list[dict[str, Any]]:
        """Return the changes after a revision or a moment, oldest first, in the shape of 1.2.

        Each has ``revision``, ``at``, ``cause``, ``collection``, ``sourcedId``, ``before`` and ``after``.
        """
        start = since.isoformat() if isinstance(since, datetime) else str(since)
        changes: list[dict[str, Any]] = []
        while True:
            page = self._switchboard.call("GET", f"/changes?since={quote(start)}")
            changes += page["changes"]
            if "next" not in page:
                return changes
            start = str(page["next"])

    def verdict(self, run: str | None = None, client: str | None = None, rules: Sequence[str] = ()) -> Verdict:
        """Judge the client by its requests since the last reset, or by those of a run.

        ``client`` is the id of the only client to judge. ``rules`` switch rules and set their numbers: ``V25=on``,
        ``V10.repeats=3``.
        """
        query = {"run": run, "client": client, "rules": ";".join(rules) or None}
        given = urlencode({name: value for name, value in query.items() if value is not None})
        return Verdict(self._switchboard.call("GET", f"/verdict?{given}" if given else "/verdict"))

    @contextmanager
    def run(self, name: str) -> Iterator[str]:
        """Bracket the requests of the block as one run of the client, with a verdict of its own."""
        self._switchboard.call("POST", "/runs", {"name": name})
        try:
            yield name
        finally:
            self._switchboard.call("PATCH", f"/runs/{quote(name)}", {"ended": True})

    def compare(
        self,
        copy: Mapping[str, Any] | str | Path,
        map: str | Path | None = None,  # noqa: A002
        **options: Unpack[CompareKeywords],
    ) -> Comparison:
        """Compare the copy that a client keeps with the records of the sandbox.

        ``copy`` is a fixture document or the path of a file, a folder or a zip. With ``map``, the path of a map, it is
        the client's own file, folder or database. The result is true if there is no difference. Raises
        ``ConfigurationError`` if the copy or the map cannot be read.
        """
        from mockroster.client import comparing

        if map is not None:
            self.last_comparison = comparing.by_map(self._switchboard, copy, map, options)
        else:
            self.last_comparison = comparing.by_server(self._switchboard, copy, options)
        return self.last_comparison

    @contextmanager
    def snapshot(self, name: str | None = None) -> Iterator[str]:
        """Save records, clock, active scenarios and counters, and restore them at the end of the block.

        A snapshot without a name is deleted then; one with a name is kept. The requests of the block are kept, too.
        """
        chosen = name or f"block-{token_hex(6)}"
        path = f"/snapshots/{quote(chosen)}"
        self._switchboard.call("PUT", path)
        try:
            yield chosen
        finally:
            self._switchboard.call("POST", f"{path}/restore")
            self._bearer = None
            if name is None:
                self._switchboard.call("DELETE", path)

    def reset(self) -> None:
        """Restore records, scenarios, clock and requests to their state at start."""
        self._switchboard.call("POST", "/reset")
        self._bearer = None

    def _await_requests(self, filters: Mapping[str, str | int], number: int, seconds: float) -> None:
        """Return once ``number`` requests match the filters, or after ``seconds``."""
        waiting = {"at_least": number, "wait": f"{seconds:.3f}s"}
        self._switchboard.call("POST", "/requests/count", {**filters, **waiting})

    @contextmanager
    def sandbox(self, **options: Unpack[SandboxKeywords]) -> Iterator[Sandbox]:
        """Create another sandbox on the same server, and drop it at the end of the block.

        ``options`` are those of ``POST /__admin/sandboxes``: ``name``, ``seed``, ``students``, ``profile``,
        ``fixtures``, ``scenarios``, ``clients``. ``fixtures`` may also be a path, or several, as ``--fixtures`` has
        them; the files are read in this process. Raises ``ConfigurationError`` if they cannot be read or are faulty.
        """
        ours = self._switchboard
        body: dict[str, Any] = {"name": f"sandbox-{token_hex(6)}", **options}
        if "fixtures" in body:
            body["fixtures"] = _fixture_document(body["fixtures"])
        row = ours.call("POST", "/sandboxes", body)
        address = ours.address.partition(_SANDBOXES)[0] + _SANDBOXES + row["name"]
        try:
            yield Sandbox(Switchboard(address, ours.admin_token), row)
        finally:
            with suppress(Refused):  # already dropped
                ours.call("DELETE", f"/sandboxes/{row['name']}")


def _fixture_document(fixtures: Any) -> Any:
    """Return the document of paths; the server checks any other value."""
    if isinstance(fixtures, Mapping):
        return fixtures
    # Imported late, because most sandboxes have no files.
    from mockroster.client.fixture_files import document_of, is_path

    return document_of(fixtures) if is_path(fixtures) else fixtures


def _address(collection: str, sourced_id: str | None = None) -> str:
    """Return the path of a collection, or of one of its records, below the switchboard."""
    path = f"/records/{quote(collection, safe='')}"
    return path if sourced_id is None else f"{path}/{quote(sourced_id, safe='')}"


def _iso_duration(duration: timedelta) -> str:
    """Format a duration as ISO 8601."""
    length = abs(duration)
    sign = "-" if duration < timedelta() else ""
    return f"{sign}P{length.days}DT{length.seconds}.{length.microseconds:06}S"
