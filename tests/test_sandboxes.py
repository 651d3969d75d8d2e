"""Sandboxes: worlds of one's own, made on first use or by the switchboard, that never meet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from conftest import NOW, information, make_app
from flask import Flask
from states import restarted
from tenants import CLIENT, GRADEBOOK, HEADER, ROSTERING, V1P1, Tenant, by_path, fresh_name, named, tenant
from werkzeug.test import TestResponse

from mockroster.http.lifecycle import Application
from mockroster.roster import overlay
from mockroster.sandbox import registry
from mockroster.state.values import Limits

ORGS = f"{V1P1}/orgs?limit=1"
SCHOOL = {
    "orgs": [{"sourcedId": "o1", "name": "North High", "type": "school"}],
    "users": [
        {
            "sourcedId": "u1",
            "username": "ann",
            "givenName": "Ann",
            "familyName": "O'Hara",
            "role": "student",
            "orgs": ["o1"],
            "grades": ["09"],
        }
    ],
}


def make(app: Flask, **asked: Any) -> TestResponse:
    """Ask the switchboard of ``default`` for a sandbox."""
    return Tenant(app).admin("POST", "/sandboxes", asked)


def made(app: Flask, **asked: Any) -> Tenant:
    """Return a new sandbox."""
    response = make(app, **{"name": fresh_name(), **asked})
    assert response.status_code == 201, response.text
    return Tenant(app, f"/sandboxes/{response.get_json()['name']}")


def fault(response: TestResponse, status: int = 400) -> str:
    """Return the description of a refusal by the switchboard."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/json"
    description: str = response.get_json()["statusInfoSet"][0]["imsx_description"]
    return description


def listed(app: Flask) -> dict[str, dict[str, Any]]:
    """Return the sandboxes that the switchboard lists, by name."""
    rows = Tenant(app).admin("GET", "/sandboxes").get_json()["sandboxes"]
    return {row["name"]: row for row in rows}


@pytest.fixture
def empty() -> Flask:
    """Return an application of one student that one test has for itself."""
    return make_app(students=1)


# Made on first use.


@pytest.mark.parametrize("base", [V1P1, ROSTERING])
def test_made_on_first_use(app: Flask, base: str) -> None:
    """A sandbox that nobody made has the server's district."""
    here = tenant(app).enter()

    assert here.rows(f"{base}/users")[0]["sourcedId"] == Tenant(app).enter().rows(f"{base}/users")[0]["sourcedId"]


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "x" * 64])
def test_names(app: Flask, name: str) -> None:
    """A name has 1 to 64 letters, digits, dots, underscores and hyphens."""
    assert Tenant(app, f"/sandboxes/{name}").get("/readyz").status_code == 200


@pytest.mark.parametrize("name", ["x" * 65, "a%20b", "a:b", "%C3%A4", "a;b", "%22"])
def test_bad_names(app: Flask, name: str) -> None:
    """Any other name is 400, from the path and from the switchboard."""
    by_name = Tenant(app, f"/sandboxes/{name}").get(ORGS)

    assert "is no name of a sandbox" in fault(by_name)
    assert "is no name of a sandbox" in fault(make(app, name="a b"))
    assert "must be a string" in fault(make(app, name=5))


def test_default_has_an_address_too(app: Flask) -> None:
    """``/sandboxes/default`` is the sandbox without prefix."""
    here = Tenant(app, "/sandboxes/default").enter()

    assert Tenant(app, bearer=here.bearer).get(ORGS).status_code == 200
    assert here.admin("GET", "/health").get_json()["sandbox"] == "default"


# Apart from each other.


def test_writes_are_its_own(app: Flask) -> None:
    """A write in one sandbox is visible only there."""
    here, other, default = tenant(app).enter(), tenant(app).enter(), Tenant(app).enter()

    created = here.send("PUT", f"{V1P1}/categories/mine", json={"category": {"title": "Mine"}})

    assert created.status_code == 201
    assert [world.get(f"{V1P1}/categories/mine").status_code for world in (here, other, default)] == [200, 404, 404]


