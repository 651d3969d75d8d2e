"""The aim of a scenario: which requests it acts on, by which door, and how they are counted."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from conftest import make_app
from flask import Flask
from tenants import (
    CLIENT,
    GRADEBOOK,
    GRANT,
    HEADER,
    ROSTERING,
    V1P1,
    Tenant,
    by_path,
    create_sandbox,
    fresh_name,
    named,
    tenant,
)
from werkzeug.wrappers import Response

from mockroster import Server
from mockroster.http.lifecycle import Application
from mockroster.sandbox.sandbox import VIEWS_KEPT
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.catalogue import scenarios
from mockroster.scenarios.exchange import Exchange

USERS, ORGS = f"{V1P1}/users?limit=1", f"{V1P1}/orgs?limit=1"
FAIL = "server-error:status=502"
ANY_USERS = f"{FAIL}@path=/users"


def acted(here: Tenant, *paths: str) -> list[bool]:
    """Send requests in order, and return for each whether a scenario acted on it."""
    return [named(here.get(path)) is not None for path in paths]


def statuses(here: Tenant, path: str, times: int) -> str:
    """Send a request several times, and return which were failures: ``.x..``."""
    return "".join("x" if here.get(path).status_code >= 500 else "." for _ in range(times))


def using(app: Flask, *active: Any) -> Tenant:
    """Return a sandbox in which scenarios are active."""
    here = tenant(app).enter()
    assert here.admin("PUT", "/scenarios", {"active": [*active]}).status_code == 200
    return here


# What matches.


@pytest.mark.parametrize(
    ("aim", "matching", "other"),
    [
        ("path=/users", [USERS, f"{ROSTERING}/users"], [ORGS, f"{V1P1}/users/nobody"]),
        (f"path={V1P1}/users", [USERS], [f"{ROSTERING}/users", f"{V1P1}/schools/x/users"]),
        ("path=/users/*", [f"{V1P1}/users/nobody", f"{V1P1}/users/x/classes"], [USERS, f"{V1P1}/usersx"]),
        ("path=*/v1p1/*", [USERS, ORGS], [f"{ROSTERING}/users"]),
        ("path=/users|/orgs", [USERS, ORGS], [f"{V1P1}/classes"]),
        ("path=/schools/?/classes", [f"{V1P1}/schools/a/classes"], [f"{V1P1}/schools/ab/classes"]),
        ("method=get", [USERS], []),
        ("method=PUT|DELETE", [], [USERS]),
        ("query=role='teacher'", [f"{V1P1}/users?filter=role%3D%27teacher%27"], [USERS]),
        ("query=a b", [f"{V1P1}/users?filter=givenName%3D'a+b'", f"{USERS}&x=a%20b"], [USERS]),
        ("query=limit=1|limit=2", [USERS, f"{V1P1}/orgs?limit=2"], [f"{V1P1}/orgs"]),
        ("path=/users,query=limit=1", [USERS], [ORGS, f"{V1P1}/users"]),
        ("client=mockroster", [USERS], []),
        ("client=nightly|other", [], [USERS]),
    ],
)
def test_matches(app: Flask, aim: str, matching: list[str], other: list[str]) -> None:
    """A scenario acts on the requests that its aim matches, and on no others."""
    here = using(app, f"{FAIL}@{aim}")

    assert acted(here, *matching) == [True] * len(matching)
    assert acted(here, *other) == [False] * len(other)


def test_method(app: Flask) -> None:
    """The method is compared, whatever its case in the aim."""
    here = using(app, f"{FAIL}@method=put|delete,path=/categories/x")
    body = {"category": {"title": "X"}}

    answers = [here.send(method, f"{V1P1}/categories/x", json=body) for method in ("PUT", "GET", "DELETE")]

    assert [answer.status_code for answer in answers] == [502, 404, 502]


def test_client_of_token_signature_and_none(app: Flask) -> None:
    """The client is that of the token or of the signature; a request without credentials has none."""
    here = using(app, f"{FAIL}@client=mockroster")
    stranger = Tenant(app, here.prefix)
    scenario = Tenant(app, here.prefix)
    scenario.bearer = scenario.token(("scenario:no-link", "any")).get_json()["access_token"]

    assert here.get(ORGS).status_code == here.signed(ORGS).status_code == 502
    assert stranger.get(ORGS).status_code == 401
    assert (scenario.get(ORGS).status_code, named(scenario.get(ORGS))) == (200, "no-link")


def test_client_of_scenario_tokens(app: Flask) -> None:
    """The tokens and signatures of ``scenario:<spec>`` have the client id ``scenario``."""
    here = using(app, f"{FAIL}@client=scenario")
    signed = here.signed(ORGS, client=("scenario:no-link", "any"))
    here.bearer = here.token(("scenario:no-link", "any")).get_json()["access_token"]

    assert (here.get(ORGS).status_code, signed.status_code) == (502, 502)


def test_data_scenario_shows_one_client_another_world(app: Flask) -> None:
    """A data scenario that is aimed at a client changes what that client reads, and nothing for the others."""
    here = using(app, "empty-school@client=scenario")
    other = Tenant(app, here.prefix)
    other.bearer = other.token(("scenario:no-link@path=/nothing", "any")).get_json()["access_token"]

    plain, changed = here.get(f"{V1P1}/users?limit=1000"), other.get(f"{V1P1}/users?limit=1000")

    assert (named(plain), named(changed)) == (None, "empty-school")
    assert plain.get_json() != changed.get_json()
    assert plain.text.replace(here.prefix, "") == Tenant(app).enter().get(f"{V1P1}/users?limit=1000").text


# What is counted.


@pytest.mark.parametrize(
    ("aim", "pattern"),
    [
        ("times=2", "xx......"),
        ("after=3", "...xxxxx"),
        ("after=3,times=1", "...x...."),
        ("every=3", "..x..x.."),
        ("after=2,every=2", "...x.x.x"),
        ("after=2,every=2,times=2", "...x.x.."),
        ("every=1,after=0", "xxxxxxxx"),
        ("rate=0", "........"),
        ("rate=1,times=1", "x......."),
    ],
)
def test_counts(app: Flask, aim: str, pattern: str) -> None:
    """``after`` lets requests pass, ``every`` takes every n-th of the rest, ``times`` ends it."""
    assert statuses(using(app, f"{FAIL}@{aim}"), ORGS, len(pattern)) == pattern


def test_rate_is_drawn_from_the_seed(app: Flask) -> None:
    """``rate`` acts on a share of the requests, the same in each sandbox of a seed; ``times`` bounds them."""
    one, two = (statuses(using(app, f"{FAIL}@rate=0.3"), ORGS, 60) for _ in range(2))
    bounded = statuses(using(app, f"{FAIL}@rate=0.3,times=2"), ORGS, 60)
    seeded = create_sandbox(app, seed=7, students=1)
    seeded.admin("PUT", "/scenarios", {"active": [f"{FAIL}@rate=0.3"]})

    assert one == two
    assert 8 <= one.count("x") <= 30
    assert bounded.count("x") == 2
    assert statuses(seeded.enter(), ORGS, 60) != one


def test_only_matching_requests_count(app: Flask) -> None:
    """Other paths, other clients, the token endpoint and the switchboard do not use up an aim."""
    here = using(app, f"{FAIL}@path=/users,after=1,times=1")

    passed = acted(here, ORGS, USERS, ORGS, "/openapi/v1p1.json", "/", "/nothing")
    here.enter()
    here.admin("GET", "/health")

    assert passed == [False] * 6
    assert acted(here, ORGS, USERS, USERS) == [False, True, False]


def test_token_requests_and_pages_do_not_count_without_path(app: Flask) -> None:
    """An aim without a path counts the requests that its scenario can act on."""
    here = using(app, f"{FAIL}@after=1,times=1")

    acted(here, "/", "/openapi/v1p1.json", "/nothing")
    here.enter()

    assert acted(here, ORGS, ORGS, ORGS) == [False, True, False]


def test_refused_requests_count(app: Flask) -> None:
    """A request counts when it arrives, also if it is refused later."""
    here = using(app, f"{FAIL}@after=2,times=1")
    stranger = Tenant(app, here.prefix)

    refused = [stranger.get(ORGS).status_code, here.get(f"{V1P1}/orgs?filter=x").status_code]

    assert refused == [401, 400]
    assert acted(here, ORGS, ORGS) == [True, False]


def test_equal_texts_act_once(app: Flask) -> None:
    """The same scenario by two doors acts and counts once, however it is written."""
    here = using(app, f"{ANY_USERS},after=1,times=1")
    header = {HEADER: " server-error : status = 502 @path=/users , times = 1,after=1"}

    answers = [here.get(USERS, headers=header).status_code for _ in range(4)]

    assert answers == [200, 502, 200, 200]


def test_texts_count_by_themselves(app: Flask) -> None:
    """Scenarios with different texts have counters of their own, and the scenario counts what its aim selects."""
    here = using(app, "flaky:every=2@path=/users", "flaky:every=2,status=500@path=/orgs")

    answers = [here.get(path).status_code for path in (USERS, ORGS, ORGS, USERS, f"{V1P1}/classes")]

    assert answers == [200, 200, 500, 503, 200]


def test_aim_of_a_provider_counts_once(app: Flask) -> None:
    """All parts of a provider act on the requests that its aim selects, and each request counts once."""
    here = using(app, "ed-fi@path=/users,after=1,times=1")
    names = [named(here.get(path)) for path in (ORGS, USERS, USERS, USERS)]
    always = using(app, "ed-fi")

    assert names == [None, None, named(always.get(USERS)), None]
    assert "," in str(names[2])


@pytest.mark.parametrize("renewal", ["put", "delete", "reset", "other door"])
def test_counting_starts_afresh(app: Flask, renewal: str) -> None:
    """A new choice and a reset begin at zero; another door shares the counter."""
    spec = f"{FAIL}@times=1"
    here = using(app, spec)
    before = acted(here, USERS, USERS)

    if renewal == "delete":
        here.admin("DELETE", "/scenarios")
    if renewal == "reset":
        here.admin("POST", "/reset")
    if renewal == "other door":
        here.spec = spec
    else:
        here.admin("PUT", "/scenarios", {"active": [spec]})

    assert before == [True, False]
    assert acted(here, ORGS, USERS) == [renewal != "other door", False]


def test_provider_starts_afresh(app: Flask) -> None:
    """The counter of a provider's aim is cleared by a new choice too."""
    here = using(app, "ed-fi@path=/users,times=1")
    before = acted(here, USERS, USERS)

    here.admin("PUT", "/scenarios", {"active": ["ed-fi@path=/users,times=1"]})

    assert before == [True, False]
    assert acted(here, USERS, USERS) == [True, False]


