"""Scenarios that change the headers of a response."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from mockroster.scenarios.base import WireScenario, parameter
from mockroster.scenarios.exchange import Exchange

_STYLES: Mapping[str, Callable[[str], str]] = {"lower": str.lower, "title": str.title, "upper": str.upper}


@dataclass(frozen=True)
class HeaderCase(WireScenario):
    """Header names are in another case: ``x-total-count``, ``Www-Authenticate`` or ``X-TOTAL-COUNT``.

    Names are case-insensitive in HTTP, so only clients that compare them exactly fail. ``X-Mockroster-Scenario``, Date
    and Server keep their case.

    Source: row 145 of the quirks table.
    """

    name = "header-case"
    style: str = parameter("lower", "case of the names", words=tuple(_STYLES))

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Rename the headers."""
        response.headers = Headers([(_STYLES[self.style](name), value) for name, value in response.headers])
        return response
