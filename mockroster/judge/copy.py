"""What a comparison of the client's copy tells the rules, as a fact."""

from __future__ import annotations

from dataclasses import dataclass

from mockroster.judge.fact import COPY, NONE, Fact, pack


@dataclass(frozen=True, slots=True)
class Copied:
    """The records of a sandbox and the client's copy of them, in numbers."""

    gone: int = 0
    """The records that are deleted or ``tobedeleted``."""

    kept: int = 0
    """Those of them that are active in the copy."""

    returned: int = 0
    """The records that were deleted and are active again."""

    lost: int = 0
    """Those of them that are missing in the copy, inactive or double."""

    vanished_share: float = 0.0
    """The largest share of a collection that active scenarios hide."""

    applied: bool = False
    """Whether the copy lacks most of what they hide."""


def copy_fact(copied: Copied, at: float, offset: float, bracket: int) -> bytes:
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
            rows=copied.gone,
            limit=copied.kept,
            start=copied.returned,
            total=copied.lost,
            told=int(copied.applied),
            target=0,
            path=0,
            shape=0,
            token=0,
            body=0,
            retry_after=float(NONE),
            revision=0,
            mark=0,
            watermark=0.0,
            newest=copied.vanished_share,
            bracket=bracket,
        )
    )


def copied(fact: Fact) -> Copied:
    """Return the numbers in the fact of a comparison."""
    return Copied(fact.rows, fact.limit, fact.start, fact.total, fact.newest, bool(fact.told))