def test_snapshot_holds_the_counters(app: Flask) -> None:
    """A restore comes back to the counters of the snapshot."""
    here = using(app, f"{FAIL}@after=1,times=1")
    here.get(ORGS)
    here.admin("PUT", "/snapshots/once", {})

    before = acted(here, ORGS, ORGS)
    here.admin("POST", "/snapshots/once/restore")

    assert before == acted(here, ORGS, ORGS) == [True, False]


# Doors.


def test_doors(app: Flask) -> None:
    """Every door takes an aim."""
    spec = f"{FAIL}@path=/users,after=1,times=1"
    header, token, key = tenant(app).enter(), tenant(app), tenant(app)
    header.spec = spec
    token.bearer = token.token((f"scenario:{spec}", "any")).get_json()["access_token"]
    outside = f"/sandboxes/{fresh_name()}"
    path, own = Tenant(app, outside + by_path(spec)).enter(), Tenant(app, by_path(f"{spec};no-link@path=/none")).enter()
    started = Tenant(make_app(students=1, scenario=(spec,))).enter()

    for here in (header, token, path, own, started):
        assert acted(here, ORGS, USERS, USERS, USERS) == [False, False, True, False]
    answers = [key.signed(url, client=(f"scenario:{spec}", "x")).status_code for url in (ORGS, USERS, USERS, USERS)]
    assert answers == [200, 200, 502, 200]


