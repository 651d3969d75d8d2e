"""A server inside the process: for unittest, scripts and the fixtures; over real sockets."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import unittest
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection, HTTPException
from io import StringIO
from pathlib import Path
from socket import create_connection
from urllib.parse import urlsplit

import pytest
from conftest import NOW, freeze
from patience import PATIENCE

from mockroster import Sandbox, Server
from mockroster.client.http import Answer
from mockroster.errors import ConfigurationError, Refused

ORGS = "/ims/oneroster/v1p1/orgs"
USERS = "/ims/oneroster/v1p1/users"
CATEGORY = "/ims/oneroster/v1p1/categories/mine"


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    """Return a server for tests that leave ``default`` as it is."""
    with Server(students=5, now=NOW) as server:
        yield server


@pytest.fixture
def here(shared: Server) -> Iterator[Sandbox]:
    """Return a sandbox of the test's own."""
    with shared.sandbox() as sandbox:
        yield sandbox


def raw(url: str, path: str, **headers: str) -> tuple[int, bytes]:
    """Read a path with nothing but a connection."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        connection.request("GET", urlsplit(url).path + path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


# What a sandbox can do.


def test_members(shared: Server) -> None:
    """A server is at a free port, and has all that goes into a client."""
    parts = urlsplit(shared.url)

    assert (parts.scheme, parts.hostname, parts.path) == ("http", "127.0.0.1", "")
    assert shared.base_url_v1p1 == f"{shared.url}/ims/oneroster/v1p1"
    for service in ("rostering", "gradebook", "resources"):
        assert getattr(shared, f"base_url_{service}") == f"{shared.url}/ims/oneroster/{service}/v1p2"
    assert shared.token_url == f"{shared.url}/oauth2/token"
    assert (shared.client_id, shared.client_secret) == ("mockroster", "mockroster-secret")
    assert repr(shared) == f"<Server {shared.url}>"


def test_get(here: Sandbox) -> None:
    """A path below the URL, or a link, is read with a token; blanks and quotes in a filter are taken care of."""
    page = here.get(f"{ORGS}?limit=1&filter=type='school' AND status='active'")
    followed = here.get(page.json()["orgs"][0]["parent"]["href"])

    assert (page.status_code, followed.status_code) == (200, 200)
    assert page.headers["content-type"] == "application/json"
    assert int(page.headers["X-Total-Count"]) >= 1
    assert page.headers["X-Nothing"] is None
    assert json.loads(page.text) == page.json()
    assert here.requests[-1].query == ""


@pytest.mark.parametrize("path", ["ims/oneroster/v1p1/orgs", "http://elsewhere.example/ims/oneroster/v1p1/orgs", ""])
def test_get_of_something_else(path: str, here: Sandbox) -> None:
    """An address that is neither a path nor below the sandbox is refused with one sentence."""
    with pytest.raises(ConfigurationError, match="is neither a path, which begins with a slash, nor below http"):
        here.get(path)


def test_a_status_that_is_no_success(here: Sandbox) -> None:
    """An error status is returned as an answer."""
    assert here.get(f"{ORGS}/nothing").status_code == 404


def test_records(here: Sandbox) -> None:
    """Records are put, deleted, merged in and made as at start."""
    here.put("categories", "mine", {"title": "Homework"})
    put = here.get(CATEGORY).json()["category"]["title"]
    here.delete("categories", "mine")
    deleted = here.get(CATEGORY).status_code
    here.load({"categories": [{"sourcedId": "mine", "title": "Tests"}]})
    loaded = here.get(CATEGORY).json()["category"]["title"]
    here.reset()

    assert (put, deleted, loaded) == ("Homework", 404, "Tests")
    assert here.get(CATEGORY).status_code == 404
    assert here.requests.count(path="/mine") == 1


def test_an_id_that_needs_quoting(here: Sandbox) -> None:
    """An id may hold what a URL cannot."""
    here.put("categories", "a/b c?é", {"title": "Odd"})
    here.delete("categories", "a/b c?é")

    with pytest.raises(Refused, match="no category has the sourcedId"):
        here.delete("categories", "a/b c?é")


def test_scenarios(here: Sandbox) -> None:
    """Scenarios take the place of those before; none switches all off."""
    here.use("server-error:status=502", "no-link")
    failed = here.get(ORGS)
    here.use("no-total-count")
    other = here.get(ORGS)
    here.use()

    assert failed.status_code == 502
    assert (other.status_code, other.headers["X-Total-Count"]) == (200, None)
    assert here.get(ORGS).headers["X-Total-Count"]


@pytest.mark.parametrize("duration", ["PT2H", timedelta(hours=2), timedelta(hours=2, microseconds=5)])
def test_time(duration: str | timedelta, here: Sandbox) -> None:
    """The clock moves; a token of before has expired, and ``get`` takes another."""
    old = here.token()
    here.get(ORGS)

    here.advance(duration)

    assert raw(here.url, ORGS, Authorization=f"Bearer {old}")[0] == 401
    assert here.get(ORGS).status_code == 200


@pytest.mark.parametrize("microseconds", [250_000, -250_000, 1_000, 1_500_000])
def test_time_moves_by_less_than_a_second(microseconds: int, here: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ``timedelta`` moves the clock by just that, fractions of a second too."""
    freeze(monkeypatch)
    by = timedelta(microseconds=microseconds)
    dates = []

    for name in ("before", "after"):
        here.put("categories", name, {"title": "Homework"})
        changed = here.get(f"/ims/oneroster/v1p1/categories/{name}").json()["category"]["dateLastModified"]
        dates.append(datetime.fromisoformat(changed))
        here.advance(by)

    assert dates[1] - dates[0] == by


