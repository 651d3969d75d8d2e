"""The dashboard without a browser: addresses, headers, the sign-in, and what its pages show of records."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import Api, make_app
from flask import Flask
from tenants import HEADER, V1P1, fresh_name
from werkzeug.test import Client, TestResponse

import mockroster
from mockroster.http.lifecycle import Application

VIEWS = [
    "/ui",
    "/ui/requests",
    "/ui/data",
    "/ui/data/users",
    "/ui/scenarios",
    "/ui/scenarios?scenario=flaky",
    "/ui/time",
    "/ui/verdict",
]
FILES = Path(mockroster.__file__).parent / "http" / "dashboard"
HOSTILE = "<script>window.broken = 1</script>\"'><img src=x onerror=alert(1)>"
TOKEN = "let-me-in"


def shown(app: Flask, path: str, **headers: str) -> TestResponse:
    """Read a page as a browser would that was given its address."""
    return Client(app, use_cookies=False).get(path, headers={"Accept": "text/html", **headers})


def text_of(response: TestResponse) -> str:
    """Return what a person reads on a page."""
    body = response.text.partition("<main")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


@pytest.fixture(scope="module")
def locked() -> Flask:
    """Return an application with an admin token."""
    return make_app(students=4, admin_token=TOKEN)


# Addresses and headers.


@pytest.mark.parametrize("path", VIEWS)
@pytest.mark.parametrize("prefix", ["", "/sandboxes/other"])
def test_views(path: str, prefix: str, api: Api) -> None:
    """Each view has an address, one ``main`` with a heading of its name, a strict policy, and links of its sandbox."""
    response = shown(api.app, prefix + path)

    assert response.status_code == 200
    assert response.content_type == "text/html; charset=utf-8"
    assert response.text.count("<main") == 1
    name = path.partition("?")[0].split("/")[2] if path != "/ui" else "requests"
    assert re.search(rf"<h1>{name.capitalize()}", response.text)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy
    rest = re.sub(r'<details class="menu">.*?</details>', "", response.text, flags=re.DOTALL)
    links = [link for link in re.findall(r' (?:href|data-to)="(/[^"]*)"', rest) if "/ui/static/" not in link]
    assert all(link.startswith(prefix) for link in links)
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", response.text)


@pytest.mark.parametrize(
    "path", ["/ui/nothing", "/ui/data/uzers", "/ui/data/users/nobody", "/ui/scenarios?scenario=flakey"]
)
def test_missing(path: str, api: Api) -> None:
    """A page that is not there is a 404 for people, with the nearest name."""
    response = shown(api.app, path)

    assert response.status_code == 404
    assert "There is no" in text_of(response)
    assert "uzers" not in path or "did you mean 'users'?" in text_of(response)


def test_size() -> None:
    """All files that the dashboard is made of, without those of the explorer, weigh at most 80 kB."""
    explorer = {"docs.html", "explorer.js", "explorer.css"}
    files = [
        file for folder in ("templates", "static") for file in FILES.glob(f"{folder}/*") if file.name not in explorer
    ]

    assert len(files) > 20
    assert sum(file.stat().st_size for file in files) <= 80_000


def test_screenshots() -> None:
    """The page of the documentation shows every picture of `make screenshots`, and no other."""
    docs = Path(__file__).parents[1] / "docs"
    page = (docs / "how-to" / "use-the-dashboard.md").read_text(encoding="utf-8")

    assert set(re.findall(r"\.\./screenshots/([^\"]*)", page)) == {file.name for file in docs.glob("screenshots/*")}


def test_assets(api: Api) -> None:
    """A script that has not changed is not sent again."""
    first = shown(api.app, "/ui/static/main.js")
    again = shown(api.app, "/ui/static/main.js", **{"If-None-Match": first.headers["ETag"]})

    assert first.content_type == "text/javascript; charset=utf-8"
    assert again.status_code == 304
    assert shown(api.app, "/ui/static/nothing.js").status_code == 404


def test_not_recorded(fresh: Api) -> None:
    """Neither the dashboard nor the explorer is in the journal, or touched by a scenario."""
    Client(fresh.app).put("/__admin/scenarios", json={"active": ["server-error"]})
    Client(fresh.app).delete("/__admin/requests")

    statuses = [shown(fresh.app, path).status_code for path in [*VIEWS, "/docs", "/docs/openapi/v1p1.json"]]

    assert set(statuses) == {200}
    assert Client(fresh.app).get("/__admin/requests").get_json()["requests"] == []


def test_behind_a_proxy() -> None:
    """Requests by the address of --base-url get links below its path; others get plain ones."""
    app = make_app(students=1, base_url="https://tools.example/mock", host="0.0.0.0")  # noqa: S104

    assert 'href="/mock/sandboxes/x/ui/data"' in shown(app, "/sandboxes/x/ui", Host="tools.example").text
    assert 'href="/sandboxes/x/ui/data"' in shown(app, "/sandboxes/x/ui", Host="localhost:8080").text


def test_no_ui() -> None:
    """With --no-ui neither is there, and the index does not lead to them."""
    app = make_app(students=1, no_ui=True)

    statuses = {shown(app, path).status_code for path in [*VIEWS, "/docs", "/docs/v1p1", "/ui/static/main.js"]}

    assert statuses == {404}
    assert "/ui" not in shown(app, "/").text


def test_other_origins(api: Api) -> None:
    """A page of another origin gets nothing; a link on it leads to the dashboard."""
    link = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

    assert shown(api.app, "/ui/data", Origin="https://evil.example").status_code == 403
    assert shown(api.app, "/ui/data", **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert shown(api.app, "/ui/data", **{"Sec-Fetch-Site": "cross-site", **link}).status_code == 200


# The sign-in.


@pytest.mark.parametrize("path", VIEWS)
def test_signed_out(path: str, locked: Flask) -> None:
    """Before the sign-in there is one password field and nothing of the sandbox, which is not even made."""
    name = fresh_name()

    response = shown(locked, f"/sandboxes/{name}{path}")

    assert response.status_code == 401
    assert re.findall(r'<input[^>]*type="(\w+)"', response.text) == ["hidden", "password"]
    assert "users" not in re.sub(r'value="[^"]*"', "", response.text)
    assert TOKEN not in response.text
    assert isinstance(locked, Application)
    assert not locked.sandboxes.exists(name)


@pytest.mark.parametrize("path", ["/ui", "/__admin/requests"])
def test_signed_out_without_access_control(path: str) -> None:
    """Under --no-auth, too, a person who has not signed in makes no sandbox; a client of the standard's paths does."""
    app = make_app(students=1, admin_token=TOKEN, no_auth=True)
    assert isinstance(app, Application)

    assert shown(app, f"/sandboxes/mine{path}").status_code == 401
    assert not app.sandboxes.exists("mine")
    assert shown(app, f"/sandboxes/mine{V1P1}/orgs").status_code == 200
    assert app.sandboxes.exists("mine")