def test_object_form(app: Flask) -> None:
    """The switchboard takes objects, in a choice and in a new sandbox, and shows the canonical text."""
    item = {"scenario": "server-error", "status": 502, "at": {"path": ["/users"], "times": 1}}
    text = "server-error:status=502@path=/users,times=1"
    here = tenant(app).enter()

    chosen = here.admin("PUT", "/scenarios", {"active": [item, "no-link@path=/none"]})
    made = Tenant(app, f"/sandboxes/{fresh_name()}")
    row = Tenant(app).admin("POST", "/sandboxes", {"name": made.prefix.rpartition("/")[2], "scenarios": [item]})

    assert chosen.get_json()["active"] == [text, "no-link@path=/none"]
    assert row.status_code == 201
    assert made.admin("GET", "/scenarios").get_json()["active"] == [text]
    assert acted(here, USERS, USERS) == acted(made.enter(), USERS, USERS) == [True, False]


def test_escapes_in_a_base_path(app: Flask) -> None:
    """In a base path the URL is decoded first, so an escape is written twice; ``~`` is a slash."""
    here = Tenant(app, "/scenarios/static-bearer:token=a%2540path=x%257E@path=~users").enter()

    answer = here.get(USERS, headers={"Authorization": "Bearer a@path=x~"})

    assert (answer.status_code, named(answer)) == (200, "static-bearer")
    assert here.get(ORGS, headers={"Authorization": "Bearer a@path=x~"}).status_code == 401


