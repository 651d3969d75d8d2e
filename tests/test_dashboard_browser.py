"""The dashboard in Chromium: it is live, goes by keys, keeps sandboxes apart, and runs nobody else's script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from browsers import chromium, needs_chromium, opened
from conftest import NOW, served
from soak.dashboard import soak
from tenants import V1P1, fresh_name

import mockroster
from mockroster.client.http import ask
from mockroster.embedded import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, *needs_chromium]

HOSTILE = "<script>window.broken = 1</script><img src=x onerror='window.broken = 2'>"
POLICY = "Content Security Policy"
"""What Chromium says when it blocks a script."""

VIEWS = {
    "requests": "/ui/requests",
    "request": "/ui/requests?request=1",
    "collections": "/ui/data",
    "listing": "/ui/data/users",
    "record": "/ui/data/users/hostile",
    "scenarios": "/ui/scenarios",
    "scenario": "/ui/scenarios?scenario=flaky",
    "time": "/ui/time",
    "verdict": "/ui/verdict",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser that the tests of this module share; each has a profile of its own."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server that the tests share, each with a sandbox of its own; ``default`` has some of everything."""
    with mockroster.Server(students=24, now=NOW) as started:
        started.get(f"{V1P1}/users?limit=2")
        started.get(f"{V1P1}/uzers")
        org = started.get(f"{V1P1}/orgs?limit=1").json()["orgs"][0]["sourcedId"]
        user = {"username": "h", "enabledUser": True, "givenName": HOSTILE, "familyName": "X"}
        user |= {"roles": [{"roleType": "primary", "role": "student", "org": org}]}
        started.put("users", "hostile", user)
        started.use("slow:ms=1")
        yield started


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return a tab."""
    with opened(browser, request) as tab:
        yield tab


@pytest.fixture
def sandbox(server: Server) -> Iterator[mockroster.Sandbox]:
    """Return a sandbox of the test's own."""
    with server.sandbox(name=fresh_name()) as made:
        yield made


def rows(page: Page) -> list[str]:
    """Return the addresses in the list of requests, newest first."""
    return page.locator("#rows [data-row]").all_inner_texts()


def live(page: Page, address: str) -> None:
    """Open an address and wait for the stream."""
    page.goto(address)
    connected(page)


def connected(page: Page) -> None:
    """Wait until the page that is shown follows the stream: then its scripts have run."""
    page.locator("#state[data-state=live]").wait_for()


# Every view.


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible(browser: Browser, server: Server, request: pytest.FixtureRequest, theme: str) -> None:
    """axe-core finds nothing on any view in either theme, and nothing is wider than a phone of 320 pixels."""
    from axe_playwright_python.sync_playwright import Axe

    axe, found = Axe(), {}
    colours = {"runOnly": ["color-contrast", "link-in-text-block"]}  # nothing else differs between the themes
    rules = colours if theme == "dark" else None
    with opened(browser, request, color_scheme=theme, bypass_csp=True) as page:
        for name, path in VIEWS.items():
            live(page, server.url + path)
            page.set_viewport_size({"width": 1200, "height": 800})
            page.locator("summary", has_text="Connect a client").click()
            # The catalogue is long, and is looked at where it stands alone.
            context = {"exclude": [["#list"]]} if name == "scenario" else None
            violations = axe.run(page, context, rules).response["violations"]
            found |= {f"{name} {each['id']}": [node["html"] for node in each["nodes"]] for each in violations}
            page.set_viewport_size({"width": 320, "height": 640})
            if page.evaluate("document.documentElement.scrollWidth") > 320:
                found[f"{name} is too wide"] = []

    assert found == {}


def test_nothing_leaves_the_origin(page: Page, server: Server) -> None:
    """Every request of every view and of the explorer goes to this server."""
    hosts = set()
    page.on("request", lambda sent: hosts.add(urlsplit(sent.url).netloc))

    for path in [*VIEWS.values(), "/docs", "/docs/admin", "/"]:
        page.goto(server.url + path, wait_until="load")
    page.goto(f"{server.url}/docs/v1p1")
    page.get_by_text("/academicSessions", exact=True).first.wait_for()

    assert hosts == {urlsplit(server.url).netloc}


