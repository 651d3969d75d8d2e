"""The context that every part of a generated district shares: its seed, its orgs, its school years, its vendors."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from mockroster.district import names
from mockroster.district.schools import District
from mockroster.district.sessions import SchoolYear
from mockroster.district.streams import Seed

_PUBLISHERS = 5


class Vendor(NamedTuple):
    """A publisher of books and applications."""

    vendor_id: str

    @property
    def application_id(self) -> str:
        """Return the id of the application in which its resources open."""
        return f"{self.vendor_id}-reader"

    @property
    def host(self) -> str:
        """Return the internet domain of the vendor."""
        return f"{self.vendor_id}.example.com"


class DistrictContext(NamedTuple):
    """The context of a generated district; ``today`` is the day for which it is generated."""

    seed: Seed
    today: date
    district: District
    last_year: SchoolYear
    this_year: SchoolYear
    vendors: tuple[Vendor, ...]


def publishers(seed: Seed) -> tuple[Vendor, ...]:
    """Return the five publishers; the first also publishes the applications that everybody uses."""
    return tuple(Vendor(names.fold(names.firm(seed.stream(f"publisher/{number}")))) for number in range(_PUBLISHERS))
