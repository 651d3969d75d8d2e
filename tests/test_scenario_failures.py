"""Scenarios in which requests fail, errors look otherwise, endpoints are missing and writes are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from conftest import Api, freeze, information
from werkzeug.test import TestResponse
from worlds import GRADEBOOK, ROSTERING, World, named, new_world, rows

ORGS = ("/orgs", f"{ROSTERING}/orgs")
LINE_ITEMS = ("/lineItems", f"{GRADEBOOK}/lineItems")


@pytest.fixture
def world(api: Api) -> Iterator[World]:
    """Return a sandbox of the test's own."""
    with new_world(api) as made:
        yield made


def sentence(response: TestResponse) -> str:
    """Return the description in the status information of an error of either version."""
    body = response.get_json()
    text: str = (body["statusInfoSet"][0] if "statusInfoSet" in body else body)["imsx_description"]
    return text


def code_minor(response: TestResponse) -> str | None:
    """Return the code minor in the status information of an error of either version."""
    body = response.get_json()
    if "statusInfoSet" in body:
        found: str | None = body["statusInfoSet"][0].get("imsx_codeMinor")
        return found
    value: str = body["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"]
    return value


FAILING = [
    ("server-error", 500, "application/json"),
    ("server-error:status=503", 503, "application/json"),
    ("flaky:every=1", 503, "application/json"),
    ("flaky:every=1,status=502", 502, "application/json"),
    ("recovers-after", 503, "application/json"),
    ("recovers-after:status=500", 500, "application/json"),
    ("rate-limit:limit=0", 429, "application/json"),
    ("rate-limit:limit=0,style=ratelimit", 429, "text/html; charset=utf-8"),
    ("gateway-timeouts:over=99", 504, "text/html; charset=utf-8"),
    ("gateway-timeouts:over=99,status=502", 502, "text/html; charset=utf-8"),
    ("html-error", 500, "text/html; charset=utf-8"),
    ("html-error:status=404", 404, "text/html; charset=utf-8"),
    ("empty-error-body", 500, None),
    ("empty-error-body:status=401", 401, None),
    ("plain-error", 500, "application/json"),
    ("plain-error:status=404", 404, "application/json"),
    ("success-shaped-error", 200, "application/json"),
    ("missing-endpoints:paths=/orgs", 404, "application/json"),
    ("missing-endpoints:paths=/orgs,status=501", 501, "application/json"),
]


@pytest.mark.parametrize("path", ORGS)
@pytest.mark.parametrize(("spec", "status", "content_type"), FAILING)
def test_a_request_fails(spec: str, status: int, content_type: str | None, path: str, world: World) -> None:
    """By either door and in both versions the status and the type are those promised, and the scenario is named."""
    clean = world.get(path)
    by_header = world.get(path, spec)
    world.sandbox.reset()
    by_path = world.by_path("GET", path, spec)

    assert (clean.status_code, named(clean)) == (200, None)
    for response in (by_header, by_path):
        assert (response.status_code, response.content_type) == (status, content_type)
        assert named(response) == spec.partition(":")[0]


@pytest.mark.parametrize("spec", ["html-error:status=502", "missing-endpoints:paths=~orgs,status=502"])
def test_a_base_path_without_a_sandbox(spec: str, api: Api) -> None:
    """The scenario acts below ``/scenarios/<spec>`` alone, in a sandbox of its own."""
    response = api.send("GET", f"http://localhost/scenarios/{spec}/ims/oneroster/v1p1/orgs")

    assert (response.status_code, named(response)) == (502, spec.partition(":")[0])


@pytest.mark.parametrize(("path", "minor"), [(ORGS[0], None), (ORGS[1], "internal_server_error")])
@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_has_the_right_code(status: int, path: str, minor: str | None, world: World) -> None:
    """1.1 has no code minor for it, 1.2 has one."""
    response = world.get(path, f"server-error:status={status}")

    assert code_minor(response) == minor