def test_scripts_of_others(page: Page, server: Server, sandbox: mockroster.Sandbox) -> None:
    """Markup in a record, a path, a query, a header and a scenario is text everywhere; the policy stops the rest."""
    blocked: list[str] = []
    page.on(
        "console", lambda message: blocked.append(message.text) if "Content Security Policy" in message.text else None
    )
    user = server.get("/__admin/records/users/hostile").json()
    sandbox.put("users", "hostile", {**user, "sourcedId": "hostile"})
    ask(f"{sandbox.url}{V1P1}/{quote(HOSTILE, safe='')}?q={quote(HOSTILE)}", headers={"X-Mark": HOSTILE})

    for path in (
        *("/ui/requests?request=1", "/ui/data/users?filter=username%3D'h'", "/ui/data/users/hostile", "/ui/time"),
        *(
            f"/ui/scenarios?scenario={quote(HOSTILE)}",
            f"/ui/data/{quote(HOSTILE, safe='')}",
            f"/ui/requests?q={quote(HOSTILE)}",
        ),
    ):
        live(page, sandbox.url + path)
        page.get_by_text("window.broken").first.wait_for(state="attached")
        assert page.evaluate("window.broken") is None

    page.evaluate("text => document.querySelector('main').insertAdjacentHTML('beforeend', text)", HOSTILE)
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.broken = 3'}))"
    )
    page.wait_for_timeout(50)
    assert page.evaluate("window.broken") is None
    assert len(blocked) >= 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_before(browser: Browser, request: pytest.FixtureRequest, theme: str) -> None:
    """axe-core finds nothing on the index and on the sign-in, and neither is wider than a phone."""
    from axe_playwright_python.sync_playwright import Axe

    found = {}
    with (
        mockroster.Server(students=4, admin_token="let-me-in") as server,
        opened(browser, request, color_scheme=theme, viewport={"width": 320, "height": 640}) as page,
    ):
        for path in ("/", "/ui/data"):
            page.goto(server.url + path)
            found[path] = [(each["id"], each["nodes"]) for each in Axe().run(page).response["violations"]]
            assert page.evaluate("document.documentElement.scrollWidth") == 320

    assert found == {"/": [], "/ui/data": []}


# Requests.


def test_requests_are_live(page: Page, sandbox: mockroster.Sandbox) -> None:
    """A request appears as it arrives, with what there is to say of it, and the count is the journal's."""
    live(page, f"{sandbox.url}/ui/requests")
    sandbox.get(f"{V1P1}/users?limit=3")

    row = page.locator("#rows tr", has_text="/users?limit=3")
    row.wait_for()

    assert "200" in row.inner_text()
    assert re.search(r"\b3\b", row.inner_text())
    assert "mockroster" in row.inner_text()
    page.wait_for_function(
        "count => document.querySelector('#count').dataset.total == count", arg=str(len(sandbox.requests))
    )


def test_details(page: Page, sandbox: mockroster.Sandbox) -> None:
    """A click shows request and response, redacted, as curl, with the nearest operation; the address can be shared."""
    sandbox.get(f"{V1P1}/uzers?limit=1")
    live(page, f"{sandbox.url}/ui/requests")

    page.get_by_role("link", name="/uzers?limit=1").click()

    detail = page.locator("#detail")
    detail.get_by_text("nearest operations").wait_for()
    assert "getAllUsers" in detail.inner_text()
    assert "Bearer [redacted]" in detail.inner_text()
    curl = detail.get_by_label("As curl").inner_text()
    assert curl.startswith(f"curl '{sandbox.url}{V1P1}/uzers?limit=1'")
    assert '-H "Authorization: Bearer $TOKEN"' in curl
    address = page.url
    page.keyboard.press("Escape")
    assert not detail.is_visible()
    assert "request=" not in page.url
    live(page, address)
    detail.get_by_text("nearest operations").wait_for()


def test_search(page: Page, sandbox: mockroster.Sandbox) -> None:
    """Words narrow the list, are part of the address, and an unknown one is named."""
    sandbox.get(f"{V1P1}/users?limit=1")
    sandbox.get(f"{V1P1}/uzers")
    sandbox.use("server-error:status=502")
    sandbox.get(f"{V1P1}/orgs")
    live(page, f"{sandbox.url}/ui/requests?q=status:4xx")
    page.locator("#rows tr").first.wait_for()
    found = {"status:4xx": rows(page)}

    for words in ("path:/users", "-status:200", "scenario:server", "client:mockroster orgs", "method:post", "limit=1"):
        page.get_by_label("Search").fill(words)
        found[words] = rows(page)

    assert found == {
        "status:4xx": [f"{V1P1}/uzers"],
        "path:/users": [f"{V1P1}/users?limit=1"],
        "-status:200": [f"{V1P1}/orgs", f"{V1P1}/uzers"],
        "scenario:server": [f"{V1P1}/orgs"],
        "client:mockroster orgs": [f"{V1P1}/orgs"],
        "method:post": [entry.path for entry in sandbox.requests if entry.method == "POST"],
        "limit=1": [f"{V1P1}/users?limit=1"],
    }
    assert "q=limit%3D1" in page.url
    page.get_by_label("Search").fill("statsu:200")
    assert "There is no word “statsu:”" in page.locator("#unknown").inner_text()


