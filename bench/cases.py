"""What is asked, of mockroster and of its peers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from urllib.parse import quote

from serving import V1P1, V1P2, Server

STUDENTS = "role='student' AND status='active'"


@dataclass(frozen=True)
class Case:
    """One thing that is measured."""

    title: str
    path: str
    peers: dict[str, str] = field(default_factory=dict)
    """Where a peer answers the same, or what comes nearest."""

    method: str = "GET"
    body: str = ""
    kind: str = "application/json"
    """The content type of the body."""

    paths: tuple[str, ...] = ()
    """In place of the one path: each in turn."""

    @property
    def name(self) -> str:
        """Under which a bare application answers with a body of the same size."""
        return re.sub(r"\W+", "-", self.title)


def cases(server: Server) -> list[Case]:
    """Return all cases, for the district that a server has."""
    total = json.loads(server.get("/readyz"))["counts"]["users"]
    users, last = f"{V1P1}/users", (total - 1) // 100 * 100
    one = json.loads(server.get(f"{users}?offset=1000&limit=1"))["users"][0]["sourcedId"]
    school = json.loads(server.get(f"{V1P1}/schools?limit=1"))["orgs"][0]["sourcedId"]
    result = json.loads(server.get(f"{V1P1}/results?limit=1"))["results"][0]
    filtered = f"filter={quote(STUDENTS)}"
    plain = {"Prism": "/users", "json-server": "/users?_limit=100"}
    return [
        Case("list of 100", f"{users}?limit=100", plain),
        Case("every page in turn", users, paths=tuple(f"{users}?limit=100&offset={at}" for at in range(0, last, 100))),
        Case(
            "deep page",
            f"{users}?limit=100&offset={last - 100}",
            {"json-server": f"/users?_start={last - 100}&_limit=100"},
        ),
        Case("one user", f"{users}/{one}", {"Prism": f"/users/{one}", "json-server": f"/users/{one}"}),
        Case("filtered list", f"{users}?limit=100&{filtered}", {"json-server": "/users?role=student&_limit=100"}),
        Case(
            "filtered, sorted list",
            f"{users}?limit=100&{filtered}&sort=familyName",
            {"json-server": "/users?role=student&_sort=familyName&_limit=100"},
        ),
        Case("nested list", f"{V1P1}/schools/{school}/students?limit=100"),
        Case("two members of 100", f"{users}?limit=100&fields=givenName,familyName"),
        Case("list of 100 in 1.2", f"{V1P2}/users?limit=100"),
        Case("token", "/oauth2/token", {}, "POST", _GRANT, "application/x-www-form-urlencoded"),
        Case("PUT of a result", f"{V1P1}/results/{result['sourcedId']}", {}, "PUT", json.dumps({"result": result})),
    ]


_GRANT = "grant_type=client_credentials&client_id=mockroster&client_secret=mockroster-secret"
