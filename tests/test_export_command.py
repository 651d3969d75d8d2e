"""Exports of a running server: ``GET /__admin/export`` and ``mockroster export``."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from zipfile import ZipFile

import orjson
import pytest
import yaml
from conftest import NOW, Served, make_app, served
from flask import Flask
from tenants import Tenant, fresh_name, tenant

from mockroster.district import district
from mockroster.roster.record import Records

Run = Callable[..., "subprocess.CompletedProcess[str]"]

ORG = {"sourcedId": "mine", "name": "Mine", "type": "school"}


@pytest.fixture(scope="module")
def records() -> Records:
    """Return the records that the small server starts with."""
    return district(42, 24, NOW)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Served]:
    """Return a server whose switchboard asks for a token."""
    with served("--students", "3", "--admin-token", "t0ken", "--now", NOW.isoformat()) as running:
        yield running


# The switchboard.


def test_json(small: Flask, records: Records) -> None:
    """By default it is JSON in the neutral shape, with all there is."""
    response = tenant(small).get("/__admin/export")

    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.get_json() == records


def test_yaml(small: Flask, records: Records) -> None:
    """YAML holds the same."""
    response = tenant(small).get("/__admin/export?format=yaml")

    assert response.content_type == "application/yaml"
    assert yaml.load(response.data, Loader=yaml.CSafeLoader) == records


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_csv(small: Flask, version: str) -> None:
    """CSV is a zip, to be saved under the name of the sandbox."""
    mine = tenant(small)

    response = mine.get(f"/__admin/export?format=csv&version={version}")

    assert response.content_type == "application/zip"
    name = mine.prefix.rpartition("/")[2]
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}.zip"'
    with ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        assert {"manifest.csv", "users.csv"} <= set(archive.namelist())


def test_shape_of_1p1(small: Flask) -> None:
    """In 1.1 shape users have a role and orgs."""
    document = tenant(small).get("/__admin/export?version=1.1").get_json()

    assert "scoreScales" not in document
    assert all("role" in user and "orgs" in user and "roles" not in user for user in document["users"])


def test_what_was_written_is_there(small: Flask) -> None:
    """A sandbox exports what it holds now, and no other sandbox has that."""
    mine, other = tenant(small), tenant(small)
    mine.admin("PUT", "/records/orgs/mine", ORG)

    held = [{org["sourcedId"] for org in one.get("/__admin/export").get_json()["orgs"]} for one in (mine, other)]

    assert "mine" in held[0]
    assert "mine" not in held[1]


def test_writes_during_an_export(small: Flask, records: Records) -> None:
    """Writes after the start of an export are not in it."""
    mine = tenant(small)
    response = mine.get("/__admin/export", buffered=False)
    pieces = iter(response.response)
    first = next(pieces)

    mine.admin("PUT", "/records/orgs/mine", ORG)
    mine.admin("DELETE", f"/records/results/{records['results'][0]['sourcedId']}")

    assert json.loads(first + b"".join(pieces)) == records  # type: ignore[operator,arg-type]


def test_export_can_be_taken_in_again(small: Flask) -> None:
    """A sandbox made from an export exports the same."""
    first = tenant(small).get("/__admin/export").get_json()
    name = fresh_name()

    made = Tenant(small).admin("POST", "/sandboxes", {"name": name, "fixtures": first})

    assert made.status_code == 201, made.text
    assert Tenant(small, f"/sandboxes/{name}").get("/__admin/export").get_json() == first


def test_empty_sandbox() -> None:
    """A sandbox without records is an empty document in each format."""
    app = make_app(students=1)
    Tenant(app).admin("POST", "/sandboxes", {"name": "bare", "fixtures": {}})
    bare = Tenant(app, "/sandboxes/bare")

    answers = [bare.get(f"/__admin/export?format={format_}") for format_ in ("json", "yaml", "csv")]

    assert [response.status_code for response in answers] == [200] * 3
    assert [yaml.safe_load(response.data) for response in answers[:2]] == [{}, {}]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("format=ymal", "format: 'ymal' is not one of json, yaml, csv; did you mean 'yaml'?"),
        ("format=", "format: '' is not one of"),
        ("version=v1p1", "version: 'v1p1' is not one of 1.1, 1.2"),
        ("formt=json", "'formt' is not a parameter; known: format, version, since; did you mean 'format'?"),
        ("format=json&format=csv", "format is given 2 times"),
    ],
)
def test_wrong_parameters(small: Flask, query: str, said: str) -> None:
    """A wrong parameter or value is 400 and named, with the nearest right one."""
    response = tenant(small).get(f"/__admin/export?{query}")

    assert response.status_code == 400
    assert said in response.get_json()["statusInfoSet"][0]["imsx_description"]


# The command.


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_export(call: Run, server: Served, tmp_path: Path, records: Records, name: str) -> None:
    """The command writes what the server holds."""
    server.ask("POST", "/__admin/reset")

    done = call("export", "--url", server.url, "--out", str(tmp_path / name))

    assert (done.returncode, done.stdout) == (0, "")
    assert yaml.load((tmp_path / name).read_bytes(), Loader=yaml.CSafeLoader) == records
    assert f"wrote {sum(map(len, records.values()))} records" in done.stderr


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("format_", ["json", "yaml", "csv"])
def test_export_is_what_generate_writes(call: Run, server: Served, tmp_path: Path, format_: str, version: str) -> None:
    """In every format, an unchanged district is exported as ``generate`` writes it."""
    form = ("--format", format_, "--version", version)

    exported = call("export", "--url", server.url + "/sandboxes/untouched", "--out", str(tmp_path / "a"), *form)
    generated = call("generate", "--students", "24", "--now", NOW.isoformat(), "--out", str(tmp_path / "b"), *form)

    assert (exported.returncode, generated.returncode) == (0, 0), exported.stderr + generated.stderr
    assert _files(tmp_path / "a") == _files(tmp_path / "b")
    assert exported.stderr == generated.stderr.replace(str(tmp_path / "b"), str(tmp_path / "a"))


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_sandbox(call: Run, server: Served) -> None:
    """The address of a sandbox stands for what that sandbox holds; the environment can say it."""
    name = fresh_name()
    server.ask("PUT", f"/sandboxes/{name}/__admin/records/orgs/mine", json.dumps(ORG).encode())

    done = call("export", "--out", "-", MOCKROSTER_URL=f"{server.url}/sandboxes/{name}/")

    assert "mine" in {org["sourcedId"] for org in orjson.loads(done.stdout)["orgs"]}


def test_token(call: Run, guarded: Served, tmp_path: Path) -> None:
    """With its token, by flag or variable, a guarded server is exported; without it the sentence says so."""
    out = str(tmp_path / "a.json")

    without, wrong = (
        call("export", "--url", guarded.url, "--out", out),
        call("export", "--url", guarded.url, "--out", out, "--admin-token", "no"),
    )
    by_flag = call("export", "--url", guarded.url, "--out", out, "--admin-token", "t0ken")
    by_variable = call("export", "--url", guarded.url, "--out", out, MOCKROSTER_ADMIN_TOKEN="t0ken")

    assert (without.returncode, wrong.returncode, by_flag.returncode, by_variable.returncode) == (2, 2, 0, 0)
    assert without.stderr == wrong.stderr
    assert without.stderr == (
        f"mockroster: --url: {guarded.url} refuses: "
        "the switchboard needs Authorization: Bearer, and the token of --admin-token\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "a.json"], "'--url'"),
        (["--url", "http://x"], "'--out'"),
        (["--url", "x", "--out", "a.json"], "--url: 'x' is not a URL such as"),
        (["--url", "http://x", "--out", "a.jsn"], "did you mean '.json'?"),
        (["--url", "http://x", "--out", "a", "--version", "2"], "--version: '2' is not one of 1.1, 1.2"),
        (["--url", "http://no-such-host.invalid", "--out", "a.json"], "cannot be reached: "),
        (["--ulr", "http://x", "--out", "a.json"], "--url"),
    ],
)
def test_wrong_use(arguments: list[str], said: str, call: Run) -> None:
    """A wrong flag or value is exit code 2 and one sentence."""
    assert said in _sentence(call("export", *arguments))


def test_nobody_there(call: Run) -> None:
    """A refused connection is reported."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

        line = _sentence(call("export", "--url", url, "--out", "a.json"))

    assert line == f"mockroster: --url: {url} cannot be reached: Connection refused"


