"""The posts of teachers, assigned to classes so that no teacher has two classes at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mockroster.district.context import DistrictContext
from mockroster.district.curriculum import PERIODS
from mockroster.district.schools import School
from mockroster.district.timetable import Section

_MOST_PERIODS = 5
_CO_TAUGHT = 0.12


@dataclass(slots=True)
class Post:
    """A teacher's post: the schools, the classes that are the teacher's own, and those in which the teacher helps."""

    key: str
    sourced_id: str
    number: int
    subject: str
    schools: list[School]
    department: str = ""
    own: list[Section] = field(default_factory=list)
    helped: list[Section] = field(default_factory=list)
    _taken: set[tuple[int, str]] = field(default_factory=set)

    def teach(self, section: Section) -> None:
        """Add ``section`` to the teacher's own classes."""
        self.own.append(section)
        self._taken.add(section.when)

    def help(self, section: Section) -> None:
        """Add ``section`` to the classes in which the teacher helps."""
        self.helped.append(section)
        self._taken.add(section.when)

    def is_free(self, section: Section) -> bool:
        """Return whether the teacher has no class in the period and the school year of ``section``."""
        return section.when not in self._taken

    def has_room(self, section: Section) -> bool:
        """Return whether ``section`` can be added to the teacher's own classes."""
        year = section.course.year
        return self.is_free(section) and sum(taught.course.year is year for taught in self.own) < _MOST_PERIODS


class Teaching(NamedTuple):
    """All posts, and the teachers of each class by its sourcedId, the primary teacher first."""

    posts: tuple[Post, ...]
    of_class: dict[str, list[Post]]


def staff_classes(context: DistrictContext, sections: Sequence[Section]) -> Teaching:
    """Return posts for all classes, school by school."""
    posts: list[Post] = []
    by_school: dict[str, list[Section]] = {}
    for section in sections:
        by_school.setdefault(section.course.school.key, []).append(section)
    for school in context.district.schools:
        taught = by_school[school.key]
        hire = _specialists if school.level.secondary else _class_teachers
        posts += hire(context, school, taught, len(posts))
    elementary = [school for school in context.district.schools if not school.level.secondary]
    for pair in zip(elementary[::2], elementary[1::2], strict=False):
        posts.append(_support_teacher(context, pair, by_school, len(posts)))
    of_class: dict[str, list[Post]] = {section.sourced_id: [] for section in sections}
    for post in posts:
        for section in post.own:
            of_class[section.sourced_id].insert(0, post)
        for section in post.helped:
            of_class[section.sourced_id].append(post)
    return Teaching(tuple(posts), of_class)


def _class_teachers(context: DistrictContext, school: School, sections: Iterable[Section], hired: int) -> list[Post]:
    posts: dict[str, Post] = {}
    last_year = []
    for section in sections:
        if section.course.year is context.last_year:
            last_year.append(section)
            continue
        if section.group not in posts:
            posts[section.group] = _post(context, f"teacher/{section.group}", hired + len(posts), "", school)
        posts[section.group].teach(section)
    for section in last_year:
        # Whoever has the first group of the grade now had it then.
        posts[f"{school.key}/{section.course.grade}/1"].teach(section)
    return list(posts.values())


def _specialists(context: DistrictContext, school: School, sections: Sequence[Section], hired: int) -> list[Post]:
    posts: list[Post] = []
    by_subject: dict[str, list[Post]] = {}
    for section in sections:
        subject = section.course.subject
        peers = by_subject.setdefault(subject.name, [])
        post = next((post for post in peers if post.has_room(section)), None)
        if post is None:
            key = f"teacher/{school.key}/{subject.code}/{len(peers)}"
            post = _post(context, key, hired + len(posts), subject.name, school)
            post.department = "" if peers else subject.department
            posts.append(post)
            peers.append(post)
        post.teach(section)
    current = [section for section in sections if section.course.year is context.this_year]
    for section in current:
        # The first has two teachers however small the district is.
        if section is current[0] or context.seed.stream(f"co/{section.key}").chance(_CO_TAUGHT):
            free = [post for post in posts if post.is_free(section)]
            if free:
                min(free, key=lambda post: len(post.own) + len(post.helped)).help(section)
    return posts


def _support_teacher(
    context: DistrictContext, schools: tuple[School, School], by_school: dict[str, list[Section]], hired: int
) -> Post:
    key = f"teacher/support/{schools[0].key}"
    post = _post(context, key, hired, "", schools[0])
    post.schools.append(schools[1])
    for school, period in zip(schools, PERIODS, strict=False):
        choices = [section for section in by_school[school.key] if section.period == period]
        post.help(context.seed.stream(f"{key}/{school.key}").pick(choices))
    return post


def _post(context: DistrictContext, key: str, hired: int, subject: str, school: School) -> Post:
    return Post(key, context.seed.sourced_id(key), hired, subject, [school])
