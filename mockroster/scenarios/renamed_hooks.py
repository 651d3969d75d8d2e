"""Hooks of scenarios by their former names, for one release.

A class of another package that defines ``decide`` is called by ``authorize``, and a call of ``super().decide(...)``
reaches the parent's ``authorize``. Both warn.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

_IS_FORMER = "is_former_hook_name"
"""The attribute that marks the functions made here."""


def keep_former_names(scenario: type, renamed: Mapping[str, str]) -> None:
    """Give a new class its hooks by both names; ``renamed`` maps each former name to the present one."""
    for former, present in renamed.items():
        hook = getattr(scenario, former, None)
        if present in vars(scenario):
            if former not in vars(scenario):
                setattr(scenario, former, _forward(vars(scenario)[present], former, present))
        elif callable(hook) and not hasattr(hook, _IS_FORMER) and getattr(scenario, present) is not hook:
            name = f"{scenario.__module__}.{scenario.__qualname__}"
            warnings.warn(f"{name}.{former} is now called {present}", DeprecationWarning, stacklevel=4)
            setattr(scenario, present, hook)


def _forward(hook: Callable[..., Any], former: str, present: str) -> Callable[..., Any]:
    """Return a function that warns of the former name and calls the hook."""

    @wraps(hook)
    def forward(*arguments: Any, **keywords: Any) -> Any:
        warnings.warn(f"{former} is now called {present}", DeprecationWarning, stacklevel=2)
        return hook(*arguments, **keywords)

    setattr(forward, _IS_FORMER, True)
    return forward
