"""Every path of Kimono's OneRoster 1.1 documents is served, with every member shown, in the JSON type shown."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

import pytest
from conftest import BASE, Api, shared

from mockroster.standard.model import Resource
from mockroster.standard.v1p1.operations import SERVICE

Json = Any

PATHS = 25
"""Operations in the documents."""


def documented() -> list[tuple[str, Json]]:
    """Return each path of the documents with the answer that they show."""
    text = shared("spec", "kimono-oneroster-1.1-docs.txt").read_text()
    found = re.findall(r"^GET (\S+) HTTP/1\.1$.*?^({$.*?^})$", text, re.MULTILINE | re.DOTALL)
    return [(path, json.loads(example)) for path, example in found]


def example(number: int) -> tuple[str, Json]:
    """Return one path below the base, and the answer shown."""
    path, shown = documented()[number]
    assert path.startswith(BASE)
    return path.removeprefix(BASE), shown


def shapes(value: Json, at: str = "") -> set[tuple[str, str]]:
    """Return the dotted path and JSON type of everything in a document; items of a list stand at ``[]``."""
    found = {(at, type(value).__name__ if not isinstance(value, int | float) or isinstance(value, bool) else "number")}
    if isinstance(value, dict):
        for name, inner in value.items():
            found |= shapes(inner, f"{at}.{name}")
    if isinstance(value, list):
        for inner in value:
            found |= shapes(inner, f"{at}[]")
    return found


def names(resource: Resource) -> tuple[str, str]:
    """Return both wrappers of a model."""
    return resource.name, resource.collection


def answers(api: Api, path: str) -> list[Json]:
    """Return answers of a path: for a few hundred of the ids that the path before its parameter lists."""
    if "{" not in path:
        return [api.get(path, limit=100_000).get_json()]
    before, after = re.split(r"{\w+}", path)
    parents = api.rows(before.rstrip("/").removeprefix("/sis"))
    step = max(len(parents) // 150, 1)
    return [api.get(before + one["sourcedId"] + after).get_json() for one in islice(parents, 0, None, step)]


def test_the_documents_are_read_whole() -> None:
    """Each of the documents' operations is found, so that none is left out below."""
    assert len(documented()) == PATHS


@pytest.mark.parametrize("number", range(PATHS))
def test_answer_has_the_types_that_are_shown(number: int, api: Api) -> None:
    """Members of a response that the example shows have its JSON type, and most are present."""
    path, shown = example(number)

    given = set().union(*(shapes(answer) for answer in answers(api, path)))

    wanted = shapes(shown)
    types = dict(wanted)
    assert {at: type_ for at, type_ in given if at in types and types[at] != type_} == {}
    assert len(wanted & given) > len(wanted) / 2


@pytest.mark.parametrize("number", range(PATHS))
def test_every_member_that_is_shown_is_in_the_data(number: int, api: Api) -> None:
    """Some record of the model has each member of the example: a grading period no children, but a term has them."""
    _, shown = example(number)
    ((wrapper, model),) = shown.items()
    collection = next(one.resource.collection for one in SERVICE.operations if wrapper in names(one.resource))

    given = set().union(*(shapes(record) for record in api.all(collection)))

    assert shapes(model[0] if isinstance(model, list) else model) <= given


@pytest.mark.parametrize("number", range(PATHS))
def test_members_come_in_the_order_shown(number: int, api: Api) -> None:
    """The members that a record has stand in the order of the example."""
    path, shown = example(number)

    (wrapper, model), answer = next(iter(shown.items())), answers(api, path)[0]

    assert next(iter(answer)) == wrapper
    order = list(model[0] if isinstance(model, list) else model)
    for record in answer[wrapper] if isinstance(model, list) else [answer[wrapper]]:
        assert [name for name in record if name in order] == [name for name in order if name in record]


def test_weight_is_always_there(api: Api) -> None:
    """Every category has the weight that Kimono shows."""
    assert all(isinstance(category["weight"], int | float) for category in api.all("categories"))


def test_class_without_line_items_has_every_category(fresh: Api) -> None:
    """A class whose gradebook is empty is offered all categories, and one with line items those that they use."""
    class_ = fresh.rows("/classes")[0]["sourcedId"]
    used = {item["category"]["sourcedId"] for item in fresh.rows(f"/classes/{class_}/lineItems")}
    before = fresh.rows(f"/sis/classes/{class_}/categories")

    for item in fresh.rows(f"/classes/{class_}/lineItems"):
        fresh.delete(f"/lineItems/{item['sourcedId']}")
    after = fresh.rows(f"/sis/classes/{class_}/categories")

    assert {one["sourcedId"] for one in before} == used
    assert after == fresh.rows("/categories")
    assert after == fresh.rows(f"/classes/{class_}/categories")
