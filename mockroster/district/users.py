"""The members that all user records share: names, roles, pronouns and contact details.

A user's members stand in the order of the standard, and are drawn in it. A new member draws from a stream of
its own (``"student/12/sms"``), so that the values of the others stay.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from mockroster.district.streams import Deck, Stream
from mockroster.roster.record import Record

_PRONOUNS = {"female": "she/her", "male": "he/him"}


@lru_cache(maxsize=4096)
def roles(role: str, orgs: tuple[str, ...], begin: date | None = None, end: date | None = None) -> list[dict[str, str]]:
    """Return ``role`` as the primary role at each of ``orgs``, of which none may come twice.

    Users with the same roles share one list.
    """
    dates = {}
    if begin:
        dates["beginDate"] = begin.isoformat()
    if end:
        dates["endDate"] = end.isoformat()
    return [{"roleType": "primary", "role": role, "org": org, **dates} for org in orgs]


def secondary(role: str, org: str) -> dict[str, str]:
    """Return a secondary role at ``org``."""
    return {"roleType": "secondary", "role": role, "org": org}


def fill_other_names(row: Record, stream: Stream, given_names: Deck, share: float) -> None:
    """Set a middle name for a ``share`` of people, some of whom prefer it, and another name for a few."""
    if stream.chance(share):
        row["middleName"] = middle = given_names.draw(stream)
        if stream.chance(0.08):
            row["preferredFirstName"] = middle
    if stream.chance(0.01):
        row["preferredMiddleName"] = given_names.draw(stream)


def fill_pronouns(row: Record, stream: Stream, sex: str) -> None:
    """Set pronouns, if the draw gives some."""
    if sex not in _PRONOUNS:
        row["pronouns"] = "they/them"
    elif stream.chance(0.1):
        row["pronouns"] = _PRONOUNS[sex]
