"""Every way to choose a scenario: at start, by the switchboard, by base path, by credential, for one request."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from conftest import make_app, plain_environment, served
from flask import Flask
from oauthlib.oauth1 import Client as Signer
from tenants import CLIENT, GRANT, HEADER, ROSTERING, V1P1, Tenant, by_path, fresh_name, named, tenant
from werkzeug.test import EnvironBuilder

from mockroster.errors import ConfigurationError
from mockroster.http.lifecycle import Application

ORGS = f"{V1P1}/orgs?limit=1"
BAD = [
    ("flakky", "there is no scenario 'flakky'; did you mean 'flaky'?"),
    ("flaky:evry=3", "flaky has no parameter 'evry'; did you mean 'every'?"),
    ("flaky:every=0", "flaky:every: '0' is not a whole number of at least 1"),
    ("flaky:every=x", "'x' is not a whole number"),
    ("flaky:every=1e3", "'1e3' is not a whole number"),
    ("flaky:status=200", "flaky:status: '200' is not a whole number"),
    ("flaky:every=3,every=4", "every is given twice"),
    ("auth-failure:kind=expird", "'expird' is not one of expired, missing"),
    ("no-total-count;flakky", "did you mean 'flaky'?"),
    ("expired-token:x=1", "it has none"),
    (" ; ", "names no scenario"),
]
RIGHT = ("app", "a:b c%")


def basic(text: str) -> dict[str, str]:
    """Return the header of HTTP Basic for what stands before encoding."""
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.fixture(scope="module")
def started() -> Flask:
    """Return an application with scenarios from its start."""
    return make_app(students=5, scenario=("no-total-count", "flaky:every=2;no-link"))


# At start.


def test_at_start(started: Flask) -> None:
    """Scenarios of the start act from the first request on, in order, in every sandbox with the settings of default."""
    one, two = tenant(started).enter(), tenant(started).enter()

    answers = [here.get(ORGS) for here in (one, one, two)]

    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert [named(answer) for answer in answers] == ["no-total-count, no-link", "flaky", "no-total-count, no-link"]
    assert one.admin("GET", "/scenarios").get_json()["active"] == ["no-total-count", "flaky:every=2", "no-link"]


def test_reset_brings_back_what_was_chosen_at_start(started: Flask) -> None:
    """Scenarios are as at start after a reset, whatever was chosen since, and counters begin anew."""
    here = tenant(started).enter()
    before = [here.get(ORGS).status_code for _ in range(2)]
    here.admin("DELETE", "/scenarios")
    cleared = [here.get(ORGS).status_code for _ in range(2)]

    here.admin("POST", "/reset")

    assert (before, cleared) == ([200, 503], [200, 200])
    assert [here.get(ORGS).status_code for _ in range(2)] == [200, 503]


@pytest.mark.parametrize(("spec", "message"), BAD)
def test_refused_at_start(spec: str, message: str) -> None:
    """A wrong scenario is refused before a district is generated."""
    with pytest.raises(ConfigurationError, match=re.escape(message)) as error:
        make_app(students=200_000, scenario=(spec,))

    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--scenario", "flakky"], {}),
        (["--scenario", "no-total-count", "--scenario", "no-link;flakky"], {}),
        ([], {"MOCKROSTER_SCENARIO": "no-total-count\nflakky:every=3"}),
    ],
)
def test_refused_by_the_command_line(
    run: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str], environment: dict[str, str]
) -> None:
    """A flag or variable that names no scenario ends with exit code 2 and the nearest right name."""
    ended = run("serve", "--port", "0", "--students", "1", *arguments, **environment)

    assert ended.returncode == 2, ended.stderr
    assert "there is no scenario 'flakky'; did you mean 'flaky'?" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_chosen_by_flag_and_variable() -> None:
    """A real server has the scenarios of its flag, or of its variable; the flag comes first."""
    variable = plain_environment(MOCKROSTER_SCENARIO="no-link\nflaky:every=2")
    small = ("--students", "1", "--no-auth")

    with served(*small, environment=variable) as running:
        statuses = [running.ask("GET", ORGS)[0] for _ in range(2)]
    with served(*small, "--scenario", "no-total-count;no-link", environment=variable) as running:
        _, headers, _ = running.ask("GET", ORGS)
        chunks = {"Transfer_Encoding": "chunked", "Content_Type": "application/json", HEADER: "server-error"}
        refused, _, _ = running.ask("PUT", f"{V1P1}/categories/c", b'6\r\n{"a":1\r\n1\r\n}\r\n0\r\n\r\n', **chunks)
        _, _, journal = running.ask("GET", "/__admin/requests?method=PUT&status=500&wait=5s")

    assert statuses == [200, 503]
    assert headers[HEADER.lower()] == "no-total-count, no-link"
    assert refused == 500
    assert json.loads(journal)["requests"][0]["body"] == '{"a":1}'


# By the switchboard.


def test_by_switchboard(app: Flask) -> None:
    """Scenarios are set, listed as they were written, and cleared, in one sandbox only."""
    here, other = tenant(app).enter(), tenant(app).enter()

    chosen = here.admin("PUT", "/scenarios", {"active": [" no-link ; flaky:every=1", "no-total-count"]})

    assert chosen.status_code == 200
    assert chosen.get_json()["active"] == ["no-link", "flaky:every=1", "no-total-count"]
    assert chosen.get_json() == here.admin("GET", "/scenarios").get_json()
    assert [named(here.get(ORGS)), named(other.get(ORGS))] == ["flaky", None]
    assert here.admin("DELETE", "/scenarios").status_code == 204
    assert here.admin("GET", "/scenarios").get_json()["active"] == []
    assert named(here.get(ORGS)) is None


def test_catalogue(app: Flask) -> None:
    """Each scenario says what it does, of which kind it is, what it can be told and where it was seen."""
    rows = {row["name"]: row for row in tenant(app).admin("GET", "/scenarios").get_json()["scenarios"]}

    assert rows["auth-failure"]["kind"] == "access"
    assert rows["auth-failure"]["parameters"][0]["values"][0] == "expired"
    assert rows["flaky"]["parameters"][0] == {
        "name": "every",
        "type": "integer",
        "default": 3,
        "help": rows["flaky"]["parameters"][0]["help"],
    }
    for row in rows.values():
        assert row["kind"] in {"access", "token", "data", "paging", "query", "body", "wire", "provider"}
        assert row["description"]
        assert row["source"]


@pytest.mark.parametrize(("spec", "message"), BAD)
def test_refused_by_switchboard(app: Flask, spec: str, message: str) -> None:
    """A wrong scenario is 400, and the active ones stay active."""
    here = tenant(app)
    here.admin("PUT", "/scenarios", {"active": ["no-link"]})

    response = here.admin("PUT", "/scenarios", {"active": ["no-total-count", spec]})

    assert response.status_code == 400
    assert message in response.get_json()["statusInfoSet"][0]["imsx_description"]
    assert here.admin("GET", "/scenarios").get_json()["active"] == ["no-link"]


def test_empty_text_does_not_clear(app: Flask) -> None:
    """An empty text is refused by switchboard and at the making of a sandbox; an empty array clears."""
    here = tenant(app)
    here.admin("PUT", "/scenarios", {"active": ["no-link"]})

    refused = [
        here.admin("PUT", "/scenarios", {"active": [""]}),
        Tenant(app).admin("POST", "/sandboxes", {"name": fresh_name(), "scenarios": ["no-link", ""]}),
    ]
    kept = here.admin("GET", "/scenarios").get_json()["active"]
    cleared = here.admin("PUT", "/scenarios", {"active": []})

    for response in refused:
        assert response.status_code == 400
        assert "the empty text '' names no scenario" in response.get_json()["statusInfoSet"][0]["imsx_description"]
    assert kept == ["no-link"]
    assert (cleared.status_code, cleared.get_json()["active"]) == (200, [])


@pytest.mark.parametrize("document", [{}, {"active": "flaky"}, {"active": [1]}, {"active": None}, {"actve": []}, []])
def test_malformed_by_switchboard(app: Flask, document: Any) -> None:
    """Anything but an array of strings is 400."""
    assert tenant(app).admin("PUT", "/scenarios", document).status_code == 400


# By base path.


@pytest.mark.parametrize("base", [V1P1, ROSTERING])
@pytest.mark.parametrize("prefix", ["", "/sandboxes/{name}"])
def test_by_base_path(app: Flask, base: str, prefix: str) -> None:
    """The scenario acts below the path, in the sandbox that the path names or in one of its own, and nowhere else."""
    outside = prefix.format(name=fresh_name())
    here = Tenant(app, outside + by_path("no-link;no-total-count")).enter()

    response = here.get(f"{base}/orgs?limit=1")

    assert response.status_code == 200
    assert named(response) == "no-link, no-total-count"
    assert named(Tenant(app, outside).enter().get(f"{base}/orgs?limit=1")) is None


def test_base_path_has_a_sandbox_of_its_own(small: Flask) -> None:
    """Writes below ``/scenarios/<spec>`` are invisible outside, and its switchboard and journal are separate."""
    here = Tenant(small, by_path("no-link;short-pages")).enter()
    here.admin("POST", "/reset")

    here.admin("PUT", "/records/categories/mine", {"title": "Mine"})
    here.get(f"{V1P1}/categories/mine")

    assert here.admin("GET", "/scenarios").get_json()["active"] == ["no-link", "short-pages"]
    assert [row["path"] for row in here.admin("GET", "/requests").get_json()["requests"]] == [f"{V1P1}/categories/mine"]
    assert Tenant(small).enter().get(f"{V1P1}/categories/mine").status_code == 404
    assert here.get(f"{V1P1}/categories/mine").status_code == 200
    names = [row["name"] for row in Tenant(small).admin("GET", "/sandboxes").get_json()["sandboxes"]]
    assert [name for name in names if name.startswith("no-link-short-pages-")]


def test_base_path_in_a_sandbox_shares_its_records(small: Flask) -> None:
    """``/sandboxes/<name>/scenarios/<spec>`` is that sandbox, with the scenario for the requests below the path."""
    outside = tenant(small).enter()
    inside = Tenant(small, outside.prefix + by_path("no-total-count"), bearer=outside.bearer)
    outside.admin("PUT", "/records/categories/mine", {"title": "Mine"})

    response = inside.get(f"{V1P1}/categories/mine")

    assert (response.status_code, named(response)) == (200, "no-total-count")
    assert inside.admin("GET", "/scenarios").get_json()["active"] == []


def test_links_stay_below_the_base_path(app: Flask) -> None:
    """References, links and the token address begin with the base path, so that a client never leaves it."""
    here = Tenant(app, by_path("total-drifts;clamped-limit:max=1")).enter()
    response = here.get(f"{V1P1}/classes?limit=1")

    href = response.get_json()["classes"][0]["school"]["href"]
    next_ = response.headers["Link"].partition(">")[0].removeprefix("<")

    assert here.get(href).status_code == 200
    assert here.get(next_).status_code == 200
    assert named(here.get(next_)) == "total-drifts"
    assert (
        here.get("/", headers={"Accept": "application/json"})
        .get_json()["token_url"]
        .startswith("http://localhost/scenarios/total-drifts;clamped-limit:max=1/")
    )


def test_tilde_stands_for_a_slash(app: Flask) -> None:
    """A base path can hold a slash as ~, a list as |, and a quote or a letter of any alphabet."""
    bearer = 'a/b"ü'
    here = Tenant(app, by_path(f"static-bearer:token={bearer}"))

    response = here.get(f"{V1P1}/classes?limit=1", headers={"Authorization": f"Bearer {bearer}"})

    assert "~" in here.prefix
    assert response.status_code == 200
    href = response.get_json()["classes"][0]["school"]["href"]
    assert here.get(href, headers={"Authorization": f"Bearer {bearer}"}).status_code == 200


@pytest.mark.parametrize("prefix", ["", "/sandboxes/bad-base-path"])
@pytest.mark.parametrize("path", [f"{V1P1}/orgs", f"{ROSTERING}/orgs", "/", "/oauth2/token", "/nothing", "/livez"])
@pytest.mark.parametrize(("spec", "message"), [BAD[0], BAD[2], (" ", "no scenario")])
def test_refused_by_base_path(app: Flask, prefix: str, path: str, spec: str, message: str) -> None:
    """A wrong scenario is 400, in the form of the version that is asked."""
    response = Tenant(app, prefix + by_path(spec)).get(path)

    assert response.status_code == 400
    assert response.content_type == "application/json"
    assert message in response.get_data(as_text=True)
    assert ("statusInfoSet" in response.get_json()) == ("v1p2" not in path)


# By credential.


FORMS: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("form", {}, {"client_id": "scenario:no-link;flaky:every=2", "client_secret": "any"}),
    ("form without secret", {}, {"client_id": "scenario:no-link;flaky:every=2"}),
    ("basic, encoded", basic(quote("scenario:no-link;flaky:every=2", safe="") + ":any"), {}),
    ("basic, id and secret", basic("scenario:no-link;flaky:every=2"), {}),
    ("basic, not encoded", basic("scenario:no-link;flaky:every=2:any"), {}),
    ("basic, secret with colons", basic("scenario:no-link;flaky:every=2:a:b:c"), {}),
]


@pytest.mark.parametrize(("headers", "form"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS])
def test_by_credential(app: Flask, headers: dict[str, str], form: dict[str, str]) -> None:
    """The token of a client that is called ``scenario:<spec>`` carries the scenarios to each request that bears it."""
    here, other = tenant(app), tenant(app)
    asked = here.send("POST", "/oauth2/token", data=GRANT | form, headers=headers)
    assert asked.status_code == 200, asked.text
    here.bearer = asked.get_json()["access_token"]

    answers = [here.get(ORGS) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert [named(answer) for answer in answers] == ["no-link", "flaky", "no-link"]
    assert named(other.enter().get(ORGS)) is None
    assert Tenant(app, here.prefix).enter().get(ORGS).status_code == 200


FREE_TEXT = "respond:status=418,body=teapot"
UNENCODED: list[tuple[str, str]] = [
    (FREE_TEXT, FREE_TEXT),
    (f"{FREE_TEXT}:any", FREE_TEXT),
    (f"{FREE_TEXT}:a=b", FREE_TEXT),
    (f"{FREE_TEXT}:a;no-link", FREE_TEXT),
    (f"{FREE_TEXT}:", FREE_TEXT),
    (f"no-link;{FREE_TEXT}:any", f"no-link;{FREE_TEXT}"),
    (f"{FREE_TEXT};no-link:any", f"{FREE_TEXT};no-link"),
    (f"{FREE_TEXT};flaky:every=2:any", f"{FREE_TEXT};flaky:every=2"),
    (f"{FREE_TEXT}@path=/users;flaky:every=2@path=/orgs:a", f"{FREE_TEXT}@path=/users;flaky:every=2@path=/orgs"),
    ("respond:body=10%3A30:any", "respond:body=10%3A30"),
    ("no-link:c2VjcmV0==", "no-link"),
]
"""What follows ``scenario:`` in HTTP Basic that is not encoded, and the spec in it."""


@pytest.mark.parametrize(("text", "spec"), UNENCODED)
def test_secret_is_no_part_of_a_value(app: Flask, text: str, spec: str) -> None:
    """The secret after an unencoded spec is not read as the end of its last value."""
    unencoded, encoded = tenant(app), tenant(app)

    asked = [
        here.send("POST", "/oauth2/token", data=GRANT, headers=basic(sent))
        for here, sent in ((unencoded, f"scenario:{text}"), (encoded, quote(f"scenario:{spec}", safe="") + ":any"))
    ]

    assert [response.status_code for response in asked] == [200, 200], asked[0].text
    for here, response in zip((unencoded, encoded), asked, strict=True):
        here.bearer = response.get_json()["access_token"]
    seen = [
        [(answer.status_code, answer.text.replace(here.prefix, "")) for answer in (here.get(ORGS), here.get(ORGS))]
        for here in (unencoded, encoded)
    ]
    assert seen[0] == seen[1]


def test_credential_in_json(app: Flask) -> None:
    """A JSON body will do, too."""
    here = tenant(app)

    asked = here.send("POST", "/token", json={**GRANT, "client_id": "scenario:flaky:every=1", "client_secret": "x"})

    assert asked.status_code == 200
    assert Tenant(app, here.prefix, bearer=asked.get_json()["access_token"]).get(ORGS).status_code == 503


def test_credential_of_default_works_in_the_sandbox_addressed(app: Flask) -> None:
    """A token that default gave carries its scenarios into other sandboxes, each with a counter of its own."""
    token = Tenant(app).token(("scenario:flaky:every=2", "x")).get_json()["access_token"]
    one, two = (Tenant(app, f"/sandboxes/{fresh_name()}", bearer=token) for _ in range(2))

    assert [here.get(ORGS).status_code for here in (one, one, two, one)] == [200, 503, 200, 200]


def test_credential_acts_on_its_own_token_request(app: Flask) -> None:
    """An access scenario acts on the token request that chooses it."""
    response = tenant(app).token(("scenario:odd-expires-in:style=zero", "x"))

    assert response.get_json()["expires_in"] == 0
    assert named(response) == "odd-expires-in"


@pytest.mark.parametrize(("spec", "message"), [*BAD, ("", "names no scenario")])
@pytest.mark.parametrize("place", ["form", "basic encoded", "basic"])
def test_refused_by_credential(app: Flask, place: str, spec: str, message: str) -> None:
    """A wrong scenario is 401 invalid_client; HTTP Basic that is not encoded does not hide a wrong value."""
    auth, form = None, {}
    if place == "form":
        form = {"client_id": f"scenario:{spec}", "client_secret": "any"}
    else:
        auth = basic(f"scenario:{spec}" if place == "basic" else quote(f"scenario:{spec}", safe="") + ":any")

    response = tenant(app).send("POST", "/oauth2/token", data=GRANT | form, headers=auth or {})

    assert response.status_code == 401
    assert response.get_json()["error"] == "invalid_client"
    assert message.replace('"', "?") in response.get_json()["error_description"]


def test_other_clients_are_what_they_were() -> None:
    """A client whose secret holds colons is no scenario, and one of another name is checked as ever."""
    here = Tenant(make_app(students=1, client=(RIGHT,)))

    assert here.token(RIGHT).status_code == 200
    assert here.token(("scenarios:flaky", "x")).status_code == 401
    assert here.token(("mockroster", "mockroster-secret")).status_code == 401


# By consumer key.


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_by_consumer_key(app: Flask, method: str) -> None:
    """A request signed with the key ``scenario:<spec>`` and any secret is let in, and the scenarios act on it."""
    here = tenant(app)

    answers = [here.signed(ORGS, method, ("scenario:no-link;flaky:every=2", f"any {number}")) for number in range(3)]

    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert [named(answer) for answer in answers] == ["no-link", "flaky", "no-link"]
    assert named(here.signed(ORGS, method)) is None


@pytest.mark.parametrize("place", ["AUTH_HEADER", "QUERY"])
def test_consumer_key_in_header_or_query(app: Flask, place: str) -> None:
    """The key is read wherever OAuth 1.0a lets it stand."""
    here = tenant(app)
    signer = Signer("scenario:server-error:status=502,rate=1.0", client_secret="x", signature_type=place)

    url, headers, _ = signer.sign(f"http://localhost{here.prefix}{ORGS}")

    assert here.get(url, headers=headers).status_code == 502


def test_consumer_key_in_a_sandbox_with_its_own_scenarios(app: Flask) -> None:
    """The scenarios of the key act after those of the sandbox and of the base path."""
    here = tenant(app)
    here.admin("PUT", "/scenarios", {"active": ["extra-members"]})
    here.prefix += by_path("no-total-count")

    response = here.signed(ORGS, client=("scenario:no-link", "x"))

    assert (response.status_code, named(response)) == (200, "extra-members, no-total-count, no-link")


def test_consumer_key_of_an_access_scenario(app: Flask) -> None:
    """A scenario about access obeys the key too: it refuses, or admits 1.2 where the provider signs everything."""
    here = tenant(app)

    refused = here.signed(ORGS, client=("scenario:oauth2-only", "x"))
    admitted = here.signed(f"{ROSTERING}/orgs", client=("scenario:oauth1-only", "x"))

    assert refused.status_code == 401
    assert (admitted.status_code, named(admitted)) == (200, "oauth1-only")


def test_consumer_key_is_no_way_round_time_and_nonce(app: Flask) -> None:
    """Only the secret is anything: an old timestamp and a used nonce are refused as ever."""
    here = tenant(app)
    url = f"http://localhost{here.prefix}{ORGS}"
    old = Signer("scenario:no-link", client_secret="x", timestamp="1").sign(url)[1]
    once = Signer("scenario:no-link", client_secret="x", nonce="the same").sign(url)[1]

    assert here.get(url, headers=old).status_code == 401
    assert [here.get(url, headers=once).status_code for _ in range(2)] == [200, 401]


@pytest.mark.parametrize(("spec", "message"), [*BAD, ("", "names no scenario")])
def test_refused_by_consumer_key(app: Flask, spec: str, message: str) -> None:
    """A wrong scenario is 401 with the nearest right name, and the journal has it."""
    here = tenant(app)

    response = here.signed(ORGS, client=(f"scenario:{spec}", "x"))

    assert response.status_code == 401
    assert message in response.get_json()["statusInfoSet"][0]["imsx_description"]
    assert response.headers["WWW-Authenticate"].startswith("OAuth ")
    assert here.admin("GET", "/requests").get_json()["requests"][0]["status"] == 401


@pytest.mark.parametrize("place", ["AUTH_HEADER", "QUERY"])
@pytest.mark.parametrize(("key", "is_quick"), [("scenario:empty-school", False), (CLIENT[0], True)])
def test_scenarios_of_a_consumer_key_keep_the_event_loop_free(app: Flask, key: str, is_quick: bool, place: str) -> None:
    """A request whose key may choose a data scenario is long work; one of an ordinary client is not."""
    assert isinstance(app, Application)
    tenant(app).get("/")
    url, headers, _ = Signer(key, client_secret="x", signature_type=place).sign(f"http://localhost{ORGS}")

    environ = EnvironBuilder(path=url, headers=list(headers.items())).get_environ()

    assert app.is_quick(environ) == is_quick


@pytest.mark.parametrize("key", ["scenarios:flaky", "scenario", "nobody"])
def test_other_consumer_keys_are_checked(app: Flask, key: str) -> None:
    """A key of another form is a client's, and unknown."""
    assert tenant(app).signed(ORGS, client=(key, "flaky")).status_code == 401


