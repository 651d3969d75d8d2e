"""Every way to fail is JSON status information with the right name; nothing odd is ever a 500 or a page of HTML."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from io import RawIOBase
from typing import Any

import pytest
from conftest import BASE, Api, connected, information, make_app
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from mockroster.standard.v1p1.operations import SERVICE
from mockroster.standard.v1p1.scopes import GRADEBOOK

JSON = "application/json"
MINORS = {
    400: "invalid data",
    401: "unauthorized",
    403: "forbidden",
    404: "unknown object",
    405: "invalid data",
    413: "invalid data",
    415: "invalid data",
    422: "invalid data",
}
"""codeMinor by status (errors-and-edges-1.1, section 2)."""


@pytest.fixture(scope="module")
def writable() -> Api:
    """Return a client of a district that the fuzzing of this module may spoil."""
    return connected(make_app(students=8))


def failed(response: TestResponse, status: int, minor: str | None = None) -> str:
    """Check an error's form and return its description."""
    assert response.status_code == status, response.text
    said = information(response)
    assert said["imsx_codeMajor"] == "failure"
    assert said["imsx_severity"] == "error"
    assert said["imsx_codeMinor"] == (minor or MINORS[status])
    assert said["imsx_messageRefIdentifier"]
    assert said["imsx_operationRefIdentifier"]
    description = said["imsx_description"]
    assert isinstance(description, str)
    assert 0 < len(description) < 2000
    return description


def test_400(api: Api) -> None:
    """A parameter that cannot be read."""
    response = api.get("/orgs", limit="x")

    assert "'x'" in failed(response, 400)
    assert information(response)["imsx_operationRefIdentifier"] == "getAllOrgs"


@pytest.mark.parametrize(
    "header", [None, "Bearer nonsense", "Bearer", "Basic bW9jazpyb3N0ZXI=", "Nonsense x", "", "Bearer \xff"]
)
def test_401(header: str | None, api: Api) -> None:
    """No token, or one that was never issued."""
    headers = {} if header is None else {"Authorization": header}

    response = Client(api.app).get(f"{BASE}/orgs", headers=headers)

    failed(response, 401)
    assert response.headers["WWW-Authenticate"]


@pytest.mark.parametrize("operation", SERVICE.all_operations, ids=lambda operation: operation.name)
def test_every_operation_asks_for_a_token_and_its_scope(operation: Any, api: Api) -> None:
    """Without a token each operation is 401, with one for something else 403."""
    path = operation.path.replace("{", "").replace("}", "")
    other = GRADEBOOK if GRADEBOOK not in operation.scopes else SERVICE.operations[0].scopes[0]
    form = {"grant_type": "client_credentials", "scope": other}
    token = Client(api.app).post("/oauth2/token", data=form, auth=("mockroster", "mockroster-secret")).get_json()

    without = Client(api.app).open(BASE + path, method=operation.method)
    wrong = api.send(operation.method, path, headers={"Authorization": f"Bearer {token['access_token']}"})

    failed(without, 401)
    assert operation.scopes[0] in failed(wrong, 403)


@pytest.mark.parametrize(
    "path", ["/nothing", "", "/user", "/sis", "/users/a/b/c", "/classes/x/nothing", "/../users", "/users/./x"]
)
def test_404(path: str, api: Api) -> None:
    """A path that is none."""
    failed(api.send("GET", BASE + path), 404)


def test_404_suggests_the_nearest_path(api: Api) -> None:
    """A slip of the pen is told which path was meant."""
    assert "/users" in failed(api.get("/usrs"), 404).partition("did you mean")[2]


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("/__admin/scenario", "; did you mean /__admin/scenarios?"),
        ("/__admin/reqests/count", "; did you mean /__admin/requests/count?"),
        ("/__admin/foo", "; /openapi/admin.json lists the routes"),
    ],
)
def test_404_of_the_switchboard(path: str, suggestion: str, api: Api) -> None:
    """The nearest route is suggested if one is near; the beginning that all share does not count."""
    assert failed(api.send("GET", f"http://localhost{path}"), 404).endswith(suggestion)


