"""Pages in Chromium, driven by Playwright; what a failed test saw is kept in ``test-results/``."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
TIMEOUT = 20_000
"""Milliseconds that a test waits for an element at most; only a test that fails waits so long."""

KEPT = Path(__file__).parents[1] / "test-results"

needs_chromium = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; `apt-get install chromium` has one"),
    pytest.mark.skipif(
        importlib.util.find_spec("playwright") is None, reason="playwright is not installed (pip install '.[test]')"
    ),
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, request: pytest.FixtureRequest, **options: Any) -> Iterator[Page]:
    """Open a tab in a profile of its own; keep a screenshot and a trace if the test fails.

    Errors of a script fail the test, also if nothing depends on that script.
    """
    failed_before = request.session.testsfailed
    context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, **options})
    context.set_default_timeout(TIMEOUT)
    context.tracing.start(screenshots=False, snapshots=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        yield page
    finally:
        _keep(context, page, request.node.name if request.session.testsfailed > failed_before else None)
        context.close()
    assert not errors, errors


def _keep(context: BrowserContext, page: Page, name: str | None) -> None:
    if name is None:
        context.tracing.stop()
        return
    KEPT.mkdir(exist_ok=True)
    path = KEPT / re.sub(r"[^\w-]+", "-", name)
    page.screenshot(path=f"{path}.png", full_page=True)
    context.tracing.stop(path=f"{path}.zip")
