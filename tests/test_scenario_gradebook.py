"""Scenarios about writes: refused, echoed, read back late, signed with a hash."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha1, sha256
from typing import Any

import pytest
from conftest import Api
from flask import Flask
from oauthlib.oauth1 import Client as Signer
from tenants import CLIENT, V1P1, Tenant, tenant
from werkzeug.test import TestResponse
from worlds import GRADEBOOK, World, named, new_world, rows

BODY = {"category": {"title": "Mine"}}
BASES = ("", GRADEBOOK)

bases = pytest.mark.parametrize("base", BASES, ids=["v1p1", "v1p2"])


@pytest.fixture
def world(fresh: Api) -> Iterator[World]:
    """Return a sandbox of the test's own."""
    with new_world(fresh) as made:
        yield made


def line_item(world: World, base: str) -> dict[str, Any]:
    """Return a line item that can be written."""
    found: dict[str, Any] = rows(world.get(f"{base}/lineItems", limit=1))[0]
    kept = ("title", "category", "class", "dueDate", "assignDate", "school", "gradingPeriod", "scoreScale")
    return {name: found[name] for name in kept if name in found} | {"resultValueMin": 0, "resultValueMax": 100}


@bases
@pytest.mark.parametrize(("more", "status"), [("", 403), (":status=422", 422)])
def test_write_refused(base: str, more: str, status: int, world: World) -> None:
    """A right line item is refused and not stored; it can be read, deleted, and written without the scenario."""
    spec, body = f"write-refused{more}", {"lineItem": line_item(world, base)}

    refused = world.send("PUT", f"{base}/lineItems/new", spec, body)
    absent = world.get(f"{base}/lineItems/new", spec)
    written = world.send("PUT", f"{base}/lineItems/new", body=body)
    read = world.get(f"{base}/lineItems/new", spec)
    deleted = world.send("DELETE", f"{base}/lineItems/new", spec)

    assert (refused.status_code, named(refused)) == (status, "write-refused")
    statuses = [response.status_code for response in (absent, written, read, deleted)]
    assert statuses == [404, 201, 200, 204]


def test_write_refused_of_some_collections(world: World) -> None:
    """Collections that are not named are written."""
    by_default = world.send("PUT", "/categories/c1", "write-refused", BODY)
    named_ = world.send("PUT", "/categories/c2", "write-refused:collections=categories", BODY)
    other = world.send(
        "PUT", "/lineItems/new", "write-refused:collections=categories", {"lineItem": line_item(world, "")}
    )

    assert [response.status_code for response in (by_default, named_, other)] == [201, 403, 201]


def result(world: World, base: str) -> dict[str, Any]:
    """Return a result that can be written."""
    found: dict[str, Any] = rows(world.get(f"{base}/results", limit=1))[0]
    return {name: found[name] for name in ("lineItem", "student", "class", "scoreStatus", "scoreDate") if name in found}


@bases
def test_write_refused_of_fractions(base: str, world: World) -> None:
    """A score that is not a whole number is refused; whole numbers and bodies that are wrong are treated as ever."""
    spec, body = "write-refused:scores=fractions,status=422", result(world, base)

    def put(more: dict[str, Any]) -> TestResponse:
        return world.send("PUT", f"{base}/results/new", spec, {"result": body | more})

    refused, whole, integral = (put({"score": score}) for score in (87.5, 87, 88.0))
    faulty = put({"score": 87, "scoreDate": "soon"})
    item = world.send("PUT", f"{base}/lineItems/new", spec, {"lineItem": line_item(world, base)})

    assert (refused.status_code, named(refused)) == (422, "write-refused")
    assert "score: 87.5 is not a whole number" in refused.text
    assert [response.status_code for response in (whole, item)] == [201, 201]
    assert integral.status_code in {200, 201}
    assert (faulty.status_code, named(faulty)) == (422, None)
    assert world.get(f"{base}/results/new").get_json()["result"]["score"] == 88


def test_write_refused_of_fractions_in_bulk(world: World) -> None:
    """One fraction among several results refuses them all, and is named."""
    spec, body = "write-refused:scores=fractions", result(world, GRADEBOOK)
    path = f"{GRADEBOOK}/lineItems/{body['lineItem']['sourcedId']}/results"
    posted = [body | {"sourcedId": f"r{number}", "score": score} for number, score in enumerate((80, 81.25))]

    refused = world.send("POST", path, spec, {"results": posted})
    accepted = world.send("POST", path, spec, {"results": posted[:1]})

    assert (refused.status_code, named(refused)) == (403, "write-refused")
    assert (accepted.status_code, named(accepted)) == (201, None)


@bases
def test_put_echoes(base: str, world: World) -> None:
    """A PUT that creates and one that replaces answer with what a read shows; a refused one as ever."""
    first = world.send("PUT", f"{base}/categories/mine", "put-echoes", BODY)
    second = world.send("PUT", f"{base}/categories/mine", "put-echoes", {"category": {"title": "Mine again"}})
    refused = world.send("PUT", f"{base}/categories/mine", "put-echoes", {"category": {}})
    silent = world.send("PUT", f"{base}/categories/mine", None, {"category": {"title": "Mine again"}})

    assert (first.status_code, second.status_code, refused.status_code) == (201, silent.status_code, 422)
    assert first.get_json()["category"]["title"] == "Mine"
    assert second.get_json()["category"] | {"dateLastModified": ""} == world.get(f"{base}/categories/mine").get_json()[
        "category"
    ] | {"dateLastModified": ""}
    assert silent.data == b""
    assert [named(response) for response in (first, second, refused)] == ["put-echoes", "put-echoes", None]


