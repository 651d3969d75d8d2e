"""``mockroster compare``, ``POST /__admin/compare`` and ``compare()`` in Python."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from mockroster import Server
from mockroster.cli.main import mockroster as command
from mockroster.client.sandbox import Sandbox
from mockroster.errors import ConfigurationError, Refused
from mockroster.http.admin.compare_models import CompareQuery
from mockroster.keywords import CompareKeywords


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server in this process."""
    with Server(students=20, now="2026-09-01T08:00:00Z") as running:
        yield running


@pytest.fixture
def sandbox(server: Server) -> Iterator[Sandbox]:
    """Return a sandbox of its own for the test."""
    with server.sandbox() as made:
        yield made


def run(*arguments: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(command, ["compare", *map(str, arguments)], standalone_mode=False, catch_exceptions=False)


def exported(sandbox: Sandbox, query: str = "") -> bytes:
    """Return an export of a sandbox."""
    return sandbox._switchboard.read(f"/export?{query}")


def saved(sandbox: Sandbox, path: Path, query: str = "") -> Path:
    """Save an export of a sandbox."""
    path.write_bytes(exported(sandbox, query))
    return path


def student(sandbox: Sandbox) -> str:
    """Return the sourcedId of an active student."""
    return next(
        str(row["sourcedId"])
        for row in sandbox.records("users")
        if row["status"] == "active" and row["roles"][0]["role"] == "student"
    )


@pytest.mark.parametrize("query", ["version=1.1", "version=1.2", "version=1.1&format=csv", "version=1.2&format=csv"])
def test_server_and_its_exports(sandbox: Sandbox, tmp_path: Path, query: str) -> None:
    """A server equals its own exports in every form: exit code 0."""
    path = saved(sandbox, tmp_path / ("copy.zip" if "csv" in query else "copy.json"), query)

    result = run(sandbox.url, path)

    assert result.exit_code == 0
    assert "equal: no difference" in result.output
    assert sandbox.compare(path)


def test_text(sandbox: Sandbox, tmp_path: Path) -> None:
    """The command prints a table of the collections, both values, and since when the truth is so: exit code 1."""
    path, name = saved(sandbox, tmp_path / "copy.zip", "format=csv"), student(sandbox)
    old = sandbox.record("users", name)["givenName"]
    sandbox.change("users", name, givenName="Zora")

    result = run(sandbox.url, path)

    assert result.exit_code == 1
    assert "collection" in result.output
    (line,) = [line for line in result.output.splitlines() if name in line]
    assert line.startswith(f'users "{name}": givenName is "Zora" on the left, "{old}" on the right')
    assert "on the left changed 2026-09-01 by the switchboard; the copy has the value before" in line


def test_two_servers(server: Server, sandbox: Sandbox) -> None:
    """Two servers are compared, the right one without history."""
    name = student(sandbox)
    sandbox.change("users", name, email="other@example.org")

    result = run(server.url, sandbox.url, "--json")

    users = json.loads(result.output)["collections"]["users"]
    assert result.exit_code == 1
    assert [row["sourcedId"] for row in users["differing"]] == [name]


def test_earlier_revision(sandbox: Sandbox, tmp_path: Path) -> None:
    """At the revision of the copy there is no difference; a revision that is not there is refused."""
    path, name = saved(sandbox, tmp_path / "copy.json"), student(sandbox)
    sandbox.change("users", name, givenName="Zora")
    sandbox.delete("users", name)

    assert run(sandbox.url, path).exit_code == 1
    assert run(sandbox.url, path, "--revision", "0").exit_code == 0
    assert sandbox.compare(path, revision=0)
    assert not sandbox.compare(path, revision=1)
    with pytest.raises(ConfigurationError, match="has no revision 9; the present one is 2"):
        run(sandbox.url, path, "--revision", "9")
    with pytest.raises(Refused, match="revision: 9 is after the present one, 2"):
        sandbox.compare(path, revision=9)


def test_history_at_a_revision(sandbox: Sandbox, tmp_path: Path) -> None:
    """The history of an earlier revision ends there."""
    name = student(sandbox)
    sandbox.change("users", name, givenName="One")
    sandbox.change("users", name, givenName="Two")
    sandbox.change("users", name, givenName="Three")
    document = json.loads(exported(sandbox))
    next(row for row in document["users"] if row["sourcedId"] == name)["givenName"] = "One"

    comparison = sandbox.compare(document, revision=2, ignore="dateLastModified")

    assert comparison.differing == {"users": {name: {"givenName": ["Two", "One"]}}}
    assert comparison.document["collections"]["users"]["since"][name]["revision"] == 2


def test_log_that_is_no_longer_whole(server: Server, sandbox: Sandbox, tmp_path: Path) -> None:
    """The history begins with the oldest change kept, and a revision before that is refused."""
    path, name = saved(sandbox, tmp_path / "copy.json"), student(sandbox)
    for given_name in ("One", "Two", "Three"):
        sandbox.change("users", name, givenName=given_name)
    server.application.sandboxes.get(sandbox.url.rpartition("/")[2]).state.log.truncate(2)

    of_command = json.loads(run(sandbox.url, path, "--json").output)["collections"]["users"]
    of_server = sandbox.compare(path).document["collections"]["users"]

    assert of_command["since"][name]["revision"] == of_server["since"][name]["revision"] == 3
    with pytest.raises(ConfigurationError, match="the oldest revision kept is 3"):
        run(sandbox.url, path, "--revision", "0")
    with pytest.raises(Refused, match="the oldest revision kept is 3"):
        sandbox.compare(path, revision=0)


def test_reports(sandbox: Sandbox, tmp_path: Path) -> None:
    """JUnit has a test case for each collection, and the HTML needs nothing from elsewhere and escapes all values."""
    path, name = saved(sandbox, tmp_path / "copy.json"), student(sandbox)
    sandbox.change("users", name, givenName="<script>alert('é')</script>\x07")

    run(sandbox.url, path, "--junit", tmp_path / "junit.xml", "--html", tmp_path / "report.html")

    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()[0]  # noqa: S314 - our own
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    page = (tmp_path / "report.html").read_bytes()
    assert failed == ["users"]
    assert suite.get("failures") == "1"
    assert page.isascii()
    assert b"<script" not in page
    assert b"http-equiv" not in page
    assert b"\n\n" not in page
    assert b"&lt;script&gt;" in page


def test_unwritable_report(sandbox: Sandbox, tmp_path: Path) -> None:
    """A report that cannot be written is one sentence."""
    path = saved(sandbox, tmp_path / "copy.json")

    with pytest.raises(ConfigurationError, match="cannot be written"):
        run(sandbox.url, path, "--junit", tmp_path / "none" / "junit.xml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{url}", "none.json"), "there is no such file"),
        (("http://127.0.0.1:9", "{copy}"), "cannot be reached"),
        (("{copy}", "{copy}", "--revision", "1"), "only a server has revisions"),
        (("{copy}", "{copy}", "--ignore", "emial"), "did you mean 'email'"),
        (("{copy}", "{copy}", "--version", "1.3"), "--version: '1.3' is not"),
        (("{copy}", "{copy}", "--map", "none.yaml"), "none.yaml: cannot be read"),
        (("{copy}", "{url}", "--map", "none.yaml"), "--map: RIGHT is then a path"),
    ],
)
def test_wrong_arguments(sandbox: Sandbox, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    """A side that cannot be read and a wrong flag are one sentence and exit code 2."""
    copy = saved(sandbox, tmp_path / "copy.json")

    with pytest.raises(ConfigurationError, match=message) as caught:
        run(*(each.format(url=sandbox.url, copy=copy) for each in arguments))

    assert caught.value.exit_code == 2


def test_map(sandbox: Sandbox, tmp_path: Path) -> None:
    """The command and Python compare the client's own tables by a map."""
    users = [row for row in sandbox.records("users") if row["status"] == "active"]
    rows = [{"id": row["sourcedId"], "first": row["givenName"]} for row in users]
    rows[0]["first"] = "Other"
    copy, copy_map = tmp_path / "people.json", tmp_path / "map.yaml"
    copy.write_text(json.dumps(rows))
    copy_map.write_text("users:\n  key: id\n  members:\n    givenName: first\n")

    result = run(sandbox.url, copy, "--map", copy_map, "--json")
    comparison = sandbox.compare(copy, map=copy_map)

    assert result.exit_code == 1
    assert json.loads(result.output)["collections"] == comparison.document["collections"]
    assert comparison.differing == {"users": {users[0]["sourcedId"]: {"givenName": [users[0]["givenName"], "Other"]}}}
    assert sandbox.compare(copy, map=copy_map, ignore=["users.givenName"])


def test_python(sandbox: Sandbox) -> None:
    """The result is false, lists the differences by collection, and says the first of them when it is asserted."""
    document = json.loads(exported(sandbox))
    lost, name = document["classes"].pop(), student(sandbox)
    document["orgs"].append({**document["orgs"][0], "sourcedId": "new"})
    document["courses"].append(document["courses"][0])
    next(row for row in document["users"] if row["sourcedId"] == name)["givenName"] = "Zora"

    comparison = sandbox.compare(document)

    assert not comparison
    assert comparison.missing == {"classes": [lost["sourcedId"]]}
    assert comparison.extra == {"orgs": ["new"]}
    assert comparison.duplicated == {"courses": [document["courses"][0]["sourcedId"]]}
    assert comparison.differing["users"][name]["givenName"][1] == "Zora"
    assert comparison.counts["missing"] == 1
    assert lost["sourcedId"] in repr(comparison)
    with pytest.raises(AssertionError, match='"Zora" on the right'):
        comparison.verify()


def test_some_collections(sandbox: Sandbox, tmp_path: Path) -> None:
    """Only the collections that are asked for are compared, and an unknown one is refused with the nearest."""
    document = {name: sandbox.records(name) for name in ("users", "classes")}
    path = tmp_path / "some.json"
    path.write_text(json.dumps(document))

    assert not sandbox.compare(document)
    assert sandbox.compare(document, only=["users", "classes"])
    assert sandbox.compare(document, only="users")
    assert run(sandbox.url, path, "--only", "users,classes").exit_code == 0
    with pytest.raises(Refused, match="did you mean 'users'"):
        sandbox.compare(document, only="user")


def test_folder_in_python(sandbox: Sandbox, tmp_path: Path) -> None:
    """A folder is sent as a zip."""
    with zipfile.ZipFile(io.BytesIO(exported(sandbox, "format=csv"))) as archive:
        archive.extractall(tmp_path)

    assert sandbox.compare(tmp_path)


def test_shown_records(sandbox: Sandbox) -> None:
    """The copy of a client that saw a scenario is compared with what the scenario shows."""
    sandbox.use("empty-school")

    stored, shown = sandbox.compare({}), sandbox.compare({}, view="shown")

    assert stored.counts["missing"] > shown.counts["missing"]
    assert "users" in stored.missing


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the body: is empty"),
        (b'{"users": [', "the body:1: "),
        (b"\xff\xfe{\0}\0", "UTF-16"),
        (b"PK\x03\x04", "is not a zip"),
        (b'{"base": "generated"}', "base: generated"),
    ],
)
def test_unreadable_body(sandbox: Sandbox, content: bytes, message: str) -> None:
    """A body that cannot be read is a 400 with a sentence."""
    with pytest.raises(Refused, match=message):
        sandbox._switchboard.upload("/compare", content)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("ignore=users.emial", "did you mean 'users.email'"),
        ("ignore=", "cannot ignore ''"),
        ("only=", "cannot compare only ''"),
        ("only=users,", "cannot compare only ''"),
        ("view=all", "view: 'all' is not one of stored, shown"),
        ("version=2", "version: '2' is not"),
        ("revision=0&view=shown", "leave out view=shown"),
    ],
)
def test_wrong_queries(sandbox: Sandbox, query: str, message: str) -> None:
    """A wrong parameter is a 400 with the right values."""
    with pytest.raises(Refused, match=message):
        sandbox._switchboard.upload(f"/compare?{query}", b"{}")


def test_keywords() -> None:
    """The keyword arguments of Python are the parameters of the route."""
    assert {*CompareKeywords.__annotations__} == {row.data_key or name for name, row in CompareQuery().fields.items()}
