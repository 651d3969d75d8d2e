"""The numbers of a comparison of the client's copy, packed as a fact for the rules."""

from __future__ import annotations

from dataclasses import dataclass

from mockroster.judge.fact import COPY, NONE, Fact, pack


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """The records of a sandbox and the client's copy of them, in numbers."""

    gone: int = 0
    """The number of records that are deleted or ``tobedeleted``."""

    kept: int = 0
    """The number of deleted records that are active in the copy."""

    returned: int = 0
    """The number of records that were deleted and are active again."""

    lost: int = 0
    """The number of returned records that are missing in the copy, inactive or double."""

    vanished_share: float = 0.0
    """The largest share of a collection that active scenarios hide."""

    applied: bool = False
    """Whether the copy lacks most of the hidden records."""


def copy_fact(counts: CopyCounts, at: float, offset: float, bracket: int) -> bytes:
    """Return the fact of a comparison at a real time in seconds."""
    return pack(
        Fact(
            sequence=0xFFFFFFFF,
            began=at,
            seconds=0.0,
            outcome=0,
            client=0,
            offset=offset,
            operation=COPY,
            method=0,
            status=200,
            flags=0,
            rows=counts.gone,
            limit=counts.kept,
            start=counts.returned,
            total=counts.lost,
            total_header=int(counts.applied),
            target=0,
            path=0,
            shape=0,
            token=0,
            body=0,
            retry_after=float(NONE),
            revision=0,
            mark=0,
            watermark=0.0,
            newest=counts.vanished_share,
            bracket=bracket,
        )
    )


def copy_counts(fact: Fact) -> CopyCounts:
    """Return the numbers in the fact of a comparison."""
    return CopyCounts(fact.rows, fact.limit, fact.start, fact.total, fact.newest, bool(fact.total_header))
