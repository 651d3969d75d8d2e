"""Scenarios that sort otherwise than the standard."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mockroster.query.parameters import Query
from mockroster.scenarios.base import ReplyScenario
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.query.parameters import IgnoresParameter


@dataclass(frozen=True)
class DescendingByDefault(ReplyScenario):
    """``sort`` without ``orderBy`` sorts in descending order.

    Source: row 19 of the quirks table.
    """

    name = "descending-by-default"

    def transform_query(self, exchange: Exchange, query: Query) -> Query:
        """Reverse the default direction."""
        if query.sort is None or any(name == "orderBy" for name, _ in query.pairs):
            return query
        return replace(query, descending=True)


@dataclass(frozen=True)
class SortIgnored(IgnoresParameter):
    """sort and orderBy are ignored: records are in default order.

    Source: row 85 of the quirks table.
    """

    name = "sort-ignored"
    ignored = ("sort", "orderBy")