def test_clock_scenarios_and_journal_are_its_own(app: Flask) -> None:
    """Clock, scenarios and journal belong to one sandbox only."""
    here, other = tenant(app).enter(), tenant(app).enter()

    here.admin("PUT", "/clock", {"now": "2030-01-01T00:00:00Z"})
    here.admin("PUT", "/scenarios", {"active": ["no-link"]})
    here.admin("DELETE", "/requests")
    other.get(ORGS)

    assert other.admin("GET", "/clock").get_json()["now"].startswith(NOW.date().isoformat())
    assert named(other.get(ORGS)) is None
    assert here.admin("GET", "/requests").get_json()["requests"] == []
    assert len(other.admin("GET", "/requests").get_json()["requests"]) == 3


def test_links_and_references_stay_inside(app: Flask) -> None:
    """Each reference and link begins with the prefix, and leads somewhere."""
    here = tenant(app).enter()
    response = here.get(f"{ROSTERING}/classes?limit=1&offset=1")
    (row,) = response.get_json()["classes"]

    addresses = [row["school"]["href"], row["course"]["href"], row["terms"][0]["href"]]
    addresses += [part.partition(">")[0].lstrip(" <") for part in response.headers["Link"].split(",")]

    assert len(addresses) == 7
    for address in addresses:
        assert address.startswith(f"http://localhost{here.prefix}/ims/")
        assert here.get(address).status_code == 200


# Made by the switchboard.


def test_made_by_the_switchboard(app: Flask) -> None:
    """The answer has all that a client must be told."""
    name = fresh_name()

    response = make(app, name=name)

    url = f"http://localhost/sandboxes/{name}"
    assert response.status_code == 201
    assert response.get_json() == {
        "name": name,
        "url": url,
        "base_url_v1p1": url + V1P1,
        "base_url_rostering": url + ROSTERING,
        "base_url_gradebook": url + GRADEBOOK,
        "base_url_resources": f"{url}/ims/oneroster/resources/v1p2",
        "token_url": f"{url}/oauth2/token",
        "client_id": CLIENT[0],
        "client_secret": CLIENT[1],
    }


@pytest.mark.parametrize("prefix", ["", "/sandboxes/x", "/scenarios/no-link", "/sandboxes/x/scenarios/no-link"])
@pytest.mark.parametrize("base_url", [None, "https://sis.example.org/mock"])
def test_url_of_a_new_sandbox(prefix: str, base_url: str | None) -> None:
    """It begins with the base URL of the server, wherever the call was made."""
    here = Tenant(make_app(students=1, base_url=base_url), prefix)

    response = here.admin("POST", "/sandboxes", {"name": "new"})

    assert response.get_json()["url"] == f"{base_url or 'http://localhost'}/sandboxes/new"


def test_without_a_name(empty: Flask) -> None:
    """A sandbox without a name gets one that is free, also after another was dropped."""
    first, second = (make(empty).get_json()["name"] for _ in range(2))
    Tenant(empty).admin("DELETE", f"/sandboxes/{first}")

    third, fourth = (make(empty).get_json()["name"] for _ in range(2))

    assert len({first, second}) == 2
    assert len({second, third, fourth}) == 3


def test_seed_and_size(small: Flask) -> None:
    """A sandbox has a district of its own seed, of its own size, of its own profile; else those of the server."""
    same, seeded, sized, plain = (
        made(small),
        made(small, seed=7),
        made(small, students=3),
        made(small, profile="roster-only"),
    )

    here = [world.admin("GET", "/health").get_json() for world in (Tenant(small), same, seeded, sized, plain)]

    names = [world.enter().rows(f"{V1P1}/users?limit=1") for world in (Tenant(small), same, seeded, sized)]
    assert [row["seed"] for row in here] == [42, 42, 7, 42, 42]
    assert names[0][0]["sourcedId"] == names[1][0]["sourcedId"] != names[2][0]["sourcedId"]
    assert len(seeded.rows(f"{V1P1}/students?filter=status='active'&limit=1000")) == 24
    assert len(sized.rows(f"{V1P1}/students?filter=status='active'&limit=1000")) == 3
    assert "lineItems" in here[1]["counts"]
    assert "lineItems" not in here[4]["counts"]


