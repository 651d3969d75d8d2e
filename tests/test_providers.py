"""The providers: their behaviour for a client, and the row of the quirks table for each part."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from conftest import BASE, Api, connected, make_app
from oauthlib.oauth1 import Client as Signer
from test_kimono import PATHS, documented, shapes
from werkzeug.test import Client, TestResponse

from mockroster.scenarios import providers
from mockroster.scenarios.base import Provider
from mockroster.scenarios.catalogue import describe, scenarios
from mockroster.scenarios.spec import parse_scenarios
from mockroster.standard.versions import SERVICES

HEADER = "X-Mockroster-Scenario"
ROSTERING, GRADEBOOK = "/ims/oneroster/rostering/v1p2", "/ims/oneroster/gradebook/v1p2"
CREDENTIALS = {"client_id": "mockroster", "client_secret": "mockroster-secret"}
BASIC = ("mockroster", "mockroster-secret")
GRANT = {"grant_type": "client_credentials"}
SCOPES = [f"https://purl.imsglobal.org/spec/or/v1p1/scope/{name}" for name in ("roster.readonly", "gradebook.readonly")]
ALL = {name: scenario for name, scenario in scenarios().items() if issubclass(scenario, Provider)}


@dataclass
class Visitor:
    """A client of a provider, in a sandbox of its own, that knows how to get in."""

    client: Client
    provider: str
    headers: dict[str, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    """The scenarios that had a hand in its answers."""

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        """Send a request as the provider wants it."""
        headers = self.headers | more.pop("headers", {})
        if self.provider == "classlink-oauth1":
            signer = Signer(*BASIC, signature_method="HMAC-SHA256")
            headers |= signer.sign("http://localhost" + self.at(path), method)[1]
        return self._open(method, path, headers=headers, **more)

    def get(self, path: str) -> TestResponse:
        """Read a path."""
        return self.send("GET", path)

    def rows(self, path: str) -> list[dict[str, Any]]:
        """Return the records of a collection."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        rows: list[dict[str, Any]] = next(iter(response.get_json().values()))
        return rows

    def token(self, **request: Any) -> TestResponse:
        """Ask for a token, without anything that is not given."""
        return self._open("POST", "/oauth2/token", **request)

    def at(self, path: str) -> str:
        """Return the whole path, with the provider in it."""
        base = ROSTERING if self.provider == "ed-fi" else BASE
        path = path if path.startswith(("/ims/", "/oauth2", "/__admin")) else base + path
        return f"/sandboxes/{self.provider}/scenarios/{self.provider}{path}"

    def _open(self, method: str, path: str, **more: Any) -> TestResponse:
        response = self.client.open(self.at(path), method=method, **more)
        self.named |= set(filter(None, response.headers.get(HEADER, "").split(", ")))
        return response


TOKEN_REQUESTS: dict[str, dict[str, Any]] = {
    "kimono": {"data": GRANT, "auth": BASIC},
    "ed-fi": {"data": GRANT, "auth": BASIC},
    "infinite-campus": {"data": GRANT, "auth": BASIC},
    "aeries": {"data": GRANT | {"scope": " ".join(SCOPES)}, "auth": BASIC},
    "powerschool": {"data": GRANT, "auth": BASIC},
}
"""How a token is asked for, where there is one to ask for."""


@pytest.fixture(scope="module")
def small_district() -> Api:
    """Return a client of a district that each provider shows in a sandbox of its own."""
    return connected(make_app(students=100))


@pytest.fixture
def visit(small_district: Api) -> Callable[[str], Visitor]:
    """Return a function that enters a provider whose sandbox is as at start."""

    def enter(provider: str) -> Visitor:
        client = Client(small_district.app)
        client.post(f"/sandboxes/{provider}/__admin/reset")
        visitor = Visitor(client, provider)
        if provider in TOKEN_REQUESTS:
            answer = visitor.token(**TOKEN_REQUESTS[provider])
            assert answer.status_code == 200, answer.text
            visitor.headers["Authorization"] = f"Bearer {answer.get_json()['access_token']}"
        elif provider == "classlink":
            visitor.headers["Authorization"] = "Bearer static-token"
        if provider == "infinite-campus":
            visitor.headers["X-Vendor-Authorization"] = "vendor:secret"
        return visitor

    return enter


