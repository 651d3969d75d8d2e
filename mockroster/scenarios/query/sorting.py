"""Scenarios that sort otherwise than the standard."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mockroster.query.parameters import Query
from mockroster.scenarios.base import Pairs, ReplyScenario
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.query.parameters import IgnoresParameter, without_parameters


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


@dataclass(frozen=True)
class MinusSort(ReplyScenario):
    """Descending order is requested by a minus, ``sort=-familyName``; ``orderBy`` is ignored.

    Source: row 138 of the quirks table.
    """

    name = "minus-sort"

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Convert the minus to ``orderBy``."""
        if exchange.operation is None or exchange.operation.kind != "collection":
            return pairs
        rewritten: Pairs = []
        for name, value in without_parameters(pairs, "orderBy"):
            is_descending = name == "sort" and value.startswith("-")
            rewritten.append((name, value.removeprefix("-") if is_descending else value))
            rewritten += [("orderBy", "desc")] if is_descending else []
        return rewritten