def test_fixtures(app: Flask) -> None:
    """A sandbox has the records of its fixture document, and no others; a reset brings them back."""
    here = made(app, fixtures=SCHOOL).enter()
    here.admin("PUT", "/records/orgs/o2", {"name": "South", "type": "school"})

    before = len(here.rows(f"{V1P1}/orgs"))
    here.admin("POST", "/reset")

    assert before == 2
    assert [row["sourcedId"] for row in here.rows(f"{V1P1}/orgs")] == ["o1"]
    assert here.rows(f"{ROSTERING}/users")[0]["roles"][0]["role"] == "student"
    assert here.admin("GET", "/health").get_json()["counts"] == {"orgs": 1, "users": 1}


def test_fixtures_over_a_generated_district(small: Flask) -> None:
    """With ``base: generated`` the records lie over the server's district, or over one of their own seed."""
    here = made(small, fixtures={"base": "generated", **SCHOOL}).enter()
    other = made(small, fixtures={"base": "generated", **SCHOOL}, students=2).enter()

    assert here.get(f"{V1P1}/users/u1").status_code == other.get(f"{V1P1}/users/u1").status_code == 200
    assert len(here.rows(f"{V1P1}/students?filter=status='active'&limit=99")) == 25
    assert len(other.rows(f"{V1P1}/students?filter=status='active'&limit=99")) == 3


def test_scenarios_of_its_own(app: Flask) -> None:
    """Scenarios that a sandbox is made with are active, and are so again after a reset."""
    here = made(app, scenarios=["no-link;no-total-count"]).enter()
    here.admin("DELETE", "/scenarios")
    without = here.get(ORGS)

    here.admin("POST", "/reset")

    assert named(without) is None
    assert named(here.get(ORGS)) == "no-link, no-total-count"
    assert here.admin("GET", "/health").get_json()["scenarios"] == ["no-link", "no-total-count"]


@pytest.mark.parametrize(
    "clients",
    [
        {"app": "a:b", "other": "x"},
        ["app:a:b", "other:x"],
        [{"id": "app", "secret": "a:b"}, "other:x"],
        [{"id": "app", "secret": "a:b"}],
        "app:a:b",
    ],
)
def test_clients_of_its_own(app: Flask, clients: Any) -> None:
    """Clients are an array of ID:SECRET or of objects, or one object; those of the server are not among them."""
    response = make(app, name=fresh_name(), clients=clients)
    answer = response.get_json()
    here = Tenant(app, f"/sandboxes/{answer['name']}")

    assert (answer["client_id"], answer["client_secret"]) == ("app", "a:b")
    assert here.token(("app", "a:b")).status_code == 200
    assert here.token().status_code == 401


REFUSED = [
    ({"nam": "x"}, "'nam' is not known here; known: name, "),
    ({"nam": "x"}, "; did you mean 'name'?"),
    ({"name": ".."}, "'..' is no name of a sandbox: clients take it for a step through the path"),
    ({"seed": "x"}, "seed: 'x' is not a whole number"),
    ({"seed": True}, "seed: true is not a whole number"),
    ({"students": 0}, "students: 0 is not a whole number from 1"),
    ({"profile": "distrct"}, "did you mean 'district'?"),
    ({"fixtures": []}, "fixtures must be a fixture document"),
    ({"fixtures": {"base": "x"}}, "base: 'x' is not one of none, generated"),
    ({"fixtures": {"base": None}}, "base: null is not one of none, generated"),
    ({"profile": {"a": [True]}}, 'profile: {"a":[true]} is not one of district'),
    ({"seed": {"long": "x" * 200}}, 'seed: {"long":"' + "x" * 71 + "… is not a whole number"),
    ({"scenarios": "flaky"}, "array of strings"),
    ({"scenarios": ["flakky"]}, "did you mean 'flaky'?"),
    ({"clients": []}, "clients must have one client"),
    ({"clients": {}}, "clients must have one client"),
    ({"clients": ["app"]}, 'clients must be ["ID:SECRET"]'),
    ({"clients": [{"id": "a"}]}, 'clients must be ["ID:SECRET"]'),
    ({"clients": {"a": 1}}, 'clients must be ["ID:SECRET"]'),
    ({"clients": ["a:b", "a:c"]}, "each id once"),
    ({"clients": 5}, 'clients must be ["ID:SECRET"]'),
    ({"name": "default"}, "there is a sandbox 'default' already"),
]