def rows_cited(text: str) -> set[str]:
    """Return the rows, and Kimono's deviations, that a text cites."""
    found = re.findall(r"\b[Rr]ows? ([\d, and]+)|\bDeviations? (D[D\d, and]+)", text)
    return {number for rows, others in found for number in re.findall(r"D?\d+", rows or others)}


@pytest.mark.parametrize("name", ALL)
def test_each_part_has_its_row(name: str) -> None:
    """A comment with a row stands over each part, and the rows together are those that the provider cites."""
    source = inspect.getsource(ALL[name])
    if "*_CLASSLINK" in source:
        shared = inspect.getsource(providers).partition("_CLASSLINK = (\n")[2].partition("\n)\n")[0]
        source = source.replace("*_CLASSLINK,", shared)
    lines = [line.strip() for line in source.partition("parts = (\n")[2].splitlines() if line.strip() != ")"]
    comments, parts = lines[::2], lines[1::2]

    assert all(comment.startswith("# ") and rows_cited(comment) for comment in comments)
    assert all(re.fullmatch(r'f?".*",', part) for part in parts)
    assert len(parts) == len(ALL[name].parts) == len(parse_scenarios([name])), name
    cited = rows_cited(describe(ALL[name])["source"])
    assert rows_cited(" ".join(comments)) == cited or name == "kimono"
    assert len(cited) >= 4 or name == "kimono"


@pytest.mark.parametrize("name", ALL)
def test_every_part_has_a_hand(name: str, visit: Callable[[str], Visitor], small_district: Api) -> None:
    """A client that gets in and looks round, and one that does not know how, meet each of the parts."""
    there = visit(name)
    class_ = small_district.all("classes")[0]["sourcedId"]
    for path in ("/courses", "/users?limit=100000&sort=familyName&fields=role&filter=role%3D%27student%27", "/nothing"):
        there.get(path)
    for path in (f"/classes/{class_}/students", "/classes", "/enrollments", "/lineItems", "/users/nobody"):
        there.get(path)
    student = small_district.all("demographics")[0]["sourcedId"]
    long = "%20and%20".join(["status=active"] * 21)
    for path in (
        "/districts",
        f"/orgs?filter={long}",
        f"/demographics/{student}",
        "/orgs?limit=",
        "/orgs?limit=100000",
        "/orgs?filter=type=school",
    ):
        there.get(path)
    for teacher in small_district.all("teachers")[:10]:
        there.get(f"/teachers/{teacher['sourcedId']}/classes")
    for path in (ROSTERING + "/users?filter=roles.role%3D%27student%27", "/schools/x/classes", ROSTERING + "/users"):
        there.get(path)
    for _ in range(100):
        there.get("/orgs?limit=1")
    stranger = Visitor(Client(there.client.application), name)
    stranger.send("GET", "/users", headers={"Authorization": "Bearer nonsense"})
    stranger.send("GET", "/users", headers=Signer(*BASIC).sign("http://localhost" + there.at("/users"))[1])
    stranger.headers = dict(there.headers, **{"X-Vendor-Authorization": "wrong"})
    stranger.get("/results")
    stranger.token(data=GRANT | CREDENTIALS)
    stranger.token(query_string=GRANT, data=CREDENTIALS)
    stranger.token(data=GRANT, auth=BASIC)
    stranger.client.put(there.at("/__admin/clock"), json={"advance": "P366D"})
    stranger.token(**TOKEN_REQUESTS.get(name, {}))

    assert there.named | stranger.named == {one.scenario.name for one in parse_scenarios([name])}


@pytest.mark.parametrize("name", ALL)
def test_whole_sync(name: str, visit: Callable[[str], Visitor]) -> None:
    """A client that knows the provider reads all that there is, page by page."""
    there = visit(name)

    for collection in ("orgs", "courses", "classes", "users", "enrollments"):
        ids: list[str] = []
        while page := there.rows(f"/{collection}?limit=100&offset={len(ids)}"):
            ids += [record["sourcedId"] for record in page]
        assert len(set(ids)) == len(ids) > 0


