"""``make screenshots``: writes the pictures of the dashboard in ``docs/screenshots/``, in both themes and two widths.

The district, the clock and the traffic are always the same; the browser is the one that is installed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from playwright.sync_api import Browser, Page, sync_playwright

import mockroster
from mockroster.client.http import ask
from mockroster.embedded import Server

HERE = Path(__file__).parent / "screenshots"
V1P1, ROSTERING = "/ims/oneroster/v1p1", "/ims/oneroster/rostering/v1p2"
WIDTHS = {"wide": (1000, 680), "phone": (340, 600)}


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of one address."""

    name: str
    path: str
    ready: str
    """The selector of an element that is there when the page is complete."""


def main() -> int:
    """Write every picture."""
    chromium = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.stderr.write("there is no Chromium; `apt-get install chromium` has one\n")
        return 2
    HERE.mkdir(exist_ok=True)
    with mockroster.Server(students=200, now="2026-09-14T08:00:00Z") as server, sync_playwright() as playwright:
        shots = list(prepared(server))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for shot in shots:
            for theme in ("light", "dark"):
                take(browser, server, shot, theme)
        browser.close()
    return 0


def prepared(server: Server) -> Iterator[Shot]:
    """Send the traffic that the pictures show, and yield what to take."""
    bearer = {"Authorization": f"Bearer {server.token()}"}
    paths = (
        *(f"{V1P1}/users?limit=100&offset={offset}" for offset in range(0, 600, 100)),
        f"{V1P1}/enrollments?limit=1000",
        f"{ROSTERING}/classes?filter=status='active'&limt=50",
        f"{V1P1}/user",
        f"{V1P1}/students?sort=familyName",
    )
    for path in paths:
        ask(server.url + path, headers=bearer)
    ask(f"{server.url}{V1P1}/orgs")
    for number in range(2):
        header = {"X-Mockroster-Scenario": "server-error:status=502"}
        ask(f"{server.url}{V1P1}/enrollments?limit=1000&offset={number}000", headers=bearer | header)
    student = server.get(f"{V1P1}/students?limit=1&offset=7").json()["users"][0]
    server.change("users", student["sourcedId"], familyName="Ortega")
    server.use("flaky:every=5")
    server.pass_days(25)
    unknown = next(entry for entry in server.requests if entry.path == f"{V1P1}/user")
    yield Shot("requests", f"/ui/requests?request={unknown.sequence}", "#detail h3")
    yield Shot("data", "/ui/data/users?filter=roles.role%3D'student'&sort=familyName", "tbody tr")
    yield Shot("record", f"/ui/data/users/{student['sourcedId']}", ".history li")
    yield Shot("scenarios", "/ui/scenarios?scenario=flaky", "#doors")
    yield Shot("time", "/ui/time", "main h2")
    yield Shot("verdict", "/ui/verdict", "#rules")
    yield Shot("explorer", "/docs/v1p1", ".opblock")


def take(browser: Browser, server: Server, shot: Shot, theme: str) -> None:
    """Write the pictures of an address in one theme."""
    for width, (across, down) in WIDTHS.items():
        context = browser.new_context(viewport={"width": across, "height": down}, color_scheme=theme)
        page: Page = context.new_page()
        page.goto(server.url + shot.path)
        page.locator(shot.ready).first.wait_for()
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=HERE / f"{shot.name}-{width}-{theme}.png")
        context.close()


if __name__ == "__main__":
    sys.exit(main())