@pytest.mark.parametrize(("asked", "message"), REFUSED, ids=[str(row[0]) for row in REFUSED])
def test_refused(app: Flask, asked: dict[str, Any], message: str) -> None:
    """An invalid request is refused with a message, and makes no sandbox."""
    name = fresh_name()

    response = make(app, **{"name": name, **asked})

    assert message in fault(response, {"default": 409}.get(asked.get("name", ""), 422 if "base" in message else 400))
    assert name not in listed(app)


def test_faulty_fixtures(app: Flask) -> None:
    """Every fault of a fixture document is named by collection, number and member: 422."""
    document = {"orgs": [{"sourcedId": "o1", "name": "A", "type": "scool"}, {"sourcedId": "o2", "type": "school"}]}

    message = fault(make(app, fixtures=document), 422)

    assert "orgs[0].type: 'scool' is not one of" in message
    assert "orgs[1].name:" in message


def test_a_name_that_is_taken(app: Flask) -> None:
    """A name can be made once, on first use too; then it is 409."""
    used, new = tenant(app), fresh_name()
    used.get("/readyz")

    first, second = make(app, name=new), make(app, name=new)

    assert first.status_code == 201
    assert "already" in fault(second, 409)
    assert "already" in fault(make(app, name=used.prefix.rpartition("/")[2]), 409)


def test_only_one_of_many_makes_a_name(app: Flask) -> None:
    """Of sixteen that ask at once for the same name one is told that it made it."""
    name, ready = fresh_name(), Barrier(16)

    def ask(number: int) -> tuple[int, str]:
        ready.wait()
        response = make(app, name=name, clients={f"c{number}": "x"})
        return response.status_code, response.get_json().get("client_id", "")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(16)))

    (winner,) = [client for status, client in answers if status == 201]
    assert sorted(status for status, _ in answers) == [201] + [409] * 15
    assert Tenant(app, f"/sandboxes/{name}").token((winner, "x")).status_code == 200


# Listed, dropped, bounded.


def test_listed(app: Flask) -> None:
    """The list has each sandbox with what it was answered when it was made, its seed, scenarios and counts."""
    card = make(app, fixtures=SCHOOL, scenarios=["no-link"], seed=9).get_json()

    rows = listed(app)

    assert rows[card["name"]] == {
        **card,
        "seed": 9,
        "scenarios": ["no-link"],
        "counts": {"orgs": 1, "users": 1},
    }
    assert next(iter(rows)) == "default"
    assert rows["default"]["url"] == "http://localhost"
    assert (rows["default"]["client_id"], rows["default"]["client_secret"]) == CLIENT


def test_dropped(app: Flask) -> None:
    """A sandbox that was dropped is gone with all that was written, and is made anew on its next use."""
    here = tenant(app).enter()
    here.admin("PUT", "/records/categories/mine", {"title": "Mine"})
    name = here.prefix.rpartition("/")[2]

    gone = Tenant(app).admin("DELETE", f"/sandboxes/{name}")

    assert (gone.status_code, gone.data) == (204, b"")
    assert name not in listed(app)
    assert here.get(ORGS).status_code == 401
    assert here.enter().get(f"{V1P1}/categories/mine").status_code == 404


def test_what_cannot_be_dropped(app: Flask) -> None:
    """An unknown name is 404, and ``default`` stays."""
    admin = Tenant(app)

    assert "there is no sandbox" in fault(admin.admin("DELETE", "/sandboxes/no-such"), 404)
    assert "cannot be dropped" in fault(admin.admin("DELETE", "/sandboxes/default"))


def limit(app: Flask, sandboxes: int) -> None:
    """Have an application keep so many sandboxes beside ``default``."""
    assert isinstance(app, Application)
    limited = restarted(app.sandboxes.default, Limits(sandboxes=sandboxes))
    app.sandboxes = app.extensions["mockroster"] = limited