def test_keys(page: Page, sandbox: mockroster.Sandbox) -> None:
    """The list goes by keys alone: search, up and down, open, close, follow."""
    for number in range(1, 4):
        sandbox.get(f"{V1P1}/users?limit={number}")
    live(page, f"{sandbox.url}/ui/requests")
    page.locator("#rows tr").first.wait_for()

    page.keyboard.press("/")
    page.keyboard.type("users")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert "limit=2" in page.locator("tr[aria-current=true]").inner_text()
    page.keyboard.press("k")
    assert "limit=3" in page.locator("tr[aria-current=true]").inner_text()
    page.keyboard.press("Enter")
    page.locator("#detail").wait_for()
    assert page.evaluate("document.activeElement.id") == "detail-heading"
    page.keyboard.press("Escape")
    assert "limit=3" in page.evaluate("document.activeElement.textContent")
    assert page.locator("#follow").get_attribute("aria-pressed") == "false"
    page.keyboard.press("f")
    assert page.locator("#follow").get_attribute("aria-pressed") == "true"


def test_pause_and_clear(page: Page, sandbox: mockroster.Sandbox) -> None:
    """A paused list stands still and counts newer requests; cleared, it is empty and continues."""
    sandbox.get(f"{V1P1}/users?limit=1")
    live(page, f"{sandbox.url}/ui/requests")
    page.locator("#rows tr").first.wait_for()
    before = rows(page)

    page.get_by_role("button", name="Follow").click()
    sandbox.get(f"{V1P1}/users?limit=2")
    page.get_by_role("button", name="1 newer").wait_for()
    assert rows(page) == before
    page.get_by_role("button", name="1 newer").click()
    page.locator("#rows tr", has_text="limit=2").wait_for()

    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("No requests yet").wait_for()
    assert len(sandbox.requests) == 0
    sandbox.get(f"{V1P1}/users?limit=3")
    page.locator("#rows tr", has_text="limit=3").wait_for()
    assert page.locator("#count").get_attribute("data-total") == "1"


def test_two_sandboxes(page: Page, browser: Browser, server: Server, request: pytest.FixtureRequest) -> None:
    """Two tabs with two sandboxes never show each other's requests, records or scenarios."""
    with server.sandbox() as one, server.sandbox() as other, opened(browser, request) as second:
        live(page, f"{one.url}/ui/requests")
        live(second, f"{other.url}/ui/requests")
        for number in range(1, 6):
            one.get(f"{V1P1}/users?limit={number}")
            other.get(f"{V1P1}/orgs?limit={number}")
        page.locator("#rows tr", has_text="users?limit=5").wait_for()
        second.locator("#rows tr", has_text="orgs?limit=5").wait_for()

        assert "orgs" not in "".join(rows(page))
        assert "users" not in "".join(rows(second))
        one.use("slow:ms=1")
        page.get_by_role("link", name="Scenarios").click()
        second.get_by_role("link", name="Scenarios").click()
        assert "slow:ms=1" in page.locator("main").inner_text()
        second.get_by_text("None: this sandbox behaves").wait_for()


def test_restart(page: Page) -> None:
    """A server that was started anew shows as a gap, and the list goes on with its requests."""
    with served("--students", "4", "--no-auth") as first:
        first.ask("GET", f"{V1P1}/users?limit=1")
        live(page, f"{first.url}/ui/requests")
        page.locator("#rows tr", has_text="limit=1").wait_for()
        port = first.address[1]
    page.locator("#state[data-state=lost]").wait_for()

    with served("--students", "4", "--no-auth", "--port", str(port)) as second:
        second.ask("GET", f"{V1P1}/users?limit=2")
        page.locator("#rows tr", has_text="limit=2").wait_for(timeout=15_000)
        texts = page.locator("#rows tr").all_inner_texts()

    assert [bool(re.search("limit=2", text)) for text in texts] == [True, False, False]
    assert "requests may be missing here" in texts[1]
    assert "limit=1" in texts[2]


