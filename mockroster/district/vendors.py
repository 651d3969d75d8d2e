"""The firms whose resources the district uses, and with whom its users have accounts."""

from __future__ import annotations

from typing import NamedTuple

from mockroster.district import names
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
        """Return its internet domain."""
        return f"{self.vendor_id}.example.com"


def publishers(seed: Seed) -> tuple[Vendor, ...]:
    """Return the five publishers; the first also has the applications that everybody uses."""
    return tuple(Vendor(names.fold(names.firm(seed.stream(f"publisher/{number}")))) for number in range(_PUBLISHERS))
