"""For any text in a filter, the status is 200 or 400, and the selection agrees with the records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from conftest import Api, information
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from naive import DATES, OPERATORS, found, ids, is_list, passes

Json = dict[str, Any]

COLLECTIONS = ["users", "orgs", "academicSessions", "classes", "courses", "enrollments", "demographics", "lineItems"]
COLLECTIONS += ["categories", "results", "resources"]
PREDICATES = [*OPERATORS, "~"]

ANY_TEXT = st.text(max_size=40)
NAMES = ["role", "familyName", "metadata.x", "grades", "orgs.href", "enabledUser", "dateLastModified", "nope", "."]
PIECES = ["'", "''", "'a'", "'true'", "'2026-01-01'", "' '", " ", " AND ", " OR ", "+", "%", "\0", "é", "\ud7ff"]
NEARLY = st.lists(st.sampled_from([*NAMES, *PREDICATES, *PIECES]), max_size=9).map("".join)


@settings(max_examples=400)
@given(text=ANY_TEXT | NEARLY)
def test_any_text_is_answered(api: Api, text: str) -> None:
    """Any text as a filter is 200, or 400 with one of the two names that a bad filter has."""
    response = api.get("/users", filter=text, limit=1)

    assert response.status_code in {200, 400}
    if response.status_code == 400:
        said = information(response)
        assert said["imsx_codeMinor"] in {"invalid data", "invalid_filter_field"}
        assert said["imsx_description"].startswith("filter")
        assert len(said["imsx_description"]) < 1000


@settings(max_examples=100)
@given(raw=st.binary(max_size=60))
def test_any_bytes_are_answered(api: Api, raw: bytes) -> None:
    """Any bytes in the place of the query are 200 or 400."""
    environ = {"QUERY_STRING": "filter=" + raw.decode("latin-1")}

    response = api.send("GET", "/orgs", environ_overrides=environ)

    assert response.status_code in {200, 400}
    assert response.content_type == "application/json"


KNOWN: dict[str, dict[str, list[str]]] = {}
"""By collection: its paths, each with the texts of the values that it has; looked up once."""


def known_in(collection: str, records: list[Json]) -> dict[str, list[str]]:
    """Return the paths of a collection with their values, as texts in order."""
    if collection not in KNOWN:
        KNOWN[collection] = {
            path: sorted({text_of(value) for record in records for value in found(record, path)})
            for path in paths(records)
        }
    return KNOWN[collection]


def paths(records: list[Json]) -> list[str]:
    """Return every dotted path that some record has, but those of addresses."""
    names: set[str] = set()
    for record in records:
        for name, value in record.items():
            items = value if isinstance(value, list) else [value]
            inner = {f"{name}.{part}" for item in items if isinstance(item, dict) for part in item if part != "href"}
            reference = any(isinstance(item, dict) and "href" in item for item in items)
            names |= inner | ({name} if reference or (not inner and name != "metadata") else set())
    return sorted(names)


def text_of(value: object) -> str:
    """Return a stored value as one writes it in a filter."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Draft:
    """A comparison before it is known which members and values there are: numbers stand for choices."""

    member: int
    predicate: str
    values: tuple[int, ...]
    form: str
    cut: tuple[int, int]
    text: str

    def of(self, known: dict[str, list[str]], records: list[Json]) -> tuple[str, str, str]:
        """Return a member that the records have, the predicate, and a value: there, near it, or anything at all."""
        path = list(known)[self.member % len(known)]
        there = known[path]
        chosen = [there[number % len(there)] for number in self.values]
        forms = {
            "whole": chosen[0],
            "part": chosen[0][self.cut[0] : sum(self.cut)].swapcase(),
            "several": ",".join(chosen) if is_list(records, path) else chosen[0],
            "any": self.text,
        }
        return path, self.predicate, forms[self.form]


DRAFTS = st.builds(
    Draft,
    member=st.integers(0, 1000),
    predicate=st.sampled_from(PREDICATES),
    values=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    form=st.sampled_from(["whole", "part", "several", "any"]),
    cut=st.tuples(st.integers(0, 12), st.integers(0, 12)),
    text=st.text(max_size=8),
)


def kind_of(records: list[Json], path: str) -> str:
    """Return whether a member holds dates, truth values, numbers or texts."""
    value = next(value for record in records for value in found(record, path))
    if DATES.fullmatch(path):
        return "date"
    return {bool: "truth", int: "number", float: "number"}.get(type(value), "text")


@pytest.mark.parametrize("collection", COLLECTIONS)
@settings(max_examples=60)
@given(drafts=st.lists(DRAFTS, min_size=1, max_size=2), logical=st.sampled_from(["AND", "OR"]))
def test_filter_selects_what_the_records_say(api: Api, collection: str, drafts: list[Draft], logical: str) -> None:
    """For any comparisons of any members the rows are those that a naive look at the JSON finds, in the same order."""
    records = api.all(collection)
    clauses = [draft.of(known_in(collection, records), records) for draft in drafts]
    for path, _, value in clauses:
        assume(not (path.startswith("metadata") and "," in value))

    filter_ = f" {logical} ".join(f"{path}{how}'{value.replace(chr(39), chr(39) * 2)}'" for path, how, value in clauses)
    response = api.get(f"/{collection}", filter=filter_, limit=100_000)

    if response.status_code == 400:
        assert information(response)["imsx_codeMinor"] == "invalid data"
        assert any(how != "~" and kind_of(records, path) != "text" for path, how, _ in clauses)
        return
    assert response.status_code == 200, response.text
    combine = all if logical == "AND" else any
    expected = [
        record
        for record in records
        if combine(passes(record, path, how, value, listed=is_list(records, path)) for path, how, value in clauses)
    ]
    assert ids(response.get_json()[collection]) == ids(expected), filter_
