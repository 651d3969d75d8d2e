"""Pages: Link leads through every row once, and a limit or offset that is none is refused."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from conftest import Api, information, make_app
from hypothesis import given
from hypothesis import strategies as st

from mockroster.query.parameters import Query
from mockroster.render.page import links
from mockroster.standard.v1p1.operations import SERVICE

COLLECTIONS = [one.path for one in SERVICE.all_operations if one.kind == "collection" and not one.parameters]


def rels(header: str) -> dict[str, str]:
    """Return the URL of each relation in a Link header; the form of RFC 8288 with quoted relations is demanded."""
    assert header.isascii()
    assert re.fullmatch(r'<[^<>]*>; rel="\w+"(, <[^<>]*>; rel="\w+")*', header)
    found = [(rel, url) for url, rel in re.findall(r'<([^<>]*)>; rel="(\w+)"', header)]
    assert len(dict(found)) == len(found)
    return dict(found)


def query(url: str) -> dict[str, str]:
    """Return the parameters of a URL."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True))


def walk(api: Api, path: str, rel: str = "next") -> list[dict[str, Any]]:
    """Return the records of all pages that a relation leads to, beginning with those of a path."""
    rows: list[dict[str, Any]] = []
    url: str | None = path
    for _ in range(2000):
        if url is None:
            return rows
        response = api.send("GET", url)
        assert response.status_code == 200
        (page,) = response.get_json().values()
        rows += page if rel == "next" else []
        rows = rows if rel == "next" else page + rows
        url = rels(response.headers["Link"]).get(rel)
    raise AssertionError(f"{path} never ends")


@pytest.mark.parametrize("path", COLLECTIONS)
def test_next_leads_through_every_row_once(path: str, api: Api) -> None:
    """Walking by next gives the collection, in the order in which it comes whole."""
    whole = api.rows(path)

    walked = walk(api, f"{path}?limit=37")

    assert walked == whole


@pytest.mark.parametrize("path", COLLECTIONS)
def test_prev_leads_back_to_the_first_row(path: str, api: Api) -> None:
    """From the last page prev leads back through every row before it, none left out and none twice."""
    whole = api.rows(path)
    last = rels(api.get(path, limit=37).headers["Link"])["last"]

    walked = walk(api, last, "prev")

    assert walked == whole


@pytest.mark.parametrize("path", COLLECTIONS)
def test_default_page(path: str, api: Api) -> None:
    """Without limit and offset a page has the first hundred rows."""
    whole = api.rows(path)

    response = api.get(path)

    (page,) = response.get_json().values()
    assert page == whole[:100]
    assert response.headers["X-Total-Count"] == str(len(whole))


def test_walk_of_a_filtered_and_sorted_collection(api: Api) -> None:
    """Links keep filter, sort and fields, so that the walk stays in the same list."""
    asked = "/users?filter=role!='student'&sort=familyName&orderBy=desc&fields=sourcedId,role,familyName&limit=11"

    walked = walk(api, asked)

    expected = [user for user in api.all("users") if user["role"] != "student"]
    assert sorted(user["sourcedId"] for user in walked) == sorted(user["sourcedId"] for user in expected)
    assert {tuple(user) for user in walked} == {("sourcedId", "familyName", "role")} or {
        frozenset(user) for user in walked
    } == {frozenset({"sourcedId", "role", "familyName"})}
    names = [user["familyName"] for user in walked]
    assert names == sorted(names, reverse=True)


def test_example_of_the_standard() -> None:
    """503 records by 10, second page: next 20, last limit=3&offset=500, first 0, prev 0 (3.4.1)."""
    asked = Query(pairs=(("limit", "10"), ("offset", "10")), limit=10, offset=10)

    header = links("http://sis.example.org/students", asked, 503)

    assert {rel: urlsplit(url).query for rel, url in rels(header).items()} == {
        "next": "limit=10&offset=20",
        "last": "limit=3&offset=500",
        "first": "limit=10&offset=0",
        "prev": "limit=10&offset=0",
    }