def test_sign_in(locked: Flask) -> None:
    """The right token sets a cookie that scripts and other sites cannot use, and leads to the page asked for."""
    client = Client(locked)

    response = client.post("/ui/sign-in", data={"token": TOKEN, "next": "/sandboxes/x/ui/time?day=2026-01-01"})

    assert response.status_code == 303
    assert response.headers["Location"] == "/sandboxes/x/ui/time?day=2026-01-01"
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    assert client.get("/ui/data").status_code == 200
    assert client.get("/__admin/requests").status_code == 200
    assert client.get("/__admin/requests", headers={"Origin": "https://evil.example"}).status_code == 403
    client.post("/ui/sign-out")
    assert client.get("/__admin/requests").status_code == 401


@pytest.mark.parametrize("presented", ["", "wrong", TOKEN[:-1], TOKEN + "x", "é" * 9])
def test_wrong_token(presented: str, locked: Flask) -> None:
    """Any other token is refused on the page, and sets no cookie."""
    response = Client(locked).post("/ui/sign-in", data={"token": presented, "next": "/ui"})

    assert response.status_code == 403
    assert "Set-Cookie" not in response.headers
    assert "not the token" in text_of(response)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_sign_in_leads_nowhere_else(target: str, locked: Flask) -> None:
    """The address after the sign-in is on this server."""
    response = Client(locked).post("/ui/sign-in", data={"token": TOKEN, "next": target})

    assert response.headers["Location"] == "/ui"


