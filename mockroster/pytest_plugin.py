"""Fixtures for the test suites of others. pytest finds them wherever mockroster is installed.

pytest imports this module whenever it starts, so it imports nothing slow until a fixture is used.
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

from mockroster.base_errors import unknown
from mockroster.client.requests import explain
from mockroster.keywords import SandboxKeywords

if TYPE_CHECKING:
    from mockroster.client.sandbox import Sandbox

_MARKER = (
    "mockroster(students=50, scenarios=[…], …): options for the sandbox of the test, those of POST /__admin/sandboxes: "
    "seed, students, profile, fixtures (a document or a path), scenarios, clients; now, the time of its clock; "
    'verdict="must" or "should" fails the test if the client breaks a rule of that level'
)

_OPTIONS = (*SandboxKeywords.__annotations__, "now", "verdict")
"""The options of the marker."""

_SANDBOX: pytest.StashKey[Sandbox] = pytest.StashKey()
"""The sandbox of a test, for its report."""

_LEVEL: pytest.StashKey[str] = pytest.StashKey()
"""The level of rules that a client must not break in a test."""

_LEVELS = ("must", "should")

_SHOWN = 20
"""The number of requests in the report of a test."""


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", _MARKER)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show the nearest requests if an assertion on their number fails."""
    return explain(op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the last requests and differences of its sandbox to the report of a failed test."""
    report = yield
    sandbox = item.stash.get(_SANDBOX, None)
    if sandbox is not None and report.failed and report.when != "teardown":
        report.sections.append((f"Last requests of {sandbox.url}", _last_requests(sandbox)))
        if sandbox.last_comparison is not None and not sandbox.last_comparison:
            report.sections.append((f"Last comparison with {sandbox.url}", str(sandbox.last_comparison)))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Judge the client at the end of a successful test, if its mark orders that."""
    yield
    level, sandbox = item.stash.get(_LEVEL, None), item.stash.get(_SANDBOX, None)
    if level is not None and sandbox is not None:
        try:
            sandbox.verdict().check(level)
        except AssertionError as error:
            raise pytest.fail.Exception(f"The verdict on the client:\n{error}", pytrace=False) from None


def _last_requests(sandbox: Sandbox) -> str:
    """Return a line for each of the last requests, the newest last, or the reason why none can be shown."""
    from mockroster.errors import Refused

    try:
        requests = [*sandbox.requests]
    except (OSError, HTTPException, Refused) as error:
        return f"The requests cannot be read: {error}"
    shown = requests[-_SHOWN:]
    lines = [f"({len(requests) - len(shown):,} earlier ones)"] if len(requests) > len(shown) else []
    return "\n".join([*lines, *map(str, shown)]) or "No requests."


@pytest.fixture(scope="session")
def mockroster_server() -> Iterator[Sandbox]:
    """Return the server of the session: the one at ``MOCKROSTER_URL``, or else one in the test process.

    Its members are those of the sandbox ``default``, which all tests share. To use another server, define a fixture of
    this name in ``conftest.py``.
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
        sandbox = Sandbox.at(url, os.environ.get("MOCKROSTER_ADMIN_TOKEN"))
    except ConfigurationError as error:
        raise pytest.fail.Exception(f"MOCKROSTER_URL: {error}", pytrace=False) from None
    yield sandbox


@pytest.fixture
def mockroster(request: pytest.FixtureRequest, mockroster_server: Sandbox) -> Iterator[Sandbox]:
    """Return a new sandbox for the test, dropped afterwards; ``@pytest.mark.mockroster(…)`` sets its options."""
    from mockroster.errors import ConfigurationError, Refused

    with ExitStack() as stack:
        options = _options(request.node)
        now, level = options.pop("now", None), options.pop("verdict", None)
        if level is not None:
            request.node.stash[_LEVEL] = _checked_level(level)
        try:
            sandbox = stack.enter_context(mockroster_server.sandbox(**options))
            if now is not None:
                sandbox.now = now
        except (Refused, ConfigurationError) as error:
            raise _refusal(error) from None
        request.node.stash[_SANDBOX] = sandbox
        yield sandbox


def _options(node: pytest.Item) -> dict[str, Any]:
    """Return the sandbox options of a test: those of its markers, the nearest first, and a name after the test."""
    readable = re.sub(r"[^A-Za-z0-9._]+", "-", node.name)[:50].strip("-")
    options = {"name": f"{readable}-{token_hex(4)}"}
    for marker in reversed([*node.iter_markers("mockroster")]):
        if marker.args:
            raise _refusal(f"{marker.args[0]!r} must be a keyword argument, such as students=50")
        for name in marker.kwargs:
            if name not in _OPTIONS:
                raise _refusal(unknown(name, "an option", _OPTIONS))
        options |= marker.kwargs
    return options


def _checked_level(level: object) -> str:
    if level not in _LEVELS:
        raise _refusal(f"verdict={level!r} must be one of {', '.join(map(repr, _LEVELS))}")
    return str(level)


def _refusal(reason: object) -> BaseException:
    return pytest.fail.Exception(f"@pytest.mark.mockroster: {reason}", pytrace=False)