@pytest.mark.parametrize("offset", ["past", "far past"])
def test_past_the_end(offset: str, api: Api) -> None:
    """Past the end there are no rows, the same total, and no next page."""
    total = len(api.all("orgs"))

    response = api.get("/orgs", offset=total if offset == "past" else 2**31 - 1)

    assert response.status_code == 200
    assert response.get_json() == {"orgs": []}
    assert response.headers["X-Total-Count"] == str(total)
    assert "next" not in rels(response.headers["Link"])


def test_empty_collection(api: Api) -> None:
    """An empty list has the total 0 and neither next nor prev."""
    response = api.get("/users", filter="familyName='nobody has this'")

    assert response.get_json() == {"users": []}
    assert response.headers["X-Total-Count"] == "0"
    assert set(rels(response.headers["Link"])) <= {"first", "last"}


@pytest.mark.parametrize(
    "value", ["0", "-1", "abc", "1e3", str(2**63), str(10**400), "", " ", "1.0", "0x10", "1_0", "٣"]
)
def test_limit_that_is_none(value: str, api: Api) -> None:
    """A limit that is not a whole number from 1 is refused with a sentence that names it."""
    response = api.get("/users", limit=value)

    assert response.status_code == 400
    said = information(response)
    assert said["imsx_codeMinor"] == "invalid data"
    assert "limit" in said["imsx_description"]


@pytest.mark.parametrize("value", ["-1", "abc", "1e3", str(2**63), "", "0.5"])
def test_offset_that_is_none(value: str, api: Api) -> None:
    """An offset that is not a whole number from 0 is refused with a sentence that names it."""
    response = api.get("/users", offset=value)

    assert response.status_code == 400
    said = information(response)
    assert said["imsx_codeMinor"] == "invalid data"
    assert "offset" in said["imsx_description"]


@pytest.mark.parametrize(("name", "least"), [("limit", 1), ("offset", 0)])
def test_numbers_at_their_bounds(name: str, least: int, api: Api) -> None:
    """The least and the greatest number are taken, those beyond are not."""
    statuses = [api.get("/orgs", **{name: value}).status_code for value in (least - 1, least, 2**31 - 1, 2**31)]

    assert statuses == [400, 200, 200, 400]


def test_number_that_is_none_is_quoted(api: Api) -> None:
    """The message quotes the first 40 characters of the value, and names the valid range."""
    response = api.get("/orgs", limit="9" * 40 + "8")

    said = information(response)["imsx_description"]
    assert said == f"limit: '{'9' * 40}' is not a whole number from 1 to 2147483647"


@pytest.mark.parametrize("name", ["limit", "offset", "filter", "sort", "orderBy"])
def test_parameter_given_twice(name: str, api: Api) -> None:
    """A parameter given twice is refused, even with the same value: which is meant is not ours to guess."""
    response = api.send("GET", f"/users?{name}=1&{name}=1")

    assert response.status_code == 400
    assert name in information(response)["imsx_description"]


@pytest.mark.parametrize("limit", [1000, 10_000, 2**31 - 1])
def test_huge_limit_gives_everything(limit: int, api: Api) -> None:
    """There is no small maximum: a client that asks for 10000 gets all rows and no next."""
    response = api.get("/enrollments", limit=limit)

    assert response.get_json()["enrollments"] == api.all("enrollments")
    assert "next" not in rels(response.headers["Link"])


def test_unknown_parameters_are_passed_over_and_kept(api: Api) -> None:
    """A parameter that the standard does not have changes nothing and stays in the links, as sent and encoded."""
    response = api.send("GET", "/orgs?_=1&x=%C3%B1%20%26%3E&limit=1&x=again")

    assert response.status_code == 200
    following = rels(response.headers["Link"])["next"]
    assert parse_qsl(urlsplit(following).query) == [
        ("_", "1"),
        ("x", "ñ &>"),
        ("x", "again"),
        ("limit", "1"),
        ("offset", "1"),
    ]


