"""The CSV files of each served version."""

from __future__ import annotations

from collections.abc import Mapping

from mockroster.standard.csv import Binding
from mockroster.standard.versions import VERSIONS

BINDINGS: Mapping[str, Binding] = {version.number: version.binding for version in VERSIONS}
"""The CSV files of each version by its number in manifests."""
