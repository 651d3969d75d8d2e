"""The number of records in a page is set at the start: default and maximum."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from mockroster import create_app
from mockroster.errors import ConfigurationError
from mockroster.query.parameters import parse_cached
from mockroster.settings import MOST_RECORDS, Settings, load_settings
from mockroster.standard.v1p1.operations import SERVICE

BASES = ("/ims/oneroster/v1p1", "/ims/oneroster/rostering/v1p2")


@pytest.fixture(scope="module")
def small() -> Flask:
    """Return a server whose pages have 3 records, and 7 at most."""
    return create_app(students=20, no_auth=True, page_limit=3, page_limit_max=7)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(("query", "rows"), [("", 3), ("?limit=5", 5), ("?limit=7", 7), ("?limit=8", 7)])
def test_rows_of_a_page(small: Flask, base: str, query: str, rows: int) -> None:
    """Without a limit a page has as many as is set, with a larger one than the most as many as that."""
    response = small.test_client().get(f"{base}/users{query}")

    assert len(response.get_json()["users"]) == rows
    assert f'users?limit={rows}&offset={rows}>; rel="next"' in response.headers["Link"]


@pytest.mark.parametrize("name", ["v1p1", "rostering", "gradebook", "resources"])
def test_documents_say_the_default(small: Flask, name: str) -> None:
    """The OpenAPI documents have the limit that is obeyed where there is none."""
    document: dict[str, Any] = small.test_client().get(f"/openapi/{name}.json").get_json()

    assert document["components"]["parameters"]["limit"]["schema"]["default"] == 3


def test_scenarios_know_the_default(small: Flask) -> None:
    """A page without a limit is no larger for a scenario than for the server."""
    client = small.test_client()
    spec = "/scenarios/gateway-timeouts:over=5"

    statuses = [client.get(f"{spec}{BASES[0]}/users{query}").status_code for query in ("", "?limit=5", "?limit=6")]

    assert statuses == [200, 200, 504]


def test_without_settings() -> None:
    """A server that is told nothing has 100 on a page, and obeys any limit that a client may give."""
    users = next(one for one in SERVICE.operations if one.name == "getAllUsers")

    assert (Settings().page_limit, Settings().page_limit_max) == (100, MOST_RECORDS)
    assert parse_cached(b"", users).limit == 100
    assert parse_cached(b"limit=2147483647", users).limit == MOST_RECORDS


def test_from_flag_and_variable() -> None:
    """Both are flags and variables like all settings."""
    settings = load_settings({"page_limit": "20"}, {"MOCKROSTER_PAGE_LIMIT_MAX": "50"})

    assert (settings.page_limit, settings.page_limit_max) == (20, 50)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ({"page_limit": "0"}, "--page-limit: '0' is not a whole number from 1 to 2147483647"),
        ({"page_limit_max": "many"}, "--page-limit-max: 'many' is not a whole number from 1 to 2147483647"),
        ({"page_limit": "9", "page_limit_max": "8"}, "--page-limit: 9 is more than --page-limit-max, 8"),
    ],
)
def test_what_will_not_do(flags: dict[str, str], sentence: str) -> None:
    """A page has a record at least, and no more without a limit than with one."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(flags, {})

    assert str(caught.value) == sentence
