"""Helpers for the tests of data scenarios: everything that a client sees through a scenario, in both versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from conftest import BASE, Api
from werkzeug.test import Client, TestResponse
from worlds import GRADEBOOK, HEADER, ROSTERING

Json = dict[str, Any]

RESOURCES = "/ims/oneroster/resources/v1p2"
IN_V1P1 = (
    *("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics"),
    *("resources", "categories", "lineItems", "results"),
)
V1P1 = {name: f"{BASE}/{name}" for name in IN_V1P1}
V1P2 = (
    {name: f"{ROSTERING}/{name}" for name in IN_V1P1[:7]}
    | {"resources": f"{RESOURCES}/resources"}
    | {name: f"{GRADEBOOK}/{name}" for name in IN_V1P1[8:]}
    | {name: f"{GRADEBOOK}/{name}" for name in ("scoreScales", "assessmentLineItems", "assessmentResults")}
)
EITHER = [V1P1, V1P2]
"""The address of every collection, by version."""


class Seen:
    """A client of a district that nobody writes to, to which a scenario is given by header; none for ``""``."""

    def __init__(self, api: Api, spec: str) -> None:
        self.api = api
        self.spec = spec
        self._kept: dict[str, list[Json]] = {}

    def get(self, path: str) -> TestResponse:
        """Read a path."""
        headers = {HEADER: self.spec} if self.spec else {}
        return self.api.send("GET", path if path.startswith("http") else "http://localhost" + path, headers=headers)

    def rows(self, path: str) -> list[Json]:
        """Return a whole collection, read once."""
        if path not in self._kept:
            response = self.get(f"{path}{'&' if '?' in path else '?'}limit=100000")
            assert response.status_code == 200, response.text
            self._kept[path] = next(iter(response.get_json().values()))
        return self._kept[path]

    def one(self, path: str) -> Json:
        """Return the record of a single read."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        record: Json = next(iter(response.get_json().values()))
        return record

    def ids(self, path: str) -> set[str]:
        """Return the sourcedIds of a collection."""
        return {row["sourcedId"] for row in self.rows(path)}

    def dangling(self, paths: dict[str, str]) -> Counter[tuple[str, str]]:
        """Return how many references lead nowhere, by the collection that has them and the type that they have."""
        known = {(type_of(name), row["sourcedId"]) for name, path in paths.items() for row in self.rows(path)}
        return Counter(
            (name, ref["type"])
            for name, path in paths.items()
            for row in self.rows(path)
            for ref in references(row)
            if (ref["type"], ref["sourcedId"]) not in known
        )


def type_of(collection: str) -> str:
    """Return the type of a reference to a record of a collection."""
    return {"classes": "class", "categories": "category", "demographics": "demographics"}.get(
        collection, collection.removesuffix("s")
    )


def references(value: Any) -> Iterator[Json]:
    """Yield each reference inside a record."""
    if isinstance(value, dict):
        if value.keys() == {"href", "sourcedId", "type"}:
            yield value
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def by_base_path(api: Api, spec: str, path: str) -> TestResponse:
    """Read a path below the base path of a scenario."""
    headers = {"Authorization": f"Bearer {api.token}"}
    return Client(api.app).get(f"/scenarios/{quote(spec, safe='')}{path}", headers=headers)
