"""Scenarios about pages: what a client sees of their size, counts, links and order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from conftest import Api
from reading import GRADEBOOK, HEADER, HOST, ROSTERING, V1P1, Row, by_path, get, ids, inside, links, rows, walk
from werkzeug.test import TestResponse

Parameters = dict[str, Any]

ACTS: list[tuple[str, Parameters]] = [
    ("no-total-count", {}),
    ("no-link", {}),
    ("total-drifts", {"limit": 10, "offset": 10}),
    ("total-drifts:by=-3", {"limit": 10, "offset": 10}),
    ("link-drops-query", {"limit": 10, "sort": "username"}),
    ("link-without-brackets", {"limit": 10}),
    ("next-past-end", {"limit": 10_000}),
    ("next-past-end:style=forever", {"limit": 10, "offset": 10_000}),
    ("next-limit-shrinks", {"limit": 70}),
    ("offset-from-one", {"limit": 10}),
    ("short-pages", {"limit": 10}),
    ("short-pages:lacking=4", {"limit": 10}),
    ("clamped-limit:max=7", {"limit": 10}),
    ("totals-in-body", {"limit": 10}),
    *((f"totals-in-body:style={style}", {"limit": 10}) for style in ("next-offset", "total", "pagination", "links")),
    ("other-paging-headers", {"limit": 10}),
    ("revision-header", {"limit": 10}),
    ("unstable-order", {}),
    *((f"shifting-pages:change={change}", {"limit": 10, "offset": 10}) for change in ("inserted", "removed", "both")),
    ("sort-within-page", {"limit": 10, "sort": "username"}),
    ("descending-by-default", {"limit": 10, "sort": "username"}),
    ("total-before-filter", {"filter": "givenName>'M'"}),
]
"""Scenarios, with a read of students in which they have a hand."""

LEAVES: list[tuple[str, str, Parameters]] = [
    ("no-link", "/students/{student}", {}),
    ("total-drifts", "/students", {"limit": 10}),
    ("total-drifts:by=0", "/students", {"limit": 10, "offset": 10}),
    ("link-drops-query", "/students", {"limit": 10}),
    ("link-without-brackets", "/students/{student}", {}),
    ("next-past-end", "/students", {"limit": 10}),
    ("next-past-end", "/students", {"offset": 10_000}),
    ("next-limit-shrinks", "/students", {"limit": 10}),
    ("offset-from-one", "/students/{student}", {}),
    ("short-pages", "/students", {"limit": 1}),
    ("short-pages", "/students/{student}", {}),
    ("clamped-limit:max=7", "/students", {"limit": 7}),
    ("clamped-limit:max=7", "/students/{student}", {}),
    ("limit-refused:max=50", "/students", {}),
    ("limit-refused:max=50", "/students", {"limit": 50}),
    ("totals-in-body", "/students/{student}", {}),
    ("other-paging-headers", "/students/{student}", {}),
    ("revision-header", "/students/{student}", {}),
    ("unstable-order", "/students", {"sort": "username"}),
    ("shifting-pages", "/students", {"limit": 10}),
    ("shifting-pages:change=both", "/students", {"limit": 10, "offset": 20}),
    ("sort-within-page", "/students", {}),
    ("descending-by-default", "/students", {}),
    ("descending-by-default", "/students", {"sort": "username", "orderBy": "asc"}),
    ("total-before-filter", "/students", {}),
]
"""Scenarios, with a read in which they have no hand."""

SPECS = sorted({spec for spec, _ in ACTS} | {"limit-refused"})

versions = pytest.mark.parametrize("base", [V1P1, ROSTERING], ids=["1.1", "1.2"])


def query(url: str) -> dict[str, str]:
    """Return the parameters of a URL."""
    return dict(parse_qsl(urlsplit(url).query))


def count(response: TestResponse) -> int:
    """Return X-Total-Count."""
    return int(response.headers["X-Total-Count"])


def _counts(total: int, offset: int) -> Row:
    """Return what the body of the third page by 10 says beside its rows."""
    return {"totalCount": total, "pageCount": -(-total // 10), "pageNumber": 3, "offset": offset, "limit": 10}


def gathered(pages: list[TestResponse]) -> list[str]:
    """Return the sourcedIds of a walk."""
    return [name for page in pages for name in ids(rows(page))]


@versions
@pytest.mark.parametrize(("spec", "parameters"), ACTS)
def test_doors(spec: str, parameters: Parameters, base: str, api: Api) -> None:
    """By header and by base path the scenario acts and is named; without it the answer is clean."""
    name = spec.partition(":")[0]

    by_header = get(api, spec, f"{base}/students", **parameters)
    by_base_path = by_path(api, spec, f"{base}/students", **parameters)
    plain = get(api, "", f"{base}/students", **parameters)

    for response in (by_header, by_base_path):
        assert response.status_code == 200
        assert response.headers[HEADER] == name
        assert int(response.headers["Content-Length"]) == len(response.data)
    assert HEADER not in plain.headers
    assert list(plain.get_json()) == ["users"]
    assert count(plain) == len(ids(api.rows(HOST + base + "/students", **{**parameters, "offset": 0, "limit": 10_000})))
    assert links(plain)["first"]


@versions
@pytest.mark.parametrize(("spec", "path", "parameters"), LEAVES)
def test_no_hand_in_it(spec: str, path: str, parameters: Parameters, base: str, api: Api) -> None:
    """If it has nothing to do, a scenario leaves the response unchanged, and is not named."""
    address = base + path.format(student=api.all("students")[0]["sourcedId"])

    response = get(api, spec, address, **parameters)

    plain = get(api, "", address, **parameters)
    assert HEADER not in response.headers
    assert response.data == plain.data
    assert response.headers.get("Link") == plain.headers.get("Link")
    assert response.headers["X-Total-Count"] == plain.headers["X-Total-Count"]


@versions
@pytest.mark.parametrize("spec", SPECS)
def test_failures_are_left_alone(spec: str, base: str, api: Api) -> None:
    """A read that fails, fails as it would without the scenario."""
    for path, parameters in (
        ("/students", {"limit": "none"}),
        ("/students/nobody", {}),
        ("/schools/none/students", {"limit": 5, "sort": "username", "filter": "status='active'"}),
        ("/students", {"filter": "dateLastModified>'never'", "sort": "username", "limit": 5, "offset": 5}),
    ):
        response = get(api, spec, base + path, **parameters)

        plain = get(api, "", base + path, **parameters)
        assert (response.status_code, response.data) == (plain.status_code, plain.data)
        assert response.status_code in {400, 404}


@versions
@pytest.mark.parametrize("spec", SPECS)
def test_empty_collection(spec: str, base: str, api: Api) -> None:
    """A collection without rows is answered as one."""
    response = get(api, spec, f"{base}/students", filter="username='nobody at all'", limit=5, sort="username")

    assert response.status_code == 200
    assert response.get_json()["users"] == []


@pytest.mark.parametrize(
    "spec",
    [
        "total-drifts:by=5000",
        "next-past-end:style=never",
        "short-pages:lacking=0",
        "clamped-limit:max=0",
        "limit-refused:max=0",
        "limit-refused:status=500",
        "totals-in-body:style=none",
        "revision-header:every=0",
        "shifting-pages:change=none",
        "shifting-pages:rows=0",
    ],
)
def test_parameters_out_of_bounds(spec: str, api: Api) -> None:
    """A value that a parameter cannot have is refused."""
    assert get(api, spec, f"{V1P1}/orgs").status_code == 400


def test_no_total_count(api: Api) -> None:
    """Neither pages nor single reads have the header; links are there."""
    response = get(api, "no-total-count", f"{V1P1}/students", limit=10)
    single = get(api, "no-total-count", f"{V1P1}/students/{ids(rows(response))[0]}")

    assert "X-Total-Count" not in response.headers
    assert "X-Total-Count" not in single.headers
    assert "next" in links(response)


def test_no_link(api: Api) -> None:
    """Link is gone, the count is there."""
    response = get(api, "no-link", f"{V1P1}/students", limit=10)

    assert "Link" not in response.headers
    assert count(response) > 10


@pytest.mark.parametrize(("spec", "step"), [("total-drifts", 1), ("total-drifts:by=7", 7), ("total-drifts:by=-2", -2)])
def test_total_drifts(spec: str, step: int, api: Api) -> None:
    """Each page of a walk counts so many rows more than the one before; the rows are all there, once."""
    pages = walk(api, spec, f"{V1P1}/students", limit=25)

    assert {later - earlier for earlier, later in pairwise(map(count, pages))} == {step}
    assert gathered(pages) == ids(api.rows("/students"))


def test_total_never_drifts_below_nothing(api: Api) -> None:
    """A count is never negative."""
    response = get(api, "total-drifts:by=-1000", f"{V1P1}/students", limit=10, offset=50)

    assert count(response) == 0


def test_link_drops_query(api: Api) -> None:
    """Every link has limit and offset only, and so leads into rows that were not asked for."""
    response = get(api, "link-drops-query", f"{V1P1}/users", limit=10, filter="role='student'", sort="username")

    assert {frozenset(query(url)) for url in links(response).values()} == {frozenset({"limit", "offset"})}
    assert {row["role"] for row in rows(response)} == {"student"}
    assert {row["role"] for row in rows(get(api, "", links(response)["first"]))} != {"student"}


def test_link_without_brackets(api: Api) -> None:
    """The URLs are the same, without brackets."""
    plain = get(api, "", f"{V1P1}/students", limit=10, filter="givenName>'A'")

    response = get(api, "link-without-brackets", f"{V1P1}/students", limit=10, filter="givenName>'A'")

    assert response.headers["Link"] == plain.headers["Link"].replace("<", "").replace(">", "")


def test_next_past_end(api: Api) -> None:
    """The last page leads to an empty one, which leads nowhere."""
    pages = walk(api, "next-past-end", f"{V1P1}/students", limit=30, sort="username")

    assert [len(rows(page)) > 0 for page in pages] == [True] * (len(pages) - 1) + [False]
    assert query(links(pages[-2])["next"])["sort"] == "username"
    assert gathered(pages) == ids(api.rows("/students", sort="username"))


def test_next_past_end_forever(api: Api) -> None:
    """A client that only follows next never ends."""
    pages = walk(api, "next-past-end:style=forever", f"{V1P1}/schools", limit=100)

    assert len(pages) == 50
    assert rows(pages[-1]) == []


def test_next_limit_shrinks(api: Api) -> None:
    """The next link to the last page has the limit that is left; every row is still reached once."""
    total = len(api.rows("/students"))

    pages = walk(api, "next-limit-shrinks", f"{V1P1}/students", limit=30)

    assert [int(query(page.request.url)["limit"]) for page in pages[:-1]] == [30] * (len(pages) - 1)
    assert query(pages[-1].request.url)["limit"] == str(total % 30)
    assert gathered(pages) == ids(api.rows("/students"))


def test_offset_from_one(api: Api) -> None:
    """Links count from 1 and lead to every row once; a client that counts from 0 sees rows twice."""
    pages = walk(api, "offset-from-one", f"{V1P1}/students", limit=30)
    zero_based = get(api, "offset-from-one", f"{V1P1}/students", limit=30, offset=30)

    assert query(links(pages[0])["next"])["offset"] == "31"
    assert query(links(pages[0])["first"])["offset"] == "1"
    assert query(links(pages[1])["prev"])["offset"] == "1"
    assert gathered(pages) == ids(api.rows("/students"))
    assert rows(zero_based)[0] == rows(pages[0])[-1]
    for offset in (0, 1):
        assert rows(get(api, "offset-from-one", f"{V1P1}/students", limit=30, offset=offset)) == rows(pages[0])


@versions
@pytest.mark.parametrize(("spec", "size"), [("short-pages", 29), ("short-pages:lacking=12", 18)])
def test_short_pages(spec: str, size: int, base: str, api: Api) -> None:
    """Pages that are not the last have fewer rows than their limit; by Link every row is reached once."""
    pages = walk(api, spec, f"{base}/students", limit=30)

    assert {len(rows(page)) for page in pages[:-1]} == {size}
    assert {query(links(page)["next"])["limit"] for page in pages[:-1]} == {"30"}
    assert gathered(pages) == ids(api.rows(f"{HOST}{base}/students"))
    assert {count(page) for page in pages} == {len(gathered(pages))}


def test_short_pages_backwards(api: Api) -> None:
    """The prev links of short pages lead through every row once, too."""
    response = get(api, "short-pages", links(get(api, "short-pages", f"{V1P1}/students", limit=30))["last"])
    gathered_rows = ids(rows(response))
    while "prev" in links(response):
        response = get(api, "short-pages", links(response)["prev"])
        gathered_rows = ids(rows(response)) + gathered_rows

    assert gathered_rows == ids(api.rows("/students"))


@pytest.mark.parametrize(("spec", "most"), [("clamped-limit", 100), ("clamped-limit:max=30", 30)])
@pytest.mark.parametrize("asked", [{"limit": 10_000}, {}])
def test_clamped_limit(spec: str, most: int, asked: Parameters, api: Api) -> None:
    """No page has more rows, all by 200; links and count fit, and a client that adds its own limit misses rows."""
    pages = walk(api, spec, f"{V1P1}/users", **asked)

    assert {len(rows(page)) for page in pages[:-1]} == {most}
    assert query(links(pages[0])["next"]) == {"limit": str(most), "offset": str(most)}
    assert gathered(pages) == ids(api.rows("/users"))
    assert count(pages[0]) == len(gathered(pages))
    assert rows(get(api, spec, f"{V1P1}/users", limit=10_000, offset=10_000)) == []


@versions
@pytest.mark.parametrize(
    ("spec", "limit", "status"),
    [
        ("limit-refused", 10_001, 413),
        ("limit-refused:max=50", 51, 413),
        ("limit-refused:max=50,status=400", 51, 400),
    ],
)
def test_limit_refused(spec: str, limit: int, status: int, base: str, api: Api) -> None:
    """A limit over the maximum is refused in the form of the version, one that is not is granted."""
    refused = get(api, spec, f"{base}/students", limit=limit)
    by_base_path = by_path(api, spec, f"{base}/students", limit=limit)
    granted = get(api, spec, f"{base}/students", limit=limit - 1)

    assert {refused.status_code, by_base_path.status_code} == {status}
    assert refused.headers[HEADER] == by_base_path.headers[HEADER] == "limit-refused"
    assert str(limit - 1) in refused.text
    assert ("statusInfoSet" in refused.get_json()) == (base == V1P1)
    assert granted.status_code == 200
    assert HEADER not in granted.headers


def test_limit_refused_to_whom_it_may_concern(api: Api) -> None:
    """A client without read access gets that refusal first."""
    response = Api(api.app, "nobody-issued-this").send(
        "GET", "/students?limit=20000", headers={HEADER: "limit-refused"}
    )

    assert response.status_code == 401


@versions
@pytest.mark.parametrize(
    ("style", "added"),
    [
        ("counts", lambda total: _counts(total, 20)),
        ("next-offset", lambda total: _counts(total, 30)),
        ("total", lambda total: {"total": total}),
        ("pagination", lambda total: {"pagination": {"total": total, "offset": 20, "limit": 10, "hasMore": True}}),
    ],
)
def test_totals_in_body(style: str, added: Callable[[int], Row], base: str, api: Api) -> None:
    """The body says behind the rows what the headers do not."""
    plain = get(api, "", f"{base}/students", limit=10, offset=20)

    response = get(api, f"totals-in-body:style={style}", f"{base}/students", limit=10, offset=20)

    assert response.get_json() == plain.get_json() | added(count(plain))
    assert next(iter(response.get_json())) == "users"
    assert not {"X-Total-Count", "Link"} & set(response.headers.keys())


def test_totals_in_body_as_links(api: Api) -> None:
    """The body has the URLs that Link would have."""
    plain = get(api, "", f"{V1P1}/students", limit=10, offset=20)

    body = get(api, "totals-in-body:style=links", f"{V1P1}/students", limit=10, offset=20).get_json()

    pages = -(-count(plain) // 10)
    assert body["_links"] == links(plain)
    assert body["_meta"] == {
        "totalCount": count(plain),
        "limit": 10,
        "offset": 20,
        "totalPages": pages,
        "currentPage": 3,
    }


def test_totals_in_body_last_page(api: Api) -> None:
    """There is no more behind the last page."""
    body = get(api, "totals-in-body:style=pagination", f"{V1P1}/students", limit=10_000).get_json()

    assert body["pagination"]["hasMore"] is False


def test_other_paging_headers(api: Api) -> None:
    """Next and Previous lead through every row once; the result count is that of the page."""
    spec, gathered_rows, address = "other-paging-headers", [], f"{V1P1}/students?limit=30"
    while address:
        response = get(api, spec, address)
        gathered_rows += ids(rows(response))
        assert response.headers["Result-Count"] == str(len(rows(response)))
        assert response.headers["Limit"] == "30"
        assert not {"X-Total-Count", "Link"} & set(response.headers.keys())
        assert ("Previous" in response.headers) == (response.headers["Offset"] != "0")
        address = response.headers.get("Next", "")

    assert gathered_rows == ids(api.rows("/students"))


@pytest.mark.parametrize(("spec", "revisions"), [("revision-header", "1122"), ("revision-header:every=3", "1112")])
def test_revision_header(spec: str, revisions: str, api: Api) -> None:
    """The revision goes up while a client walks; x-count is that of the page."""
    sandbox = f"/sandboxes/{spec.replace(':', '-').replace('=', '-')}{V1P1}"

    pages = [get(api, spec, f"{sandbox}/students", limit=10, offset=number * 10) for number in range(4)]

    assert "".join(page.headers["x-perm-rev"] for page in pages) == revisions
    assert {page.headers["x-count"] for page in pages} == {"10"}


@versions
def test_unstable_order(base: str, api: Api) -> None:
    """Each request has its own order of the same rows, so that a walk misses some; sorted, it finds each once."""
    whole = ids(api.rows(f"{HOST}{base}/students"))

    orders = [ids(rows(get(api, "unstable-order", f"{base}/students", limit=10_000))) for _ in range(3)]
    walked = gathered(walk(api, "unstable-order", f"{base}/students", limit=25))
    in_order = gathered(walk(api, "unstable-order", f"{base}/students", limit=25, sort="sourcedId"))

    assert all(sorted(order) == sorted(whole) for order in orders)
    assert len({tuple(order) for order in [whole, *orders]}) == 4
    assert len(walked) == len(whole)
    assert set(walked) < set(whole)
    assert in_order == sorted(whole)


def test_unstable_order_is_the_same_for_the_same_seed(api: Api) -> None:
    """The first request in a sandbox sees the same order as the first in another."""
    orders = [
        ids(rows(get(api, "unstable-order", f"/sandboxes/unstable-{number}{V1P1}/students"))) for number in (1, 2)
    ]

    assert orders[0] == orders[1]


@versions
@pytest.mark.parametrize(
    ("change", "repeats", "misses", "drift"),
    [("inserted", True, False, [0, 2, 4]), ("removed", False, True, [0, -2, -4]), ("both", True, True, [0, 2, 0])],
)
def test_shifting_pages(change: str, repeats: bool, misses: bool, drift: list[int], base: str, api: Api) -> None:
    """A walk sees rows twice, or not at all, and the count goes along; from offset 0 everything is as it was."""
    whole = ids(api.rows(f"{HOST}{base}/students"))

    pages = walk(api, f"shifting-pages:change={change},rows=2", f"{base}/students", limit=25)
    anew = get(api, f"shifting-pages:change={change},rows=2", f"{base}/students", limit=25)

    walked = gathered(pages)
    assert (len(walked) > len(set(walked))) == repeats
    assert bool(set(whole) - set(walked)) == misses
    assert set(walked) <= set(whole)
    assert [count(page) - len(whole) for page in pages[:3]] == drift
    assert rows(anew) == rows(pages[0])


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize("change", ["inserted", "removed", "both"])
def test_shifting_pages_of_hardly_any_rows(limit: int, change: str, api: Api) -> None:
    """However many rows come between two pages, a walk makes progress and ends."""
    pages = walk(api, f"shifting-pages:change={change},rows=50", f"{V1P1}/terms", limit=limit)

    assert len(pages) < 50


def test_sort_within_page(api: Api) -> None:
    """Each page has the rows that it has without sort, sorted by themselves; the filter holds."""
    asked = {"limit": 20, "filter": "givenName>'F'"}
    unsorted = walk(api, "", f"{V1P1}/students", **asked)

    pages = walk(api, "sort-within-page", f"{V1P1}/students", **asked, sort="familyName", orderBy="desc")

    assert len(pages) == len(unsorted) > 1
    for page, plain in zip(pages, unsorted, strict=True):
        names = [row["familyName"] for row in rows(page)]
        assert names == sorted(names, reverse=True)
        assert sorted(ids(rows(page))) == sorted(ids(rows(plain)))
    assert query(links(pages[0])["next"])["sort"] == "familyName"


@versions
def test_descending_by_default(base: str, api: Api) -> None:
    """Sort alone descends; an explicit order is obeyed."""
    ascending = ids(api.rows(f"{HOST}{base}/students", sort="username"))

    response = get(api, "descending-by-default", f"{base}/students", limit=10_000, sort="username")
    outright = get(api, "descending-by-default", f"{base}/students", limit=10_000, sort="username", orderBy="asc")

    assert ids(rows(response)) == ascending[::-1]
    assert ids(rows(outright)) == ascending


@versions
def test_total_before_filter(base: str, api: Api) -> None:
    """The count is that of all rows, the rows and links are those that pass."""
    asked = {"filter": "givenName>'M'", "sort": "username", "limit": 10, "offset": 10}
    plain = get(api, "", f"{base}/students", **asked)

    response = get(api, "total-before-filter", f"{base}/students", **asked)

    assert count(response) == len(api.rows(f"{HOST}{base}/students")) > count(plain)
    assert response.data == plain.data
    assert links(response) == links(plain)


def test_total_before_filter_of_what_others_show(api: Api) -> None:
    """The rows that are counted are those that data scenarios show."""
    shown = get(api, "empty-school", f"{V1P1}/students", limit=1)

    response = get(
        api, "empty-school;total-before-filter", f"{V1P1}/students", limit=1, filter="username='nobody at all'"
    )

    assert count(response) == count(shown) < len(api.rows("/students"))


def test_several_together(api: Api) -> None:
    """Scenarios about pages act one on what the other left."""
    spec = "clamped-limit:max=20;total-drifts;link-drops-query;next-past-end;other-paging-headers"

    response = get(api, spec, f"{GRADEBOOK}/categories", limit=500, sort="title")

    assert response.headers[HEADER].split(", ")[0] == "clamped-limit"
    assert response.headers["Limit"] == "20"
    assert set(query(response.headers["Next"])) == {"limit", "offset"}
    assert len(inside(response)) == int(response.headers["Result-Count"]) <= 20