def test_dropped(page: Page, server: Server) -> None:
    """A page whose sandbox is dropped says so, and does not make it anew."""
    with server.sandbox() as sandbox:
        live(page, f"{sandbox.url}/ui/requests")
    name = sandbox.url.rpartition("/")[2]

    page.locator("#state[data-state=gone]").wait_for()

    assert name not in [row["name"] for row in server.get("/__admin/sandboxes").json()["sandboxes"]]


def test_steady_load(browser: Browser) -> None:
    """At 500 requests a second keys answer and the count is right; `make soak-dashboard` goes on, and is stricter."""
    assert soak(browser, rate=500, number=1500, key_seconds=1.0) == []


# Data.


def test_edit(page: Page, sandbox: mockroster.Sandbox) -> None:
    """An edited record is changed by what differs, a fault is named, and the history shows it."""
    sandbox.put("categories", "c1", {"title": "Homework", "metadata": {"a": 1, "b": 2}})
    live(page, f"{sandbox.url}/ui/data/categories/c1")
    page.get_by_text("Edit", exact=True).click()
    field = page.get_by_label("The record as 1.2")
    record = json.loads(field.input_value())
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Nothing differs").wait_for()
    field.fill("{")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("This is not JSON").wait_for()
    field.fill(json.dumps({**record, "title": ""}))
    page.get_by_role("button", name="Save").click()
    page.locator("#json-problem", has_text="title").wait_for()

    field.fill(json.dumps({**record, "title": "Essays", "metadata": {"b": 3}}))
    page.get_by_role("button", name="Save").click()

    page.get_by_role("heading", name="Data: Essays").wait_for()
    stored = sandbox.record("categories", "c1")
    assert (stored["title"], stored["metadata"]) == ("Essays", {"b": 3})
    assert "Homework" in page.locator(".history").inner_text()