def test_time_goes_back(here: Sandbox) -> None:
    """A duration may be negative."""
    here.advance(timedelta(days=-1, seconds=-1))
    here.put("categories", "mine", {"title": "Homework"})

    changed = datetime.fromisoformat(here.get(CATEGORY).json()["category"]["dateLastModified"])
    assert NOW.astimezone(UTC) - timedelta(days=1, seconds=1) < changed < NOW


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda here: here.use("flaki"), "did you mean 'flaky'?"),
        (lambda here: here.put("categorys", "x", {}), "did you mean 'categories'?"),
        (lambda here: here.put("categories", "x", {}), "title"),
        (lambda here: here.load({"users": [{"sourcedId": "u"}]}), r"users\[0\]"),
        (lambda here: here.advance("1 day"), "is not a duration such as P1D"),
        (lambda here: here.sandbox(students=0).__enter__(), "students: 0 is not a whole number"),
        (lambda here: setattr(here, "now", None), "now: null is not a date and time"),
        (lambda here: setattr(here, "now", {"a": True}), 'now: {"a":true} is not a date and time'),
        (lambda here: here.advance(None), "advance: null is not a duration"),
        (lambda here: here.trigger("student-left", count=True), "count: true is not a whole number"),
        (lambda here: here.trigger("student-left", school=None), "student-left: school: null is not a text"),
    ],
)
def test_refused(wrong: object, sentence: str, here: Sandbox) -> None:
    """A refusal of the server has its own message."""
    with pytest.raises(Refused, match=sentence):
        wrong(here)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda here: here.compare(None), "copy: None is not a fixture document or a path"),
        (lambda here: here.compare(5), "copy: 5 is not a fixture document or a path"),
        (lambda here: here.compare("copy.csv", map=5), "map: 5 is not a path"),
        (lambda here: here.compare({"users": [NOW]}), "cannot be sent as JSON: Object of type datetime"),
        (lambda here: here.put("users", "u", {"dateLastModified": NOW}), "cannot be sent as JSON: Object of type date"),
    ],
)
def test_arguments_of_a_wrong_type(wrong: object, sentence: str, here: Sandbox) -> None:
    """An argument that cannot be sent is a sentence that names it."""
    with pytest.raises(ConfigurationError, match=sentence):
        wrong(here)  # type: ignore[operator]


def test_day_as_now(here: Sandbox) -> None:
    """``now`` may be a day; that is its midnight."""
    here.now = NOW.date()

    assert here.now.date() == NOW.date()


def fail_in_block(here: Sandbox) -> None:
    """Raise an exception while scenarios are active for a block."""
    with here.use("server-error@path=/users"):
        raise KeyError


def test_scenarios_of_a_block(here: Sandbox) -> None:
    """``use`` in a ``with`` statement ends with the block, and blocks nest."""
    here.use("no-link")

    with here.use("server-error@path=/users", "slow:ms=1"):
        with here.use({"scenario": "server-error", "status": 502, "at": {"path": "/orgs"}}):
            inner = here.get(USERS).status_code, here.get(ORGS).status_code
        outer = here.get(USERS).status_code, here.get(ORGS).status_code

    assert (inner, outer) == ((200, 502), (500, 200))
    assert here.get(f"{USERS}?limit=1").headers["X-Mockroster-Scenario"] == "no-link"


