"""Requests that between them meet every place where a scenario can act."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any
from urllib.parse import quote, unquote

from conftest import BASE, Api
from werkzeug.test import Client, EnvironBuilder

ROSTERING, GRADEBOOK = "/ims/oneroster/rostering/v1p2", "/ims/oneroster/gradebook/v1p2"
QUERIES = (
    "limit=3",
    "limit=3&offset=3",
    "limit=3&offset=6",
    "limit=3&offset=100000",
    "limit=100000",
    "limit=0",
    "Limit=2&orderby=desc",
    "sort=familyName&limit=5",
    "sort=familyName&limit=5&offset=5",
    "sort=-familyName",
    "fields=sourcedId",
    "filter=role%3D%27student%27&limit=2",
    "filter=familyName%3D%27x%27%20OR%20givenName%3D%27y%27",
    "filter=dateLastModified%3E%272020-01-01%27",
    "filter=orgs.sourcedId%3D%27x%27",
    "filter=role%3D%E2%80%99student%E2%80%99",
    "filter=role%3D%27STUDENT%27",
    "filter=nonsense",
    "filter=role%3D%3Dstudent",
    "filter=givenName~%27a%27",
    "filter=familyName=Lee",
    "limit=",
    "filter=" + "%20AND%20".join(["role%3D%27student%27"] * 25),
)
V1P1 = (
    *("orgs", "schools", "academicSessions", "terms", "gradingPeriods", "courses", "classes", "users", "students"),
    *("teachers", "enrollments", "demographics", "resources", "categories", "lineItems", "results"),
)
V1P2 = [*(f"{ROSTERING}/{name}" for name in V1P1[:12]), *(f"{GRADEBOOK}/{name}" for name in V1P1[13:])]
FORM = {"grant_type": "client_credentials"}
CLIENT = ("mockroster", "mockroster-secret")


ACTING = {"concurrency-limit": "concurrency-limit:max=0", "slow-under-load": "slow-under-load:limit=0"}
"""The text of scenarios that do not act on one request after another with their defaults, by name."""


@dataclass(frozen=True)
class Probe:
    """One request; ``bearer`` says whether it carries a token."""

    method: str
    path: str
    bearer: bool = True
    more: dict[str, Any] = field(default_factory=dict)

    def environ(self, prefix: str, **more: str) -> dict[str, Any]:
        """Return the request as WSGI has it, below a prefix and with more variables.

        A client of werkzeug would make it anew each time, which takes a quarter of the time of a request.
        """
        environ, body = self._made
        raw = quote(prefix, safe="/:=,;|@~") + environ["REQUEST_URI"]
        path = unquote(prefix) + environ["PATH_INFO"]
        changed = {"PATH_INFO": path, "REQUEST_URI": raw, "RAW_URI": raw, "wsgi.input": BytesIO(body)}
        return environ | changed | more

    @cached_property
    def _made(self) -> tuple[dict[str, Any], bytes]:
        environ = EnvironBuilder(self.path, method=self.method, **self.more).get_environ()
        return environ, environ["wsgi.input"].read()


def probes(api: Api) -> list[Probe]:
    """Return the requests, with ids that the district of a client has."""
    class_, item = api.all("classes")[0], api.all("lineItems")[0]
    return [
        *(*_tokens(api), *_collections(), *_singles(class_, api)),
        *(*_writes(item), *_class_of_another_term(class_, api), *_much_later()),
    ]


def _tokens(api: Api) -> list[Probe]:
    scope = "https://purl.imsglobal.org/spec/or/v1p1/scope/roster{}.readonly"
    limited = [_headers(api, scope.format(which)) for which in ("", "-core")]
    in_body = FORM | {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
    return [
        Probe("POST", "/oauth2/token", False, {"data": FORM, "auth": CLIENT}),
        Probe("POST", "/oauth2/token", False, {"json": FORM, "auth": CLIENT}),
        Probe("POST", "/oauth2/token", False, {"data": in_body}),
        Probe("POST", "/oauth2/token", False, {"content_type": "application/json", "auth": CLIENT}),
        Probe("POST", "/oauth2/token?grant_type=client_credentials", False, {"auth": CLIENT}),
        Probe("GET", f"{BASE}/users?limit=1", False),
        Probe("GET", f"{BASE}/users?limit=1", False, {"headers": {"Authorization": "Bearer nonsense"}}),
        Probe("GET", f"{BASE}/users?limit=1", False, {"headers": {"Authorization": "OAuth nonsense"}}),
        *(
            Probe("GET", f"{BASE}/{path}", False, {"headers": one})
            for one in limited
            for path in ("users", "demographics")
        ),
    ]


def _class_of_another_term(class_: dict[str, Any], api: Api) -> list[Probe]:
    """Return requests that move a class to a term that does not run, and read its teacher's classes."""
    other = next(term for term in api.all("terms") if not term["startDate"] <= "2026-01-15" < term["endDate"])
    (teacher, *_) = api.rows(f"/classes/{class_['sourcedId']}/teachers")
    moved = class_ | {"terms": [{"sourcedId": other["sourcedId"], "type": "academicSession"}]}
    return [
        Probe("PUT", f"/__admin/records/classes/{class_['sourcedId']}", False, {"json": moved}),
        Probe("GET", f"{BASE}/teachers/{teacher['sourcedId']}/classes"),
    ]