@pytest.mark.parametrize(
    ("path", "right"),
    [
        (f"{BASE}/scenarios/flaky/users", f"/scenarios/flaky{BASE}/users"),
        (f"{BASE}/sandboxes/a/users", f"/sandboxes/a{BASE}/users"),
        (f"/scenario/flaky{BASE}/users", f"/scenarios/flaky{BASE}/users"),
        (f"{BASE}/__admin/health", "/__admin/health"),
        ("/openapi/v1p2.json", "/openapi/v1p1.json"),
    ],
)
def test_404_of_a_path_in_the_wrong_order(path: str, right: str, api: Api) -> None:
    """A prefix of the server after the base path, or in the singular, is put right."""
    assert failed(api.send("GET", f"http://localhost{path}"), 404).endswith(f"; did you mean {right}?")


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "CONNECT", "NONSENSE"]
)
@pytest.mark.parametrize("path", ["/users", "/users/x", "/schools/x/classes"])
def test_405(path: str, method: str, api: Api) -> None:
    """A method that a path does not have, with the ones that it has in Allow."""
    response = api.send(method, path)

    assert "GET" in failed(response, 405)
    assert "GET" in response.headers["Allow"]


def test_405_of_writable_paths(api: Api) -> None:
    """There is no POST and no PATCH in 1.1, and a collection cannot be written."""
    for method, path in [
        ("POST", "/categories"),
        ("PUT", "/categories"),
        ("PATCH", "/results/x"),
        ("POST", "/results/x"),
    ]:
        failed(api.send(method, path, data="{}", content_type=JSON), 405)


@pytest.mark.parametrize(
    "type_", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense", "text/json; x"]
)
def test_415(type_: str, api: Api) -> None:
    """A write whose Content-Type is there and not JSON."""
    response = api.send("PUT", "/categories/x", data=b'{"category":{"title":"x"}}', content_type=type_)

    assert "application/json" in failed(response, 415)


def test_413(api: Api) -> None:
    """A body over 16 MB is refused before it is read."""

    class Unreadable(RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: object) -> int:
            raise AssertionError("the body was read")

    response = api.send(
        "PUT",
        "/categories/x",
        content_type=JSON,
        environ_overrides={"wsgi.input": Unreadable(), "CONTENT_LENGTH": str(16 * 1024 * 1024 + 1)},
    )

    assert failed(response, 413) == "the body is larger than 16 MB"


def test_16_mb_are_not_too_much(writable: Api) -> None:
    """A body of just 16 MB is read."""
    start, end = b'{"category":{"title":"', b'"}}'
    body = start + b"x" * (16 * 1024 * 1024 - len(start) - len(end)) + end

    response = writable.send("PUT", "/categories/large", data=body, content_type=JSON)

    assert response.status_code == 201
    writable.delete("/categories/large")


def test_422(api: Api) -> None:
    """A body that is JSON and no record."""
    assert "category" in failed(api.put("/categories/x", {}), 422)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"{'category': {}}",
        b'{"category":{"title":"x"}} x',
        b'{"category":{"title":NaN}}',
        b'{"category":{"weight":Infinity}}',
        b'{"category":{"weight":1e999}}',
        b'{"category":{"weight":' + b"9" * 400 + b"}}",
        b'{"category":{"title":"\\ud800"}}',
        b'{"category":{"title":"\xff"}}',
        b"\xff\xfe{\x00}\x00",
        b"[" * 100_000,
        b'{"category":' * 5000,
        b"\0",
    ],
)
def test_malformed_json(body: bytes, api: Api) -> None:
    """A body that is not JSON is 422, like any invalid record, with a message."""
    response = api.send("PUT", "/categories/x", data=body, content_type=JSON)

    assert "JSON" in failed(response, 422)
    failed(api.get("/categories/x"), 404)


def test_a_number_that_would_be_rounded(api: Api) -> None:
    """A whole number of more than 64 bits is 422, not taken for the nearest one that fits; in a text it is good."""
    body = b'{"category":{"title":"18446744073709551616","metadata":{"n":18446744073709551616}}}'

    response = api.send("PUT", "/categories/x", data=body, content_type=JSON)

    assert "18446744073709551616, which has more than 64 bits" in failed(response, 422)
    failed(api.get("/categories/x"), 404)


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"true", b"{}", b'{"title":"x"}'])
def test_body_without_the_wrapper(body: bytes, api: Api) -> None:
    """JSON that is no wrapped record is 422 and shows the form."""
    response = api.send("PUT", "/categories/x", data=body, content_type=JSON)

    assert '{"category"' in failed(response, 422)


@pytest.mark.parametrize(
    "body", [b'{"category":null}', b'{"category":[]}', b'{"category":1}', b'{"category":{},"class":{}}']
)
def test_body_with_something_else_in_the_wrapper(body: bytes, api: Api) -> None:
    """A wrapper round anything but one record is 422."""
    assert failed(api.send("PUT", "/categories/x", data=body, content_type=JSON), 422)