def test_put_echoes_hrefs(world: World) -> None:
    """The hrefs of an echoed record lead to its references, in the same sandbox."""
    body, spec = {"lineItem": line_item(world, "")}, "put-echoes;clamped-limit:max=5@path=/users,times=1"

    by_header = world.send("PUT", "/lineItems/new", spec, body)
    by_path = world.by_path("PUT", "/lineItems/new", spec, body)

    assert by_header.get_json()["lineItem"]["class"] == world.get("/lineItems/new").get_json()["lineItem"]["class"]
    read = world.by_path("GET", "/lineItems/new", spec)
    assert by_path.get_json()["lineItem"]["class"] == read.get_json()["lineItem"]["class"]


@bases
def test_eventual_writes(base: str, world: World) -> None:
    """A created record is missing for some seconds, alone and in lists; a replaced one is not."""
    spec = "eventual-writes:seconds=30"

    def shown() -> tuple[int, bool]:
        names = [row["sourcedId"] for row in rows(world.get(f"{base}/categories", spec, limit=100_000))]
        return world.get(f"{base}/categories/mine", spec).status_code, "mine" in names

    created = world.send("PUT", f"{base}/categories/mine", spec, BODY)
    at_once = shown()
    world.advance(seconds=20)
    before_long = shown()
    world.advance(seconds=11)
    later = shown()
    replaced = world.send("PUT", f"{base}/categories/mine", spec, BODY)
    after_that = shown()

    assert (created.status_code, named(created)) == (201, "eventual-writes")
    assert replaced.status_code in {200, 201}
    assert (at_once, before_long, later) == ((404, False), (404, False), (200, True))
    assert after_that[0] == 200 or replaced.status_code == 201


def test_eventual_writes_of_others_are_there(world: World) -> None:
    """A record that was written without the scenario is read at once."""
    world.send("PUT", "/categories/mine", None, BODY)

    assert world.get("/categories/mine", "eventual-writes").status_code == 200


# The hash of a body.


def signed_put(client: Tenant, method: str, hash_: str | None) -> int:
    """Return the status of a signed PUT, with a hash of its body or without one."""
    url = f"http://localhost{client.prefix}{V1P1}/categories/signed"
    body = b'{"category":{"title":"Signed"}}'
    hashes = {
        "right": (sha1 if method == "HMAC-SHA1" else sha256)(body),
        "other": (sha256 if method == "HMAC-SHA1" else sha1)(body),
        "wrong": sha256(b""),
    }
    signer = _HashingSigner(CLIENT[0], client_secret=CLIENT[1], signature_method=method)
    signer.hash = None if hash_ is None else b64encode(hashes[hash_].digest()).decode()
    _, headers, _ = signer.sign(url, "PUT")
    sent = {**headers, "X-Mockroster-Scenario": client.spec, "Content-Type": "application/json"}
    return client.browser.put(url, data=body, headers=sent).status_code


class _HashingSigner(Signer):  # type: ignore[misc]
    """Signs with a parameter of the OAuth Request Body Hash extension."""

    hash: str | None = None

    def get_oauth_params(self, request: Any) -> list[tuple[str, str]]:
        """Add the hash."""
        parameters: list[tuple[str, str]] = super().get_oauth_params(request)
        return [*parameters, ("oauth_body_hash", self.hash)] if self.hash else parameters


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_body_hash_required(small: Flask, method: str) -> None:
    """A signed PUT is accepted with the right hash only; without the scenario it needs none."""
    client = tenant(small, "body-hash-required")

    statuses = [signed_put(client, method, hash_) for hash_ in (None, "wrong", "other", "right")]

    assert statuses == [401, 401, 401, 201]
    assert signed_put(tenant(small), method, None) == 201


def test_body_hash_of_reads_and_tokens(small: Flask) -> None:
    """Signed reads, and writes with a token, need no hash."""
    client = tenant(small, "body-hash-required").enter()

    assert client.signed(f"{V1P1}/orgs").status_code == 200
    assert client.send("PUT", f"{V1P1}/categories/mine", json=BODY).status_code == 201


# The collections of a refusal.

WRITTEN = ("categories", "lineItems", "results", "scoreScales", "assessmentLineItems", "assessmentResults")


@pytest.mark.parametrize("collection", WRITTEN)
@pytest.mark.parametrize(("spec", "status"), [("delete-refused", 422), ("write-refused", 403)])
def test_collections_of_a_refusal(spec: str, status: int, collection: str, world: World) -> None:
    """A record of the named collection is refused, and one of any other is not."""
    others = "|".join(name for name in WRITTEN if name != collection)
    record = rows(world.get(f"{GRADEBOOK}/{collection}", limit=1))[0]
    name = next(iter(world.get(f"{GRADEBOOK}/{collection}/{record['sourcedId']}").get_json()))
    path, method = f"{GRADEBOOK}/{collection}/{record['sourcedId']}", "DELETE" if spec == "delete-refused" else "PUT"
    body = {name: record} if method == "PUT" else None

    refused = world.send(method, path, f"{spec}:collections={collection}", body)
    accepted = world.send(method, path, f"{spec}:collections={others}", body)

    assert (refused.status_code, named(refused)) == (status, spec)
    assert (accepted.status_code, named(accepted)) == ((204 if method == "DELETE" else accepted.status_code), None)
    assert accepted.status_code in {200, 201, 204}


@pytest.mark.parametrize("collection", WRITTEN)
def test_every_collection_cannot_be_deleted(collection: str, world: World) -> None:
    """By default no record of the gradebook can be deleted."""
    record = rows(world.get(f"{GRADEBOOK}/{collection}", limit=1))[0]

    response = world.send("DELETE", f"{GRADEBOOK}/{collection}/{record['sourcedId']}", "delete-refused")

    assert response.status_code == 422
