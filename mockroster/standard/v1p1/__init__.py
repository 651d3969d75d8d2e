"""OneRoster 1.1."""

from __future__ import annotations

from mockroster.standard.v1p1.conversion import CONVERSION
from mockroster.standard.v1p1.errors import ERRORS
from mockroster.standard.v1p1.models import ID
from mockroster.standard.v1p1.operations import EDITION, SERVICE
from mockroster.standard.v1p1.scopes import SCOPES
from mockroster.standard.version import Version

VERSION = Version(
    id=ID,
    number="1.1",
    edition=EDITION,
    services=(SERVICE,),
    scopes=SCOPES,
    errors=ERRORS,
    conversion=CONVERSION,
    accepts_signatures=True,
)
