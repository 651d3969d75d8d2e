"""How a district grades: the score scale of each class, and the objectives that work is set for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mockroster.district.objectives import Framework
from mockroster.district.scales import ClassScale, class_scales
from mockroster.district.context import Setting
from mockroster.district.streams import Seed
from mockroster.district.timetable import Section


@dataclass(frozen=True, slots=True)
class Grading:
    """The seed, the score scales by the sourcedId of their class, and the learning objectives."""

    seed: Seed
    scales: dict[str, ClassScale]
    framework: Framework
    _categories: dict[str, str] = field(default_factory=dict)

    def category(self, key: str) -> str:
        """Return the sourcedId of the category with that natural key."""
        if key not in self._categories:
            self._categories[key] = self.seed.sourced_id(key)
        return self._categories[key]


def grading_of(setting: Setting, sections: Iterable[Section]) -> Grading:
    """Return how the classes of a district are graded."""
    return Grading(setting.seed, class_scales(setting.seed, sections), Framework(setting.seed, setting.district.state))