@pytest.mark.parametrize("depth", [10, 200, 250, 300, 500, 1000, 1100, 5000])
def test_deep_metadata_never_spoils_a_collection(depth: int, fresh: Api) -> None:
    """Metadata of any depth are taken and read back, or refused; never taken and then in the way."""
    body = b'{"category":{"title":"x","metadata":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}}"
    fresh.app.testing = False

    written = fresh.send("PUT", "/categories/deep", data=body, content_type=JSON)

    assert written.status_code in {201, 422}
    alone, all_ = fresh.get("/categories/deep"), fresh.get("/categories")
    assert alone.status_code == (200 if written.status_code == 201 else 404)
    assert all_.status_code == 200


@pytest.mark.parametrize("host", ["a b", "<script>", "evil.example/x", "[::1", "x:y", "a,b", "a@b", "h:123456", '"'])
def test_bad_host(host: str, api: Api) -> None:
    """A Host that is none is 400 and never comes back in an address."""
    response = api.send("GET", "/enrollments?limit=1", headers={"Host": host})

    failed(response, 400)
    assert "Link" not in response.headers


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "sis.example.org:8080", "127.0.0.1:1", "[::1]:8080", "a_b", ""]
)
def test_good_host(host: str, api: Api) -> None:
    """A Host that is one is what references begin with."""
    response = api.send("GET", "/enrollments?limit=1", headers={"Host": host})

    assert response.status_code == 200
    href = response.get_json()["enrollments"][0]["user"]["href"]
    assert href.startswith(f"http://{host or 'localhost'}")


@pytest.mark.parametrize(
    "accept", ["text/html", "image/png", "application/xml;q=1, */*;q=0", ";;;,,", "*/*;q=nonsense", "é", "x" * 9000, ""]
)
@pytest.mark.parametrize("path", ["/orgs", "/nothing", "/orgs?limit=x"])
def test_any_accept(path: str, accept: str, api: Api) -> None:
    """Every Accept header is answered with JSON and never with 406."""
    response = api.send("GET", path, headers={"Accept": accept})

    assert response.status_code in {200, 400, 404}
    assert response.content_type == JSON


@pytest.mark.parametrize("path", ["/orgs/", "/orgs//", "//orgs", "/orgs/?limit=1000", "///orgs///?limit=1000"])
def test_slashes_too_many(path: str, api: Api) -> None:
    """Doubled slashes and one at the end are as if they were not there: 200 and no redirect."""
    response = api.send("GET", f"http://localhost{BASE}{path}")

    assert response.status_code == 200
    assert response.get_json()["orgs"] == api.all("orgs")[:100]


@pytest.mark.parametrize(
    "path",
    [
        "/users/%00",
        "/users/%ff",
        "/users/%FF%FE",
        "/users/%C3",
        "/users/a%2Fb",
        "/%2e%2e/x",
        "/users/%",
        "/users/%zz",
        "/\u00f1",
    ],
)
def test_odd_paths(path: str, api: Api) -> None:
    """NUL, slashes and invalid UTF-8 in a path name nothing."""
    failed(api.send("GET", BASE + path), 404)


@pytest.mark.parametrize(
    "path", ["/" + "x" * 60_000, "/users/" + "x" * 60_000, "/x" * 20_000, "/users/x" + "%2F" * 9000 + "x"]
)
def test_long_paths(path: str, api: Api) -> None:
    """A very long path names nothing, and is not repeated whole."""
    failed(api.send("GET", BASE + path), 404)


@pytest.mark.parametrize("type_", [JSON, "application/x-www-form-urlencoded", "multipart/form-data", "nonsense", None])
def test_get_with_a_body(type_: str | None, api: Api) -> None:
    """A GET may carry a form, JSON or nonsense: it is passed over."""
    response = api.send("GET", "/orgs", data=b'{"limit": "x"', content_type=type_)

    assert response.status_code == 200
    assert response.get_json()["orgs"] == api.all("orgs")[:100]


def test_head(api: Api) -> None:
    """HEAD is GET without the body, headers and all."""
    response, whole = api.send("HEAD", "/orgs?limit=2"), api.get("/orgs", limit=2)

    assert response.status_code == 200
    assert response.data == b""
    assert response.headers["X-Total-Count"] == whole.headers["X-Total-Count"]
    assert response.headers["Link"] == whole.headers["Link"]
    assert response.headers["Content-Length"] == str(len(whole.data))


def test_many_parameters(api: Api) -> None:
    """A thousand parameters too many are refused, not choked on."""
    response = api.send("GET", "/orgs?" + "&".join(f"a{number}=1" for number in range(5000)))

    assert response.status_code in {200, 400}
    assert response.content_type == JSON


