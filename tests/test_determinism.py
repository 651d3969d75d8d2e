"""The same seed and day give the same bytes, in any process; another seed or day gives others."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from conftest import Api, connected, make_app, plain_environment
from patience import PATIENCE

from mockroster import __version__

COLLECTIONS = ["orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics"]
COLLECTIONS += ["resources", "categories", "lineItems", "results"]

PROGRAM = """
import hashlib, json, sys
from datetime import datetime
from mockroster import create_app
now = datetime.fromisoformat(sys.argv[2])
client = create_app(students=30, seed=int(sys.argv[1]), no_auth=True, now=now).test_client()
bodies = [client.get(f"/ims/oneroster/v1p1/{one}?limit=100000").data for one in json.loads(sys.argv[3])]
print(json.dumps([hashlib.sha256(body).hexdigest() for body in bodies]))
"""


def digests(seed: int, now: str, hash_seed: str) -> dict[str, str]:
    """Return a digest of the bytes of each collection, as a process of its own serves them."""
    line = [sys.executable, "-c", PROGRAM, str(seed), now, json.dumps(COLLECTIONS)]
    environment = plain_environment(PYTHONHASHSEED=hash_seed)
    done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, env=environment, check=True)  # noqa: S603
    return dict(zip(COLLECTIONS, json.loads(done.stdout), strict=True))


def test_same_seed_same_bytes_in_any_process() -> None:
    """Two processes with other hash seeds, at other times of the same UTC day, serve the same bytes."""
    first = digests(5, "2026-01-15T00:00:00+00:00", "1")
    second = digests(5, "2026-01-15T23:59:59+00:00", "2")

    assert first == second


def test_other_seed_other_district() -> None:
    """Another seed changes the people and the ids."""
    users = [connected(make_app(students=5, seed=seed)).rows("/users") for seed in (1, 2)]

    assert not {user["sourcedId"] for user in users[0]} & {user["sourcedId"] for user in users[1]}


def test_same_bytes_again_in_one_process() -> None:
    """A second application is the same district, whatever was generated and served between."""
    first = connected(make_app(students=5)).get("/users", limit=1000)
    _ = connected(make_app(students=6)).get("/users")
    again = connected(make_app(students=5)).get("/users", limit=1000)

    assert first.data == again.data


@pytest.mark.parametrize(("now", "years"), [("2026-01-15", {"2025", "2026"}), ("2031-11-02", {"2031", "2032"})])
def test_now_moves_the_dates(now: str, years: set[str]) -> None:
    """--now decides which school year it is, and nothing was changed after it."""
    client = connected(make_app(students=5, now=datetime.fromisoformat(now).replace(tzinfo=UTC)))

    sessions = client.rows("/academicSessions")
    holding = [one for one in sessions if one["startDate"] <= now < one["endDate"] and one["type"] == "schoolYear"]
    assert {one["schoolYear"] for one in sessions} == years
    assert len(holding) == 1
    for collection in COLLECTIONS:
        assert max((one["dateLastModified"] for one in client.rows(f"/{collection}")), default="") < f"{now}T24"


def test_readyz(api: Api) -> None:
    """/readyz says which district it is: version, seed and as many records as the collections have."""
    response = api.app.test_client().get("/readyz")

    document = response.get_json()
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert document["status"] == "ready"
    assert document["version"] == __version__
    assert document["seed"] == 42
    for collection in set(COLLECTIONS) - {"results"}:
        assert document["counts"][collection] == len(api.all(collection))
    assert document["counts"]["results"] >= len(api.all("results"))


def test_readyz_counts_writes(fresh: Api) -> None:
    """The counts are those of now."""
    before = fresh.app.test_client().get("/readyz").get_json()["counts"]["categories"]

    fresh.put("/categories/c", {"category": {"title": "x"}})

    assert fresh.app.test_client().get("/readyz").get_json()["counts"]["categories"] == before + 1