def test_least_recently_used_goes(empty: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """If there are too many, the least recently used one is dropped, with a warning."""
    limit(empty, 3)
    for name in ("a", "b", "c"):
        Tenant(empty, f"/sandboxes/{name}").get("/readyz")
    Tenant(empty, "/sandboxes/a").get("/readyz")
    listed(empty)  # to be listed is not to be used
    make(empty, name="b")  # nor is to be asked for and refused

    Tenant(empty, "/sandboxes/d").get("/readyz")
    make(empty, name="e")

    assert list(listed(empty)) == ["default", "a", "d", "e"]
    assert [record.args for record in caplog.records] == [("3 sandboxes", "b"), ("3 sandboxes", "c")]


def test_districts_are_bounded_together(empty: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox goes too when districts of their own hold too many records; those that share one do not count."""
    make(empty, name="shared")
    make(empty, name="first", seed=1, students=12)
    monkeypatch.setattr(registry, "MOST_RECORDS", 500)

    make(empty, name="second", seed=2, students=12)
    Tenant(empty, "/sandboxes/small").get("/readyz")

    assert list(listed(empty)) == ["default", "shared", "second", "small"]


def test_districts_go_in_the_order_of_their_use(empty: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many records as the bound may stay; above it the least recently used districts go, never the new one."""
    sandboxes = empty.extensions["mockroster"]
    for number, name in enumerate(("a", "b", "c"), 1):
        make(empty, name=name, seed=number, students=12)
    size = {name: sandboxes.peek(name).start.roster.size for name in ("a", "b", "c")}
    make(empty, name="probe", seed=4, students=12)
    size["probe"] = sandboxes.peek("probe").start.roster.size
    sandboxes.drop("probe")
    Tenant(empty, "/sandboxes/a").get("/readyz")
    listed_names = []

    for bound in (sum(size.values()), sum(size.values()) - 1, size["probe"] - 1):
        monkeypatch.setattr(registry, "MOST_RECORDS", bound)
        make(empty, name="probe", seed=4, students=12)
        listed_names.append(list(listed(empty)))
        sandboxes.drop("probe")

    assert listed_names == [
        ["default", "b", "c", "a", "probe"],
        ["default", "c", "a", "probe"],
        ["default", "probe"],
    ]


def test_base_paths_are_bounded_too(empty: Flask) -> None:
    """A client that thinks up scenarios cannot fill the memory."""
    limit(empty, 3)

    for every in range(1, 9):
        Tenant(empty, by_path(f"flaky:every={every}")).get("/readyz")

    assert len(listed(empty)) == 4


# Reset.


def test_reset(app: Flask) -> None:
    """Records, scenarios, clock and journal are as at start; tokens are good."""
    here = tenant(app).enter()
    deleted = here.rows(f"{V1P1}/categories")[0]["sourcedId"]
    here.admin("PUT", "/records/categories/mine", {"title": "Mine"})
    here.send("DELETE", f"{V1P1}/categories/{deleted}")
    here.admin("PUT", "/scenarios", {"active": ["no-link"]})
    here.admin("PUT", "/clock", {"now": "2026-01-15T08:30:00Z"})

    response = here.admin("POST", "/reset")

    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers
    assert here.admin("GET", "/requests").get_json() == {"requests": [], "dropped": 0}
    assert here.admin("GET", "/clock").get_json()["now"] < "2026-01-15T08:30"
    assert here.get(f"{V1P1}/categories/mine").status_code == 404
    assert here.get(f"{V1P1}/categories/{deleted}").status_code == 200
    assert named(here.get(ORGS)) is None


def test_views_of_data_scenarios_do_not_outlive_a_reset(app: Flask) -> None:
    """As many writes after a reset as before it show the new records through a data scenario, not the old ones."""
    here = tenant(app, "empty-school").enter()

    seen = []
    for title in ("One", "Two", "Three"):
        here.admin("PUT", "/records/categories/mine", {"title": title})
        seen.append(here.rows(f"{V1P1}/categories?filter=sourcedId='mine'")[0]["title"])
        here.admin("POST", "/reset")

    assert seen == ["One", "Two", "Three"]
    assert here.rows(f"{V1P1}/categories?filter=sourcedId='mine'") == []


def test_reset_while_requests_are_under_way(app: Flask) -> None:
    """Reads and writes beside resets are consistent, and no read returns records from before a reset."""
    here, ready = tenant(app).enter(), Barrier(4)

    def work(number: int) -> set[int]:
        ready.wait()
        statuses = set()
        for turn in range(40):
            path = f"{V1P1}/categories/{number}-{turn}"
            statuses.add(here.send("PUT", path, json={"category": {"title": "x"}}).status_code)
            statuses.add(here.get(f"{V1P1}/categories?sort=title", headers={HEADER: "empty-school"}).status_code)
        return statuses

    def reset() -> set[int]:
        ready.wait()
        return {here.admin("POST", "/reset").status_code for _ in range(60)}

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work, number) for number in range(3)]
        assert pool.submit(reset).result() == {204}
        statuses = set().union(*(one.result() for one in working))
    here.admin("POST", "/reset")

    assert statuses <= {200, 201}
    assert here.rows(f"{V1P1}/categories?limit=1000") == tenant(app).enter().rows(f"{V1P1}/categories?limit=1000")
    assert len(here.admin("GET", "/requests").get_json()["requests"]) == 1