@pytest.mark.parametrize("cookie", ["", "x", "é", TOKEN])
def test_wrong_cookie(cookie: str, locked: Flask) -> None:
    """A cookie that was not issued opens nothing."""
    assert isinstance(locked, Application)
    assert locked.guard.session is not None
    header = {"Cookie": f"{locked.guard.session.cookie_name}={quote(cookie)}"}

    assert shown(locked, "/ui/data", **header).status_code == 401
    assert shown(locked, "/__admin/requests", **header).status_code == 401


def test_link_from_elsewhere(locked: Flask) -> None:
    """A browser withholds the cookie from a link on another site, so the page asks for itself once more."""
    link = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site"}

    assert 'http-equiv="refresh"' in shown(locked, "/ui/data", **link).text
    assert 'http-equiv="refresh"' not in shown(locked, "/ui/data", **{"Sec-Fetch-Site": "same-origin"}).text


def test_token(fresh: Api, locked: Flask) -> None:
    """A person gets a token of the sandbox, with every scope and without a token request; a stranger gets none."""
    name = fresh_name()
    answer = Client(fresh.app).post(f"/sandboxes/{name}/ui/token").get_json()

    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert Client(fresh.app).get(f"/sandboxes/{name}{V1P1}/demographics", headers=bearer).status_code == 200
    assert Client(fresh.app).get(f"{V1P1}/demographics", headers=bearer).status_code == 401
    assert Client(locked).post("/ui/token").status_code == 401


# Data.


def test_listing(api: Api) -> None:
    """A list is filtered, sorted and paged by the standard's grammar, and leads to its other pages."""
    students = sorted(row["familyName"] for row in api.all("users") if row["role"] == "student")
    query = "filter=roles.role%3D'student'&sort=familyName&orderBy=desc&limit=50"

    first = shown(api.app, f"/ui/data/users?{query}")
    last = shown(api.app, f"/ui/data/users?{query}&offset=100")

    assert f"1 to 50 of {len(students)}" in text_of(first)
    names = re.findall(r"data-row href=[^>]*>([^<]*)<", first.text)
    assert [html.unescape(name).split(" ", 1)[1] for name in names] == students[::-1][:50]
    assert "offset=50" in first.text
    assert "Next" not in text_of(last)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("filter=rol%3D'x'", "users have no member 'rol'"),
        ("filter=role", "a filter is member, predicate"),
        ("sort=familyNam", "did you mean 'familyName'?"),
        ("offset=-1", "offset: '-1' is not a whole number"),
        ("limit=x", "limit: 'x' is not a whole number"),
    ],
)
def test_faulty_query(query: str, sentence: str, api: Api) -> None:
    """A query that cannot be executed is a 400 with a message."""
    response = shown(api.app, f"/ui/data/users?{query}")

    assert response.status_code == 400
    assert sentence in text_of(response)


def test_history_shows_values_as_json(fresh: Api) -> None:
    """The changes of members are written as in JSON: true, false and objects."""
    client = Client(fresh.app)
    user = client.get("/__admin/records/users?limit=1").get_json()["users"][0]["sourcedId"]
    client.patch(f"/__admin/records/users/{user}", json={"enabledUser": False, "metadata": {"a": [True]}})

    page = text_of(shown(fresh.app, f"/ui/data/users/{user}"))

    assert "false" in page
    assert '{"a":[true]}' in page
    assert "True" not in page


def test_every_collection(api: Api) -> None:
    """Each collection has a list, and each list leads to records whose links are right in both directions."""
    for collection in re.findall(r'data-row href="/ui/data/(\w+)"', shown(api.app, "/ui/data").text):
        listing = shown(api.app, f"/ui/data/{collection}")
        links = re.findall(r'data-row href="([^"]*)"', listing.text)
        assert listing.status_code == 200
        if not links:
            continue
        page = shown(api.app, links[0])
        assert page.status_code == 200
        for link in re.findall(r'href="(/ui/data/\w+/[^"]*)"', page.text.partition('id="out"')[2])[:3]:
            assert links[0] in shown(api.app, link).text or "All " in shown(api.app, link).text


