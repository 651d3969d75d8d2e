"""The table of all raw-socket cases."""

from __future__ import annotations

from wire import bodies, exchanges, heads, targets
from wire.case import Case

CASES: tuple[Case, ...] = (*targets.cases(), *heads.cases(), *bodies.cases(), *exchanges.cases())
