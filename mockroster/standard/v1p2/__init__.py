"""OneRoster 1.2."""

from __future__ import annotations

from mockroster.standard.v1p2.errors import ERRORS
from mockroster.standard.v1p2.models import ID
from mockroster.standard.v1p2.operations import EDITION, SERVICES
from mockroster.standard.v1p2.scopes import SCOPES
from mockroster.standard.version import Version

VERSION = Version(
    id=ID,
    number="1.2",
    edition=EDITION,
    services=SERVICES,
    scopes=SCOPES,
    errors=ERRORS,
)