# Tokens.


def test_tokens(app: Flask) -> None:
    """A token of a sandbox is good there; one of default is good in each that has the server's clients."""
    default, one, two = Tenant(app).enter(), tenant(app).enter(), tenant(app)
    own = made(app, clients=["a:b"])

    def statuses(bearer: str) -> list[int]:
        return [Tenant(app, here.prefix, bearer=bearer).get(ORGS).status_code for here in (default, one, two, own)]

    assert statuses(default.bearer) == [200, 200, 200, 401]
    assert statuses(one.bearer) == [401, 200, 401, 401]
    assert statuses(own.enter(("a", "b")).bearer) == [401, 401, 401, 200]
    assert Tenant(app, made(app).prefix, bearer=default.bearer).get(ORGS).status_code == 200


def test_expiry_is_judged_where_a_token_is_used(app: Flask) -> None:
    """A token of default expires in the sandbox whose clock has gone on, and nowhere else; it survives a reset."""
    default, ahead, other = Tenant(app).enter(), tenant(app), tenant(app)
    ahead.bearer = other.bearer = default.bearer
    own = Tenant(app, ahead.prefix).enter()

    ahead.admin("PUT", "/clock", {"advance": "PT61M"})
    late = [ahead.get(ORGS).status_code, own.get(ORGS).status_code, other.get(ORGS).status_code]
    ahead.admin("POST", "/reset")

    assert late == [401, 401, 200]
    assert [here.get(ORGS).status_code for here in (ahead, own, default)] == [200, 200, 200]


def test_tokens_end_with_their_sandbox(app: Flask) -> None:
    """A token of a sandbox that was dropped is none in the one that is made by its name; a default's is as good."""
    here = tenant(app).enter()
    default = Tenant(app, here.prefix, bearer=Tenant(app).enter().bearer)
    before = [here.get(ORGS).status_code, default.get(ORGS).status_code]

    Tenant(app).admin("DELETE", f"/sandboxes/{here.prefix.rpartition('/')[2]}")
    refused = here.get(ORGS)

    assert before == [200, 200]
    assert refused.status_code == 401
    assert "another sandbox, or by one that is gone" in information(refused)["imsx_description"]
    assert default.get(ORGS).status_code == 200
    assert here.enter().get(ORGS).status_code == 200


def test_tokens_outlive_a_restart_with_the_same_key() -> None:
    """A server that is started again with its --token-key takes the tokens of before, until their client goes."""
    bearer = Tenant(make_app(students=1, token_key="k")).enter().bearer

    same, other, random, client_gone = (
        Tenant(make_app(students=1, **settings), bearer=bearer).get(ORGS)
        for settings in ({"token_key": "k"}, {"token_key": "other"}, {}, {"token_key": "k", "client": ["a:b"]})
    )

    assert [answer.status_code for answer in (same, other, random, client_gone)] == [200, 401, 401, 401]
    assert "--token-key" in information(other)["imsx_description"]
    assert "'mockroster'" in information(client_gone)["imsx_description"]


