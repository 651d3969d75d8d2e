"""The one file of the version."""

from __future__ import annotations

from mockroster.standard.v1p3 import RESOURCES

from mockroster.standard.csv import Binding, records

BINDING = Binding("1.3", (records(RESOURCES["org"], "name", "type", "identifier", "parentSourcedId", "motto"),))