def test_server_error_of_a_share(world: World) -> None:
    """About that share fails, and the same requests in the same sandbox fail again after a reset."""
    spec = "server-error:rate=0.3"

    statuses = [world.get("/orgs", spec, limit=1).status_code for _ in range(60)]
    world.sandbox.reset()
    again = [world.get("/orgs", spec, limit=1).status_code for _ in range(60)]

    assert statuses == again
    assert set(statuses) == {200, 500}
    assert 6 <= statuses.count(500) <= 30


def test_server_error_of_nobody(world: World) -> None:
    """A share of 0 touches nothing."""
    response = world.get("/orgs", "server-error:rate=0")

    assert (response.status_code, named(response)) == (200, None)


def test_flaky(world: World) -> None:
    """Each third request fails."""
    statuses = [world.get("/orgs", "flaky:every=3", limit=1).status_code for _ in range(7)]

    assert statuses == [200, 200, 503, 200, 200, 503, 200]


def test_recovers_after(world: World) -> None:
    """The first three fail, then all pass and nothing is named."""
    answers = [world.get("/orgs", "recovers-after:failures=3", limit=1) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [503, 503, 503, 200, 200]
    assert [named(answer) for answer in answers] == [*["recovers-after"] * 3, None, None]


@pytest.mark.parametrize("path", ORGS)
def test_rate_limit(path: str, world: World) -> None:
    """Requests over the limit are 429 server_busy, until the window ends by the sandbox's clock."""
    spec = "rate-limit:limit=2,per=60"

    answers = [world.get(path, spec, limit=1) for _ in range(4)]
    world.advance(seconds=30)
    later = world.get(path, spec, limit=1)
    world.advance(seconds=31)
    afterwards = [world.get(path, spec, limit=1) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert [named(answer) for answer in answers] == [None, None, "rate-limit", "rate-limit"]
    assert code_minor(answers[2]) == "server_busy"
    assert 58 <= int(answers[2].headers["Retry-After"]) <= 60
    assert later.status_code == 429
    assert 28 <= int(later.headers["Retry-After"]) <= 30
    assert [answer.status_code for answer in afterwards] == [200, 200, 429]


@pytest.mark.parametrize(
    ("passed", "status", "wait"),
    [
        (0.0, 429, 60),
        (0.001, 429, 60),
        (0.6, 429, 60),
        (1.0, 429, 59),
        (59.001, 429, 1),
        (59.999, 429, 1),
        (60.0, 200, None),
    ],
)
@pytest.mark.parametrize("style", ["status", "ratelimit"])
def test_rate_limit_rounds_up(
    style: str, passed: float, status: int, wait: int | None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the whole seconds of Retry-After no request is refused; at the very end the window is over."""
    spec = f"rate-limit:limit=1,per=60,style={style}"
    freeze(monkeypatch)

    world.get("/orgs", spec)
    world.advance(seconds=passed)
    response = world.get("/orgs", spec)

    assert response.status_code == status
    assert response.headers.get("Retry-After") == (None if wait is None else str(wait))


def test_rate_limit_when_the_clock_is_set_back(world: World) -> None:
    """A window that begins in the future is over."""
    spec = "rate-limit:limit=1,per=60"

    world.get("/orgs", spec)
    world.advance(days=-1)
    response = world.get("/orgs", spec)

    assert response.status_code == 200


def test_rate_limit_with_a_date(world: World) -> None:
    """The date is when the client, who lives in real time, may come again; whatever the sandbox's clock says."""
    world.advance(days=400)

    response = world.get("/orgs", "rate-limit:limit=0,per=90,retry_after=date")

    wait = parsedate_to_datetime(response.headers["Retry-After"]) - datetime.now(UTC)
    assert timedelta(seconds=80) < wait < timedelta(seconds=92)


@pytest.mark.parametrize("style", ["status", "ratelimit", "x-ratelimit"])
def test_rate_limit_without_retry_after(style: str, world: World) -> None:
    """The header is not there."""
    response = world.get("/orgs", f"rate-limit:limit=0,retry_after=none,style={style}")

    assert response.status_code == 429
    assert "Retry-After" not in response.headers


def test_rate_limit_headers(world: World) -> None:
    """Every answer says how many are left; the refusal is a line of text."""
    spec = "rate-limit:limit=1,per=60,style=ratelimit"

    first, second = world.get("/orgs", spec), world.get("/orgs", spec)

    names = ("RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining")
    assert (first.status_code, second.status_code) == (200, 429)
    assert [first.headers[name] for name in names] == ["1;w=60", "1", "0"]
    assert [second.headers[name] for name in names] == ["1;w=60", "1", "0"]
    assert 50 <= int(first.headers["RateLimit-Reset"]) <= 60
    assert second.text.startswith("Too many requests")
    assert named(first) == "rate-limit"


def test_rate_limit_x_headers(world: World) -> None:
    """The reset is a Unix time."""
    first = world.get("/orgs", "rate-limit:limit=3,per=60,style=x-ratelimit")

    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("3", "2")
    assert 50 <= int(first.headers["X-RateLimit-Reset"]) - datetime.now(UTC).timestamp() <= 62


@pytest.mark.parametrize(("microsecond", "early"), [(0, 0), (1, 1), (999_999, 1)])
def test_rate_limit_resets_in_whole_seconds(
    microsecond: int, early: int, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Unix time at which a window ends is rounded up: who comes then is not early."""
    moment = freeze(monkeypatch, datetime.now(UTC).replace(microsecond=microsecond))

    response = world.get("/orgs", "rate-limit:limit=3,per=60,style=x-ratelimit")

    whole = int(moment.replace(microsecond=0).timestamp())
    assert int(response.headers["X-RateLimit-Reset"]) == whole + 60 + early


@pytest.mark.parametrize("path", ORGS)
def test_gateway_timeouts_spare_small_pages(path: str, world: World) -> None:
    """A page up to the limit and a single read come through, a larger page does not."""
    spec = "gateway-timeouts:over=50"
    org = rows(world.get(path))[0]["sourcedId"]

    statuses = [
        world.get(path, spec, limit=50).status_code,
        world.get(f"{path}/{org}", spec).status_code,
        world.get(path, spec, limit=51).status_code,
        world.get(path, spec, limit="x").status_code,
    ]

    assert statuses == [200, 200, 504, 504]


def test_gateway_timeouts_of_a_share(world: World) -> None:
    """Only a share of the large pages fails."""
    statuses = {world.get("/orgs", "gateway-timeouts:rate=0.5", limit=101).status_code for _ in range(30)}

    assert statuses == {200, 504}


def test_forms_of_a_failure(world: World) -> None:
    """HTML is a page, empty is nothing, plain is one member."""
    html, empty, plain = (world.get("/orgs", spec) for spec in ("html-error", "empty-error-body", "plain-error"))

    assert html.text.startswith("<!DOCTYPE html>")
    assert "500 Internal Server Error" in html.text
    assert empty.data == b""
    assert plain.get_json() == {"error": "Internal Server Error"}


@pytest.mark.parametrize("path", ORGS)
def test_success_shaped_error(path: str, world: World) -> None:
    """The body is an error, and there is no collection and no count."""
    response = world.get(path, "success-shaped-error")

    body = response.get_json()
    entry = body["statusInfoSet"][0] if "statusInfoSet" in body else body
    assert entry["imsx_codeMajor"] == "failure"
    assert "orgs" not in body
    assert "X-Total-Count" not in response.headers


def test_a_path_that_is_none_fails_too(world: World) -> None:
    """A server that is down is down everywhere; an error is restyled there too, in the form of the version."""
    down = world.get("/nothing", "server-error")
    object_ = world.get(f"{ROSTERING}/nothing", "error-style:style=1.1-set")

    assert down.status_code == 500
    assert object_.status_code == 404
    assert information(object_)["imsx_codeMinor"] == "unknown object"


STYLES: list[tuple[str, Any]] = [
    ("flat", {"CodeMajor": "failure", "Severity": "error", "CodeMinor": "unknown object"}),
    ("object", {"imsx_CodeMinor": {"imsx_codeMinorField": [{"imsx_codeMinorFieldValue": "unknownobject"}]}}),
    (
        "wrapped",
        {
            "imsx_StatusInfo": {
                "imsx_CodeMinor": {"imsx_codeMinorField": [{"imsx_codeMinorFieldValue": "unknownobject"}]}
            }
        },
    ),
    ("1.1-set", {"statusInfoSet": [{"imsx_codeMajor": "failure", "imsx_codeMinor": "unknown object"}]}),
    ("errors", {"errors": [{"imsx_severity": "error", "imsx_codeMinor": "unknown object"}]}),
    (
        "1edtech",
        {
            "imsx_codeMajor": "failure",
            "imsx_severity": "error",
            "imsx_operationRefIdentifier": ["getOrg"],
            "imsx_codeMinor": "unknown object",
        },
    ),
    ("plain", {"error": "no org has the sourcedId 'nobody'"}),
    ("codeminor-string", {"imsx_codeMajor": "failure", "imsx_codeMinor": "unknown_object"}),
    ("underscores", {"statusInfoSet": [{"imsx_codeMinor": "unknown_object"}]}),
    ("blanks", {"statusInfoSet": [{"imsx_codeMinor": "unknown object"}]}),
]


def holds(found: Any, wanted: Any) -> bool:
    """Return whether a document contains another one, which may have fewer members."""
    if isinstance(wanted, dict):
        return all(name in found and holds(found[name], value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(holds, found, wanted))
    return bool(found == wanted)


@pytest.mark.parametrize("path", ORGS)
@pytest.mark.parametrize(("style", "wanted"), STYLES)
def test_error_style(style: str, wanted: Any, path: str, world: World) -> None:
    """An error that happens anyway keeps its status and has the form; what succeeds is left alone."""
    spec = f"error-style:style={style}"

    clean = world.get(f"{path}/nobody")
    response = world.get(f"{path}/nobody", spec)
    by_path = world.by_path("GET", f"{path}/nobody", spec)
    success = world.get(path, spec)

    assert (response.status_code, response.content_type) == (404, "application/json")
    assert holds(response.get_json(), wanted)
    assert int(response.headers["Content-Length"]) == len(response.data)
    assert by_path.get_json() == response.get_json()
    assert named(response) == (None if response.data == clean.data else "error-style")
    assert (success.status_code, named(success)) == (200, None)


@pytest.mark.parametrize("path", [*(f"{path}/nobody" for path in ORGS), "/nothing"])
def test_errors_of_1edtech_refer_to_their_message(path: str, world: World) -> None:
    """The object has a reference to the message and a list of operations, whatever the version and the error."""
    body = world.get(path, "error-style:style=1edtech").get_json()

    assert re.fullmatch(r"[0-9a-f-]{36}", body["imsx_messageRefIdentifier"])
    assert len(body["imsx_operationRefIdentifier"]) == 1


def test_error_style_that_is_the_own_one(world: World) -> None:
    """An error that is in the right form already is unchanged."""
    old = world.get("/orgs/nobody", "error-style:style=1.1-set")
    new = world.get(f"{ROSTERING}/orgs/nobody", "error-style:style=object")

    assert (named(old), named(new)) == (None, None)


@pytest.mark.parametrize("path", ORGS)
def test_error_style_keeps_the_words(path: str, world: World) -> None:
    """A filter's own code minor survives, in the words of the style; a failure of the server has one in 1.2 only."""
    bad = f"{path}?filter=nothing%3D%27x%27"

    blanks = world.get(bad, "error-style:style=blanks").get_json()["statusInfoSet"][0]
    object_ = world.get(bad, "error-style:style=wrapped").get_json()["imsx_StatusInfo"]
    flat = world.get(path, "server-error;error-style").get_json()
    fields = world.get(f"{path}?fields=", "error-style:style=wrapped").get_json()["imsx_StatusInfo"]

    assert blanks["imsx_codeMinor"] == "invalid filter field"
    assert object_["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] == "invalid_filter_field"
    assert flat.keys() == {"CodeMajor", "Severity", "Description"}
    assert fields["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] == "invalid_selection_field"


@pytest.mark.parametrize("path", ORGS)
def test_contradicting_error(path: str, world: World) -> None:
    """The body of an error says success, also where another scenario has restyled it; what succeeds is left alone."""
    spec = "contradicting-error"

    clean = world.get(f"{path}/nobody")
    response = world.get(f"{path}/nobody", spec)
    by_path = world.by_path("GET", f"{path}/nobody", spec)
    flat = world.get(f"{path}/nobody", f"error-style;{spec}")
    success = world.get(path, spec)

    assert '"imsx_codeMajor":"failure"' in clean.text
    for one in (response, by_path):
        assert (one.status_code, named(one)) == (404, spec)
        assert '"imsx_codeMajor":"success"' in one.text
    assert (flat.get_json()["CodeMajor"], named(flat)) == ("success", "error-style, contradicting-error")
    assert (success.status_code, named(success)) == (200, None)


def test_errors_without_status_information_are_left_alone(world: World) -> None:
    """A form that has no code major can neither be restyled nor contradict."""
    spec = "{};error-style;contradicting-error"

    names = [named(world.get("/orgs", spec.format(one))) for one in ("html-error", "plain-error", "empty-error-body")]

    assert names == ["html-error", "plain-error", "empty-error-body"]


@pytest.mark.parametrize("path", ORGS)
def test_method_400(path: str, world: World) -> None:
    """A method that a path does not have is 400; other errors keep their status."""
    clean = world.send("PATCH", path)
    response = world.send("PATCH", path, "method-400")
    by_path = world.by_path("PATCH", path, "method-400")
    missing = world.get(f"{path}/nobody", "method-400")

    assert (clean.status_code, named(clean)) == (405, None)
    assert (response.status_code, named(response)) == (400, "method-400")
    assert code_minor(response) == code_minor(by_path)
    assert code_minor(response) in {"invalid data", "invaliddata"}
    assert "Allow" not in response.headers
    assert (missing.status_code, named(missing)) == (404, None)


def school_of(world: World) -> str:
    """Return the sourcedId of a school."""
    found: str = rows(world.get("/schools"))[0]["sourcedId"]
    return found


MISSING = [
    ("", "/schools/{school}/classes", True),
    ("", "/schools/{school}/terms", True),
    ("", "/schools/{school}/students", False),
    ("", "/schools", False),
    (":paths=schools/{id}/classes", "/schools/{school}/classes", True),
    (":paths=/schools/*", "/schools/{school}", True),
    (":paths=/schools/*", "/schools/{school}/classes", False),
    (":paths=/schools/**", "/schools/{school}/classes", True),
    (":paths=/academicSessions|/dem*", "/demographics", True),
    (":paths=/academicSessions|/dem*", "/academicSessions", True),
    (":paths=/term?", "/terms", True),
    (":paths=/orgs", "/orgs/x", False),
]


@pytest.mark.parametrize("base", ["", ROSTERING])
@pytest.mark.parametrize(("parameters", "path", "gone"), MISSING)
def test_missing_endpoints(parameters: str, path: str, gone: bool, base: str, world: World) -> None:
    """Paths of a pattern are 404, like unknown paths; all others are served."""
    path = base + path.format(school=school_of(world))
    clean = world.get(path)

    response = world.get(path, "missing-endpoints" + parameters)
    by_path = world.by_path("GET", path, "missing-endpoints" + parameters)

    assert response.status_code == by_path.status_code == (404 if gone else clean.status_code)
    assert named(response) == named(by_path) == ("missing-endpoints" if gone else None)
    assert not gone or "there is nothing at" in sentence(response)


@pytest.mark.parametrize("base", ["", ROSTERING])
def test_flat_only(base: str, world: World) -> None:
    """Nested endpoints are 404, collections and single records answer."""
    school = f"{base}/schools/{school_of(world)}"

    nested = world.get(f"{school}/classes", "flat-only")
    by_path = world.by_path("GET", f"{school}/classes", "flat-only")
    flat = [world.get(school, "flat-only"), world.get(f"{base}/schools", "flat-only")]

    assert [(one.status_code, named(one)) for one in (nested, by_path)] == [(404, "flat-only")] * 2
    assert [(one.status_code, named(one)) for one in flat] == [(200, None)] * 2
    assert world.get(f"{school}/classes").status_code == 200


@pytest.mark.parametrize("base", ["", ROSTERING])
def test_unknown_parent_empty(base: str, world: World) -> None:
    """The children of nobody are an empty list; those of a parent that is there, and a single read, as ever."""
    path, spec = f"{base}/schools/nobody/classes", "unknown-parent-empty"

    clean = world.get(path)
    response = world.get(path, spec)
    by_path = world.by_path("GET", path, spec)
    known = world.get(f"{base}/schools/{school_of(world)}/classes", spec)
    single = world.get(f"{base}/schools/nobody", spec)

    assert clean.status_code == 404
    for one in (response, by_path):
        assert (one.status_code, one.get_json(), named(one)) == (200, {"classes": []}, spec)
        assert one.headers["X-Total-Count"] == "0"
    assert rows(known)
    assert (named(known), single.status_code, named(single)) == (None, 404, None)


def test_unknown_parent_empty_leaves_a_missing_endpoint_missing(world: World) -> None:
    """A 404 that another scenario has ordered is no unknown parent; neither is a 401."""
    missing = world.get("/schools/nobody/classes", "unknown-parent-empty;missing-endpoints")
    world.api, kept = Api(world.api.app, "nobody-issued-this"), world.api
    refused = world.get("/schools/nobody/classes", "unknown-parent-empty")
    world.api = kept

    assert (missing.status_code, named(missing)) == (404, "missing-endpoints")
    assert refused.status_code == 401


def first(world: World, path: str) -> dict[str, Any]:
    """Return the first active record of a collection."""
    return next(row for row in rows(world.get(path)) if row["status"] == "active")


@pytest.mark.parametrize(("path", "minor"), [(LINE_ITEMS[0], "invalid data"), (LINE_ITEMS[1], "deletefailure")])
def test_delete_refused(path: str, minor: str, world: World) -> None:
    """A record stays; one that is not there is 404, and what the parameter does not name is deleted."""
    item = f"{path}/{first(world, path)['sourcedId']}"

    refused = world.send("DELETE", item, "delete-refused")
    conflict = world.by_path("DELETE", item, "delete-refused:status=409")
    missing = world.send("DELETE", f"{path}/nobody", "delete-refused")
    still = world.get(item)
    other = world.send("DELETE", item, "delete-refused:collections=categories|results")

    assert (refused.status_code, code_minor(refused), named(refused)) == (422, minor, "delete-refused")
    assert (conflict.status_code, named(conflict)) == (409, "delete-refused")
    assert (missing.status_code, named(missing)) == (404, None)
    assert still.status_code == 200
    assert (other.status_code, named(other)) == (204, None)
    assert world.get(item).status_code == 404


@pytest.mark.parametrize("scenario", ["delete-refused", "read-only-categories", "soft-delete"])
def test_a_refusal_comes_after_the_token(scenario: str, world: World) -> None:
    """A request without access learns nothing else."""
    path = f"/categories/{first(world, '/categories')['sourcedId']}"
    world.api = Api(world.api.app, "nobody-issued-this")

    response = world.send("DELETE", path, scenario)

    assert (response.status_code, named(response)) == (401, None)


@pytest.mark.parametrize("base", ["", GRADEBOOK])
def test_read_only_categories(base: str, world: World) -> None:
    """They are read, and neither replaced, created nor deleted; other records are written."""
    spec, body = "read-only-categories", {"category": {"title": "Homework"}}
    category = f"{base}/categories/{first(world, '/categories')['sourcedId']}"

    replaced = world.send("PUT", category, spec, body)
    created = world.by_path("PUT", f"{base}/categories/new", spec, body)
    deleted = world.send("DELETE", category, f"{spec}:status=405")
    read = world.get(category, spec)
    item = world.send("DELETE", f"{base}/lineItems/{first(world, '/lineItems')['sourcedId']}", spec)
    clean = world.send("PUT", category, None, body)

    assert [one.status_code for one in (replaced, created, deleted)] == [403, 403, 405]
    assert {named(one) for one in (replaced, created, deleted)} == {spec}
    assert (read.status_code, named(read), item.status_code, named(item)) == (200, None, 204, None)
    assert clean.status_code in {200, 201}


@pytest.mark.parametrize("base", ["", GRADEBOOK])
def test_put_replaces_only(base: str, world: World) -> None:
    """A PUT under a new sourcedId is 404 and creates nothing; one that replaces succeeds."""
    spec, body = "put-replaces-only", {"category": {"title": "Homework"}}

    new = world.send("PUT", f"{base}/categories/new", spec, body)
    by_path = world.by_path("PUT", f"{base}/categories/new", spec, body)
    after = world.get(f"{base}/categories/new")
    old = world.send("PUT", f"{base}/categories/{first(world, '/categories')['sourcedId']}", spec, body)

    assert [(one.status_code, named(one)) for one in (new, by_path)] == [(404, spec)] * 2
    assert after.status_code == 404
    assert (old.status_code in {200, 201}, named(old)) == (True, None)


@pytest.mark.parametrize("base", ["", GRADEBOOK])
@pytest.mark.parametrize(("parameters", "status"), [("", 204), (":status=200", 200), (":status=201", 201)])
def test_put_status(parameters: str, status: int, base: str, world: World) -> None:
    """A PUT that creates and one that replaces have the same status; one that fails keeps its own."""
    spec, body, path = f"put-status{parameters}", {"category": {"title": "Homework"}}, f"{base}/categories/new"

    created = world.send("PUT", path, spec, body)
    replaced = world.by_path("PUT", path, spec, body)
    failed = world.send("PUT", path, spec, {"category": {"nothing": 1}})
    clean = world.send("PUT", path, None, body)

    assert (created.status_code, replaced.status_code, failed.status_code) == (status, status, 422)
    assert created.data == replaced.data == b""
    assert named(replaced) == (None if clean.status_code == status else "put-status")
    assert named(failed) is None


@pytest.mark.parametrize("base", ["", GRADEBOOK])
def test_titles_cut(base: str, world: World) -> None:
    """A title that is too long is written short; one that is not, and one without the scenario, stays."""
    item = first(world, f"{base}/lineItems")
    path = f"{base}/lineItems/{item['sourcedId']}"

    def written(title: str, spec: str | None, door: str = "send") -> tuple[str, str | None]:
        body = {"lineItem": item | {"title": title}}
        arguments = ("PUT", path, spec, body) if door == "send" else ("PUT", path, str(spec), body)
        response = getattr(world, door)(*arguments)
        assert response.status_code in {200, 201}, response.text
        return world.get(path).get_json()["lineItem"]["title"], named(response)

    assert written("Essay on frogs", "titles-cut:max=5") == ("Essay", "titles-cut")
    assert written("Poems on frogs", "titles-cut:max=5", "by_path") == ("Poems", "titles-cut")
    assert written("x" * 60, "titles-cut") == ("x" * 50, "titles-cut")
    assert written("Essay", "titles-cut:max=5") == ("Essay", None)
    assert written("Essay on frogs", None) == ("Essay on frogs", None)


def test_titles_cut_in_bulk(world: World) -> None:
    """Line items that are created in bulk have their titles cut too."""
    item = first(world, f"{GRADEBOOK}/lineItems")
    bodies = [item | {"sourcedId": name, "title": f"{name} and more"} for name in ("one", "two")]
    path = f"{GRADEBOOK}/classes/{item['class']['sourcedId']}/lineItems"

    response = world.send("POST", path, "titles-cut:max=3", {"lineItems": bodies})

    pairs = response.get_json()["sourcedIdPairs"]
    found = [world.get(f"{GRADEBOOK}/lineItems/{pair['allocatedSourcedId']}") for pair in pairs]
    assert (response.status_code, named(response)) == (201, "titles-cut")
    assert [one.get_json()["lineItem"]["title"] for one in found] == ["one", "two"]


@pytest.mark.parametrize("base", ["", GRADEBOOK])
def test_soft_delete(base: str, world: World) -> None:
    """A deleted line item and its results are tobedeleted for a while by the sandbox's clock, then gone."""
    result = first(world, f"{base}/results")
    item = f"{base}/lineItems/{result['lineItem']['sourcedId']}"
    reads, spec = (item, f"{base}/results/{result['sourcedId']}"), "soft-delete:seconds=60"
    before = world.get(item).get_json()["lineItem"]

    deleted = world.send("DELETE", item, spec)
    soft = [next(iter(world.get(path, spec).get_json().values())) for path in reads]
    listed = rows(world.get(f"{base}/lineItems", spec, filter=f"sourcedId='{before['sourcedId']}'"))
    world.advance(seconds=59)
    still = [world.get(path, spec).status_code for path in reads]
    world.advance(seconds=2)
    gone = [world.get(path, spec).status_code for path in reads]

    assert (deleted.status_code, deleted.data, named(deleted)) == (204, b"", "soft-delete")
    assert "Content-Type" not in deleted.headers
    assert {one["status"] for one in soft} == {"tobedeleted"}
    assert soft[0]["dateLastModified"] > before["dateLastModified"]
    assert listed == [soft[0]]
    assert (still, gone) == ([200, 200], [404, 404])


def test_soft_delete_by_path_and_then_written_anew(world: World) -> None:
    """A record that was written again in the meantime stays."""
    spec, path = "soft-delete:seconds=60", f"/categories/{first(world, '/categories')['sourcedId']}"

    deleted = world.by_path("DELETE", path, spec)
    again = world.send("PUT", path, spec, {"category": {"title": "Homework"}})
    world.advance(minutes=5)
    read = world.by_path("GET", path, spec)
    unknown = world.send("DELETE", "/categories/nobody", spec)

    assert (deleted.status_code, named(deleted)) == (204, "soft-delete")
    assert again.status_code == 200
    assert read.get_json()["category"]["status"] == "active"
    assert (unknown.status_code, named(unknown)) == (404, None)


def test_without_soft_delete(world: World) -> None:
    """The record is gone at once."""
    path = f"/categories/{first(world, '/categories')['sourcedId']}"

    deleted = world.send("DELETE", path)

    assert (deleted.status_code, named(deleted)) == (204, None)
    assert world.get(path).status_code == 404


REFUSED = [
    "server-error:rate=2",
    "server-error:status=200",
    "flaky:every=0",
    "recovers-after:failures=-1",
    "rate-limit:per=0",
    "rate-limit:retry_after=never",
    "rate-limit:style=x",
    "error-style:style=xml",
    "delete-refused:collections=orgs",
    "titles-cut:max=0",
    "put-status:status=404",
    "method-400:x=1",
]


@pytest.mark.parametrize("spec", REFUSED)
def test_values_out_of_bounds(spec: str, world: World) -> None:
    """A parameter that means nothing is 400."""
    response = world.get("/orgs", spec)

    assert response.status_code == 400
    assert spec.partition(":")[0] in sentence(response)