@pytest.mark.parametrize(
    ("secret", "encode"), [(":any", False), (":a:b", False), (":", False), ("", False), (":x", True)]
)
def test_credential_by_basic(app: Flask, secret: str, encode: bool) -> None:
    """HTTP Basic may be encoded or not: a colon ends the aim of an unencoded spec, and the secret follows."""
    spec = "scenario:no-link;server-error:status=502@path=/users"
    here = tenant(app)
    text = (quote(spec, safe="") if encode else spec) + secret
    id_, _, rest = text.partition(":")

    answer = here.send("POST", "/oauth2/token", data=GRANT, auth=(id_, rest))

    here.bearer = answer.get_json()["access_token"]
    assert [named(here.get(path)) for path in (ORGS, USERS)] == ["no-link", "server-error"]


BAD = [
    ("flaky@pth=/users", "did you mean 'path'?"),
    ("flaky@every=0", "flaky@every: '0' is not a whole number of at least 1"),
    ("flaky@method=GTE", "is not one of GET"),
    ("flaky@rate=2", "is not a number of at least 0 and at most 1"),
]

TWO_AIMS = "server-error@path=/users@times=1,every=2"


@pytest.mark.parametrize(("spec", "message"), BAD)
def test_refused_by_every_door(app: Flask, spec: str, message: str) -> None:
    """A wrong aim is 400 from header, base path and switchboard, and 401 from credentials."""
    here = tenant(app).enter()
    name, _, aim = spec.partition("@")
    key, _, value = aim.partition("=")

    answers = [
        here.get(ORGS, headers={HEADER: spec}),
        Tenant(app, by_path(spec)).get(ORGS),
        Tenant(app, here.prefix + by_path(spec)).get(ORGS),
        here.admin("PUT", "/scenarios", {"active": [spec]}),
        here.admin("PUT", "/scenarios", {"active": [{"scenario": name, "at": {key: value}}]}),
        Tenant(app).admin("POST", "/sandboxes", {"name": fresh_name(), "scenarios": [spec]}),
        here.token((f"scenario:{spec}", "any")),
        here.signed(ORGS, client=(f"scenario:{spec}", "any")),
    ]

    assert [answer.status_code for answer in answers] == [400] * 6 + [401] * 2
    assert answers[6].get_json()["error"] == "invalid_client"
    for answer in answers:
        assert message in answer.get_data(as_text=True).replace("\\u003f", "?")


def test_second_aim_is_refused(app: Flask) -> None:
    """A second ``@key=`` is an error that names it, not a part of the path."""
    here = tenant(app).enter()

    answers = [
        here.get(ORGS, headers={HEADER: TWO_AIMS}),
        Tenant(app, by_path(TWO_AIMS)).get(ORGS),
        here.admin("PUT", "/scenarios", {"active": [TWO_AIMS]}),
        here.token((f"scenario:{TWO_AIMS}", "any")),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400, 401]
    for answer in answers:
        assert "begins a second aim; separate the keys of an aim by commas" in answer.text
    assert "server-error@: '@times=' begins" in answers[2].text


@pytest.mark.parametrize(
    ("spec", "found"), [("slow@times=2@path=/users", "'@path='"), ("slow@path=/users@tmes=2", "did you mean 'times'")]
)
def test_second_aim_is_named(app: Flask, spec: str, found: str) -> None:
    """The error names the second aim, in any order, and the nearest key for a misspelled one."""
    answer = tenant(app).enter().admin("PUT", "/scenarios", {"active": [spec]})

    assert answer.status_code == 400
    assert found in answer.get_json()["statusInfoSet"][0]["imsx_description"]


