"""A toy client: it sends what it is told, and waits by moving the clock that requests are timed with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flask import Flask
from movable_time import Time
from werkzeug.test import Client, TestResponse

BASE = "/ims/oneroster/v1p1"


@dataclass
class Toy:
    """A client of one sandbox."""

    app: Flask
    time: Time
    prefix: str
    client: str = "mockroster"
    secret: str = "mockroster-secret"
    bearer: str | None = None
    responses: list[TestResponse] = field(default_factory=list)

    def token(self, **form: str) -> str:
        """Ask for a token."""
        data = {"grant_type": "client_credentials", "client_id": self.client, "client_secret": self.secret, **form}
        response = Client(self.app).post(f"{self.prefix}/oauth2/token", data=data)
        self.bearer = response.get_json()["access_token"] if response.status_code == 200 else "none"
        return self.bearer

    def send(self, method: str, path: str, document: Any = None, **query: Any) -> TestResponse:
        """Send a request with the token."""
        text = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
        headers = {"Authorization": f"Bearer {self.bearer or self.token()}"}
        body = {} if document is None else {"data": json.dumps(document), "content_type": "application/json"}
        base = "" if path.startswith("/ims/") else BASE
        url = f"{self.prefix}{base}{path}" + (f"?{text}" if text else "")
        try:
            response = Client(self.app).open(url, method=method, headers=headers, **body)
            response.get_data()
            response.close()
        except ConnectionError:  # a scenario cuts the connection
            response = TestResponse([], "599", [], None)  # type: ignore[arg-type]
        self.responses.append(response)
        return response

    def get(self, path: str, **query: Any) -> TestResponse:
        """Read a path."""
        return self.send("GET", path, **query)

    def pages(self, collection: str, limit: int = 100, **query: Any) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a collection, by the rows received, up to the total."""
        offset = 0
        while True:
            response = self.get(f"/{collection}", limit=limit, offset=offset, **query)
            rows = response.get_json()[collection]
            yield rows
            offset += len(rows)
            if not rows or offset >= int(response.headers.get("X-Total-Count", offset + 1)):
                return

    def walk(self, collection: str, limit: int = 100, **query: Any) -> list[dict[str, Any]]:
        """Return all records of a collection."""
        return [row for page in self.pages(collection, limit, **query) for row in page]

    def admin(self, method: str, path: str, document: Any = None) -> Any:
        """Call the switchboard."""
        body = {} if document is None else {"data": json.dumps(document), "content_type": "application/json"}
        response = Client(self.app).open(f"{self.prefix}/__admin{path}", method=method, **body)
        assert response.status_code < 300, response.text
        return response.get_json() if response.data else None

    def use(self, *scenarios: Any) -> None:
        """Choose the scenarios of the sandbox."""
        self.admin("PUT", "/scenarios", {"active": scenarios})

    def next_run(self) -> None:
        """Begin another run: more than a minute passes."""
        self.time.sleep(120)

    def verdict(self, rules: str = "") -> dict[str, dict[str, Any]]:
        """Return the rules of the verdict by id."""
        document = self.admin("GET", f"/verdict?rules={quote(rules)}" if rules else "/verdict")
        return {rule["id"]: rule for rule in document["rules"]}

    def now(self) -> str:
        """Return the time of the client, as a filter has it."""
        return self.time.text()
