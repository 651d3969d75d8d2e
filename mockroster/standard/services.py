"""Every service of every version that is served."""

from __future__ import annotations

from mockroster.standard.v1p1 import operations as v1p1
from mockroster.standard.v1p2 import operations as v1p2

SERVICES = (v1p1.SERVICE, *v1p2.SERVICES)