# For one request.


def test_by_header(app: Flask) -> None:
    """The header acts on the request that bears it."""
    here = tenant(app).enter()

    answers = [here.get(ORGS, headers={HEADER: spec}) for spec in ("no-link; no-total-count", "", "no-link")]

    assert [named(answer) for answer in answers] == ["no-link, no-total-count", None, "no-link"]
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("path", [f"{V1P1}/orgs", f"{ROSTERING}/orgs", "/", "/oauth2/token", "/nothing"])
@pytest.mark.parametrize(("spec", "message"), BAD)
def test_refused_by_header(app: Flask, path: str, spec: str, message: str) -> None:
    """A wrong scenario is 400, and the journal has it."""
    here = tenant(app, spec)

    response = here.get(path)

    assert response.status_code == 400
    assert message in response.get_data(as_text=True)
    assert here.admin("GET", "/requests").get_json()["requests"][0]["status"] == 400


# What is so behind every door.


def test_order_is_that_of_the_doors(app: Flask) -> None:
    """The sandbox's own scenarios act first, then those of path, token and header; the same text acts once."""
    outside = tenant(app)
    outside.admin("PUT", "/scenarios", {"active": ["extra-members"]})
    token = outside.token(("scenario:no-link", "x")).get_json()["access_token"]
    here = Tenant(app, outside.prefix + by_path("no-total-count"), bearer=token)

    first = here.get(ORGS, headers={HEADER: "data-wrapper;extra-members"})

    assert first.status_code == 200
    assert named(first) == "extra-members, no-total-count, no-link, data-wrapper"
    assert first.text.count("junk") == 1