def _much_later() -> list[Probe]:
    """Return requests after more than a year, by the clock of the sandbox."""
    return [
        Probe("PUT", "/__admin/clock", False, {"json": {"advance": "P400D"}}),
        Probe("GET", f"{BASE}/users"),
        Probe("POST", "/oauth2/token", False, {"data": FORM, "auth": CLIENT}),
    ]


def _headers(api: Api, scope: str) -> dict[str, str]:
    """Return the headers of a client that asked for one scope."""
    token = Client(api.app).post("/oauth2/token", data=FORM | {"scope": scope}, auth=CLIENT).get_json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def _collections() -> list[Probe]:
    paths = [*(f"{BASE}/users?{query}" for query in QUERIES), f"{ROSTERING}/users?{QUERIES[1]}"]
    paths += [f"{BASE}/{name}" for name in V1P1] + [f"{path}?limit=50" for path in V1P2]
    return [Probe("GET", path) for path in paths]


def _singles(class_: dict[str, Any], api: Api) -> list[Probe]:
    here, school, term = class_["sourcedId"], class_["school"]["sourcedId"], class_["terms"][0]["sourcedId"]
    student = api.all("students")[0]["sourcedId"]
    paths = [
        *(f"classes/{here}{rest}" for rest in ("", "/students", "/students?limit=1", "/categories", "/lineItems")),
        *(f"schools/{school}{rest}" for rest in ("", "/classes", "/courses", "/students?limit=2")),
        *(f"terms/{term}", f"demographics/{student}", f"students/{student}", f"students/{student}/classes"),
        *("users/nobody", "schools/nobody/classes", "classes/nobody/students", "nothing"),
        *("lineitems", "/orgs", "administrators"),
    ]
    nested = "/ims/oneroster/v1p2/rostering/v1p2/users"
    return [
        *(Probe("GET", f"{BASE}/{path}") for path in paths),
        *(Probe("GET", path) for path in (f"{ROSTERING}/users/{student}", nested)),
    ]


def _writes(item: dict[str, Any]) -> list[Probe]:
    title = "A title that is as long as it is, and then some; " * 6
    kept = {name: item[name] for name in ("category", "class", "dueDate", "assignDate")}
    body = {"lineItem": {**kept, "title": title, "resultValueMin": 0, "resultValueMax": 100}}
    category, line = f"{BASE}/categories/probe", f"{BASE}/lineItems/probe"
    return [
        Probe("PUT", category, False, {"json": {}, "headers": {"Authorization": "OAuth nonsense"}}),
        Probe("PUT", category, more={"json": {"category": {"title": "Probe"}}}),
        Probe("PUT", category, more={"json": {"category": {"title": "Probe again"}}}),
        Probe("GET", category),
        Probe("PUT", f"{GRADEBOOK}/categories/probe", more={"json": {"category": {"title": "Probe", "weight": 1}}}),
        Probe("PUT", line, more={"json": body}),
        Probe("GET", line),
        Probe("DELETE", line),
        Probe("GET", line),
        Probe("DELETE", category),
        Probe("GET", category),
        Probe("GET", f"{BASE}/categories"),
        Probe("POST", f"{BASE}/users"),
    ]
