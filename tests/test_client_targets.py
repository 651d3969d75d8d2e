"""Requests byte for byte as HTTP libraries of eight languages write them, with the commonest filter of the standard."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest
from conftest import Served
from patience import PATIENCE
from wire.case import ROOT
from wire.connection import Answer, Connection

RAW = f"{ROOT}/users?limit=2&filter=dateLastModified>'2017-01-01T00:00:00.000Z'"
ENCODED = RAW.replace(">", "%3E").replace("'", "%27")
CLIENTS = {
    "curl": "GET {} HTTP/1.1\nHost: 127.0.0.1:8080\nUser-Agent: curl/8.5.0\nAccept: */*\n\n",
    "Go http.Get": ("GET {} HTTP/1.1\nHost: 127.0.0.1:8080\nUser-Agent: Go-http-client/1.1\nAccept-Encoding: gzip\n\n"),
    "PHP curl": "GET {} HTTP/1.1\nHost: 127.0.0.1:8080\nAccept: */*\n\n",
    "PHP file_get_contents": "GET {} HTTP/1.1\nHost: 127.0.0.1:8080\nConnection: close\n\n",
    "PHP 7 file_get_contents": "GET {} HTTP/1.0\nHost: 127.0.0.1:8080\nConnection: close\n\n",
    "Guzzle": "GET {} HTTP/1.1\nHost: 127.0.0.1:8080\nUser-Agent: GuzzleHttp/7\n\n",
    "Java HttpURLConnection": (
        "GET {} HTTP/1.1\nUser-Agent: Java/17.0.9\nHost: 127.0.0.1:8080\n"
        "Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2\nConnection: keep-alive\n\n"
    ),
    "Java HttpClient": (
        "GET {} HTTP/1.1\nConnection: Upgrade, HTTP2-Settings\nContent-Length: 0\nHost: 127.0.0.1:8080\n"
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\nUpgrade: h2c\n"
        "User-Agent: Java-http-client/17.0.9\n\n"
    ),
    "Ruby Net::HTTP": (
        "GET {} HTTP/1.1\nAccept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\nAccept: */*\nUser-Agent: Ruby\n"
        "Connection: close\nHost: 127.0.0.1:8080\n\n"
    ),
    "Ruby Typhoeus": (
        "GET {} HTTP/1.1\nHost: 127.0.0.1:8080\nUser-Agent: Typhoeus - https://github.com/typhoeus/typhoeus\n"
        "Accept: */*\n\n"
    ),
    "Node http.get": "GET {} HTTP/1.1\nHost: 127.0.0.1:8080\nConnection: keep-alive\n\n",
    "Node 18 http.get": "GET {} HTTP/1.1\nHost: 127.0.0.1:8080\nConnection: close\n\n",
    "Python urllib": (
        "GET {} HTTP/1.1\nAccept-Encoding: identity\nHost: 127.0.0.1:8080\nUser-Agent: Python-urllib/3.11\n"
        "Connection: close\n\n"
    ),
    "Python requests": (
        "GET {} HTTP/1.1\nHost: 127.0.0.1:8080\nUser-Agent: python-requests/2.31.0\n"
        "Accept-Encoding: gzip, deflate\nAccept: */*\nConnection: keep-alive\n\n"
    ),
    ".NET HttpClient": "GET {} HTTP/1.1\nHost: 127.0.0.1:8080\n\n",
    "a proxy": "GET http://127.0.0.1:8080{} HTTP/1.1\nHost: 127.0.0.1:8080\nVia: 1.1 proxy\nConnection: close\n\n",
}


def replay(server: Served, text: str, target: str) -> Answer:
    """Send a request as a client writes it, and return the response."""
    with Connection(server.address) as connection:
        connection.send(text.format(target).replace("\n", "\r\n").encode())
        answer = connection.answer()
    assert answer is not None
    return answer


@pytest.mark.parametrize("client", CLIENTS)
def test_the_commonest_filter(server: Served, client: str) -> None:
    """A raw target finds the same records as an encoded one."""
    raw, encoded = (replay(server, CLIENTS[client], target) for target in (RAW, ENCODED))

    assert (raw.status, encoded.status) == (200, 200)
    assert len(raw.json["users"]) == 2
    assert raw.body == encoded.body
    assert raw.headers["x-total-count"] == encoded.headers["x-total-count"]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("value", ["<>", '"', "\\", "^", "|", "{}", "[]", "`", "ü", "日本", "a%27%27b"])
def test_values_of_filters(server: Served, client: str, value: str) -> None:
    """Every raw character reaches the filter: nobody is called so, and everybody is called otherwise."""
    nobody, others = (
        replay(server, CLIENTS[client], f"{ROOT}/users?limit=1&filter=familyName{operator}'{value}'")
        for operator in ("=", "!=")
    )

    assert (nobody.status, others.status) == (200, 200)
    assert (len(nobody.json["users"]), len(others.json["users"])) == (0, 1)


def test_curl(server: Served) -> None:
    """The real curl, with a raw > in the query."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl")

    done = subprocess.run(  # noqa: S603
        [curl, "-sSg", "-m", "60", "-w", "%{http_code}", server.url + RAW],
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )

    assert done.stdout.endswith(b"200")
    assert done.stdout.count(b'"username"') == 2


def test_urllib(server: Served) -> None:
    """The real urllib sends it raw too."""
    with urlopen(Request(server.url + RAW), timeout=PATIENCE) as response:  # noqa: S310
        body = response.read()

    assert response.status == 200
    assert body.count(b'"username"') == 2


@pytest.mark.parametrize(("length", "expected"), [(5_000, 200), (16_000, 414)])
def test_a_query_that_no_link_can_repeat(server: Served, length: int, expected: int) -> None:
    """A query that is too long once it is encoded is refused: http.client reads no line over 64 KB."""
    target = f"{ROOT}/users?limit=1&x=".ljust(length, "<")

    status, headers, body = server.ask("GET", target)

    assert status == expected
    assert max(map(len, headers.values())) < 65_536
    assert status == 200 or b"a link to another page would repeat it" in body


def test_many_headers_of_ours_fit_any_client(server: Served) -> None:
    """No response has a line that is not ASCII, whatever was asked."""
    with socket.create_connection(server.address, timeout=PATIENCE) as connection:
        connection.sendall(f"GET {ROOT}/users?limit=1&x=é<> HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(65536), b""))

    head = received.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"link: <" in head.lower()


def test_python_is_one_of_the_clients() -> None:
    """The recorded request of urllib is what this Python sends, apart from its version."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE)
        port = listening.getsockname()[1]
        script = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{port}{ENCODED}', timeout={PATIENCE})"
        with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL) as process:  # noqa: S603
            connection, _ = listening.accept()
            with connection:
                sent = connection.recv(65536).decode()
            process.wait(PATIENCE)

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    expected = CLIENTS["Python urllib"].format(ENCODED).replace("3.11", version).replace("8080", str(port))
    assert sent == expected.replace("\n", "\r\n")