@pytest.mark.parametrize(("spec", "status"), [("flaky:every=1;server-error", 503), ("server-error;flaky:every=1", 500)])
def test_order_within_a_spec(app: Flask, spec: str, status: int) -> None:
    """Of several that would answer, the first does."""
    assert tenant(app, spec).get(ORGS).status_code == status


def test_counters_are_kept_by_text(app: Flask) -> None:
    """The same text counts on, whichever door it came by; another text has a counter of its own."""
    here = tenant(app).enter()
    inside = Tenant(app, here.prefix + by_path("flaky:every=3"), bearer=here.bearer)

    statuses = [
        here.get(ORGS, headers={HEADER: "flaky:every=3"}).status_code,
        inside.get(ORGS).status_code,
        here.get(ORGS, headers={HEADER: "flaky:every=3,status=500"}).status_code,
        here.get(ORGS, headers={HEADER: "flaky:every=3"}).status_code,
    ]

    assert statuses == [200, 200, 200, 503]


@pytest.mark.parametrize("path", ["/__admin/health", "/__admin/scenarios", "/livez", "/readyz", "/__admin/nothing"])
@pytest.mark.parametrize("prefix", [by_path("server-error;auth-failure;slow:ms=1"), "/sandboxes/untouched"])
def test_never_touched(app: Flask, prefix: str, path: str) -> None:
    """No scenario, not even a wrong one in the header, touches the switchboard and the questions of health."""
    here = Tenant(app, prefix)
    here.admin("PUT", "/scenarios", {"active": ["server-error"]})

    for spec in ("flaky:every=1", "flakky"):
        response = here.get(path, headers={HEADER: spec})

        assert response.status_code == (404 if path.endswith("nothing") else 200)
        assert named(response) is None