def test_links_are_absolute_under_the_address_asked(api: Api) -> None:
    """Links begin with scheme and Host of the request; X-Forwarded-* is not trusted."""
    headers = {"Host": "sis.example.org:8443", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}

    response = api.send("GET", "/orgs?limit=1", headers=headers)

    for url in rels(response.headers["Link"]).values():
        assert url.startswith("http://sis.example.org:8443/ims/oneroster/v1p1/orgs?")
    assert "evil" not in response.text + response.headers["Link"]


def test_links_of_a_fixed_base_url() -> None:
    """With --base-url every link and reference begins with it, whatever Host says."""
    client = make_app(students=1, no_auth=True, base_url="https://sis.example.org/mock").test_client()

    response = client.get("/ims/oneroster/v1p1/enrollments?limit=1")

    for url in rels(response.headers["Link"]).values():
        assert url.startswith("https://sis.example.org/mock/ims/oneroster/v1p1/enrollments?")
    user = response.get_json()["enrollments"][0]["user"]
    assert user["href"].startswith("https://sis.example.org/mock/ims/oneroster/v1p1/users/")


def test_links_lead_to_the_same_path_when_it_was_odd(api: Api) -> None:
    """A slash at the end or a doubled one does not confuse the links."""
    response = api.send("GET", "http://localhost//ims/oneroster/v1p1//orgs/?limit=1")

    following = rels(response.headers["Link"])["next"]
    assert api.send("GET", following).get_json()["orgs"] == api.all("orgs")[1:2]


def test_a_query_that_links_cannot_repeat(api: Api) -> None:
    """A query of 15,000 bytes is repeated in links that clients can read; a longer one is 414, on every page of it."""
    good = api.send("GET", f"/orgs?limit=1&offset=1&x={'y' * 15_000}")
    refused = [api.send("GET", f"/orgs?limit=1&offset={offset}&x={'y' * 16_000}") for offset in (0, 1, 100)]
    encoded = api.send("GET", "/orgs?limit=1&x=" + "'" * 6_000)

    assert good.status_code == 200
    assert 60_000 < len(good.headers["Link"]) < 65_536 - len("Link: ")
    assert [response.status_code for response in (*refused, encoded)] == [414] * 4
    assert "16,000 are the most" in information(refused[0])["imsx_description"]
    assert information(refused[0])["imsx_codeMinor"] == "invalid data"


@given(total=st.integers(0, 5000), limit=st.integers(1, 6000), offset=st.integers(0, 6000))
def test_arithmetic(total: int, limit: int, offset: int) -> None:
    """For any total, limit and offset: pages stay within the total, and next, prev and last touch their neighbours."""
    asked = Query(pairs=(("a", "b'ñ"), ("limit", str(limit)), ("offset", str(offset))), limit=limit, offset=offset)

    found = {rel: query(url) for rel, url in rels(links("http://h/x", asked, total)).items()}

    pages = {rel: (int(page["limit"]), int(page["offset"])) for rel, page in found.items()}
    assert all(page["a"] == "b'ñ" for page in found.values())
    assert all(size >= 1 and start >= 0 for size, start in pages.values())
    assert pages["first"] == (limit, 0)
    assert ("next" in pages) == (offset + limit < total)
    assert pages.get("next", (limit, offset + limit)) == (limit, offset + limit)
    assert ("prev" in pages) == (offset > 0)
    size, start = pages["last"]
    assert start % limit == 0
    assert start < max(total, 1)
    assert total == 0 or start + size == total
    if "prev" in pages:
        size, start = pages["prev"]
        assert start + size == min(offset, max(total - 1, 0) // limit * limit + limit) or start == 0
        assert start + size <= offset