def test_token_of_many_scenarios(app: Flask) -> None:
    """A token stays within 300 bytes whatever scenarios it asks for, and asks for them after a reset too."""
    here = tenant(app)
    texts = [f"slow:ms={number}" for number in range(60)] + ["server-error:status=502"]
    here.enter(("scenario:" + ";".join(texts), "x"))

    first = here.get(ORGS).status_code
    here.admin("POST", "/reset")
    second = here.get(ORGS)

    assert len(here.bearer) <= 300
    assert (first, second.status_code) == (502, 502)
    assert "slow" in (named(second) or "")


def test_without_authentication() -> None:
    """Under --no-auth a new sandbox asks for nothing, unless it was given clients."""
    app = make_app(students=1, no_auth=True)

    assert tenant(app).get(ORGS).status_code == 200
    assert made(app).get(ORGS).status_code == 200
    assert made(app, clients=["a:b"]).get(ORGS).status_code == 401


# Bounds, and many at once.


def test_own_records_are_bounded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """After too many writes, further ones are 507 until a reset; replacing a record costs nothing more."""
    monkeypatch.setattr(overlay, "MOST_WRITTEN", 5000)
    here = tenant(app).enter()
    body = {"category": {"title": "x" * 2000}}

    same = [here.send("PUT", f"{V1P1}/categories/same", json=body).status_code for _ in range(5)]
    more = [here.send("PUT", f"{GRADEBOOK}/categories/{number}", json=body) for number in range(3)]
    arranged = here.admin("PUT", "/records/categories/x", body["category"])
    here.admin("POST", "/reset")

    assert same == [201, 200, 200, 200, 200]
    assert [answer.status_code for answer in more] == [201, 201, 507]
    assert "POST /__admin/reset" in more[-1].get_json()["imsx_description"]
    assert "POST /__admin/reset" in fault(arranged, 507)
    assert here.send("PUT", f"{V1P1}/categories/x", json=body).status_code == 201


def test_many_at_once(app: Flask) -> None:
    """Sixteen threads in fifty sandboxes: each finds what it wrote itself, and nothing of any other."""
    prefixes = [tenant(app).prefix for _ in range(50)]
    bearer = Tenant(app).enter().bearer

    def work(thread: int) -> list[tuple[str, int]]:
        for prefix in prefixes[thread % 7 :: 2]:
            here = Tenant(app, prefix, bearer=bearer)
            title = f"{prefix} {thread}"
            put = here.send("PUT", f"{V1P1}/categories/t{thread}", json={"category": {"title": title}})
            assert put.status_code == 201
            assert here.get(f"{V1P1}/categories/t{thread}").get_json()["category"]["title"] == title
        return [(prefix, thread) for prefix in prefixes[thread % 7 :: 2]]

    with ThreadPoolExecutor(16) as pool:
        pairs = sorted(pair for written in pool.map(work, range(16)) for pair in written)

    generated = {row["sourcedId"] for row in Tenant(app, bearer=bearer).rows(f"{V1P1}/categories?limit=1000")}
    found = []
    for prefix in prefixes:
        here = Tenant(app, prefix, bearer=bearer)
        for row in here.rows(f"{V1P1}/categories?limit=1000"):
            if row["sourcedId"] not in generated:
                assert row["title"] == f"{prefix} {row['sourcedId'][1:]}"
                found.append((prefix, int(row["sourcedId"][1:])))
        journal = here.admin("GET", "/requests").get_json()["requests"]
        assert len(journal) == 2 * sum(one == prefix for one, _ in pairs) + 1
    assert sorted(found) == pairs


def test_small_districts_are_made_once(small: Flask) -> None:
    """Tests that want the same small district share its records, and each its own writes; another seed is another."""
    first, again, other = made(small, students=5), made(small, students=5), made(small, students=5, seed=7)
    first.admin("PUT", "/records/orgs/mine", {"name": "Mine", "type": "school"})

    rosters = [
        small.extensions["mockroster"].get(one.prefix.rpartition("/")[2]).start.roster for one in (first, again, other)
    ]

    assert rosters[0] is rosters[1]
    assert rosters[0] is not rosters[2]
    assert again.admin("GET", "/export").get_json()["orgs"] != first.admin("GET", "/export").get_json()["orgs"]
