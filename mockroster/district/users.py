"""What all user records have in common: names, roles, pronouns and ways to reach somebody.

A user's members stand in the order of the standard, and are drawn in it. Whoever adds one draws for it from a stream of
its own (``"student/12/sms"``), so that what the others drew stays.
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

    Everybody who has the same roles shares one list.
    """
    dates = {}
    if begin:
        dates["beginDate"] = begin.isoformat()
    if end:
        dates["endDate"] = end.isoformat()
    return [{"roleType": "primary", "role": role, "org": org, **dates} for org in orgs]


def secondary(role: str, org: str) -> dict[str, str]:
    """Return a role that somebody has at ``org`` beside the primary one."""
    return {"roleType": "secondary", "role": role, "org": org}


def fill_other_names(row: Record, stream: Stream, given_names: Deck, share: float) -> None:
    """Give a ``share`` of people a middle name, by which some prefer to be called, and a few another one."""
    if stream.chance(share):
        row["middleName"] = middle = given_names.draw(stream)
        if stream.chance(0.08):
            row["preferredFirstName"] = middle
    if stream.chance(0.01):
        row["preferredMiddleName"] = given_names.draw(stream)


def fill_pronouns(row: Record, stream: Stream, sex: str) -> None:
    """Give a person pronouns, where they are on record."""
    if sex not in _PRONOUNS:
        row["pronouns"] = "they/them"
    elif stream.chance(0.1):
        row["pronouns"] = _PRONOUNS[sex]
