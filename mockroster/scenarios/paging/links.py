"""Scenarios about the Link header, and functions that parse and rewrite it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from werkzeug.wrappers import Response

from mockroster.scenarios.base import Pairs, parameter
from mockroster.scenarios.reads import PageScenario, Read, count_rows

TOTAL = "X-Total-Count"

_LINK = re.compile(r'([^<>\s]+)(>?; rel="(\w+)")')
"""A link, with or without brackets: URL, separator, relation."""


@dataclass(frozen=True)
class NoLink(PageScenario):
    """There is no Link header: the client has to compute limit and offset.

    Source: row 1 of the quirks table.
    """

    name = "no-link"

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Remove the header."""
        if "Link" not in response.headers:
            return None
        del response.headers["Link"]
        return response


@dataclass(frozen=True)
class LinkDropsQuery(PageScenario):
    """Links have limit and offset only: filter, sort and fields are missing.

    Source: row 15 of the quirks table.
    """

    name = "link-drops-query"

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Remove the other parameters."""
        return rewrite_links(response, lambda _, pairs: [pair for pair in pairs if pair[0] in {"limit", "offset"}])


@dataclass(frozen=True)
class LinkWithoutBrackets(PageScenario):
    """The URLs in Link have no angle brackets.

    Source: row 11 of the quirks table.
    """

    name = "link-without-brackets"

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Remove the brackets."""
        header = response.headers.get("Link", "")
        if "<" not in header:
            return None
        response.headers["Link"] = header.translate({ord("<"): None, ord(">"): None})
        return response


@dataclass(frozen=True)
class NextPastEnd(PageScenario):
    """The last page has a next link too, which leads to an empty page.

    With ``style=forever`` the empty page has one as well, so that a client that only follows links never stops.

    Source: row 16 of the quirks table.
    """

    name = "next-past-end"
    style: str = parameter("once", "whether the empty page has a next link too", words=("once", "forever"))

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Add the missing next link."""
        links, query = parse_links(response), read.query
        if "next" in links or "first" not in links or (self.style == "once" and not count_rows(response)):
            return None
        url = _rewrite_query(links["first"], lambda pairs: with_paging(pairs, offset=query.offset + query.limit))
        response.headers["Link"] = f'<{url}>; rel="next", {response.headers["Link"]}'
        return response


@dataclass(frozen=True)
class NextLimitShrinks(PageScenario):
    """The next link to the last page has the number of remaining rows as its limit, not the client's limit.

    Source: row 17 of the quirks table.
    """

    name = "next-limit-shrinks"

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Reduce the limit of the next link."""
        remaining = int(response.headers.get(TOTAL, 0)) - read.query.offset - read.query.limit
        if not 0 < remaining < read.query.limit:
            return None
        return rewrite_links(
            response, lambda rel, pairs: with_paging(pairs, limit=remaining) if rel == "next" else pairs
        )


def parse_links(response: Response) -> dict[str, str]:
    """Return the URLs of the Link header by relation."""
    return {link[3]: link[1] for link in _LINK.finditer(response.headers.get("Link", ""))}


def rewrite_links(response: Response, change: Callable[[str, Pairs], Pairs]) -> Response | None:
    """Change the query of each link by its relation. Return ``None`` if no link changes."""
    header = response.headers.get("Link", "")

    def link(match: re.Match[str]) -> str:
        return _rewrite_query(match[1], lambda pairs: change(match[3], pairs)) + match[2]

    changed = _LINK.sub(link, header)
    if changed == header:
        return None
    response.headers["Link"] = changed
    return response


def _rewrite_query(url: str, change: Callable[[Pairs], Pairs]) -> str:
    """Return the URL with its query changed."""
    place, _, query = url.partition("?")
    return f"{place}?{urlencode(change(parse_qsl(query, keep_blank_values=True)), quote_via=quote)}"


def with_paging(pairs: Pairs, **places: int) -> Pairs:
    """Return the query parameters with another limit or offset."""
    return [(name, str(places.get(name, value))) for name, value in pairs]


@dataclass(frozen=True)
class NextStandsStill(PageScenario):
    """The next link leads to the same page again, so that a client that only follows links never ends.

    With ``style=doubled`` it advances, but its limit is twice that of the page.

    Source: row 140 of the quirks table.
    """

    name = "next-stands-still"
    style: str = parameter("still", "where the next link leads", words=("still", "doubled"))

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Replace offset or limit of the next link."""
        query = read.query
        places = {"offset": query.offset} if self.style == "still" else {"limit": 2 * query.limit}
        return rewrite_links(response, lambda rel, pairs: with_paging(pairs, **places) if rel == "next" else pairs)