def test_record(fresh: Api) -> None:
    """A record is there as stored, as 1.1 and as 1.2; its history names each change, who made it and the members."""
    user = fresh.rows("/students")[0]
    at = f"/ui/data/users/{user['sourcedId']}"
    Client(fresh.app).patch(f"/__admin/records/users/{user['sourcedId']}", json={"givenName": HOSTILE})

    forms = {form: shown(fresh.app, f"{at}?as={form}") for form in ("stored", "1.1", "1.2")}

    assert '"role": "student"' in text_of(forms["1.1"])
    assert '"roles": [' in text_of(forms["1.2"])
    assert '"org": "' in text_of(forms["stored"])
    page = forms["1.2"]
    assert "<script>window" not in page.text
    assert "<img" not in page.text
    assert HOSTILE in html.unescape(page.text)
    assert "updated" in text_of(page)
    assert "by switchboard" in text_of(page)
    assert shown(fresh.app, f"{at}?as=2.0").status_code == 404


def test_large_sandbox(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a large sandbox a page does not wait for the records that refer to it: they are a part of their own."""
    school = api.all("schools")[0]["sourcedId"]
    at = f"/ui/data/orgs/{school}"
    whole = shown(api.app, at).text
    monkeypatch.setattr("mockroster.http.dashboard.data.QUICK_RECORDS", 10)

    page, part = shown(api.app, at).text, shown(api.app, f"{at}?part=incoming").text

    assert "All " in whole
    assert "All " not in page
    assert 'data-fill="?part=incoming"' in page
    assert part in whole
    assert "All " in shown(api.app, f"{at}?referrers=now").text


def test_deleted_record(fresh: Api) -> None:
    """A record that is gone is a 404 that keeps its history."""
    fresh.put("/categories/mine", {"category": {"title": "Mine"}})
    fresh.delete("/categories/mine")

    response = shown(fresh.app, "/ui/data/categories/mine")

    assert response.status_code == 404
    assert "There is no such category any more" in text_of(response)
    assert re.search("deleted .* by client mockroster .* created .* by client mockroster", text_of(response))


def test_odd_ids(fresh: Api) -> None:
    """An id with a slash, a quote or an angle has a page, is linked to, and can be filtered for."""
    name = "a/b'c <i>é"
    Client(fresh.app).put(f"/__admin/records/orgs/{quote(name, safe='')}", json={"name": "Odd", "type": "school"})
    course = {"title": "C", "courseCode": "c", "org": name}
    Client(fresh.app).put("/__admin/records/courses/c1", json=course)

    listing = shown(fresh.app, "/ui/data/courses?filter=org%3D'a/b''c <i>é'")
    link = re.search(r'href="(/ui/data/orgs/[^"]*)"', listing.text)

    assert link is not None
    page = shown(fresh.app, html.unescape(link[1]))
    assert page.status_code == 200
    assert "/ui/data/courses/c1" in page.text


# Scenarios and time.


def test_scenario_form(api: Api) -> None:
    """The form of each scenario has a field for each parameter, with its default."""
    catalogue = Client(api.app).get("/__admin/scenarios").get_json()["scenarios"]

    for row in catalogue:
        page = shown(api.app, f"/ui/scenarios?scenario={row['name']}")
        assert page.status_code == 200
        for parameter in row["parameters"]:
            default = parameter["default"]
            stated = "|".join(default) if isinstance(default, list) else str(default)
            found = re.search(rf'id="p-{parameter["name"]}"[^>]*data-default="([^"]*)"', page.text)
            assert found is not None
            assert html.unescape(found[1]) == stated


def test_days(fresh: Api) -> None:
    """The view Time counts the changes of each day of the clock, and lists those of one."""
    client = Client(fresh.app)
    client.put("/__admin/records/categories/c1", json={"title": "One"})
    client.put("/__admin/clock", json={"advance": "P3D"})
    client.put("/__admin/records/categories/c2", json={"title": "Two"})
    client.delete("/__admin/records/categories/c1")

    page = shown(fresh.app, "/ui/time")
    earlier = shown(fresh.app, "/ui/time?day=2026-01-15")

    assert re.search("2026-01-18 1 0 1 2026-01-15 1 0 0", text_of(page))
    assert "Two" in text_of(page)
    assert "deleted categories c1" in text_of(page)
    assert "created categories c1" in text_of(earlier)
    assert page.text.count("<rect class=") == 3
    assert shown(fresh.app, "/ui/time?day=soon").status_code == 404


def test_events(api: Api) -> None:
    """Each event has a form with a field for each of its parameters; days pass by the calendar."""
    catalogue = Client(api.app).get("/__admin/events").get_json()

    page = shown(api.app, "/ui/time").text

    assert f"by the calendar {catalogue['calendar']}" in page
    for event in catalogue["events"]:
        form = page.partition(f'aria-label="{event["name"]}"')[2].partition("</form>")[0]
        fields = set(re.findall(r'<(?:input|select) id="[^"]*" name="([^"]*)"', form))
        assert fields == {"count", *(parameter["name"] for parameter in event["parameters"])}


# The verdict.


def test_verdict(fresh: Api) -> None:
    """The view shows the verdict of the switchboard: rules, findings with their requests, and coverage."""
    client = Client(fresh.app)
    fresh.get("/users", limit=5)
    fresh.get("/users", limt=5)
    document = client.get("/__admin/verdict").get_json()

    page = shown(fresh.app, "/ui/verdict")

    failed = [rule for rule in document["rules"] if rule["outcome"] == "fail"]
    assert failed
    for rule in document["rules"]:
        assert f'id="{rule["id"]}"' in page.text
        assert rule["sentence"] in text_of(page)
    for finding in failed[0]["findings"]:
        assert finding["sentence"] in text_of(page)
        assert all(f'href="/ui/requests?request={number}"' in page.text for number in finding["sequences"])
    users = document["coverage"]["users"]
    assert f'<progress max="{users["rows"]}" value="{users["served"]}"' in page.text
    assert "limt" in text_of(page).partition("Mistakes")[2]


def test_runs(fresh: Api) -> None:
    """A run is judged by its name, and one that is not there is a page that says so."""
    client = Client(fresh.app)
    client.post("/__admin/runs", json={"name": "nightly"})
    fresh.get("/users", limit=5)
    client.patch("/__admin/runs/nightly", json={"ended": True})
    fresh.get("/orgs")

    page = shown(fresh.app, "/ui/verdict?run=nightly")

    assert "1 request judged" in text_of(page)
    assert '<option value="nightly" selected>' in page.text
    assert "orgs" not in text_of(page).partition("What was read")[2].partition("Runs")[0]
    assert "there is no run" in text_of(shown(fresh.app, "/ui/verdict?run=nightli"))


# The explorer.


@pytest.mark.parametrize("prefix", ["", "/sandboxes/other"])
def test_explorer(prefix: str, api: Api) -> None:
    """Each document has a page, whose requests stay in the sandbox; nothing comes from another host."""
    for name in ("v1p1", "rostering", "gradebook", "resources", "admin"):
        page = shown(api.app, f"{prefix}/docs/{name}")
        document = shown(api.app, f"{prefix}/docs/openapi/{name}.json")
        assert page.status_code == 200
        assert not re.search(r'(?:src|href)="https?:', page.text)
        assert f"http://localhost{prefix}" in json.loads(document.text)["servers"][0]["url"]
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert shown(api.app, "/docs/assets/swagger-ui-bundle.js").status_code == 200
    assert shown(api.app, "/docs/nothing").status_code == 404


def test_index_leads_there(api: Api) -> None:
    """The index leads to both, also below a sandbox."""
    page = shown(api.app, "/sandboxes/other/").text

    assert 'href="http://localhost/sandboxes/other/ui"' in page
    assert 'href="http://localhost/sandboxes/other/docs"' in page


def test_unauthorised_header(api: Api) -> None:
    """The dashboard asks for no scenario by itself: the header has no effect on it."""
    assert shown(api.app, "/ui/data", **{HEADER: "server-error"}).status_code == 200


def test_connected() -> None:
    """The frame shows the addresses and the client of the sandbox, or that none is needed."""
    app = make_app(students=1, client=(("<b>me</b>", "hush"),))

    page = shown(app, "/ui/data").text
    assert "&lt;b&gt;me&lt;/b&gt;" in page
    assert "<b>me</b>" not in page
    assert "none needed" in shown(make_app(students=1, no_auth=True), "/ui/data").text
