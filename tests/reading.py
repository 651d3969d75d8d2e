"""Helpers for the tests of scenarios about reads: addresses, one read with scenarios, walks, links."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from conftest import Api
from werkzeug.test import TestResponse

HOST = "http://localhost"
V1P1 = "/ims/oneroster/v1p1"
ROSTERING = "/ims/oneroster/rostering/v1p2"
GRADEBOOK = "/ims/oneroster/gradebook/v1p2"
HEADER = "X-Mockroster-Scenario"

Row = dict[str, Any]


def get(api: Api, spec: str, url: str, **parameters: Any) -> TestResponse:
    """Read an address, or a path of the server, with scenarios chosen by the header; with none if the spec is empty."""
    query = f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
    address = url if url.startswith("http") else HOST + url
    return api.send("GET", address + query, headers={HEADER: spec} if spec else {})


def by_path(api: Api, spec: str, path: str, **parameters: Any) -> TestResponse:
    """Read a path with scenarios chosen by the base path."""
    return get(api, "", f"/scenarios/{quote(spec.replace('/', '~'), safe='')}{path}", **parameters)


def inside(response: TestResponse) -> Any:
    """Return the content of the envelope of a response, which must be 200 and of the right length."""
    assert response.status_code == 200, response.text
    assert int(response.headers["Content-Length"]) == len(response.data)
    return next(iter(response.get_json().values()))


def rows(response: TestResponse) -> list[Row]:
    """Return the rows of a page."""
    page = inside(response)
    assert isinstance(page, list)
    return page


def ids(page: list[Row]) -> list[str]:
    """Return the sourcedIds of rows."""
    return [row["sourcedId"] for row in page]


def links(response: TestResponse) -> dict[str, str]:
    """Return the URL of each relation in the Link header."""
    return {rel: url for url, rel in re.findall(r'<([^<>]*)>; rel="(\w+)"', response.headers.get("Link", ""))}


def walk(api: Api, spec: str, path: str, **parameters: Any) -> list[TestResponse]:
    """Return the pages that next leads to, from a path on; at most 50."""
    pages = [get(api, spec, path, **parameters)]
    while len(pages) < 50 and "next" in links(pages[-1]):
        pages.append(get(api, spec, links(pages[-1])["next"]))
    return pages
