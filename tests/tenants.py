"""Helpers for the tests of sandboxes and access: one sandbox of a server, requested as by a client."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote

from flask import Flask
from oauthlib.oauth1 import Client as Signer
from werkzeug.test import Client, TestResponse

V1P1 = "/ims/oneroster/v1p1"
ROSTERING = "/ims/oneroster/rostering/v1p2"
GRADEBOOK = "/ims/oneroster/gradebook/v1p2"
RESOURCES = "/ims/oneroster/resources/v1p2"
HEADER = "X-Mockroster-Scenario"
CLIENT = ("mockroster", "mockroster-secret")
GRANT = {"grant_type": "client_credentials"}

_NUMBERS = count(1)


@dataclass
class Tenant:
    """One sandbox, by its prefix, with a token of its own once ``enter`` was called."""

    app: Flask
    prefix: str = ""
    spec: str = ""
    """Scenarios that each request chooses by header."""

    bearer: str = ""
    browser: Client = field(init=False)

    def __post_init__(self) -> None:
        """Open a client that keeps no cookies."""
        self.browser = Client(self.app, use_cookies=False)

    def send(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """Send a request with the token, if there is one, and the scenarios, if there are any."""
        headers = dict(kwargs.pop("headers", {}))
        if self.bearer and "auth" not in kwargs:
            headers.setdefault("Authorization", f"Bearer {self.bearer}")
        if self.spec:
            headers.setdefault(HEADER, self.spec)
        url = path if path.startswith("http") else self.prefix + path
        return self.browser.open(url, method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """Read a path."""
        return self.send("GET", path, **kwargs)

    def rows(self, path: str) -> list[dict[str, Any]]:
        """Return the records of a collection read that must be 200."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = next(iter(response.get_json().values()))
        return found

    def admin(self, method: str, path: str, document: Any = None) -> TestResponse:
        """Call the switchboard of the sandbox."""
        return self.browser.open(f"{self.prefix}/__admin{path}", method=method, json=document)

    def token(self, auth: tuple[str, str] | None = CLIENT, path: str = "/oauth2/token", **form: Any) -> TestResponse:
        """Ask for a token by HTTP Basic."""
        return self.send("POST", path, data={**GRANT, **form}, auth=auth)

    def enter(self, auth: tuple[str, str] = CLIENT, **form: Any) -> Tenant:
        """Take a token for each further request."""
        response = self.token(auth, **form)
        assert response.status_code == 200, response.text
        self.bearer = response.get_json()["access_token"]
        return self

    def signed(
        self, path: str, method: str = "HMAC-SHA256", client: tuple[str, str] = CLIENT, **headers: str
    ) -> TestResponse:
        """Read a path, signed by OAuth 1.0a."""
        url = f"http://localhost{self.prefix}{path}"
        _, signature, _ = Signer(client[0], client_secret=client[1], signature_method=method).sign(url)
        chosen = {HEADER: self.spec} if self.spec else {}
        return self.browser.open(url, headers={**signature, **chosen, **headers})


def by_path(spec: str) -> str:
    """Return the base path that chooses scenarios."""
    return "/scenarios/" + quote(spec.replace("/", "~"), safe="")


def fresh_name() -> str:
    """Return a name that no other sandbox of this process has."""
    return f"test-{next(_NUMBERS)}"


def tenant(app: Flask, spec: str = "") -> Tenant:
    """Return a sandbox of one's own, made on first use."""
    return Tenant(app, f"/sandboxes/{fresh_name()}", spec)


def create_sandbox(app: Flask, **options: Any) -> Tenant:
    """Create a sandbox with the options of ``POST /__admin/sandboxes``, and return it."""
    name = fresh_name()
    response = Tenant(app).admin("POST", "/sandboxes", {"name": name, **options})
    assert response.status_code == 201, response.text
    return Tenant(app, f"/sandboxes/{name}")


def named(response: TestResponse) -> str | None:
    """Return the names of the scenarios that touched an answer."""
    return response.headers.get(HEADER)
