"""The command line, as a process: what it prints where, its exit codes, how it starts and ends."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPSConnection
from pathlib import Path
from socket import create_connection

import pytest
from conftest import PROGRAM, Served, command, plain_environment, served
from csv_sets import FIXTURES
from patience import PATIENCE, at_most

from mockroster import __version__
from mockroster.cli.main import COMMANDS
from mockroster.standard.v1p1.operations import SERVICE

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Check that a command ended with 2, one line on stderr and nothing on stdout, and return the line."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("mockroster: ")
    return line


def test_serve(tmp_path: Path) -> None:
    """One ready line on stdout, the card on stderr, the URL in its file; SIGTERM ends it with 0 in under 2 seconds."""
    url_file = tmp_path / "url"

    with served("--students", "5", "--seed", "7", "--client", "me:se'cret", "--url-file", str(url_file)) as server:
        status, _, body = server.ask("GET", "/readyz")
        written = url_file.read_text()
        started = time.monotonic()
        code, out, err = server.end()
        took = time.monotonic() - started

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)
    assert status == 200
    assert json.loads(body)["seed"] == 7
    assert written.strip() == server.url
    assert code == 0
    assert took < at_most(2)
    assert out == ""
    for shown in (f"{server.url}/ims/oneroster/v1p1", f"{server.url}/oauth2/token", "me", "se'cret", "7", "curl"):
        assert shown in err
    assert "Traceback" not in err


def test_url_file_is_there_while_the_server_is(tmp_path: Path) -> None:
    """A file of an earlier server is gone before this one answers, and that of this one when it ends."""
    url_file = tmp_path / "url"
    url_file.write_text("http://127.0.0.1:1\n")

    with served("--students", "5", "--url-file", str(url_file)) as server:
        written = url_file.read_text()
        server.end()

    assert written == f"{server.url}\n"
    assert not url_file.exists()


def test_nothing_survives_the_process() -> None:
    """Killed without warning it leaves nothing behind: its port is free at once."""
    with served("--students", "5") as server:
        server.process.kill()
        server.process.wait(timeout=PATIENCE)

        with pytest.raises(ConnectionRefusedError):
            create_connection(server.address, timeout=PATIENCE)


def test_url_file_that_cannot_be_written(tmp_path: Path) -> None:
    """The server serves all the same, and says so."""
    (tmp_path / "url.part").mkdir()

    with served("--students", "5", "--url-file", str(tmp_path / "url")) as server:
        status, _, _ = server.ask("GET", "/readyz")
        _, _, err = server.end()

    assert status == 200
    assert "url: cannot be written: Is a directory" in err
    assert "Traceback" not in err


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no full device")
@pytest.mark.parametrize("arguments", [["scenarios"], ["operations"], ["validate", str(FIXTURES / "tiny-school.yaml")]])
def test_output_that_cannot_be_written(arguments: list[str]) -> None:
    """A full disk is told in a sentence, and is no success."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command(*arguments), stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603

    assert done.returncode == 1
    assert done.stderr == "mockroster: No space left on device\n"


@pytest.mark.parametrize(
    ("arguments", "code"), [("scenarios", 0), ("generate --students 5 --out -", 2)], ids=["scenarios", "generate"]
)
def test_output_that_is_closed(arguments: str, code: int) -> None:
    """Closed stdout is an error only for a command whose output goes there."""
    done = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", f"exec {PROGRAM} {arguments} >&-"], capture_output=True, text=True, check=False
    )

    assert done.returncode == code
    assert done.stderr == ("mockroster: --out -: standard output is closed\n" if code else "")


def test_interrupted() -> None:
    """Ctrl-C ends it with 0 in under 2 seconds, without a traceback."""
    with served("--students", "1") as server:
        started = time.monotonic()
        code, out, err = server.end(signal.SIGINT)
        took = time.monotonic() - started

    assert (code, out) == (0, "")
    assert took < at_most(2)
    assert "Traceback" not in err


def test_ended_while_clients_are_connected() -> None:
    """An idle connection does not hold up the end."""
    with served("--students", "1") as server, socket.create_connection(server.address, timeout=PATIENCE):
        started = time.monotonic()
        code, _, _ = server.end()
        took = time.monotonic() - started

    assert code == 0
    assert took < at_most(2)


