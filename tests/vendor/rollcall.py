"""Rollcall: takes the roster of a school district over OneRoster 1.1 or 1.2, and keeps up with what changes.

A client as somebody writes it who has read the standard; it knows nothing of mockroster.
"""

from __future__ import annotations

import json
import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

COLLECTIONS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
PAGE = 100
TRIES = 5

Record = dict[str, Any]


class Unavailable(Exception):
    """The server could not be brought to answer."""


@dataclass
class OneRoster:
    """A server. ``sleep`` is how to wait for it."""

    base_url: str
    token_url: str
    client_id: str
    client_secret: str
    sleep: Callable[[float], object] = time.sleep
    token: str | None = None

    def rows(self, collection: str, **query: str) -> Iterator[Record]:
        """Yield the records of a collection, page by page: by Link, or else by counting."""
        offset, url = 0, self._url(collection, query, 0)
        while url:
            headers, document = self._read(url)
            page = document[collection]
            yield from page
            offset += len(page)
            if "Link" in headers:
                following = re.search(r'<([^>]*)>; rel="next"', headers["Link"])
                url = following[1] if following else ""
            elif not page or offset >= int(headers.get("X-Total-Count", offset + 1)):
                url = ""
            else:
                url = self._url(collection, query, offset)

    def _url(self, collection: str, query: dict[str, str], offset: int) -> str:
        asked = {**query, "sort": "sourcedId", "limit": PAGE, "offset": offset}  # an order, so that pages fit together
        return f"{self.base_url}/{collection}?{urlencode(asked)}"

    def _read(self, url: str) -> tuple[Message, dict[str, Any]]:
        """Return headers and document of a page; wait where that is asked for, and renew a token that is not good."""
        for attempt in range(TRIES):
            self.token = self.token or self._new_token()
            try:
                with urlopen(Request(url, headers={"Authorization": f"Bearer {self.token}"}), timeout=10) as answer:
                    return answer.headers, json.load(answer)
            except HTTPError as error:
                error.close()
                if error.code == 401 and attempt == 0:
                    self.token = None
                elif error.code in {429, 503}:
                    self.sleep(seconds_to_wait(error.headers, attempt))
                else:
                    raise Unavailable(f"{url} is answered with {error.code}") from None
        raise Unavailable(f"{url} is not answered after {TRIES} tries")

    def _new_token(self) -> str:
        basic = b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        asked = Request(self.token_url, b"grant_type=client_credentials", {"Authorization": f"Basic {basic}"})
        with urlopen(asked, timeout=10) as answer:
            return str(json.load(answer)["access_token"])


def seconds_to_wait(headers: Message, attempt: int) -> float:
    """Return what Retry-After says, in seconds or as a date, or else twice as long each time."""
    told = headers.get("Retry-After", "")
    if told.isdigit():
        return float(told)
    if told:
        until = parsedate_to_datetime(told) + timedelta(seconds=1)  # a date has no fractions of a second
        return max(0.0, (until - datetime.now(UTC)).total_seconds())
    return 2.0**attempt


@dataclass
class Roll:
    """The state of Rollcall: users and classes of a district."""

    records: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in COLLECTIONS})
    newest: str = ""
    """The youngest ``dateLastModified`` seen."""

    def sync(self, server: OneRoster) -> None:
        """Read everything at first, and later what has changed."""
        query = {"filter": f"dateLastModified>='{self.newest}'"} if self.newest else {}
        for collection, known in self.records.items():
            for record in server.rows(collection, **query):
                self.newest = max(self.newest, record["dateLastModified"])
                if record["status"] == "tobedeleted":
                    known.pop(record["sourcedId"], None)
                else:
                    known[record["sourcedId"]] = record

    def students_of(self, class_id: str) -> list[str]:
        """Return the names of the students of a class, by the alphabet."""
        users = [
            self.records["users"][enrollment["user"]["sourcedId"]]
            for enrollment in self.records["enrollments"].values()
            if enrollment["class"]["sourcedId"] == class_id and enrollment["role"] == "student"
        ]
        return [
            f"{user['givenName']} {user['familyName']}" for user in sorted(users, key=lambda one: one["familyName"])
        ]
