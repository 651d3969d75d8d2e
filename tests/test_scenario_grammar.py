"""Scenarios with other query parameters, filters and sort orders, as a client asks them in both versions."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from conftest import Api
from reading import HEADER, ROSTERING, V1P1, get, ids, links, rows

versions = pytest.mark.parametrize("base", [V1P1, ROSTERING], ids=["1.1", "1.2"])

EQUAL: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("parameter-case", {"Limit": 2, "Offset": 3}, {"limit": 2, "offset": 3}),
    ("parameter-case", {"Sort": "username", "OrderBy": "desc"}, {"sort": "username", "orderBy": "desc"}),
    ("parameter-case", {"limit": 2, "offset": 3, "sort": "username"}, {}),
    ("parameter-case:style=lower", {"sort": "username", "orderby": "desc"}, {"sort": "username", "orderBy": "desc"}),
    ("parameter-case:style=lower", {"sort": "username", "orderBy": "desc"}, {"sort": "username"}),
    ("bad-limit-ignored", {"limit": "abc"}, {}),
    ("bad-limit-ignored", {"limit": "0", "offset": "-1"}, {}),
    ("bad-limit-ignored", {"limit": "9" * 12, "offset": "x"}, {}),
    ("minus-sort", {"sort": "-username"}, {"sort": "username", "orderBy": "desc"}),
    ("minus-sort", {"sort": "username", "orderBy": "desc"}, {"sort": "username"}),
    ("rsql-filter", {"filter": "givenName>M"}, {"filter": "givenName>'M'"}),
    ("rsql-filter", {"filter": "givenName>=M,givenName<'P'"}, {"filter": "givenName>='M' AND givenName<'P'"}),
    (
        "rsql-filter",
        {"filter": 'status!=tobedeleted,givenName<="P"'},
        {"filter": "status!='tobedeleted' AND givenName<='P'"},
    ),
    ("rsql-filter", {"filter": "status==active"}, {"filter": "status='active'"}),
]
"""A scenario, what is asked, and what is the same without the scenario."""

REFUSED: list[tuple[str, str, str]] = [
    ("rsql-filter", "filter=status%3D'active'", "is not a comparison such as status==active"),
    ("rsql-filter", "filter=status%3D%3Dactive%20AND%20givenName%3D%3Dx", "is not a comparison"),
    ("rsql-filter", "filter=nothing%3D%3Dx", "have no member 'nothing'"),
    ("filter-limits:clauses=1", "filter=status%3D'active'%20AND%20givenName%3D'x'", "2 clauses are more than 1"),
    ("filter-limits", "filter=" + quote(" AND ".join(["status='active'"] * 21)), "21 clauses are more than 20"),
    ("filter-limits", "filter=" + quote(f"givenName='{'x' * 251}'"), "longer than 250 characters"),
    ("filter-limits:length=3", "filter=" + quote("givenName='Anna'"), "longer than 3 characters"),
    ("strict-parameters", "limt=3", "'limt' is not a parameter of this operation; did you mean 'limit'?"),
    ("strict-parameters", "limit%20=3", "'limit ' is not a parameter"),
]
"""A scenario, a query, and a part of the message with which it is 400."""

ACCEPTED = [
    ("strict-parameters", "limit=3&offset=1&sort=username&orderBy=asc&filter=status%3D'active'&fields=username"),
    ("filter-limits", "filter=" + quote(f"givenName='{'x' * 250}'")),
    ("filter-limits:clauses=1", "filter=status%3D'active'"),
    ("minus-sort", "sort=username"),
    ("parameter-case:style=lower", "Limit=2"),
    ("bad-limit-ignored", "limit=3&offset=0"),
]
"""A scenario, and a query that it leaves alone."""


@versions
@pytest.mark.parametrize(("spec", "asked", "like"), EQUAL)
def test_read_otherwise(spec: str, asked: dict[str, Any], like: dict[str, Any], base: str, api: Api) -> None:
    """The rows are those of a query in the grammar of the standard, and the scenario is named."""
    response = get(api, spec, f"{base}/students", **asked)

    assert ids(rows(response)) == ids(rows(get(api, "", f"{base}/students", **like)))
    assert response.headers[HEADER] == spec.partition(":")[0]


@versions
@pytest.mark.parametrize(("spec", "query", "message"), REFUSED)
def test_refused(spec: str, query: str, message: str, base: str, api: Api) -> None:
    """The request is 400 with a sentence that says why."""
    response = get(api, spec, f"{base}/students?{query}")

    assert (response.status_code, response.headers[HEADER]) == (400, spec.partition(":")[0])
    assert message in response.text


@versions
@pytest.mark.parametrize(("spec", "query"), ACCEPTED)
def test_left_alone(spec: str, query: str, base: str, api: Api) -> None:
    """A query within the limits is answered as ever."""
    response = get(api, spec, f"{base}/students?{query}")

    assert HEADER not in response.headers
    assert response.data == get(api, "", f"{base}/students?{query}").data


def test_without_the_scenarios(api: Api) -> None:
    """The server ignores other names and blanks around names, and refuses bad limits and other grammars."""
    statuses = {
        query: get(api, "", f"{V1P1}/students?{query}").status_code
        for query in ("Limit=2", "limit%20=3", "limit=abc", "limit=0", "offset=-1", "filter=status%3D%3Dactive")
    }

    assert [*statuses.values()] == [200, 200, 400, 400, 400, 400]


@versions
def test_next_stands_still(base: str, api: Api) -> None:
    """The next link of a page leads to the page itself; the rows, the count and the other links are right."""
    address = f"{base}/students"

    response = get(api, "next-stands-still", address, limit=10, offset=20)

    plain = get(api, "", address, limit=10, offset=20)
    again = get(api, "next-stands-still", links(response)["next"])
    assert response.data == plain.data == again.data
    assert links(again)["next"] == links(response)["next"] != links(plain)["next"]
    assert response.headers[HEADER] == "next-stands-still"
    assert {rel: url for rel, url in links(response).items() if rel != "next"} == {
        rel: url for rel, url in links(plain).items() if rel != "next"
    }


def test_next_doubles(api: Api) -> None:
    """The next link goes on, with twice the limit."""
    response = get(api, "next-stands-still:style=doubled", f"{V1P1}/students", limit=10)

    assert "limit=20&offset=10" in links(response)["next"]


def test_last_page_has_no_next(api: Api) -> None:
    """A page without a next link gets none."""
    response = get(api, "next-stands-still", f"{V1P1}/students", limit=10_000)

    assert "next" not in links(response)
    assert HEADER not in response.headers