def test_ended_before_it_was_ready() -> None:
    """SIGTERM during the start ends it too, with 0 and no ready line after it."""
    line = command("serve", "--port", "0", "--students", "20000")
    pipe = subprocess.PIPE
    with subprocess.Popen(line, stdout=pipe, stderr=pipe, text=True, env=plain_environment()) as process:  # noqa: S603
        assert process.stderr is not None
        process.stderr.readline()
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0
    assert out == ""
    assert "Traceback" not in err


@pytest.mark.parametrize("client", ["mockroster:mockroster-secret", "me:it's $HOME"])
def test_the_curl_line_of_the_card_works(client: str) -> None:
    """The line to paste shows a user, whatever is in the secret."""
    with served("--students", "1", "--client", client) as server:
        done = pasted(next_curl(server))

    assert len(json.loads(done)["users"]) == 1


@pytest.mark.parametrize("prefix", ["", "/sandboxes/pasted/scenarios/no-link;no-total-count"])
def test_the_commands_of_the_page_work(prefix: str) -> None:
    """The lines on the page at ``/`` show a user as they are pasted, below a sandbox and scenarios too."""
    with served("--students", "1") as server:
        _, _, page = server.ask("GET", f"{prefix}/")
        done = pasted(json.loads(page)["example"])

    assert len(json.loads(done)["users"]) == 1


def test_the_commands_of_the_page_of_an_open_server_work() -> None:
    """Without access control the pasted line needs no token."""
    with served("--students", "1", "--no-auth") as server:
        _, _, page = server.ask("GET", "/")
        done = pasted(json.loads(page)["example"])

    assert len(json.loads(done)["users"]) == 1


def test_the_commands_of_the_page_ask_for_another_secret() -> None:
    """With a client of one's own the page does not have the secret: curl asks for it where the lines are pasted."""
    with served("--students", "1", "--client", "it's me:s3cret") as server:
        _, _, page = server.ask("GET", "/")
        example = json.loads(page)["example"]
        done = pasted(example, typed="s3cret\n")

    assert "s3cret" not in example
    assert len(json.loads(done)["users"]) == 1


