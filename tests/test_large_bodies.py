"""Bodies that cost far more than they weigh are refused early, and refusals stay short however much is wrong."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from conftest import Api, information
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from tenants import GRADEBOOK, V1P1, Tenant, fresh_name
from werkzeug.test import TestResponse

from mockroster import errors
from mockroster.errors import UnprocessableRecord
from mockroster.fixtures.read.json import numbers
from mockroster.fixtures.read.json.numbers import exact
from mockroster.standard.fields import Listed, Metadata

JSON = "application/json"


@pytest.fixture
def here(small: Flask) -> Tenant:
    """Return a sandbox of one's own, with a token."""
    return Tenant(small, f"/sandboxes/{fresh_name()}").enter()


def sentence(response: TestResponse, status: int) -> str:
    """Return the description of a refusal, in the form of either version."""
    assert response.status_code == status, response.text[:500]
    document = response.get_json()
    said = document["statusInfoSet"][0] if "statusInfoSet" in document else document
    description: str = said["imsx_description"]
    return description


def nested(opening: bytes, closing: bytes) -> bytes:
    """Return a body of a megabyte and more that holds hardly anything but brackets."""
    return opening + b",".join([b"[]"] * (numbers.MOST_VALUES + 1)) + closing


@given(
    st.recursive(
        st.none() | st.text('[]{},:"\\ x') | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("[,{"), inner),
    )
)
def test_values_are_counted(document: Any) -> None:
    """Each object, each array and each value in them is one, however the text is spaced and whatever strings hold."""

    def count(value: Any) -> int:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return 1 + sum(map(count, inside))

    spaced = json.dumps(document, indent=1).encode()
    dense = json.dumps(document, separators=(",", ":")).encode()

    assert numbers._values(spaced) == numbers._values(dense) == count(document)
    assert numbers._max_values(dense) >= count(document)


@pytest.mark.parametrize(
    ("method", "path", "opening", "closing", "status"),
    [
        ("PUT", f"{V1P1}/categories/c", b'{"category":{"title":"x","metadata":{"a":[', b"]}}}", 422),
        ("PUT", f"{GRADEBOOK}/categories/c", b'{"category":{"title":"x","metadata":{"a":[', b"]}}}", 422),
        ("POST", "/__admin/records", b'{"categories":[{"sourcedId":"c","title":"x","metadata":{"a":[', b"]}}]}", 400),
        ("POST", "/__admin/sandboxes", b'{"fixtures":{"orgs":[', b"]}}", 400),
        ("PUT", "/__admin/scenarios", b'{"active":[', b"]}", 400),
    ],
)
def test_a_million_values_are_not_read(
    here: Tenant, method: str, path: str, opening: bytes, closing: bytes, status: int
) -> None:
    """Megabytes of brackets are refused before they become objects, which would take twenty times their length."""
    body = nested(opening, closing)

    tracemalloc.start()
    response = here.send(method, path, data=body, content_type=JSON)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert "values; 1,000,000 are the most" in sentence(response, status)
    assert peak < 6 * len(body)


def test_yaml_of_many_values_is_not_read(here: Tenant) -> None:
    """The limit for YAML is lower, because parsing is slow; the message names a faster format."""
    body = b"categories:\n- {sourcedId: c, title: x, metadata: {a: [" + b"[]," * 200_000 + b"]}}\n"

    response = here.send("POST", "/__admin/records", data=body, content_type="application/yaml")

    assert "250,000 are the most in YAML; send it as JSON" in sentence(response, 400)


def test_many_commas_in_a_text_are_one_value() -> None:
    """Commas in strings are not counted."""
    text = json.dumps({"a": "[,{" * 400_000}).encode()

    assert exact(text) == {"a": "[,{" * 400_000}


@pytest.mark.parametrize(
    ("values", "status"),
    [([[]] * (Metadata.MOST - 1), 201), ([[]] * Metadata.MOST, 422), ({"b": [[0] * 5000] * 3}, 422)],
)
@pytest.mark.parametrize("base", [V1P1, GRADEBOOK])
def test_metadata_are_bounded(here: Tenant, base: str, values: Any, status: int) -> None:
    """Metadata hold 10,000 values at most, on whatever level they stand."""
    body = {"category": {"title": "x", "metadata": {"a": values}}}

    response = here.send("PUT", f"{base}/categories/c", json=body)

    assert response.status_code == status
    if status == 422:
        assert "metadata: must not hold more than 10,000 values" in sentence(response, 422)


