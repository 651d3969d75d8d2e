"""Mutations of a good document: it is loaded or refused with a message, served, and never crashes."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from conftest import NOW, Api, connected, make_app
from fixture_sets import good, loaded, messages
from flask import Flask
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from marshmallow import ValidationError
from states import restarted

from mockroster.errors import NeedsFullValidation
from mockroster.fixtures.read.messages import unserializable
from mockroster.fixtures.read.normalize import Normalizer
from mockroster.http.lifecycle import Application
from mockroster.query.members import member_names
from mockroster.render.record import rendered
from mockroster.roster.convert import hidden
from mockroster.roster.record import InvalidRecord, Records
from mockroster.roster.store import Roster
from mockroster.standard.neutral import newest_model
from mockroster.standard.versions import MODELS, SERVICES

ODD = [
    None, "", "x", 5, -1.5, 0, True, False, [], {}, [1], [None], [[]], [{}], {"sourcedId": 5}, {"sourcedId": "o1"},
    {"sourcedId": "o1", "type": ["x"]}, {"href": "x", "sourcedId": "u1", "type": "user", "x": 1}, "\ud800", 10**30,
    float("nan"), "o9", "o1", "u1", "2026-02-30", "2026-02-03T08:00:00+99:00", "ext:x", "principal", "a" * 300,
    date(2026, 1, 1), {1: 2}, {"": 1}, b"x", ("a",), "true", "tobedeleted", "1e99", 1e300,
]  # fmt: skip


@pytest.fixture(scope="module")
def lenient() -> Flask:
    """Return an application whose records these tests replace."""
    return make_app(students=1)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything within a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inside for place in places(item, (*path, key)))]


def put_elsewhere(document: Any, path: tuple[Any, ...]) -> Any:
    """Return what stands at a path, as far as it leads."""
    for step in path:
        if isinstance(document, dict):
            exists = step in document
        else:
            exists = isinstance(document, list) and isinstance(step, int) and step < len(document)
        document = document[step] if exists else document
    return deepcopy(document)


def changed(draw: st.DrawFn, document: Any, path: tuple[Any, ...], others: list[tuple[Any, ...]]) -> None:
    """Drop, repeat, replace, wrap or overwrite what stands at a path."""
    *outer, key = path
    parent = document
    for step in outer:
        parent = parent[step]
    kind = draw(st.sampled_from(["drop", "repeat", "replace", "wrap", "move"]))
    if kind == "drop":
        del parent[key]
    elif kind == "repeat" or len(outer) == 1:
        # A record stays an object: readers of files see to that.
        parent.append(deepcopy(parent[key])) if isinstance(parent, list) else parent.update({f"{key}s": parent[key]})
    elif kind == "replace":
        parent[key] = deepcopy(draw(st.sampled_from(ODD)))
    elif kind == "wrap":
        parent[key] = draw(st.sampled_from([[parent[key]], {"x": parent[key]}, str(parent[key])]))
    else:
        parent[key] = put_elsewhere(good(), draw(st.sampled_from(others)))


@st.composite
def mutants(draw: st.DrawFn) -> dict[str, list[Any]]:
    """Return the good document with one thing or several changed."""
    document: dict[str, list[Any]] = deepcopy(good())
    for _ in range(draw(st.integers(1, 4))):
        inner = [path for path in places(document) if len(path) > 1]
        changed(draw, document, draw(st.sampled_from(inner)), inner)
    return document


@given(mutants())
@hypothesis_settings(max_examples=300)
def test_whatever_is_done_to_a_document_is_loaded_or_refused_in_words(document: dict[str, list[Any]]) -> None:
    """Any mutation is loaded, and then every record can be shown in both versions, or it is refused in words."""
    assembly = loaded(document)

    texts = messages(assembly)
    assert all(text.startswith("demo.yaml:") and text.isprintable() for text in texts if "'" not in text)
    for collection, records in assembly.records.items():
        for record in records:
            for version, model in MODELS[collection].items():
                test = hidden(version, collection)
                if test is None or not test(record):
                    assert rendered(model, record)
    if not any(fault.severity == "error" for fault in assembly.faults):
        assert not any(isinstance(record, InvalidRecord) for records in assembly.records.values() for record in records)


@given(mutants())
@hypothesis_settings(max_examples=200)
def test_the_quick_way_is_no_weaker(document: dict[str, list[Any]]) -> None:
    """Reading member by member gives the same result as the whole schema."""
    shapes = Normalizer(NOW)
    for collection, bodies in document.items():
        model = newest_model(collection)
        for body in bodies:
            if unserializable(body):
                continue
            try:
                record = shapes._reader(model).read(body)
            except (NeedsFullValidation, ValidationError):
                continue
            assert shapes._load(model, body) == ({}, record)


def served(app: Flask, records: Records) -> Api:
    """Return a client of an application that serves these records."""
    assert isinstance(app, Application)
    app.sandboxes = app.extensions["mockroster"] = restarted(app.sandboxes.default, roster=Roster.of(records))
    return connected(app)


def queries(draw: st.DrawFn) -> Iterator[tuple[str, str]]:
    """Yield every top-level collection of both versions, whole, filtered and sorted."""
    for service in SERVICES:
        for operation in service.operations:
            if operation.kind == "collection" and not operation.parameters:
                # Members of lists within lists are the business of the tests of filters.
                names = [name for name in member_names(operation.resource) if name.count(".") < 2]
                name = draw(st.sampled_from([*names, "metadata.note"]))
                predicate = draw(st.sampled_from(["=", "!=", ">", "<=", "~"]))
                value = draw(st.sampled_from(["x", "5", "true", "2026-01-15", "o1"]))
                path = service.base + operation.path
                yield from (
                    (path, ""),
                    (path, f"?filter={name}{predicate}'{value}'"),
                    (path, f"?sort={name}&orderBy=desc"),
                )


ASKED = st.composite(lambda draw: [*queries(draw)])()


@given(mutants(), ASKED)
@hypothesis_settings(max_examples=40)
def test_a_faulty_set_is_served(lenient: Flask, document: dict[str, list[Any]], asked: list[tuple[str, str]]) -> None:
    """Served as it is, a faulty set is never a 500: whole, filtered or sorted, in both versions."""
    api = served(lenient, loaded(document).records)
    headers = {"Authorization": f"Bearer {api.token}"}

    for path, query in asked:
        assert api.app.test_client().get(path + query, headers=headers).status_code < 500
