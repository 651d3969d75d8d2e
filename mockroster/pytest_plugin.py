"""Fixtures for other people's test suites; pytest finds them by itself where mockroster is installed.

pytest imports this module whenever it starts, so that nothing heavy is imported before a fixture is used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from http.client import HTTPException
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from mockroster.client.requests import explained

if TYPE_CHECKING:
    from mockroster.client.sandbox import Sandbox

_MARKER = "mockroster(students=50, scenarios=[…], …): how the sandbox of the test is made; any of what POST \
/__admin/sandboxes takes: seed, students, profile, fixtures, scenarios, clients"

_SANDBOX: pytest.StashKey[Sandbox] = pytest.StashKey()
"""The sandbox of a test, for its report."""

_SHOWN = 20
"""Requests that the report of a test shows."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show the requests that come nearest where an assertion on their number fails."""
    return explained(op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the last requests of its sandbox to the report of a test that fails."""
    report = yield
    sandbox = item.stash.get(_SANDBOX, None)
    if sandbox is not None and report.failed and report.when != "teardown":
        report.sections.append((f"Last requests of {sandbox.url}", _last_requests(sandbox)))
    return report


def _last_requests(sandbox: Sandbox) -> str:
    """Return a line for each of the last requests, the newest last, or the reason why there are none to show."""
    from mockroster.errors import Refused

    try:
        requests = [*sandbox.requests]
    except (OSError, HTTPException, Refused) as error:
        return f"The server does not tell: {error}"
    shown = requests[-_SHOWN:]
    lines = [f"({len(requests) - len(shown):,} earlier ones)"] if len(requests) > len(shown) else []
    return "\n".join([*lines, *map(str, shown)]) or "Nothing was asked."


@pytest.fixture(scope="session")
def mockroster_server() -> Iterator[Sandbox]:
    """Return the server of the session: the one at ``MOCKROSTER_URL``, or else one inside the test process.

    Its members are those of the sandbox ``default``, which all tests share. A ``conftest.py`` that wants another
    server has a fixture of this name.
    """
    from mockroster.client.sandbox import Sandbox
    from mockroster.errors import ConfigurationError

    url = os.environ.get("MOCKROSTER_URL")
    if not url:
        from mockroster.embedded import Server

        with Server() as server:
            yield server
        return
    try:
        there = Sandbox.at(url, os.environ.get("MOCKROSTER_ADMIN_TOKEN"))
    except ConfigurationError as error:
        raise pytest.fail.Exception(f"MOCKROSTER_URL: {error}", pytrace=False) from None
    yield there


@pytest.fixture
def mockroster(request: pytest.FixtureRequest, mockroster_server: Sandbox) -> Iterator[Sandbox]:
    """Return a sandbox of the test's own, dropped afterwards; ``@pytest.mark.mockroster(…)`` says how it is made."""
    from mockroster.errors import Refused

    with ExitStack() as stack:
        try:
            sandbox = stack.enter_context(mockroster_server.sandbox(**_options(request.node)))
        except Refused as error:
            raise _refusal(error) from None
        request.node.stash[_SANDBOX] = sandbox
        yield sandbox


def _options(node: pytest.Item) -> dict[str, Any]:
    """Return how the sandbox of a test is made: its markers', the nearest first; and a name that tells which test."""
    readable = re.sub(r"[^A-Za-z0-9._]+", "-", node.name)[:50].strip("-")
    options = {"name": f"{readable}-{token_hex(4)}"}
    for marker in reversed([*node.iter_markers("mockroster")]):
        if marker.args:
            raise _refusal(f"{marker.args[0]!r} has no name, such as students=50")
        options |= marker.kwargs
    return options


def _refusal(why: object) -> BaseException:
    return pytest.fail.Exception(f"@pytest.mark.mockroster: {why}", pytrace=False)