def test_kimono_has_its_operations_only(visit: Callable[[str], Visitor]) -> None:
    """25 operations are served, and every other one of the standard's is 404, as are writes and 1.2."""
    there = visit("kimono")
    known = {
        one: there.rows(f"/{one}?limit=1")[0]["sourcedId"]
        for one in ("schools", "classes", "terms", "courses", "students", "teachers", "users", "enrollments", "orgs")
    }

    served = set()
    for service in SERVICES:
        for operation in service.all_operations:
            owner = operation.path.strip("/").removeprefix("sis/").partition("/")[0]
            owner = {"academicSession": "terms", "academicSessions": "terms"}.get(owner, owner)
            path = re.sub(r"{\w+}", known.get(owner, "x"), operation.path, count=1)
            response = there.send(operation.method, service.base + re.sub(r"{\w+}", "x", path))
            if HEADER not in response.headers or "only-endpoints" not in response.headers[HEADER]:
                served.add((service.name, operation.method, operation.path))
            else:
                assert response.status_code == 404

    assert len(served) == PATHS
    assert {(service, method) for service, method, _ in served} == {(SERVICES[0].name, "GET")}


@pytest.mark.parametrize("number", range(PATHS))
def test_kimono_answers_as_its_documents_show(number: int, visit: Callable[[str], Visitor]) -> None:
    """An answer has no member and no header that the documents do not show; metadata are the district's own."""
    path, shown = documented()[number]
    there = visit("kimono")
    before, parameter, after = re.match(r"([^{]*)({\w+})?(.*)", path).groups()  # type: ignore[union-attr]
    if parameter:
        parents = there.rows(before.removesuffix("/").replace("/sis", "") + "?limit=1")
        path = before + parents[0]["sourcedId"] + after

    response = there.get(path + ("" if parameter else "?limit=100000"))

    given = {shape for shape in shapes(response.get_json()) if ".metadata." not in shape[0]}
    assert response.status_code == 200
    assert given <= shapes(shown)
    assert not {"X-Total-Count", "Link"} & set(response.headers.keys())
    assert ".courses[].org" not in dict(given)


def test_kimono_passes_over_what_it_does_not_document(visit: Callable[[str], Visitor]) -> None:
    """Filter, sort and fields change nothing, and a signed request is refused."""
    there = visit("kimono")
    plain = there.get("/users?limit=50").data

    assert there.get("/users?limit=50&filter=role%3D%27teacher%27").data == plain
    assert there.get("/users?limit=50&sort=familyName&orderBy=desc").data == plain
    assert there.get("/users?limit=50&fields=role").data == plain
    signed = Signer(*BASIC).sign("http://localhost" + there.at("/users"))[1]
    assert there.client.get(there.at("/users"), headers=signed).status_code == 401


def test_ed_fi(visit: Callable[[str], Visitor]) -> None:
    """No headers, 500 rows, booleans, 429 after 100 requests as a line of text."""
    there = visit("ed-fi")
    page = there.get("/users?limit=1000")

    assert not {"X-Total-Count", "Link"} & set(page.headers.keys())
    assert {type(user["enabledUser"]) for user in page.get_json()["users"]} == {bool}
    assert len(there.rows("/enrollments?limit=1000")) == 500
    answers = [there.get("/orgs") for _ in range(100)]
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].mimetype == "text/html"
    assert answers[0].headers["RateLimit-Limit"] == "100"


