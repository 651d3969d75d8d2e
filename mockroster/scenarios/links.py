"""The Link header, read and written, and the scenarios about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from werkzeug.wrappers import Response

from mockroster.scenarios.base import Pairs, parameter
from mockroster.scenarios.reads import PageScenario, Read, rows_in

TOTAL = "X-Total-Count"

_LINK = re.compile(r'([^<>\s]+)(>?; rel="(\w+)")')
"""A link, with or without brackets: URL, what is between, relation."""


@dataclass(frozen=True)
class NoLink(PageScenario):
    """There is no Link header: the client has to count limit and offset itself.

    Source: row 1 of the quirks table.
    """

    name = "no-link"

    def answered(self, read: Read, response: Response) -> Response | None:
        """Take the header off."""
        if "Link" not in response.headers:
            return None
        del response.headers["Link"]
        return response


@dataclass(frozen=True)
class LinkDropsQuery(PageScenario):
    """Links keep limit and offset only: filter, sort and fields are lost to a client that follows them.

    Source: row 15 of the quirks table.
    """

    name = "link-drops-query"

    def answered(self, read: Read, response: Response) -> Response | None:
        """Drop the other parameters."""
        return relinked(response, lambda _, pairs: [pair for pair in pairs if pair[0] in {"limit", "offset"}])


@dataclass(frozen=True)
class LinkWithoutBrackets(PageScenario):
    """The URLs in Link stand without the angle brackets round them.

    Source: row 11 of the quirks table.
    """

    name = "link-without-brackets"

    def answered(self, read: Read, response: Response) -> Response | None:
        """Take the brackets off."""
        header = response.headers.get("Link", "")
        if "<" not in header:
            return None
        response.headers["Link"] = header.translate({ord("<"): None, ord(">"): None})
        return response


@dataclass(frozen=True)
class NextPastEnd(PageScenario):
    """There is a next link on the last page too: it leads past the end, to an empty page.

    With ``style=forever`` the empty page has one as well, so that a client that only follows links never ends.

    Source: row 16 of the quirks table.
    """

    name = "next-past-end"
    style: str = parameter("once", "whether the empty page has a next link too", words=("once", "forever"))

    def answered(self, read: Read, response: Response) -> Response | None:
        """Add the link where there is none."""
        links, query = links_of(response), read.query
        if "next" in links or "first" not in links or (self.style == "once" and not rows_in(response)):
            return None
        url = _requeried(links["first"], lambda pairs: placed(pairs, offset=query.offset + query.limit))
        response.headers["Link"] = f'<{url}>; rel="next", {response.headers["Link"]}'
        return response


@dataclass(frozen=True)
class NextLimitShrinks(PageScenario):
    """The next link to the last page asks for no more rows than are left: its limit is not the client's.

    Source: row 17 of the quirks table.
    """

    name = "next-limit-shrinks"

    def answered(self, read: Read, response: Response) -> Response | None:
        """Shorten the limit of the next link."""
        left = int(response.headers.get(TOTAL, 0)) - read.query.offset - read.query.limit
        if not 0 < left < read.query.limit:
            return None
        return relinked(response, lambda rel, pairs: placed(pairs, limit=left) if rel == "next" else pairs)


def links_of(response: Response) -> dict[str, str]:
    """Return the URLs in the Link header by their relations."""
    return {link[3]: link[1] for link in _LINK.finditer(response.headers.get("Link", ""))}


def relinked(response: Response, change: Callable[[str, Pairs], Pairs]) -> Response | None:
    """Return the answer with the query of each link changed, given its relation; nothing where all stay the same."""
    header = response.headers.get("Link", "")

    def link(found: re.Match[str]) -> str:
        return _requeried(found[1], lambda pairs: change(found[3], pairs)) + found[2]

    changed = _LINK.sub(link, header)
    if changed == header:
        return None
    response.headers["Link"] = changed
    return response


def _requeried(url: str, change: Callable[[Pairs], Pairs]) -> str:
    """Return a URL with its query changed."""
    place, _, query = url.partition("?")
    return f"{place}?{urlencode(change(parse_qsl(query, keep_blank_values=True)), quote_via=quote)}"


def placed(pairs: Pairs, **places: int) -> Pairs:
    """Return the parameters of a link with another limit or offset."""
    return [(name, str(places.get(name, value))) for name, value in pairs]
