"""What every part of a generated district is made in: its seed, its orgs, its two school years, its vendors."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from mockroster.district.schools import District
from mockroster.district.sessions import SchoolYear
from mockroster.district.streams import Seed
from mockroster.district.vendors import Vendor


class Setting(NamedTuple):
    """The seed, the day it is, the district, last school year and this one, and whose applications are used."""

    seed: Seed
    today: date
    district: District
    last_year: SchoolYear
    this_year: SchoolYear
    vendors: tuple[Vendor, ...]