def test_token_endpoint_is_touched_by_access_scenarios_only(app: Flask) -> None:
    """Flaky servers and cut bodies leave the token endpoint alone, and do not count its requests."""
    here = tenant(app, "flaky:every=2;server-error:status=502;empty-school")

    answers = [here.token() for _ in range(4)]

    assert [(answer.status_code, named(answer)) for answer in answers] == [(200, None)] * 4


@pytest.mark.parametrize("door", ["header", "base path", "base path in a sandbox", "switchboard"])
@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_signed_requests(app: Flask, method: str, door: str) -> None:
    """A request that is signed by OAuth 1.0a over its whole address passes every door, and scenarios act on it."""
    here = tenant(app, "no-link" if door == "header" else "")
    if door == "switchboard":
        here.admin("PUT", "/scenarios", {"active": ["no-link"]})
    elif door.startswith("base path"):
        here.prefix = (here.prefix if "sandbox" in door else "") + by_path("no-link")

    response = here.signed(f"{V1P1}/orgs?limit=1", method)

    assert (response.status_code, named(response)) == (200, "no-link")


@pytest.mark.parametrize("spec", ["flaky:every=1", "auth-failure", "no-link"])
def test_every_touched_answer_says_so(app: Flask, spec: str) -> None:
    """The header names what touched an answer, whatever became of the answer; the journal says the same."""
    here = tenant(app, spec).enter()

    response = here.get(ORGS)

    entry = here.admin("GET", "/requests").get_json()["requests"][0]
    assert named(response) == spec.partition(":")[0]
    assert entry["scenarios"] == [spec.partition(":")[0]]
