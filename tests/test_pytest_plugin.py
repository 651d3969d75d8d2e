"""The fixtures and the marker, in suites of other people that pytest runs."""

from __future__ import annotations

import glob
import importlib
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from conftest import plain_environment
from patience import PATIENCE

from mockroster import Server
from mockroster.scenarios.catalogue import scenarios

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]
VENDOR = Path(__file__).parent / "vendor"

HEAVY = ("apispec", "faker", "flask", "granian", "marshmallow", "oauthlib", "orjson", "werkzeug", "yaml")
"""What nobody who does not use a fixture should wait for."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server that the suites of a module are pointed at: to start one for each would take seconds.

    The scenarios and the reader of fixtures are imported here, because ``pytester`` takes out again what is imported in
    its runs.
    """
    scenarios()
    importlib.import_module("mockroster.client.fixture_files")
    with Server(students=12, admin_token="open") as running:
        yield running


@pytest.fixture
def run(pytester: pytest.Pytester, server: Server, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a suite against the server, as strictly as can be.

    It has no other plugins than ours: each run would load the others anew.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("MOCKROSTER_URL", server.url)
    monkeypatch.setenv("MOCKROSTER_ADMIN_TOKEN", "open")

    def run_it(suite: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(suite)
        return pytester.runpytest_inprocess("-Werror", "--strict-markers", "-p", "mockroster.pytest_plugin", *arguments)

    return run_it


def sandboxes(server: Server) -> list[str]:
    """Return the names of the sandboxes of a server."""
    return [row["name"] for row in server._switchboard.call("GET", "/sandboxes")["sandboxes"]]


def process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a process of its own, with no other plugins than ours and those of the arguments, and no server."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "mockroster.pytest_plugin", *arguments],
        cwd=folder,
        env=plain_environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )


# The fixture.


def test_a_sandbox_for_each_test(run: Run, server: Server) -> None:
    """Records, scenarios and requests of a test are invisible to others, and gone after it."""
    result = run(
        """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_it(mockroster, number):
            path = "/ims/oneroster/v1p1/categories/mine"
            assert len(mockroster.requests) == 0
            assert mockroster.get(path).status_code == 404
            mockroster.put("categories", "mine", {"title": "Mine"})
            mockroster.use("server-error:status=502")
            assert mockroster.get(path).status_code == 502
            mockroster.use()
            assert mockroster.get(path).json()["category"]["title"] == "Mine"
        """
    )

    result.assert_outcomes(passed=2)
    assert sandboxes(server) == ["default"]


def test_arranging_records(run: Run) -> None:
    """Records are changed, marked and looked at as they are stored, whatever a scenario shows of them."""
    result = run(
        """
        def test_it(mockroster):
            mockroster.put("categories", "a/b", {"title": "Homework", "weight": 5})
            mockroster.change("categories", "a/b", title="Tests", weight=None)
            student = mockroster.records("enrollments")[0]["user"]["sourcedId"]
            mockroster.use("empty-school")
            mockroster.tombstone("users", student)

            category = mockroster.record("categories", "a/b")
            assert (category["title"], "weight" in category) == ("Tests", False)
            assert mockroster.record("users", student)["status"] == "tobedeleted"
            places = [row for row in mockroster.records("enrollments") if row["user"]["sourcedId"] == student]
            assert {row["status"] for row in places} == {"tobedeleted"}
        """
    )

    result.assert_outcomes(passed=1)


def test_all_records_of_a_large_collection(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A collection of more records than one answer holds is read to its end, each record once."""
    monkeypatch.setattr("mockroster.client.sandbox._PAGE", 7)

    ids = [row["sourcedId"] for row in server.records("enrollments")]

    with server.sandbox(students=12) as other:
        count = other._switchboard.call("GET", "/health")["counts"]["enrollments"]
    assert count > 14
    assert len(ids) == len({*ids}) == count


def test_name_of_a_sandbox(run: Run) -> None:
    """A sandbox is called like its test, so that the log of a server tells which test asked."""
    result = run(
        """
        import pytest

        @pytest.mark.parametrize("value", ["a/b c", "ü" * 90])
        def test_it(mockroster, value):
            name = mockroster.url.rpartition("/")[2]
            assert name.startswith("test_it-"), name
            assert len(name) <= 64
        """
    )

    result.assert_outcomes(passed=2)


def test_server_of_the_session(run: Run) -> None:
    """The server has the same members; its own sandbox is shared by all tests, and it lends further ones."""
    result = run(
        """
        def test_it(mockroster_server, mockroster):
            assert mockroster.url.startswith(mockroster_server.url + "/sandboxes/")
            assert mockroster_server.get("/ims/oneroster/v1p1/orgs").status_code == 200
            with mockroster.sandbox(seed=7) as other:
                assert other.url != mockroster.url
        """
    )

    result.assert_outcomes(passed=1)


# The marker.


def test_marker(run: Run) -> None:
    """The mark sets the options of the sandbox; the mark nearest to the test takes precedence."""
    result = run(
        """
        import pytest

        pytestmark = pytest.mark.mockroster(students=3, seed=5)
        STUDENTS = "/ims/oneroster/v1p1/students?filter=status='active'"

        @pytest.mark.mockroster(students=2, scenarios=["no-link"])
        class TestIt:
            @pytest.mark.mockroster(scenarios=["no-total-count"])
            def test_nearest(self, mockroster):
                answer = mockroster.get(STUDENTS)
                assert len(answer.json()["users"]) == 2
                assert "Link" in answer.headers
                assert "X-Total-Count" not in answer.headers

        @pytest.mark.mockroster(fixtures={"orgs": [{"sourcedId": "o", "name": "O", "type": "school"}]})
        def test_fixtures(mockroster):
            assert mockroster.get("/ims/oneroster/v1p1/orgs/o").json()["org"]["name"] == "O"

        @pytest.mark.mockroster(clients=["me:secret"])
        def test_clients(mockroster):
            assert (mockroster.client_id, mockroster.client_secret) == ("me", "secret")
            assert mockroster.token()

        @pytest.mark.mockroster(students=30, now="2026-11-23T12:00:00Z")
        def test_days(mockroster):
            assert mockroster.pass_days(1)["to"] == "2026-11-24"
            [enrolled] = mockroster.trigger("student-enrolled")
            assert len(mockroster.changes(since=enrolled["at"])) == 0
            assert mockroster.record("users", enrolled["records"][0]["sourcedId"])["status"] == "active"
            assert mockroster.now.isoformat().startswith("2026-11-24T18:0")
        """
    )

    result.assert_outcomes(passed=4)


ROSTER = """
orgs:
- {sourcedId: o1, name: North High, type: school}
users:
- {sourcedId: u1, username: ann, givenName: Ann, familyName: O'Hara, role: student, orgs: [o1], grades: ["09"]}
"""


def test_fixtures_of_a_path(run: Run, pytester: pytest.Pytester, server: Server) -> None:
    """``fixtures`` takes what ``--fixtures`` takes: a file, a folder, a zip, several paths or a document as text."""
    (pytester.path / "roster.yaml").write_text(ROSTER)
    (pytester.path / "more.json").write_text('{"orgs": [{"sourcedId": "o1", "name": "South High", "type": "school"}]}')
    (pytester.path / "laid.yaml").write_text(f"base: generated{ROSTER}")
    (pytester.path / "district.zip").write_bytes(server._switchboard.read("/export?format=csv&version=1.1"))
    with zipfile.ZipFile(pytester.path / "district.zip") as archive:
        archive.extractall(pytester.path / "district")

    result = run(
        """
        import pytest
        from pathlib import Path

        def name(mockroster):
            return mockroster.record("orgs", "o1")["name"]

        @pytest.mark.mockroster(fixtures="roster.yaml", now="2026-01-15T08:00:00Z")
        def test_file(mockroster):
            assert name(mockroster) == "North High"
            assert mockroster.get("/ims/oneroster/v1p1/users/u1").json()["user"]["role"] == "student"
            assert len(mockroster.records("users")) == 1

        @pytest.mark.mockroster(fixtures=[Path("roster.yaml"), "more.json"])
        def test_several(mockroster):
            assert name(mockroster) == "South High"
            mockroster.delete("orgs", "o1")
            mockroster.reset()
            assert name(mockroster) == "South High"

        @pytest.mark.mockroster(fixtures='{"orgs": [{"sourcedId": "o1", "name": "Text", "type": "school"}]}')
        def test_text(mockroster):
            assert name(mockroster) == "Text"

        @pytest.mark.mockroster(students=3, fixtures="laid.yaml")
        def test_generated(mockroster):
            assert name(mockroster) == "North High"
            students = mockroster.get("/ims/oneroster/v1p1/students?filter=status='active'").json()["users"]
            assert len(students) == 4

        @pytest.mark.parametrize("kind", [
            pytest.param("zip", marks=pytest.mark.mockroster(fixtures="district.zip")),
            pytest.param("folder", marks=pytest.mark.mockroster(fixtures=Path("district"))),
        ])
        def test_csv(mockroster, mockroster_server, kind):
            active = [row for row in mockroster_server.records("users") if row["status"] == "active"]
            assert {row["sourcedId"] for row in mockroster.records("users")} == {row["sourcedId"] for row in active}
        """
    )

    result.assert_outcomes(passed=6)


@pytest.mark.parametrize(
    ("fixtures", "sentence"),
    [
        ("nowhere.yaml", "nowhere.yaml: there is no such file or folder; did you mean 'roster.yaml'?"),
        ("faulty.yaml", "fixtures: faulty.yaml:3: orgs[1].type: 'skool' is not one of"),
        (["roster.yaml", "faulty.yaml"], "fixtures: faulty.yaml:3: orgs[1].type: 'skool' is not one of"),
        ("-", "fixtures: standard input (-) belongs to the test runner"),
        (["roster.yaml", 5], "fixtures must be a fixture document"),
        (7, "fixtures must be a fixture document"),
    ],
)
def test_fixtures_of_a_wrong_path(run: Run, pytester: pytest.Pytester, fixtures: object, sentence: str) -> None:
    """Files that are missing or faulty fail the test with a sentence, and nothing else."""
    (pytester.path / "roster.yaml").write_text(ROSTER)
    (pytester.path / "faulty.yaml").write_text(
        "orgs:\n- {sourcedId: o1, name: A, type: school}\n- {sourcedId: o2, name: B, type: skool}\n"
    )

    result = run(
        f"""
        import pytest

        @pytest.mark.mockroster(fixtures={fixtures!r})
        def test_it(mockroster):
            raise AssertionError
        """
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*@pytest.mark.mockroster: {glob.escape(sentence)}*"])
    assert "Traceback" not in result.stdout.str()


def test_a_refusal_shows_the_line_of_the_test(run: Run) -> None:
    """The report of a refused call shows the test, and no line of the client."""
    result = run(
        """
        def test_it(mockroster):
            mockroster.use("flakey")
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*mockroster.use(*", "E*there is no scenario 'flakey'; did you mean 'flaky'?"])
    result.stdout.no_fnmatch_line("*client*sandbox.py*")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("studnets=5", "'studnets' is not an option; known: name, seed, *, now, verdict; did you mean 'students'?"),
        ("students=0", "students: 0 is not a whole number from 1 to 200000"),
        ("scenarios=['flaki']", "there is no scenario 'flaki'; did you mean 'flaky'?"),
        ("now='noon'", "now: 'noon' is not a date and time such as 2026-01-15T08:00:00Z"),
        ("'flaky'", "'flaky' must be a keyword argument, such as students=50"),
    ],
)
def test_marker_that_will_not_do(run: Run, arguments: str, sentence: str) -> None:
    """The test is an error of one sentence, with the nearest right name, and others run."""
    result = run(
        f"""
        import pytest

        @pytest.mark.mockroster({arguments})
        def test_wrong(mockroster):
            pass

        def test_right(mockroster):
            pass
        """
    )

    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines([f"@pytest.mark.mockroster: {sentence}"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*another exception*")


def test_marker_is_known(run: Run) -> None:
    """``pytest --markers`` tells of it."""
    result = run("", "--markers")

    result.stdout.fnmatch_lines(["@pytest.mark.mockroster(students=50, scenarios=*"])


# Assertions.


def test_failed_count(run: Run) -> None:
    """A failed assertion on a number of requests shows those that match, and then those that come nearest."""
    result = run(
        """
        def test_it(mockroster):
            mockroster.use("rate-limit:limit=1,per=60")
            for number in range(2):
                mockroster.get(f"/ims/oneroster/v1p1/users?limit={number + 1}")
            assert mockroster.requests.count(path="/users", status=429) == 0
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E       AssertionError: assert 1 == 0",
            "E         1 of 3 requests with path='/users', status=429",
            "E         [*] GET /ims/oneroster/v1p1/users?limit=2 429 [[]rate-limit]",
            "E           GET /ims/oneroster/v1p1/users?limit=1 200, not status=429",
            "E           POST /oauth2/token 200, not path='/users', status=429",
        ],
        consecutive=True,
    )


def test_failed_find(run: Run) -> None:
    """A failed ``find`` shows the nearest request."""
    result = run(
        """
        def test_it(mockroster):
            mockroster.get("/ims/oneroster/v1p1/orgs")
            assert mockroster.requests.find(path="/orgs", status=500)
        """
    )

    result.stdout.fnmatch_lines(["E*assert [[]] (nearest: GET /ims/oneroster/v1p1/orgs 200, not status=500)"])


# Where the server is.


def test_nothing_at_the_url(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A MOCKROSTER_URL where nobody answers is one sentence."""
    monkeypatch.setenv("MOCKROSTER_URL", "http://127.0.0.1:9")

    result = run("def test_it(mockroster): pass")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["MOCKROSTER_URL: http://127.0.0.1:9 cannot be reached: *"])
    result.stdout.no_fnmatch_line("*another exception*")


def test_wrong_admin_token(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that asks for another admin token says so."""
    monkeypatch.setenv("MOCKROSTER_ADMIN_TOKEN", "shut")

    result = run("def test_it(mockroster): pass")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["MOCKROSTER_URL: *the switchboard needs Authorization: Bearer*"])


def test_suite_of_a_vendor(tmp_path: Path) -> None:
    """The sample suite passes by itself: two workers with a server each, and every warning an error."""
    for name in ("rollcall.py", "test_rollcall.py"):
        (tmp_path / name).write_text((VENDOR / name).read_text())

    done = process(tmp_path, "-p", "xdist.plugin", "-n2", "-Werror", "--strict-markers", "-k", "students or expires")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stdout
    assert done.stderr == ""


def test_another_server(tmp_path: Path) -> None:
    """A suite has its own server by a fixture of that name."""
    (tmp_path / "conftest.py").write_text(
        "import pytest, mockroster\n"
        "@pytest.fixture(scope='session')\n"
        "def mockroster_server():\n"
        "    with mockroster.Server(students=2, scenario=['no-link']) as server:\n"
        "        yield server\n"
    )
    (tmp_path / "test_it.py").write_text(
        "def test_it(mockroster):\n"
        "    answer = mockroster.get(\"/ims/oneroster/v1p1/students?filter=status='active'\")\n"
        "    assert (len(answer.json()['users']), answer.headers['Link']) == (2, None)\n"
    )

    done = process(tmp_path, "-Werror")

    assert done.returncode == 0, done.stdout + done.stderr


def test_interrupted(tmp_path: Path) -> None:
    """Ctrl-C in a test ends the run at once, the server too."""
    (tmp_path / "test_it.py").write_text("def test_it(mockroster):\n    raise KeyboardInterrupt\n")

    done = process(tmp_path)

    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert done.stderr == ""


# What it costs others.


def test_nothing_heavy_is_imported(tmp_path: Path) -> None:
    """Pytest loads the plugin and nothing that is slow to load, as long as no fixture is used; nor does ``import``."""
    (tmp_path / "conftest.py").write_text(
        "import sys\n"
        "import mockroster\n"
        "def pytest_unconfigure():\n"
        f"    print('loaded', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")

    done = process(tmp_path)

    assert "1 passed" in done.stdout
    assert "loaded []" in done.stdout


def test_found_by_itself_and_left_out(pytester: pytest.Pytester) -> None:
    """The plugin has an entry point, and ``-p no:mockroster`` leaves it out."""
    (found,) = entry_points(group="pytest11", name="mockroster")
    pytester.makepyfile("def test_it(mockroster): pass")

    result = pytester.runpytest_inprocess("-p", "no:mockroster")

    assert found.value == "mockroster.pytest_plugin"
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'mockroster' not found*"])


# The report.


def test_a_failing_test_shows_its_last_requests(run: Run) -> None:
    """The report of a test that fails has what its sandbox was asked; that of one that passes has not."""
    result = run(
        """
        import pytest

        @pytest.fixture
        def broken(mockroster):
            mockroster.get("/in-a-fixture")
            raise RuntimeError

        def test_fails(mockroster):
            for number in range(30):
                mockroster.get(f"/nothing/{number}")
            assert False

        def test_passes(mockroster):
            mockroster.get("/passes")

        def test_error(broken):
            pass

        def test_asks_nothing(mockroster):
            assert False

        def test_without(mockroster_server):
            assert False
        """
    )

    result.assert_outcomes(passed=1, failed=3, errors=1)
    text = result.stdout.str()
    assert text.count("Last requests of ") == 3
    result.stdout.fnmatch_lines(["*GET /in-a-fixture 404"])
    result.stdout.fnmatch_lines(["(11 earlier ones)", "GET /nothing/10 404", "GET /nothing/11 404"], consecutive=True)
    result.stdout.fnmatch_lines(["No requests."])
    assert "/passes" not in text


def test_last_comparison(run: Run) -> None:
    """A failed test shows the differences of its last comparison; one that found none does not."""
    result = run(
        """
        def test_differs(mockroster):
            assert mockroster.compare({})

        def test_compares_nothing(mockroster):
            assert False
        """
    )

    result.assert_outcomes(failed=2)
    text = result.stdout.str()
    assert text.count("Last comparison with ") == 1
    assert "missing on the right" in text


def test_report_where_the_server_is_gone(run: Run) -> None:
    """A sandbox that cannot be asked any more does not hide the failure."""
    result = run(
        """
        def test_it(mockroster):
            def read():
                raise OSError("gone")

            mockroster.requests._read = read
            assert False
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["The requests cannot be read: gone"])