def test_escaped_at_in_an_aim(app: Flask) -> None:
    """An escaped ``@key=`` is a part of the value, and the canonical text keeps the escape."""
    here = using(app, "server-error:status=502@path=/users,query=sort%40times=1")

    answers = [here.get(f"{USERS}&x=sort@times=1"), here.get(USERS)]

    assert [answer.status_code for answer in answers] == [502, 200]
    assert here.admin("GET", "/scenarios").get_json()["active"] == [
        "server-error:status=502@path=/users,query=sort%40times=1"
    ]


@pytest.mark.parametrize("variable", [False, True])
def test_refused_by_the_command_line(run: Callable[..., subprocess.CompletedProcess[str]], *, variable: bool) -> None:
    """A wrong aim in a flag or variable ends with exit code 2 and the nearest right key."""
    spec = "flaky@pth=/users"
    flags, environment = ([], {"MOCKROSTER_SCENARIO": spec}) if variable else (["--scenario", spec], {})

    ended = run("serve", "--port", "0", "--students", "1", *flags, **environment)

    assert ended.returncode == 2
    assert "the aim of flaky has no key 'pth'; did you mean 'path'?" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_python_doors() -> None:
    """``use`` and ``scenarios`` take texts and objects."""
    item = {"scenario": "server-error", "status": 502, "at": {"path": "/users", "times": 1}}

    with Server(students=2) as server, server.sandbox(scenarios=[item]) as sandbox:
        made = [sandbox.get(path).status_code for path in (ORGS, USERS, USERS)]
        sandbox.use(item, "no-link@path=/orgs")
        used = [sandbox.get(path).headers.get(HEADER.lower()) for path in (ORGS, USERS, USERS)]

    assert made == [200, 502, 200]
    assert used == ["no-link", "server-error", None]


# The token endpoint and other paths.


def token_of(here: Tenant) -> tuple[int, str | None]:
    """Ask for a token, and return the status and who acted."""
    answer = here.token(CLIENT)
    return answer.status_code, named(answer)


def test_token_endpoint(app: Flask) -> None:
    """Reply and wire scenarios reach the token endpoint if the path of the aim names it, and count there."""
    here = using(app, f"{FAIL}@path=/oauth2/token,times=1", "truncated-json@path=*/token,after=1,times=1", "no-link")

    assert [token_of(here) for _ in range(3)] == [(502, "server-error"), (200, "truncated-json"), (200, None)]
    assert named(here.get(ORGS)) == "no-link"


@pytest.mark.parametrize(
    ("spec", "status", "error"),
    [
        ("server-error", 500, "server_error"),
        ("recovers-after:status=503", 503, "temporarily_unavailable"),
        ("rate-limit:limit=0", 429, "temporarily_unavailable"),
        ("flaky:every=1,status=401", 401, "invalid_client"),
        ("flaky:every=1,status=400", 400, "invalid_request"),
    ],
)
def test_failures_of_the_token_endpoint(app: Flask, spec: str, status: int, error: str) -> None:
    """A failure at the token endpoint has the form of OAuth 2, elsewhere that of the standard."""
    here = using(app, f"{spec}@path=/oauth2/token|/users")

    failed, other = here.token(CLIENT), here.get(USERS)

    assert (failed.status_code, failed.get_json()["error"]) == (status, error)
    assert (other.status_code, "statusInfoSet" in other.get_json()) == (status, True)
    assert ("Retry-After" in failed.headers) == (status == 429)


def test_token_endpoint_by_client(app: Flask) -> None:
    """At the token endpoint the client is the id presented, valid or not."""
    here = using(app, f"{FAIL}@path=/token,client=stranger|mockroster")

    assert token_of(here) == (502, "server-error")
    assert here.token(("stranger", "x")).status_code == 502
    assert here.token(("other", "x")).status_code == 401


def test_access_scenarios_at_the_token_endpoint(app: Flask) -> None:
    """An access scenario is at the token endpoint without a path, and counts its token requests there."""
    here = using(app, "odd-expires-in:style=zero@after=1,times=1")

    assert [token_of(here)[1] for _ in range(3)] == [None, "odd-expires-in", None]