def test_ed_fi_has_24_paths(visit: Callable[[str], Visitor], small_district: Api) -> None:
    """1.1, gradebook, resources and nested reads are 404, and 24 rostering paths of 1.2 answer."""
    school = small_district.all("schools")[0]["sourcedId"]
    there = visit("ed-fi")

    served = set()
    for service in SERVICES:
        for operation in service.all_operations:
            there.client.post("/sandboxes/ed-fi/__admin/reset")
            path = re.sub(r"{schoolSourcedId}", school, operation.path)
            response = there.send(operation.method, service.base + re.sub(r"{\w+}", "x", path))
            if "only-endpoints" not in response.headers.get(HEADER, ""):
                served.add((service.base, operation.method, operation.path))
            else:
                assert response.status_code == 404

    assert len(served) == 24
    assert {(base, method) for base, method, _ in served} == {(ROSTERING, "GET")}
    assert not [path for _, _, path in served if path.count("/") > 2]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/users?filter=roles.role='student'", 400),
        ("/users?filter=grades='09'", 400),
        ("/users?filter=nothing='x'", 400),
        ("/classes?filter=subjects='x'", 400),
        ("/classes?filter=school.sourcedId='x'", 400),
        ("/orgs?filter=parent='x'", 400),
        ("/users?filter=nonsense", 400),
        ("/users?filter=username='a' and", 400),
        ("/users?filter=roles='student'", 500),
        ("/users?filter=roles=student", 500),
        ("/users?filter=status='active'", 200),
        ("/terms?filter=type='term'", 200),
        ("/schools?filter=name~'school' AND type='school' OR identifier='x'", 200),
        ("/users?filter=status=active", 200),
        ('/users?filter=status="active"', 200),
        ("/users?limit=", 200),
        ("/users?limit=&offset=&filter=", 200),
        ("/users?filter=" + " or ".join(["status=active"] * 20), 200),
        ("/users?filter=" + " or ".join(["status=active"] * 21), 400),
    ],
)
def test_ed_fi_filters(path: str, status: int, visit: Callable[[str], Visitor]) -> None:
    """Only listed members can be filtered, another grammar is accepted, and a bad filter is invalid_data."""
    there = visit("ed-fi")

    response = there.get(path.replace(" ", "%20"))

    assert response.status_code == status, response.text
    if status == 400:
        assert response.get_json()["imsx_codeMinor"] == "invalid_data"


def test_ed_fi_binds_and_before_or(visit: Callable[[str], Visitor]) -> None:
    """A AND B OR C is (A AND B) OR C, and a value needs no quotes."""
    there = visit("ed-fi")
    orgs = there.rows("/orgs?limit=100")
    one, other = orgs[0]["sourcedId"], orgs[-1]["sourcedId"]

    found = there.rows(f"/orgs?filter=type=nothing%20AND%20sourcedId={one}%20OR%20sourcedId={other}")

    assert [org["sourcedId"] for org in found] == [other]


def test_ed_fi_has_no_code_minor_for_401_and_404(visit: Callable[[str], Visitor]) -> None:
    """Errors are one object, with a code minor that is a string, but for 401 and 404."""
    there = visit("ed-fi")

    missing = [there.get("/users/nobody"), there.get("/nothing"), there.get(GRADEBOOK + "/results")]
    stranger = there.send("GET", "/users", headers={"Authorization": "Bearer nonsense"})

    assert [response.status_code for response in [*missing, stranger]] == [404, 404, 404, 401]
    for response in [*missing, stranger]:
        assert response.get_json()["imsx_codeMajor"] == "failure"
        assert "minor" not in response.text.lower()


def test_ed_fi_single_records(visit: Callable[[str], Visitor]) -> None:
    """A demographics record stands under demographic, a term under academicSession, a school under org."""
    there = visit("ed-fi")
    wrappers = {"demographics": "demographic", "terms": "academicSession", "schools": "org", "students": "user"}

    for path, wrapper in wrappers.items():
        record = there.rows(f"/{path}?limit=1")[0]

        assert list(there.get(f"/{path}/{record['sourcedId']}").get_json()) == [wrapper]


@pytest.mark.parametrize("name", ["classlink", "classlink-oauth1"])
def test_classlink(name: str, visit: Callable[[str], Visitor]) -> None:
    """Revision headers, teachers among the students, empty class codes, 429 without Retry-After, no token endpoint."""
    there = visit(name)
    classes = there.get("/classes?limit=5")
    here = classes.get_json()["classes"][0]

    assert classes.headers["x-count"] == "5"
    assert "x-perm-rev" in classes.headers
    assert (here["classCode"], here["periods"]) == ("", [])
    assert {"teacher", "student"} <= {user["role"] for user in there.rows(f"/classes/{here['sourcedId']}/students")}
    assert there.token(data=GRANT, auth=BASIC).status_code == 404
    user = there.rows("/users?limit=1")[0]
    assert (user["enabledUser"], user["password"]) in {("true", ""), ("false", "")}
    assert not here["school"]["href"].startswith("http://localhost")
    for header in ("x-next-page-token", "x-obfuscated", "x-modified", "x-page-generation-time-ms"):
        assert classes.headers[header]
    assert "x-next-page-token" not in there.get("/classes?limit=100000").headers
    refused = [there.get("/orgs") for _ in range(100)][-1]
    assert refused.status_code == 429
    assert "Retry-After" not in refused.headers


