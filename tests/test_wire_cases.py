"""Every raw-socket case over TCP and over TLS: what HTTP allows is answered, the rest is refused in JSON and logged."""

from __future__ import annotations

import json
import re
import ssl
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import NOW, Served, served
from wire.case import CATEGORY, LIVE, ROOT, Case, Step, Then, get, length, put
from wire.connection import Answer, Connection
from wire.table import CASES
from wire.tls import certificate, client_context

FLAGS = ("--students", "24", "--no-auth", "--now", NOW.isoformat())


@dataclass(frozen=True)
class Target:
    """A running server, and how to connect to it."""

    server: Served
    context: ssl.SSLContext | None = None

    def connect(self) -> Connection:
        """Return a new connection."""
        return Connection(self.server.address, self.context)

    def status(self, path: str) -> int:
        """Return the status of a GET below the root of 1.1, over a connection of its own."""
        with self.connect() as connection:
            connection.send(get(path))
            answer = connection.answer()
            assert answer is not None
            return answer.status


@pytest.fixture(scope="module")
def tcp() -> Iterator[Target]:
    """Return a server that speaks HTTP."""
    with served(*FLAGS) as running:
        yield Target(running)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Return a server that speaks HTTPS."""
    cert, key = certificate(tmp_path_factory.mktemp("tls"))
    with served(*FLAGS, "--tls-cert", cert, "--tls-key", key) as running:
        yield Target(running, client_context())


def converse(connection: Connection, case: Case) -> list[Answer]:
    """Send the bytes of a case and return the responses; there must be as many as it says."""
    answers: list[Answer] = []

    def read() -> None:
        answer = connection.answer(to_head=len(answers) in case.heads)
        assert answer is not None, f"the stream ended after {[one.status for one in answers]}"
        answers.append(answer)

    for step in case.steps:
        if step is Step.READ_ANSWER:
            read()
        elif step is Step.END_STREAM:
            connection.end_stream()
        else:
            assert isinstance(step, bytes)
            connection.send(step)
    while len(answers) < len(case.statuses):
        read()
    return answers


def judge(target: Target, case: Case) -> None:
    """Hold a conversation and assert everything that its case says."""
    with target.connect() as connection:
        answers = converse(connection, case)
        if case.then is Then.KEEPS:
            connection.send(LIVE)
            last = connection.answer()
            assert last is not None, "the server ended the connection"
            assert last.status == 200
        elif target.context is None or not answers:  # within TLS a server waits for its client to close
            assert connection.at_end()
    for answer, expected in zip(answers, case.statuses, strict=True):
        assert answer.status in (expected if isinstance(expected, tuple) else (expected,)), answer
    check_failures(answers, case)
    if answers and case.then is Then.CLOSES and not case.half_closes:
        assert answers[-1].closes, "the end of the connection is not announced"
    assert case.check is None or case.check(answers), answers
    assert not case.absent or target.status(case.absent) == 404
    assert not case.present or target.status(case.present) == 200


def check_failures(answers: Sequence[Answer], case: Case) -> None:
    """Assert that each refusal is JSON with a sentence, in the form of who was asked."""
    for position, answer in enumerate(answers):
        if answer.status < 400 or position in case.heads:
            continue
        assert answer.headers["content-type"] == "application/json"
        document = answer.json
        if "statusInfoSet" in document:
            (information,) = document["statusInfoSet"]
            assert information["imsx_codeMajor"] == "failure"
            assert information["imsx_description"]
        else:
            assert document["error_description"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_over_tcp(tcp: Target, case: Case) -> None:
    """The responses, the connection and the records afterwards are as the case says."""
    judge(tcp, case)


@pytest.mark.parametrize("case", [case for case in CASES if not case.half_closes], ids=lambda case: case.name)
def test_over_tls(tls: Target, case: Case) -> None:
    """The same bytes within TLS get the same responses; half-closed streams are not part of TLS in asyncio."""
    judge(tls, case)


def test_there_are_enough_cases() -> None:
    """Each case has a name of its own, and writes a record of its own."""
    names = Counter(case.name for case in CASES)
    records = Counter(case.absent or case.present for case in CASES if case.absent or case.present)

    assert len(names) == len(CASES) >= 120
    assert max(names.values()) == max(records.values()) == 1


def test_every_refusal_is_logged() -> None:
    """The log has a line for each answer of the table, with its status, and no traceback."""
    with served(*FLAGS) as running:
        target = Target(running)
        expected: Counter[int] = Counter()
        for case in CASES:
            with target.connect() as connection:
                expected.update(answer.status for answer in converse(connection, case) if answer.status >= 400)
        code, _, log = running.end()

    found = Counter(int(status) for status in re.findall(r"(?<= )(?:4\d\d|5\d\d)(?= )", log))
    assert code == 0
    assert "Traceback" not in log
    assert not expected - found


def test_the_preface_of_http2_is_logged(tmp_path: Path) -> None:
    """A client that speaks HTTP/2 at once gets no response, and the log explains it."""
    with served(*FLAGS) as running:
        with Target(running).connect() as connection:
            connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            assert connection.at_end()
        _, _, log = running.end()

    assert "HTTP/2" in log


# Beside the table: what needs TLS, two connections or an abrupt end.


def test_tls_offers_http_1_only(tls: Target) -> None:
    """A client that offers h2 as well is told http/1.1."""
    context = client_context()
    context.set_alpn_protocols(["h2", "http/1.1"])

    with Connection(tls.server.address, context) as connection:
        protocol = connection.socket.selected_alpn_protocol()  # type: ignore[attr-defined]
        connection.send(LIVE)
        answer = connection.answer()

    assert protocol == "http/1.1"
    assert answer is not None
    assert answer.status == 200


def test_http_where_tls_is_spoken(tls: Target) -> None:
    """A client that forgot the s of https is let go, and the next one is served."""
    with Connection(tls.server.address) as connection:
        connection.send(LIVE)
        while connection.socket.recv(4096):
            pass

    assert tls.status("/users?limit=1") == 200


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("gone-length", put("gone-length", "Content-Length: 100")),
        (
            "gone-chunks",
            put("gone-chunks", "Transfer-Encoding: chunked", body=b"%x\r\n%s\r\n" % (len(CATEGORY), CATEGORY)),
        ),
    ],
)
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("kind", ["tcp", "tls"])
def test_a_client_that_goes_in_the_middle_of_its_body(
    kind: str, reset: bool, name: str, sent: bytes, request: pytest.FixtureRequest
) -> None:
    """A body that is whole JSON but not whole changes nothing, however its client ends."""
    target: Target = request.getfixturevalue(kind)
    path = f"/categories/{name}-{reset}"

    with target.connect() as connection:
        connection.send(sent.replace(name.encode(), path.removeprefix("/categories/").encode()))
        if reset:
            connection.reset()

    assert target.status(path) == 404


def test_a_journal_of_refusals(tcp: Target) -> None:
    """Requests refused by the application are in the journal; bytes that are no request are not."""
    sandbox = "/sandboxes/wire-journal"
    read, refused = get("/orgs?limit=1"), put("j", "Content-Length: 1", body=b"{")

    with tcp.connect() as connection:
        for sent in (read, refused, b"nonsense\r\n\r\n"):
            here = sent.replace(b"Host: sis.test", b"Host: localhost")  # no stranger makes a sandbox
            connection.send(here.replace(ROOT.encode(), f"{sandbox}{ROOT}".encode()))
        answers = [connection.answer() for _ in range(3)]
    _, _, body = tcp.server.ask("GET", f"{sandbox}/__admin/requests")

    assert [answer.status for answer in answers if answer] == [200, 422, 400]
    assert [entry["status"] for entry in json.loads(body)["requests"]] == [422, 200]


def test_length_is_counted_in_bytes(tcp: Target) -> None:
    """A body with letters outside ASCII is as long as its bytes."""
    body = '{"category":{"title":"Übung"}}'.encode()

    with tcp.connect() as connection:
        connection.send(put("bytes", length(body), body=body) + get("/categories/bytes"))
        written, read = connection.answer(), connection.answer()

    assert written is not None
    assert written.status in {200, 201}
    assert read is not None
    assert read.json["category"]["title"] == "Übung"
