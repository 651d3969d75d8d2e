"""Scenarios that change what the sandbox shows."""

from __future__ import annotations

from dataclasses import dataclass

from mockroster.scenarios.base import DataScenario, Tables, parameter
from mockroster.scenarios.chance import Chance


@dataclass(frozen=True)
class EmptySchool(DataScenario):
    """One school has no students, classes or enrollments, beside full ones.

    Source: the first of the design's own; every sync meets a school that is not yet rolled over.
    """

    name = "empty-school"