METHODS = st.sampled_from(["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "X-Y"])
SEGMENTS = st.sampled_from(
    [*{part for one in SERVICE.all_operations for part in one.path.split("/") if part}, "x", "..", ".", ""]
)
PATHS = st.one_of(
    st.lists(SEGMENTS, max_size=6).map(lambda parts: BASE + "/" + "/".join(parts)),
    st.sampled_from(
        [
            "/",
            "/livez",
            "/readyz",
            "/oauth2/token",
            "/openapi/v1p1.json",
            "/openapi/x.json",
            "/sandboxes/a",
            "/__admin/x",
        ]
    ),
    st.binary(max_size=30).map(lambda raw: "/" + raw.decode("latin-1")),
    st.binary(max_size=30).map(lambda raw: BASE + "/" + raw.decode("latin-1")),
)
QUERIES = st.one_of(
    st.just(b""), st.binary(max_size=60), st.sampled_from([b"limit=1", b"filter=a='b'", b"%%%", b"&=&=&;"])
)
NAMES = st.sampled_from(
    ["Accept", "Host", "Authorization", "Content-Type", "Content-Length", "Cookie", "X-Forwarded-For", "Range"]
)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=255, blacklist_characters="\x7f"), max_size=30)
VALUES = st.one_of(
    TEXTS, st.sampled_from(["Basic " + base64.b64encode(b"\xff:\0").decode(), "-1", "1e9", "bytes=0-1", JSON])
)
BODIES = st.one_of(
    st.binary(max_size=60),
    st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5).map(
        lambda one: json.dumps(one).encode()
    ),
)


def environ(
    method: str, path: str, query: bytes, headers: list[tuple[str, str]], body: bytes
) -> Iterator[tuple[str, str]]:
    """Yield what a WSGI server would put into the environment of a request."""
    yield from {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query.decode("latin-1")}.items()
    yield "CONTENT_LENGTH", str(len(body))
    for name, value in headers:
        key = name.upper().replace("-", "_")
        if key != "CONTENT_LENGTH":
            yield (key if key == "CONTENT_TYPE" else f"HTTP_{key}"), value


@settings(max_examples=400)
@given(
    method=METHODS,
    path=PATHS,
    query=QUERIES,
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=3),
    body=BODIES,
    known=st.booleans(),
)
@example("GET", BASE + "/users/\0", b"", [], b"", True)
@example("GET", BASE + "/users", b"limit=\xff", [("Host", "\xff")], b"", True)
def test_nothing_is_a_500_or_html(
    writable: Api, method: str, path: str, query: bytes, headers: list[tuple[str, str]], body: bytes, known: bool
) -> None:
    """Any method, path, query, headers and body: no exception, no 500, no HTML but at ``/``, no redirect."""
    sent = dict(environ(method, path, query, headers, body))
    if known:
        sent["HTTP_AUTHORIZATION"] = f"Bearer {writable.token}"

    response = Client(writable.app).open("/", method=method, data=body, environ_overrides=sent)

    assert response.status_code < 500
    assert not 300 <= response.status_code < 400
    if path.strip("/"):
        assert response.content_type == JSON or response.status_code == 204
    if response.status_code >= 400 and response.data and not path.rstrip("/").endswith("token"):
        assert information(response)["imsx_codeMajor"] == "failure"


@settings(max_examples=200)
@given(
    body=st.binary(max_size=80)
    | st.text(max_size=40).map(lambda text: json.dumps({"category": {"title": text}}).encode())
)
def test_any_body_of_a_write_is_answered(writable: Api, body: bytes) -> None:
    """Any bytes as the body of a write are 200, 201 or 422, and the collection stays readable."""
    response = writable.send("PUT", "/categories/fuzz", data=body, content_type=JSON)

    assert response.status_code in {200, 201, 422}
    assert writable.get("/categories").status_code == 200


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
RESOURCES = {one.path.split("/")[1]: one.resource for one in SERVICE.operations if one.kind == "put"}


@settings(max_examples=150)
@given(
    segment=st.sampled_from(sorted(RESOURCES)),
    values=st.lists(JSON_VALUES, min_size=18, max_size=18),
    left_out=st.sets(st.integers(0, 17)),
)
def test_any_member_values_are_answered(writable: Api, segment: str, values: list[Any], left_out: set[int]) -> None:
    """Any JSON as the members of a record gets a message or is stored and can be read."""
    resource = RESOURCES[segment]
    members = [name for name in resource.schema.members if name != "sourcedId"]
    record = {
        name: value for number, (name, value) in enumerate(zip(members, values, strict=False)) if number not in left_out
    }

    response = writable.put(f"/{segment}/fuzz", {resource.name: record})

    assert response.status_code in {200, 201, 422}
    if response.status_code < 300:
        assert writable.get(f"/{segment}/fuzz").status_code == 200
    assert writable.get(f"/{segment}").status_code == 200