def test_large_sandbox(page: Page, sandbox: mockroster.Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a large sandbox the records that refer to one follow after the page."""
    monkeypatch.setattr("mockroster.http.dashboard.data.QUICK_RECORDS", 10)
    school = sandbox.get(f"{V1P1}/schools?limit=1").json()["orgs"][0]

    page.goto(f"{sandbox.url}/ui/data/orgs/{school['sourcedId']}")
    page.get_by_role("link", name=re.compile("All .* enrollments")).click()

    page.get_by_role("heading", name="Data: enrollments").wait_for()
    assert page.get_by_label("Filter").input_value() == f"school='{school['sourcedId']}'"


def test_delete(page: Page, sandbox: mockroster.Sandbox) -> None:
    """A record is marked as tobedeleted, or deleted, once the person has confirmed it."""
    sandbox.put("categories", "c1", {"title": "Homework"})
    live(page, f"{sandbox.url}/ui/data/categories/c1")

    page.get_by_role("button", name="Mark as tobedeleted").click()
    page.get_by_role("button", name="No").click()
    assert sandbox.record("categories", "c1")["status"] == "active"
    page.get_by_role("button", name="Mark as tobedeleted").click()
    page.get_by_role("button", name="Yes").click()
    page.locator(".tag", has_text="tobedeleted").wait_for()
    connected(page)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Yes").click()

    page.get_by_text("There is no such category any more").wait_for()
    assert sandbox.get("/__admin/records/categories/c1").status_code == 404


# Scenarios and time.


def test_scenario(page: Page, sandbox: mockroster.Sandbox) -> None:
    """The form writes the spec for every door, activates it, shows errors, and deactivates it."""
    live(page, f"{sandbox.url}/ui/scenarios")
    page.get_by_label("Search").fill("every n-th")
    page.get_by_role("link", name="flaky", exact=True).click()
    page.locator("#choose").wait_for()
    connected(page)
    page.locator("#p-every").fill("0")
    page.get_by_role("button", name="Activate in").click()
    page.locator("#choose-problem", has_text="every").wait_for()
    page.locator("#p-every").fill("1")

    doors = {door: page.locator(f"[data-door={door}]").inner_text() for door in ("spec", "path", "client", "header")}
    assert doors["spec"] == "flaky:every=1"
    bearer = {"Authorization": f"Bearer {sandbox.token()}"}
    name, value = doors["header"].split(": ", 1)
    assert ask(f"{doors['path']}{V1P1}/orgs", headers=bearer).status_code == 503
    assert ask(f"{sandbox.url}{V1P1}/orgs", headers={**bearer, name: value}).status_code == 503
    assert doors["client"] == "scenario:flaky:every=1"
    page.get_by_role("button", name="Activate in").click()
    page.get_by_role("button", name="Remove flaky:every=1").wait_for()
    connected(page)
    assert sandbox.get(f"{V1P1}/orgs").status_code == 503
    page.get_by_role("button", name="Remove flaky:every=1").click()
    page.get_by_text("None: this sandbox behaves").wait_for()
    assert sandbox.get(f"{V1P1}/orgs").status_code == 200


def test_aim(page: Page, sandbox: mockroster.Sandbox) -> None:
    """An aimed scenario, with signs that the grammar needs for itself, acts where it is aimed by every door."""
    live(page, f"{sandbox.url}/ui/scenarios?scenario=respond")
    page.locator("#p-status").fill("418")
    page.locator("#p-body").fill("tea; milk, 50% @ ~/pot")
    page.locator("summary", has_text="Aim").click()
    page.locator("#aim-path").fill("/orgs|/te*")
    page.locator("#aim-times").fill("2")

    spec, base = (page.locator(f"[data-door={door}]").inner_text() for door in ("spec", "path"))
    bearer = {"Authorization": f"Bearer {sandbox.token()}"}
    elsewhere = [ask(f"{base}{V1P1}/{path}", headers=bearer) for path in ("users", "orgs", "terms", "orgs")]
    page.get_by_role("button", name="Activate in").click()
    page.locator("#specs").wait_for()
    here = [ask(f"{sandbox.url}{V1P1}/{path}", headers=bearer) for path in ("users", "orgs", "terms", "orgs")]

    assert spec.endswith("@path=/orgs|/te*,times=2")
    for answers in (elsewhere, here):
        assert [answer.status_code for answer in answers] == [200, 418, 418, 200]
        assert answers[1].text == "tea; milk, 50% @ ~/pot"


def test_time(page: Page, sandbox: mockroster.Sandbox) -> None:
    """The clock moves, a snapshot is saved and restored, and what changed elsewhere is announced."""
    live(page, f"{sandbox.url}/ui/time")
    page.get_by_label("Name", exact=True).fill("before")
    page.get_by_role("button", name="Save this moment").click()
    page.get_by_text("The snapshot is saved.").wait_for()
    connected(page)
    sandbox.put("categories", "c1", {"title": "Homework"})
    page.get_by_text("Records have changed.").wait_for()
    before = page.locator("#clock").inner_text()[:10]
    page.get_by_role("button", name="A week later").click()
    page.wait_for_function("before => document.querySelector('#clock').textContent.slice(0, 10) != before", arg=before)
    connected(page)
    page.get_by_role("button", name="Restore before").click()
    page.get_by_role("button", name="Yes").click()

    page.get_by_text("Restored.").wait_for()
    assert page.locator("#clock").inner_text()[:10] == before
    assert sandbox.get("/__admin/records/categories/c1").status_code == 404


def test_days_and_events(page: Page, sandbox: mockroster.Sandbox) -> None:
    """A week passes, an event happens with its parameters, a fault is named, and the day leads to the records."""
    live(page, f"{sandbox.url}/ui/time")
    page.get_by_role("button", name="A week", exact=True).click()
    page.get_by_text(re.compile(r"2026-01-15 to 2026-01-22: \d+ events?\.")).wait_for()
    connected(page)
    page.locator("summary", has_text="Let one event happen now").click()
    page.locator("summary", has_text="student-enrolled").click()
    page.locator("#e-student-enrolled-count").fill("0")
    form = page.locator("form[aria-label=student-enrolled]")
    form.get_by_role("button").click()
    page.locator("#said.problem", has_text="count").wait_for()
    page.locator("#e-student-enrolled-count").fill("2")
    form.get_by_role("button").click()
    page.get_by_text(re.compile(r"student-enrolled: \d+ records changed\.")).wait_for()

    page.locator("article", has_text="event:student-enrolled").first.get_by_role("link").first.click()

    page.get_by_role("heading", name=re.compile("^Data: ")).wait_for()
    assert "by event:student-enrolled" in page.locator(".history").inner_text()


def test_verdict(page: Page, sandbox: mockroster.Sandbox) -> None:
    """A run is begun and ended, a finding leads to its request, and the request says what the verdict says of it."""
    live(page, f"{sandbox.url}/ui/verdict")
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Begin a run").click()
    page.get_by_role("button", name="End nightly").wait_for()
    connected(page)
    sandbox.get(f"{V1P1}/users?limit=5")
    page.get_by_role("button", name="End nightly").click()
    page.get_by_text("The run has ended.").wait_for()
    page.get_by_role("link", name="nightly").click()
    page.get_by_text("judged").wait_for()

    page.locator("#V01").get_by_role("link").first.click()
    page.locator("#detail").wait_for()
    page.get_by_role("button", name="What the verdict says of it").click()

    page.locator("#detail").get_by_role("link", name="V01").wait_for()
    assert "users?limit=5" in page.locator("#detail").inner_text()


# The frame, the sign-in and the explorer.


def test_frame(page: Page, server: Server) -> None:
    """From the frame a person makes a sandbox, gets a token that works, and resets."""
    name = fresh_name()
    live(page, f"{server.url}/ui/data")
    page.locator("summary", has_text="Sandbox").click()
    page.get_by_label("New sandbox").fill(name)
    page.get_by_role("button", name="Make it").click()
    page.wait_for_url(f"**/sandboxes/{name}/ui/data")
    connected(page)
    page.locator("summary", has_text="Connect a client").click()
    page.get_by_role("button", name="Get a token").click()
    token = page.locator("#issued code").first
    page.wait_for_function("document.querySelector('#issued code').textContent")
    bearer = {"Authorization": f"Bearer {token.inner_text()}"}
    assert ask(f"{server.url}/sandboxes/{name}{V1P1}/orgs", headers=bearer).status_code == 200

    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Yes").click()

    page.get_by_text("is as at its start").wait_for()


def tab_to(page: Page, text: str) -> None:
    """Press Tab until the control with that text has the focus, which must be visible."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if text in page.evaluate("document.activeElement.textContent"):
            break
    assert text in page.evaluate("document.activeElement.textContent")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_first_minutes_by_keyboard(page: Page, sandbox: mockroster.Sandbox) -> None:
    """By the keyboard alone a person gets a token, finds a record, activates a scenario, and sees its effect."""
    user = sandbox.get(f"{V1P1}/students?limit=1").json()["users"][0]
    live(page, f"{sandbox.url}/ui")

    tab_to(page, "Connect a client")
    page.keyboard.press("Enter")
    tab_to(page, "Get a token")
    page.keyboard.press("Enter")
    page.locator("#issued code").first.wait_for()
    page.keyboard.press("Escape")
    page.goto(f"{sandbox.url}/ui")
    tab_to(page, "Data")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Data", exact=True).wait_for()
    connected(page)
    while not page.locator("[aria-current=true]", has_text="users").is_visible():
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Data: users").wait_for()
    connected(page)
    page.keyboard.press("/")
    page.keyboard.type(f"username='{user['username']}'")
    page.keyboard.press("Enter")
    page.get_by_text("1 to 1 of 1").wait_for()
    connected(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=user["familyName"]).wait_for()
    connected(page)
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Data: users").wait_for()
    tab_to(page, "Scenarios")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Catalogue").wait_for()
    connected(page)
    page.keyboard.press("/")
    page.keyboard.type("server-error")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("#choose").wait_for()
    connected(page)
    tab_to(page, "Activate in")
    page.keyboard.press("Enter")
    page.locator("#specs", has_text="server-error").wait_for()

    assert sandbox.get(f"{V1P1}/orgs").status_code == 500


def test_signing_in(page: Page) -> None:
    """With an admin token there is one field first; a wrong token says so, the right one leads on, and out again."""
    with mockroster.Server(students=4, admin_token="let-me-in") as server:
        page.goto(f"{server.url}/ui/time")
        page.get_by_label("Admin token").fill("wrong")
        page.keyboard.press("Enter")
        page.get_by_text("not the token").wait_for()
        page.get_by_label("Admin token").fill("let-me-in")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Time", exact=True).wait_for()
        connected(page)
        assert "let-me-in" not in page.url
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Admin token").wait_for()


def test_explorer(page: Page, sandbox: mockroster.Sandbox) -> None:
    """One click authorises the explorer, and its requests go to the sandbox."""
    page.goto(f"{sandbox.url}/docs/v1p1")
    page.get_by_role("button", name="Authorize requests").click()
    page.get_by_text("authorized as mockroster").wait_for()
    page.get_by_text("/academicSessions", exact=True).first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table .response-col_status", has_text="200").wait_for()

    assert [entry.status for entry in sandbox.requests.find(path="/academicSessions")] == [200]