def test_a_block_that_fails(here: Sandbox) -> None:
    """An exception ends the scenarios of its block."""
    with pytest.raises(KeyError):
        fail_in_block(here)

    assert here.get(USERS).status_code == 200


def test_a_token_that_is_refused(here: Sandbox) -> None:
    """A token that a scenario refuses is reported."""
    here.use("auth-failure:kind=wrong-secret")

    with pytest.raises(Refused):
        here.token()


def test_sandboxes_by_name(shared: Server) -> None:
    """A sandbox may be named; it is dropped at the end, and so is one of a sandbox."""
    with shared.sandbox(name="mine", seed=7, students=3) as mine, mine.sandbox() as other:
        assert mine.url == f"{shared.url}/sandboxes/mine"
        assert other.url.startswith(f"{shared.url}/sandboxes/sandbox-")
        with pytest.raises(Refused, match="already"), shared.sandbox(name="mine"):
            pass

    listed = json.loads(raw(shared.url, "/__admin/sandboxes")[1])["sandboxes"]
    assert not {"mine", other.url.rpartition("/")[2]} & {row["name"] for row in listed}


def test_dropped_by_somebody_else(shared: Server) -> None:
    """Dropping a sandbox that is gone raises nothing."""
    with shared.sandbox() as lent:
        shared._switchboard.call("DELETE", f"/sandboxes/{lent.url.rpartition('/')[2]}")


# Where it is.


def test_at_an_address() -> None:
    """A client elsewhere asks for a sandbox by its URL; what clients are told comes from the server."""
    with Server(students=1, admin_token="t", client=["me:secret"], base_url="http://sis.example") as server:
        address = server.address
        there = Sandbox.at(address + "/", admin_token="t")
        named = Sandbox.at(f"{address}/sandboxes/named", admin_token="t")

        assert there.url == "http://sis.example"
        assert (there.client_id, there.client_secret) == ("me", "secret")
        parent = there.get(f"{ORGS}?filter=type='school'").json()["orgs"][0]["parent"]["href"]
        assert parent.startswith("http://sis.example/")
        assert there.get(parent).status_code == 200
        assert named.token_url == "http://sis.example/sandboxes/named/oauth2/token"
        with named.sandbox() as lent:
            assert lent.get(ORGS).status_code == 200


