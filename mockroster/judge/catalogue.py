"""The rules, loaded from the entry point group ``mockroster.rules``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from threading import Lock

from mockroster.judge.rule import Rule
from mockroster.plugins import load_classes

GROUP = "mockroster.rules"

_load_lock = Lock()
"""Held while the rules are loaded, so that concurrent first requests load them once."""


def rules() -> Mapping[str, type[Rule]]:
    """Return all rules by id, in their order. Raise ``ConfigurationError`` if two have the same id."""
    with _load_lock:
        return _load()


@cache
def _load() -> Mapping[str, type[Rule]]:
    classes = (rule for rule, _ in load_classes(GROUP, Rule, "rules", attribute="id"))
    return {rule.id: rule for rule in sorted(classes, key=lambda rule: rule.id)}
