"""The rights of pages of other origins in a real browser: headless Chromium, skipped where it is missing."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from patience import PATIENCE
from tenants import V1P1, by_path

import mockroster
from mockroster.embedded import Server

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; `apt-get install chromium` has one"),
]

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP *.example 127.0.0.1",
]
SCRIPT = """
function ask(method, url, headers, body) {
  const request = new XMLHttpRequest();
  try {
    request.open(method, url, false);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
    return {status: request.status, body: request.responseText, total: request.getResponseHeader("X-Total-Count")};
  } catch (error) {
    return {status: 0, error: error.name};
  }
}
const answers = JSON.parse(document.getElementById("requests").textContent).map(request => ask(...request));
document.getElementById("answers").textContent = JSON.stringify(answers);
"""
Dom = Callable[[str], str]


@pytest.fixture
def dom(tmp_path: Path) -> Dom:
    """Return a function that opens an address in a new browser and returns the page as it is after its scripts."""

    def dump(url: str) -> str:
        command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path}", "--dump-dom", url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)  # noqa: S603
        return done.stdout

    return dump


class Page(BaseHTTPRequestHandler):
    """A page of another origin that sends requests and writes down what it was answered."""

    def __init__(self, requests: list[Any], *args: Any) -> None:
        self.requests = requests
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer with the page."""
        requests = json.dumps(self.requests).replace("<", "\\u003c")
        page = (
            f'<script id="requests" type="application/json">{requests}</script><p id="answers"></p>'
            f"<script>{SCRIPT}</script>"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def pages() -> Iterator[tuple[list[Any], int]]:
    """Return the requests that a page of another origin is to send, to be filled, and the port that has the page."""
    requests: list[Any] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Page, requests)) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield requests, server.server_port
        server.shutdown()


def answered(page: str) -> list[dict[str, Any]]:
    """Return what a page was answered."""
    found: list[dict[str, Any]] = json.loads(html.unescape(page.partition('id="answers">')[2].partition("</p>")[0]))
    return found


def marked(server: Server) -> bool:
    """Return whether the record that a reset would remove still exists."""
    return any(row["sourcedId"] == "mark" for row in server.get(f"{V1P1}/categories?limit=1000").json()["categories"])


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1"])
@pytest.mark.parametrize("cors", [(), ("https://invited.example",)])
def test_a_page_of_another_origin(dom: Dom, pages: tuple[list[Any], int], host: str, cors: tuple[str, ...]) -> None:
    """It can neither read the server, of another site or of another port, nor reset it with a simple request."""
    requests, port = pages
    with mockroster.Server(students=2, no_auth=True, cors=cors) as server:
        server.put("categories", "mark", {"title": "x"})
        requests += [
            ["GET", f"{server.url}{V1P1}/orgs", {}, None],
            ["GET", f"{server.url}/__admin/requests", {}, None],
            ["POST", f"{server.url}/__admin/reset", {"Content-Type": "text/plain"}, "x"],
            ["PUT", f"{server.url}/__admin/scenarios", {"Content-Type": "application/json"}, "{}"],
        ]

        answers = answered(dom(f"http://{host}:{port}/"))

        assert answers == [{"status": 0, "error": "NetworkError"}] * 4
        assert marked(server)
        assert server.get("/__admin/sandboxes").status_code == 200


def test_a_page_that_is_invited(dom: Dom, pages: tuple[list[Any], int]) -> None:
    """With --cors it gets a token and reads, headers and errors too; the switchboard stays closed to it."""
    requests, port = pages
    with mockroster.Server(students=2, cors=(f"http://app.example:{port}",)) as server:
        server.put("categories", "mark", {"title": "x"})
        bearer = {"Authorization": f"Bearer {server.token()}", "X-Mockroster-Scenario": "no-link"}
        form = f"grant_type=client_credentials&client_id={server.client_id}&client_secret={server.client_secret}"
        requests += [
            ["GET", f"{server.url}{V1P1}/orgs?limit=1", bearer, None],
            ["GET", f"{server.url}{V1P1}/orgs", {}, None],
            ["GET", f"{server.url}/scenarios/server-error{V1P1}/orgs", bearer, None],
            ["POST", server.token_url, {"Content-Type": "application/x-www-form-urlencoded"}, form],
            ["GET", f"{server.url}/openapi/v1p1.json", {}, None],
            ["POST", f"{server.url}/__admin/reset", {"Content-Type": "text/plain"}, "x"],
            ["GET", f"{server.url}/__admin/requests", {}, None],
        ]

        answers = answered(dom(f"http://app.example:{port}/"))

        assert [answer["status"] for answer in answers] == [200, 401, 500, 200, 200, 0, 0]
        assert len(json.loads(answers[0]["body"])["orgs"]) == 1
        assert int(answers[0]["total"]) > 1
        assert "Authorization: Bearer" in answers[1]["body"]
        assert "access_token" in answers[3]["body"]
        assert marked(server)
        assert "OPTIONS" not in {entry.method for entry in server.requests}


def test_a_rebound_name(dom: Dom) -> None:
    """A name that was rebound to this machine is the server's own origin for a browser, and is refused by its name."""
    with mockroster.Server(students=2) as server:
        port = server.url.rpartition(":")[2]

        refused = dom(f"http://rebound.example:{port}/__admin/requests")
        admitted = dom(f"http://127.0.0.1:{port}/__admin/requests")

    assert "--allow-host rebound.example" in refused
    assert "dropped" in admitted


def test_a_page_that_a_scenario_orders(dom: Dom, pages: tuple[list[Any], int]) -> None:
    """A script in a path is part of the page that a scenario orders, and does not run; that of another page does."""
    _, port = pages
    spec = by_path("wrong-content-type:style=html")
    script = "%3Cscript%3Edocument.documentElement.id='ran'%3C/script%3E"
    with mockroster.Server(students=2, no_auth=True) as server:
        page = dom(f"{server.url}{spec}{V1P1}/nothing{script}")
        other = dom(f"http://127.0.0.1:{port}/")

    assert "<script>document.documentElement.id" in page
    assert '<html id="ran"' not in page
    assert 'id="answers">[]' in other