@pytest.mark.parametrize("path", ["/__admin/health", "/livez", "/readyz", "/", "/openapi/v1p1.json", "/ui", "/docs"])
def test_reserved_paths(app: Flask, path: str) -> None:
    """No aim reaches the switchboard, the pages and the health checks."""
    here = using(app, f"{FAIL}@path=*")

    assert named(here.get(path)) is None
    assert here.get(path).status_code != 418


@pytest.mark.parametrize("base", [V1P1, GRADEBOOK])
def test_token_endpoint_below_a_base(app: Flask, base: str) -> None:
    """The aliases of the token endpoint are reached by their own paths."""
    here = using(app, f"{FAIL}@path={base}/token")

    assert here.send("POST", f"{base}/token", data=GRANT, auth=CLIENT).status_code == 502
    assert token_of(here) == (200, None)


# Scenarios of other packages.


@dataclass(frozen=True)
class Teapot(ReplyScenario):
    """A scenario that knows nothing of aims."""

    name = "teapot"
    status: int = parameter(418, "HTTP status", least=400, most=499)

    def before(self, exchange: Exchange) -> Response | None:
        """Refuse every request, and say how many it has seen."""
        return exchange.failure(self.status, f"request {exchange.number} of {exchange.text}")


def test_scenarios_of_other_packages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario of another package is aimed like ours, and counts what its aim selects."""
    known = {**scenarios(), "teapot": Teapot}
    monkeypatch.setattr("mockroster.scenarios.catalogue._load", lambda: known)
    here = using(app, {"scenario": "teapot", "at": {"path": "/users", "after": 1, "times": 2}})

    answers = [here.get(path) for path in (ORGS, USERS, ORGS, USERS, USERS, USERS)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 418, 418, 200]
    assert "request 2 of teapot@path=/users,after=1,times=2" in answers[4].text


# Sandboxes that a request makes.


@pytest.fixture(scope="module")
def guarded() -> Flask:
    """Return an application whose sandboxes are made by requests with valid credentials only."""
    return make_app(students=1, admin_token="key")


@pytest.mark.parametrize("spec", [f"{FAIL}@times=1", "auth-failure@times=1", "recovers-after:failures=1,status=502"])
def test_counts_in_a_sandbox_that_the_request_makes(guarded: Flask, spec: str) -> None:
    """A request with a valid token counts in the sandbox that it makes, also if a scenario answers it first."""
    here = Tenant(guarded, f"/sandboxes/{fresh_name()}")
    own = Tenant(guarded, by_path(f"{spec};no-link@path=/{fresh_name()}"), bearer=Tenant(guarded).enter().bearer)
    here.bearer, here.spec = own.bearer, spec

    assert acted(here, ORGS, ORGS) == acted(own, ORGS, ORGS) == [True, False]


def test_counts_token_requests_in_a_sandbox_that_they_make(guarded: Flask) -> None:
    """A token request of a known client counts, also if a scenario answers it."""
    here = Tenant(guarded, by_path(f"{FAIL}@path=/oauth2/token,times=1"))
    other = Tenant(guarded, by_path("token-endpoint-down@times=1"))

    assert [token_of(here)[0], token_of(here)[0]] == [502, 200]
    assert [token_of(other)[0], token_of(other)[0]] == [503, 200]


def test_strangers_make_no_sandbox(guarded: Flask) -> None:
    """A request without valid credentials makes none, and so its count is lost."""
    name = fresh_name()
    here = Tenant(guarded, f"/sandboxes/{name}")
    here.spec = f"{FAIL}@times=1"

    assert acted(here, ORGS, ORGS) == [True, True]
    assert here.token(("stranger", "x")).status_code == 401
    rows = Tenant(guarded).send("GET", "/__admin/sandboxes", headers={"Authorization": "Bearer key"}).get_json()
    assert name not in [row["name"] for row in rows["sandboxes"]]


def test_views_are_bounded(app: Flask) -> None:
    """Data scenarios with many aims keep a bounded number of views."""
    assert isinstance(app, Application)
    here = tenant(app).enter()

    for number in range(VIEWS_KEPT + 3):
        here.get(f"{V1P1}/courses", headers={HEADER: f"course-org@client=mockroster|c{number}"})

    assert len(app.sandboxes.get(here.prefix.rpartition("/")[2]).data.views) == VIEWS_KEPT
