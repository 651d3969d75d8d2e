"""The served versions of the standard, and tables derived from them. A new version is one more line here."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from mockroster.standard.model import Resource, Service
from mockroster.standard.version import Registry

_PACKAGES = (
    "v1p1",
    "v1p2",
)
"""The package of each version, oldest first; each defines ``VERSION``."""

VERSIONS = Registry(*(import_module(f"mockroster.standard.{name}").VERSION for name in _PACKAGES))
"""Every version, the oldest first."""

SERVICES: tuple[Service, ...] = tuple(service for version in VERSIONS for service in version.services)
"""Every service of every version."""

SCOPES: tuple[str, ...] = tuple(scope for version in VERSIONS for scope in version.scopes)
"""Every scope that a token may have; a client that requests none gets all of them."""

MODELS: Mapping[str, Mapping[str, Resource]] = {
    collection: {version.id: version.resources[collection] for version in VERSIONS if collection in version.resources}
    for collection in dict.fromkeys(collection for version in VERSIONS for collection in version.resources)
}
"""The models of each collection by the id of their version, oldest first."""
