"""The CSV files of every version."""

from __future__ import annotations

from collections.abc import Mapping

from mockroster.standard.csv import Binding
from mockroster.standard.v1p1 import csv as v1p1
from mockroster.standard.v1p2 import csv as v1p2

BINDINGS: Mapping[str, Binding] = {binding.number: binding for binding in (v1p1.BINDING, v1p2.BINDING)}
"""By the number that a manifest has."""