@pytest.mark.parametrize("name", ["classlink", "classlink-oauth1"])
def test_classlink_has_a_teachers_current_classes_only(
    name: str, visit: Callable[[str], Visitor], small_district: Api
) -> None:
    """A teacher's classes are those of a term that runs, while the list of all classes has the others too."""
    terms = {term["sourcedId"]: term for term in small_district.all("terms")}
    there = visit(name)

    def is_current(class_: dict[str, Any]) -> bool:
        held = [terms[term["sourcedId"]] for term in class_["terms"]]
        return any(term["startDate"] <= "2026-01-15" < term["endDate"] for term in held)

    kept = lost = 0
    for teacher in small_district.all("teachers")[:20]:
        all_of_them = small_district.rows(f"/teachers/{teacher['sourcedId']}/classes")
        response = there.get(f"/teachers/{teacher['sourcedId']}/classes?limit=1000")
        shown = [class_["sourcedId"] for class_ in response.get_json()["classes"]]
        assert shown == [class_["sourcedId"] for class_ in all_of_them if is_current(class_)]
        assert response.headers["X-Total-Count"] == str(len(shown))
        kept, lost = kept + len(shown), lost + len(all_of_them) - len(shown)

    assert kept > 0
    assert lost > 0


def test_infinite_campus(visit: Callable[[str], Visitor]) -> None:
    """Any token request; a vendor's header for gradebooks; teachers and relatives only; credentials for a year."""
    there = visit("infinite-campus")
    roles = {user["role"] for user in there.rows("/users?limit=10000")}

    assert there.token(data=GRANT | CREDENTIALS).status_code == 200
    assert there.token(query_string=GRANT, auth=BASIC).status_code == 200
    assert {row["type"] for row in there.rows("/districts")} == {"district"}
    assert there.get("/lineItems").status_code == 200
    assert there.get(GRADEBOOK + "/results").status_code == 200
    del there.headers["X-Vendor-Authorization"]
    assert there.get("/lineItems").status_code == 401
    assert there.get("/users").status_code == 200
    assert roles <= {"student", "teacher", "relative"}
    there.client.put(there.at("/__admin/clock"), json={"advance": "P366D"})
    assert there.token(query_string=GRANT, auth=BASIC).status_code == 401


@pytest.mark.parametrize(
    ("spec", "most"),
    [
        ("infinite-campus", 10_000),
        ("infinite-campus:max=50000", 50_000),
        ("powerschool", 1000),
        ("powerschool:max=100", 100),
    ],
)
def test_the_page_cap_can_be_set(spec: str, most: int) -> None:
    """A cap that differs by release or by setting is a parameter of the provider."""
    caps = [one.text for one in parse_scenarios([spec]) if one.scenario.name == "clamped-limit"]

    assert caps == [f"clamped-limit:max={most}"]


def test_aeries(visit: Callable[[str], Visitor]) -> None:
    """A scope is required, and the cookie; missing members are null, hrefs begin with a tilde."""
    there = visit("aeries")
    school = there.rows("/schools?limit=1")[0]

    assert there.token(data=GRANT, auth=BASIC).status_code == 400
    assert school["parent"]["href"].startswith("~/ims/oneroster/v1p1/orgs/")
    users = there.rows("/users?limit=100")
    nulls = {name for record in [school, *users] for name, value in record.items() if value is None}
    assert "metadata" in nulls
    assert nulls <= {"identifier", "parent", "metadata"}
    for path in ("classes", "courses", "terms"):
        assert there.get(f"/schools/{school['sourcedId']}/{path}").status_code == 404
    forgetful = Visitor(Client(there.client.application), "aeries", there.headers)
    assert forgetful.get("/orgs").status_code == 401


def test_powerschool(visit: Callable[[str], Visitor]) -> None:
    """The token request is a form, with credentials in it or by Basic; some ids have blanks, escaped in a path."""
    there = visit("powerschool")
    users = there.rows("/users?limit=1000")
    blank = [user["sourcedId"] for user in users if " " in user["sourcedId"]]

    assert there.token(data=GRANT | CREDENTIALS).status_code == 200
    assert there.token(query_string=GRANT, data=CREDENTIALS).status_code == 400
    assert 0 < len(blank) < len(users) / 2
    assert there.get("/users/" + blank[0].replace(" ", "%20")).status_code == 200
    assert None in users[0].values()
