"""Names of people, places and firms, from Faker's own word lists.

Only the lists and weights of Faker's providers are used; a name is drawn from the stream of the record that it is for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from faker.providers.address.en_US import Provider as Places
from faker.providers.company.en_US import Provider as Firms
from faker.providers.person.en_US import Provider as English
from faker.providers.person.es_MX import Provider as Spanish

from mockroster.district.streams import Deck, Stream


def _deck(words: Iterable[str]) -> Deck:
    weights = words if isinstance(words, Mapping) else dict.fromkeys(words, 1.0)
    return Deck({" ".join(word.split()): weight for word, weight in weights.items()})


_GIVEN = {
    ("female", False): _deck(English.first_names_female),
    ("male", False): _deck(English.first_names_male),
    ("female", True): _deck(Spanish.first_names_female),
    ("male", True): _deck(Spanish.first_names_male),
}
_FAMILY = {False: _deck(English.last_names), True: _deck(Spanish.last_names)}
_PLACE_NAMES = _deck(English.last_names).words
_CITY_NAMES = _deck(English.first_names).words
_FIRM_SUFFIXES = tuple(Firms.company_suffixes)

STATES = tuple(Places.states_abbr)
"""The abbreviations of the states."""


def given_names(stream: Stream, sex: str, *, spanish: bool) -> Deck:
    """Return the given names for a sex; for ``other`` and ``unspecified``, the names of both."""
    if sex not in {"female", "male"}:
        sex = stream.pick(("female", "male"))
    return _GIVEN[sex, spanish]


def family_name(stream: Stream, *, spanish: bool) -> str:
    """Return a family name."""
    return _FAMILY[spanish].draw(stream)


def city(stream: Stream) -> str:
    """Return a fictional town name."""
    name = stream.pick(_CITY_NAMES) + stream.pick(Places.city_suffixes)
    return f"{stream.pick(Places.city_prefixes)} {name}" if stream.chance(0.5) else name


def firm(stream: Stream) -> str:
    """Return the name of a firm."""
    return f"{family_name(stream, spanish=False)} {stream.pick(_FIRM_SUFFIXES)}"


def namesake(start: int, number: int) -> str:
    """Return the name of the school ``number``: strides from ``start`` keep equal names far apart."""
    return _PLACE_NAMES[(start + 7 * number) % len(_PLACE_NAMES)]


@cache
def fold(name: str) -> str:
    """Return a name reduced to the letters a to z, for user names and hosts: ``"Núñez Ortiz"`` is ``"nunezortiz"``."""
    plain = unicodedata.normalize("NFKD", name).lower()
    return "".join(letter for letter in plain if "a" <= letter <= "z")