def pasted(lines: str, typed: str = "") -> str:
    """Return the output of lines pasted into a shell; ``typed`` answers a prompt."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    done = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", lines],
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        start_new_session=True,  # without a terminal, so that curl asks on its standard input
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def next_curl(server: Served) -> str:
    """Return the line of the card that begins with curl."""
    assert server.process.stderr is not None
    for line in server.process.stderr:
        if line.strip().startswith("curl"):
            return line.strip()
    raise AssertionError("the card has no curl line")


def test_settings_from_the_environment() -> None:
    """Variables set what flags do; a variable that is no setting is a warning on stderr."""
    environment = plain_environment(
        MOCKROSTER_SEED="9", MOCKROSTER_STUDENTS="3", MOCKROSTER_STUDNETS="4", MOCKROSTER_NO_AUTH="yes"
    )

    with served(environment=environment) as server:
        body = json.loads(server.ask("GET", "/readyz")[2])
        students = json.loads(server.ask("GET", "/ims/oneroster/v1p1/students?filter=status='active'")[2])["users"]
        _, _, err = server.end()

    assert body["seed"] == 9
    assert len(students) == 3
    assert "MOCKROSTER_STUDNETS" in err
    assert "'MOCKROSTER_STUDENTS'" in err


def test_all_addresses_are_announced_as_one_that_can_be_reached() -> None:
    """Bound to 0.0.0.0 it says 127.0.0.1."""
    with served("--host", "0.0.0.0", "--students", "1") as server:  # noqa: S104
        status = server.ask("GET", "/livez")[0]
        code, _, err = server.end()

    assert server.url.startswith("http://127.0.0.1:")
    assert "0.0.0.0" not in err  # noqa: S104
    assert (status, code) == (200, 0)


def test_port_in_use(run: Run, server: Served) -> None:
    """A port in use is exit code 2 and one sentence that names it, not a second server beside the first."""
    port = str(server.address[1])

    line = sentence(run("serve", "--port", port, "--students", "1"))

    assert port in line
    assert "in use" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--studens", "5"], "--students"),
        (["serve", "--sede=5"], "--seed"),
        (["serve", "--students", "many"], "--students: 'many'"),
        (["serve", "--port", "99999"], "--port: '99999'"),
        (["serve", "--profile", "distict"], "'district'"),
        (["serve", "--now", "tomorrow"], "--now: 'tomorrow'"),
        (["serve", "--base-url", "x"], "--base-url: 'x'"),
        (["serve", "--client", "nonsense"], "ID:SECRET"),
        (["serve", "--port"], "--port"),
        (["serve", "extra"], "extra"),
        (["ready", "ftp://x"], "ftp://x"),
        (["ready", "--timeout", "x"], "--timeout: 'x' is not a number of seconds from 0 to 3600"),
        (["ready", "--timeout", "nan"], "--timeout: 'nan' is not a number of seconds from 0 to 3600"),
        (["serve", "--log-format", "JSON"], "--log-format: 'JSON' is not one of text, json; did you mean 'json'?"),
        (["ready", "127.0.0.1:8080"], "URL: '127.0.0.1:8080' is not a URL such as "),
        (["ready", "http://127.0.0.1:x"], "URL: 'http://127.0.0.1:x' is not a URL such as "),
        (["ready", "http://["], "URL: 'http://[' is not a URL such as "),
        (["ready", "http://a b"], "URL: 'http://a b' is not a URL such as "),
        (
            ["export", "--url", "http://127.0.0.1:9", "--out", "x.json", "--admin-token", "a\nb"],
            "--admin-token: the value is not a token of printable ASCII",
        ),
        (["operations", "--jsn"], "--json"),
    ],
)
def test_wrong_use(arguments: list[str], said: str, call: Run) -> None:
    """A wrong flag or value is exit code 2 and one sentence with the nearest right name, no traceback."""
    assert said in sentence(call(*arguments))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--url-file", "/nowhere/url"], "/nowhere/url"),
        (["--host", "no such host"], "no such host"),
        (["--host", "192.0.2.1"], "192.0.2.1"),
    ],
)
def test_where_nobody_can_serve(arguments: list[str], said: str, run: Run) -> None:
    """An address or a file that cannot be had is exit code 2 and one sentence."""
    assert said in sentence(run("serve", *arguments))


def test_wrong_command(call: Run) -> None:
    """A command that there is not is exit code 2 and one sentence."""
    assert "serv" in sentence(call("serv"))


def test_wrong_variable(run: Run) -> None:
    """A wrong variable is named."""
    assert "MOCKROSTER_STUDENTS: 'many'" in sentence(run("serve", "--port", "0", MOCKROSTER_STUDENTS="many"))


def test_nothing_is_announced_where_settings_are_wrong(run: Run, tmp_path: Path) -> None:
    """No URL file is left by a start that failed."""
    file = tmp_path / "url"

    run("serve", "--students", "0", "--url-file", str(file))

    assert list(tmp_path.iterdir()) == []


def test_certificate_that_is_none(run: Run, tmp_path: Path) -> None:
    """Files that are no certificate and key are exit code 2 and one sentence."""
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("nonsense")

    done = run("serve", "--port", "0", "--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"))

    assert "--tls-cert" in sentence(done)


def test_tls(tmp_path: Path, call: Run) -> None:
    """With a certificate it serves https, says so, and references and ``ready`` follow."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    line = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    line += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", str(cert), "-keyout", str(key)]
    subprocess.run(line, check=True, capture_output=True, timeout=PATIENCE)  # noqa: S603

    with served("--students", "1", "--no-auth", "--tls-cert", str(cert), "--tls-key", str(key)) as server:
        context = ssl.create_default_context(cafile=str(cert))
        connection = HTTPSConnection(*server.address, timeout=PATIENCE, context=context)
        try:
            connection.request("GET", "/ims/oneroster/v1p1/enrollments?limit=1")
            response = connection.getresponse()
            link, body = response.headers["Link"], json.loads(response.read())
        finally:
            connection.close()
        asked = call("ready", server.url)
        code, _, _ = server.end()

    assert server.url.startswith("https://127.0.0.1:")
    assert link.startswith("<https://127.0.0.1:")
    assert body["enrollments"][0]["user"]["href"].startswith("https://127.0.0.1:")
    assert asked.returncode == 0
    assert code == 0


