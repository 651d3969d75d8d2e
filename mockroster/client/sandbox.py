"""A sandbox of a running server, as a test arranges it, asks it and looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Self, Unpack
from urllib.parse import quote, urlencode

from mockroster.client.channel import Answer, ask
from mockroster.client.requests import Requests
from mockroster.client.switchboard import Switchboard, accepted
from mockroster.errors import ConfigurationError, Refused
from mockroster.keywords import SandboxKeywords
from mockroster.settings import base_url

_SANDBOXES = "/sandboxes/"

_PAGE = 10_000
"""Records that are read at once."""


class Sandbox:
    """A world of its own on a running server: records, clock, scenarios, tokens, and what it was asked.

    Every method raises ``Refused``, with the server's own sentence, where the server refuses, and ``OSError`` where it
    cannot be reached.
    """

    def __init__(self, switchboard: Switchboard, card: Mapping[str, str]) -> None:
        """``card`` is what the server says of the sandbox; ``at`` asks for it."""
        self._switchboard = switchboard
        self._bearer: str | None = None
        self.url = card["url"]
        """Its address, as clients see it."""

        self.base_urls = {
            name.removeprefix("base_url_"): url for name, url in card.items() if name.startswith("base_url_")
        }
        """The base URL of each service, by its name: ``v1p1``, ``rostering``."""

        self.base_url_v1p1 = card["base_url_v1p1"]
        self.base_url_rostering = card["base_url_rostering"]
        self.base_url_gradebook = card["base_url_gradebook"]
        self.base_url_resources = card["base_url_resources"]
        self.token_url = card["token_url"]
        self.client_id = card["client_id"]
        self.client_secret = card["client_secret"]
        self.requests = Requests(lambda: switchboard.call("GET", "/requests")["requests"], self._await_requests)
        """What it was asked, oldest first."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    @classmethod
    def at(cls, url: str, admin_token: str | None = None) -> Self:
        """Return the sandbox at an address: for the URL of a server the one that is called ``default``.

        ``admin_token`` is for a server that was started with one. Raises ``ConfigurationError`` where no mockroster
        answers.
        """
        try:
            switchboard = Switchboard(base_url(url), admin_token)
        except ValueError as problem:
            raise ConfigurationError(f"{url!r} is not {problem}") from None
        return cls(switchboard, switchboard.card())

    def token(self) -> str:
        """Return a new bearer token that is good for everything."""
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.client_secret}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = ask(f"{self._switchboard.address}/oauth2/token", "POST", urlencode(form).encode(), headers)
        return str(accepted(answer).json()["access_token"])

    def get(self, path: str) -> Answer:
        """Read a path below ``url``, or an ``href`` or link of this sandbox, with a token.

        The status may be any, and the request is among ``requests`` like those of others. Raises
        ``ConfigurationError`` for what does not lead there.
        """
        below = path.removeprefix(self.url)
        if not below.startswith("/"):
            raise ConfigurationError(f"{path!r} is neither a path, which begins with a slash, nor below {self.url}")
        if self._bearer is None:
            self._bearer = self.token()
        return ask(self._switchboard.address + below, headers={"Authorization": f"Bearer {self._bearer}"})

    def use(self, *specs: str) -> None:
        """Make these scenarios the active ones, in place of those before: ``use("flaky:every=3")``; none for none."""
        self._switchboard.call("PUT", "/scenarios", {"active": specs})
        self._bearer = None

    def put(self, collection: str, id: str, record: Mapping[str, Any]) -> None:  # noqa: A002
        """Create or replace a record, in the shape of 1.1 or 1.2 and without a wrapper."""
        self._switchboard.call("PUT", _address(collection, id), record)

    def change(self, collection: str, id: str, **members: Any) -> None:  # noqa: A002
        """Change some members of a record, in the shape of 1.2; ``None`` takes a member out."""
        self._switchboard.call("PATCH", _address(collection, id), members)

    def record(self, collection: str, id: str) -> dict[str, Any]:  # noqa: A002
        """Return a record as it is stored, in the shape of 1.2 and without a wrapper."""
        found: dict[str, Any] = self._switchboard.call("GET", _address(collection, id))
        return found

    def records(self, collection: str) -> list[dict[str, Any]]:
        """Return all records of a collection as they are stored, in the shape of 1.2."""
        found: list[dict[str, Any]] = []
        while True:
            path = f"{_address(collection)}?limit={_PAGE}&offset={len(found)}"
            page = self._switchboard.call("GET", path)[collection]
            found += page
            if len(page) < _PAGE:
                return found

    def tombstone(self, collection: str, id: str) -> None:  # noqa: A002
        """Mark a record, and what it owns, as ``tobedeleted``."""
        self._switchboard.call("DELETE", f"{_address(collection, id)}?as=tobedeleted")

    def delete(self, collection: str, id: str) -> None:  # noqa: A002
        """Delete a record, with what it owns."""
        self._switchboard.call("DELETE", _address(collection, id))

    def load(self, document: Mapping[str, Any]) -> None:
        """Merge a fixture document in, ``{"users": […], …}``: all of it or nothing."""
        self._switchboard.call("POST", "/records", document)

    def advance(self, duration: str | timedelta) -> None:
        """Move the clock, by ``"P1D"`` or a ``timedelta``; tokens may expire by that."""
        text = _written(duration) if isinstance(duration, timedelta) else duration
        self._switchboard.call("PUT", "/clock", {"advance": text})
        self._bearer = None

    @property
    def now(self) -> datetime:
        """The time by the clock of the sandbox; set it to any moment, and it goes on from there."""
        return datetime.fromisoformat(self._switchboard.call("GET", "/clock")["now"])

    @now.setter
    def now(self, moment: datetime | str) -> None:
        text = moment if isinstance(moment, str) else moment.isoformat()
        self._switchboard.call("PUT", "/clock", {"now": text})
        self._bearer = None

    def changes(self, since: int | str | datetime = 0) -> list[dict[str, Any]]:
        """Return the changes after a revision or a moment, oldest first, in the shape of 1.2.

        Each has ``revision``, ``at``, ``cause``, ``collection``, ``sourcedId``, ``before`` and ``after``.
        """
        start = since.isoformat() if isinstance(since, datetime) else str(since)
        found: list[dict[str, Any]] = []
        while True:
            page = self._switchboard.call("GET", f"/changes?since={quote(start)}")
            found += page["changes"]
            if "next" not in page:
                return found
            start = str(page["next"])

    @contextmanager
    def snapshot(self, name: str | None = None) -> Iterator[str]:
        """Remember records, clock, active scenarios and counters, and come back to them at the end of the block.

        Without a name the snapshot is forgotten then; one with a name stays. The requests of the block stay, too.
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
        """Make records, scenarios, clock and requests as at start."""
        self._switchboard.call("POST", "/reset")
        self._bearer = None

    def _await_requests(self, filters: Mapping[str, str | int], number: int, seconds: float) -> None:
        """Return once so many requests match filters, or when the time is over."""
        waiting = {"at_least": number, "wait": f"{seconds:.3f}s"}
        self._switchboard.call("POST", "/requests/count", {**filters, **waiting})

    @contextmanager
    def sandbox(self, **options: Unpack[SandboxKeywords]) -> Iterator[Sandbox]:
        """Lend another sandbox of the same server, and drop it after use.

        ``options`` are what ``POST /__admin/sandboxes`` takes: ``name``, ``seed``, ``students``, ``profile``,
        ``fixtures``, ``scenarios``, ``clients``.
        """
        ours = self._switchboard
        card = ours.call("POST", "/sandboxes", {"name": f"sandbox-{token_hex(6)}"} | options)
        address = ours.address.partition(_SANDBOXES)[0] + _SANDBOXES + card["name"]
        try:
            yield Sandbox(Switchboard(address, ours.admin_token), card)
        finally:
            with suppress(Refused):  # somebody else has dropped it
                ours.call("DELETE", f"/sandboxes/{card['name']}")


def _address(collection: str, sourced_id: str | None = None) -> str:
    """Return where the switchboard has a collection, or one record of it."""
    path = f"/records/{quote(collection)}"
    return path if sourced_id is None else f"{path}/{quote(sourced_id)}"


def _written(duration: timedelta) -> str:
    """Return a duration as ISO 8601 has it."""
    length = abs(duration)
    sign = "-" if duration < timedelta() else ""
    return f"{sign}P{length.days}DT{length.seconds}.{length.microseconds:06}S"