def test_base_url_of_a_version(call: Run, server: Served) -> None:
    """The base URL of a version is no address of a server, and the sentence says which would be."""
    line = _sentence(call("export", "--url", f"{server.url}/ims/oneroster/v1p1", "--out", "a.json"))

    assert "/ims/oneroster/v1p1 is not an address that mockroster serve has printed" in line


class _Other(BaseHTTPRequestHandler):
    """Some server, not ours; the path chooses what it answers."""

    def do_GET(self) -> None:
        """Answer."""
        body = self.path.split("/")[1].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + (10 if body == b"short" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("answer", ["nonsense", "[]", "{}", "short", '{"clock":1,"sandbox":1}'])
def test_not_a_mockroster(call: Run, tmp_path: Path, answer: str) -> None:
    """A server that is something else is said to be, and nothing is written."""
    with HTTPServer(("127.0.0.1", 0), _Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}/{answer.replace(' ', '')}"
        done = call("export", "--url", url.replace('"', "%22"), "--out", str(tmp_path / "a.json"))
        other.shutdown()

    assert "is not an address that mockroster serve has printed" in _sentence(done)
    assert list(tmp_path.iterdir()) == []


def _sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stdout) == (2, ""), done
    (line,) = done.stderr.splitlines()
    assert line.startswith("mockroster: ")
    return line