def test_lists_are_bounded(here: Tenant) -> None:
    """A list of the standard has 10,000 items at most, and a longer one is refused before each is looked at."""
    document = {"classes": [{"sourcedId": "c", "title": "x", "subjects": ["x"] * (Listed.MOST + 1)}]}

    response = here.admin("POST", "/records", document)

    assert "subjects: must not have more than 10,000 items" in sentence(response, 422)


def test_faults_are_listed_and_counted(here: Tenant) -> None:
    """Of two hundred faults the first twenty are told, and how many others there are."""
    document = {"orgs": [{"sourcedId": f"o{number}", "name": "x", "type": "shool"} for number in range(200)]}

    said = sentence(here.admin("POST", "/records", document), 422)

    assert "orgs[0].type" in said
    assert "orgs[19].type" in said
    assert "orgs[20]" not in said
    assert said.endswith("; and 180 more")


@pytest.mark.parametrize("door", ["switchboard", "standard"])
def test_checking_ends_after_many_faulty_records(here: Tenant, door: str) -> None:
    """After a thousand faulty records the others are counted and not checked, and the answer is short."""
    items = here.rows(f"{GRADEBOOK}/lineItems?limit=1")
    faulty = [{"sourcedId": f"r{number}", "score": "x"} for number in range(3000)]

    if door == "switchboard":
        response = here.admin("POST", "/records", {"results": faulty})
    else:
        path = f"{GRADEBOOK}/lineItems/{items[0]['sourcedId']}/results"
        response = here.send("POST", path, json={"results": faulty})

    said = sentence(response, 422)
    assert "; and " in said
    assert said.endswith("; 2,000 records after these were not checked")
    assert len(response.data) < 10_000


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"{V1P1}/categories/c", {"category": {"title": "x", **{f"m{n}": 1 for n in range(5000)}}}),
        ("PUT", f"{V1P1}/categories/c", {"category": {"title": "x"}, **{f"m{n}": 1 for n in range(5000)}}),
        ("PUT", f"{V1P1}/categories/c", {"category": {"title": "x", "y" * 100_000: 1}}),
        ("PUT", f"{V1P1}/categories/c", {"category": {"title": "x", "status": "y" * 100_000}}),
        ("PUT", f"{V1P1}/lineItems/l", {"lineItem": {"title": "x", "dueDate": "y" * 100_000}}),
        ("PUT", f"{V1P1}/lineItems/l", {"lineItem": {"class": {"sourcedId": "x", "type": ["y"] * 50_000}}}),
        ("PUT", f"{V1P1}/lineItems/l", {"lineItem": {"class": {"sourcedId": "y" * 100_000}}}),
        ("POST", "/__admin/records", {"y" * 100_000: []}),
        ("POST", "/__admin/records", {"orgs": [{"sourcedId": "o", "name": "x", "type": "y" * 100_000}]}),
    ],
)
def test_refusals_are_short(here: Tenant, method: str, path: str, body: Any) -> None:
    """No message quotes a whole body."""
    response = here.send(method, path, json=body)

    assert 0 < len(sentence(response, 422)) < 21 * (errors.MOST_OF_FAULT + 10)
    assert len(response.data) < 25_000


def test_a_filter_is_not_repeated_whole(api: Api) -> None:
    """A filter of many kilobytes is named by its beginning."""
    by_name = api.get("/users", filter="y" * 10_000 + "='x'")
    by_value = api.get("/users", filter=f"dateLastModified>'{'y' * 10_000}'")

    assert (by_name.status_code, by_value.status_code) == (400, 400)
    assert len(information(by_name)["imsx_description"]) < 500
    assert len(information(by_value)["imsx_description"]) < 500


def test_a_long_fault_keeps_both_ends() -> None:
    """A long message keeps its beginning, the fault, and its end, the valid value."""
    error = UnprocessableRecord({"a": "b" + "x" * 5000 + "did you mean c?"})

    assert str(error.description).startswith("a: bxxx")
    assert str(error.description).endswith("did you mean c?")
    assert len(str(error.description)) < errors.MOST_OF_FAULT + 10


def test_unknown_members_have_an_order(here: Tenant) -> None:
    """Members that a schema lacks are always told in the same order."""
    names = [f"m{number:02}" for number in range(19, -1, -1)]

    said = sentence(here.send("PUT", f"{V1P1}/categories/c", json={"category": dict.fromkeys(names, 1)}), 422)

    told = [fault.partition(":")[0] for fault in said.split("; ") if fault.startswith("m")]
    assert told == sorted(told)
    assert len(told) == 19