def test_ready(call: Run, server: Served) -> None:
    """``ready`` is 0 for a server that is, told its URL or its port, and prints where."""
    by_url = call("ready", server.url)
    by_slash = call("ready", server.url + "/")
    by_port = call("ready", MOCKROSTER_PORT=str(server.address[1]))

    assert [one.returncode for one in (by_url, by_slash, by_port)] == [0, 0, 0]
    assert server.url in by_url.stdout


def test_asking_whether_it_is_ready_is_cheap() -> None:
    """``mockroster ready`` imports nothing that serves: an image's health check runs it every few seconds."""
    asked = [sys.executable, "-X", "importtime", "-m", "mockroster", "ready", "http://127.0.0.1:9"]

    done = subprocess.run(asked, capture_output=True, text=True, timeout=PATIENCE, env=plain_environment(), check=False)  # noqa: S603

    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "mockroster.ready" in imported
    assert not imported & {"werkzeug", "flask", "marshmallow", "faker", "granian", "yaml", "apispec", "oauthlib"}


def test_help_is_not_cut(call: Run) -> None:
    """The line of each command in the help is a whole sentence."""
    lines = call("--help").stdout.partition("Commands:\n")[2].splitlines()

    assert len(lines) == len(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in lines)


def test_wrong_variables_of_other_settings(call: Run) -> None:
    """A command reads only the variables of its own settings, so a wrong one of another setting does no harm."""
    checked = call("ready", MOCKROSTER_PORT="1", MOCKROSTER_STUDENTS="many")
    exercised = call("exercise", "--students", "1", "--", "true", MOCKROSTER_PORT="many")

    assert (checked.returncode, checked.stderr) == (1, "mockroster: not ready at http://127.0.0.1:1\n")
    assert "the client has not asked the server for anything" in exercised.stderr


def test_not_ready(call: Run) -> None:
    """``ready`` is 1 where nothing listens, at once or after waiting for so long."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

        at_once = call("ready", url)
        waited = call("ready", url, "--wait", "--timeout", "0.2")

    assert [at_once.returncode, waited.returncode] == [1, 1]
    assert url in at_once.stderr
    assert "Traceback" not in at_once.stderr + waited.stderr


def test_not_ready_is_what_answers_otherwise(call: Run) -> None:
    """A thing that listens and is no mockroster is not ready."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        done = call("ready", f"http://127.0.0.1:{listening.getsockname()[1]}")

    assert done.returncode == 1


def test_operations(call: Run) -> None:
    """``operations`` prints every operation that is served."""
    done = call("operations")

    assert done.returncode == 0
    for operation in SERVICE.all_operations:
        assert re.search(rf"{operation.method} +{re.escape(operation.path)} +{operation.name}\b", done.stdout), (
            operation.name
        )


def test_operations_for_programs(call: Run) -> None:
    """``operations --json`` has the same with scopes and query parameters."""
    done = call("operations", "--json")

    rows = {row["name"]: row for row in json.loads(done.stdout)["operations"] if "/v1p1/" in row["path"]}
    assert set(rows) == {operation.name for operation in SERVICE.all_operations}
    for operation in SERVICE.all_operations:
        row = rows[operation.name]
        assert (row["method"], row["path"]) == (operation.method, SERVICE.base + operation.path)
        assert row["scopes"] == list(operation.scopes)
        assert row["query"] == list(operation.query)
        assert row["standard"] == (operation in SERVICE.operations)


def test_version(call: Run) -> None:
    """``--version`` prints the version."""
    done = call("--version")

    assert (done.returncode, done.stdout) == (0, f"mockroster {__version__}\n")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["-h"], ["serve", "--help"], ["ready", "-h"], ["operations", "--help"]]
)
def test_help(arguments: list[str], call: Run) -> None:
    """Help is on stdout, with exit code 0."""
    done = call(*arguments)

    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_help_of_serve_names_every_flag(call: Run) -> None:
    """Each setting is there with its default."""
    text = call("serve", "--help").stdout

    for shown in (
        "--host",
        "127.0.0.1",
        "--port",
        "8080",
        "--students",
        "1000",
        "--seed",
        "42",
        "--no-auth",
        "--tls-key",
    ):
        assert shown in text