def test_not_there(shared: Server) -> None:
    """A missing server is reported by one sentence."""
    with pytest.raises(ConfigurationError, match=r"http://127\.0\.0\.1:9 cannot be reached: Connection refused"):
        Sandbox.at("http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="'localhost:8080' is not a URL such as https://sis"):
        Sandbox.at("localhost:8080")
    with pytest.raises(ConfigurationError, match="/elsewhere is not an address that mockroster serve has printed"):
        Sandbox.at(f"{shared.url}/elsewhere")
    with Server(students=1, admin_token="t") as server, pytest.raises(ConfigurationError, match="admin-token"):
        Sandbox.at(server.url)


# The server.


def test_several_at_once() -> None:
    """Servers beside each other have nothing in common."""
    with Server(students=1, seed=1) as first, Server(students=1, seed=2) as second:
        first.put("categories", "mine", {"title": "Mine"})

        assert first.url != second.url
        assert second.get(CATEGORY).status_code == 404
        assert first.get(ORGS).content != second.get(ORGS).content.replace(second.url.encode(), first.url.encode())


def test_closed() -> None:
    """After the end nobody answers, its thread is gone, and to close it again does nothing."""
    server = Server(students=1)

    server.close()
    server.close()

    with pytest.raises(ConnectionRefusedError):
        server.get(ORGS)
    assert "mockroster" not in [thread.name for thread in threading.enumerate() if not thread.daemon]


def test_closed_while_it_answers() -> None:
    """The end does not wait for an answer that takes its time; its connection ends too."""
    with Server(students=1, no_auth=True) as server:
        client = create_connection(("127.0.0.1", urlsplit(server.url).port), timeout=PATIENCE)
        client.sendall(
            b"GET /scenarios/stalled-body:ms=5000/ims/oneroster/v1p1/orgs HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        began = client.recv(1)

    with client, suppress(ConnectionResetError):
        list(iter(partial(client.recv, 4096), b""))
    assert began == b"H"


@pytest.mark.parametrize("spec", ["cut-body", "stalled-body:ms=100", "empty-reply"])
def test_broken_answers(spec: str, here: Sandbox) -> None:
    """Scenarios of the wire do what they do on ``mockroster serve``: there is no whole answer."""
    here.use(spec)

    with pytest.raises((OSError, HTTPException)):
        here.get(ORGS)

    here.use()
    assert here.get(ORGS).status_code == 200


def test_chunked(here: Sandbox) -> None:
    """Chunks come as chunks."""
    here.use("chunked:bytes=10")

    answer = here.get(ORGS)

    assert (answer.headers["Transfer-Encoding"], answer.headers["Content-Length"]) == ("chunked", None)
    assert answer.json()["orgs"]


def test_port_in_use(shared: Server) -> None:
    """A port in use is a sentence, and does not end the process."""
    port = urlsplit(shared.url).port

    with pytest.raises(ConfigurationError, match=f"port {port}: cannot listen there: Address already in use"):
        Server(students=1, port=port)


def test_https(tmp_path: Path) -> None:
    """With a certificate it serves https; one that will not do is a sentence."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "1")
    subprocess.run([openssl, *made, "-subj", "/CN=localhost"], check=True, capture_output=True, timeout=PATIENCE)  # noqa: S603

    with Server(students=1, tls_cert=cert, tls_key=key) as server, server.sandbox() as lent:
        assert lent.url.startswith("https://127.0.0.1:")
        assert lent.get(ORGS).status_code == 200
    with pytest.raises(ConfigurationError, match="--tls-cert, --tls-key: they cannot be used"):
        Server(students=1, tls_cert=cert, tls_key=cert)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"studnets": 1}, "'studnets' is not a setting; did you mean 'students'?"),
        ({"students": 0}, "students: '0' is not a whole number from 1 to 200000"),
        ({"scenario": "flaky"}, "scenario: give a tuple of texts, not one text"),
        ({"scenario": ["flaki"]}, "did you mean 'flaky'?"),
        ({"now": "tomorrow"}, "now: 'tomorrow' is not a date and time"),
        ({"fixtures": ["nothing.yaml"]}, "nothing.yaml"),
        ({"fixtures": "nothing.yaml"}, "nothing.yaml: there is no such file"),
        ({"fixtures": [""]}, "fixtures: '' is not a value"),
        ({"fixtures": {"usrs": []}}, "usrs: is not a collection; did you mean 'users'?"),
        ({"fixtures": {"orgs": {1, 2}}}, "fixtures: the document is not JSON: Object of type set"),
    ],
)
def test_settings_that_will_not_do(settings: dict[str, object], sentence: str) -> None:
    """A wrong setting is a sentence with the nearest right name."""
    with pytest.raises(ConfigurationError) as caught:
        Server(**settings)

    assert sentence in str(caught.value)


@pytest.mark.parametrize("is_listed", [False, True])
def test_fixtures_as_a_document(is_listed: bool) -> None:
    """Fixtures may be a document, alone or among others."""
    document = {"orgs": [{"sourcedId": "o1", "name": "North High", "type": "school"}]}

    with Server(fixtures=[document] if is_listed else document) as server:
        assert [org["name"] for org in server.get(ORGS).json()["orgs"]] == ["North High"]


def test_settings_as_texts() -> None:
    """Settings may be given as they are written in flags."""
    with Server(students="2", now="2026-01-15", client=["a:b"], host="0.0.0.0") as server:  # noqa: S104
        assert server.url.startswith("http://127.0.0.1:")
        assert len(server.get("/ims/oneroster/v1p1/students?filter=status='active'").json()["users"]) == 2
        assert server.client_id == "a"


def test_unittest() -> None:
    """In unittest a class enters a server, and each test a sandbox."""

    class Suite(unittest.TestCase):
        server: Server

        @classmethod
        def setUpClass(cls) -> None:
            cls.server = cls.enterClassContext(Server(students=1))

        def setUp(self) -> None:
            self.mockroster = self.enterContext(self.server.sandbox())

        def test_it(self) -> None:
            answer: Answer = self.mockroster.get(ORGS)
            self.assertEqual(answer.status_code, 200)  # noqa: PT009

    result = unittest.TextTestRunner(stream=StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(Suite))

    assert result.wasSuccessful()
    assert result.testsRun == 1


def test_a_script_leaves_nothing_open() -> None:
    """A script that uses a server, closes it or not, ends with no warning of a socket or a thread."""
    script = (
        "from mockroster import Server\n"
        "with Server(students=1) as server:\n"
        "    server.use('empty-reply')\n"
        "    try: server.get('/ims/oneroster/v1p1/orgs')\n"
        "    except OSError: pass\n"
        "left = Server(students=1)\n"
        "left.get('/ims/oneroster/v1p1/orgs')\n"
        "print('end')\n"
    )

    done = subprocess.run(  # noqa: S603
        [sys.executable, "-Walways", "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")
