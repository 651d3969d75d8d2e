"""The orgs of a district: the district itself, its schools with their cohorts, and the departments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mockroster.district import names
from mockroster.district.curriculum import DEPARTMENTS, GRADES
from mockroster.district.streams import Seed
from mockroster.roster.record import Record

SMALLEST_COHORT = 12
"""The minimum size of a grade in a school, if the district has enough students."""


class Level(NamedTuple):
    """A kind of school: the grades from ``first`` to ``last``, and the target size of its schools."""

    name: str
    first: int
    last: int
    size: int
    secondary: bool


LEVELS = (
    Level("Elementary School", 0, 5, 300, secondary=False),
    Level("Middle School", 6, 8, 600, secondary=True),
    Level("High School", 9, 12, 1000, secondary=True),
)
"""The levels of a district, youngest first."""


class Cohort(NamedTuple):
    """The students of one grade of a school: those numbered from ``first`` to, not including, ``end``."""

    grade: int
    first: int
    end: int


class School(NamedTuple):
    """A school; ``number`` counts through the whole district."""

    key: str
    sourced_id: str
    name: str
    number: int
    level: Level
    cohorts: tuple[Cohort, ...]


class Department(NamedTuple):
    """A department of a school or, with its district office, of the district."""

    key: str
    sourced_id: str
    name: str
    parent: str
    identifier: str


class District(NamedTuple):
    """A district; ``host`` is the internet domain of its staff, ``phones`` are out of those kept for fiction."""

    key: str
    sourced_id: str
    name: str
    state: str
    city: str
    host: str
    phones: tuple[str, ...]
    schools: tuple[School, ...]
    departments: tuple[Department, ...]

    def grades(self) -> list[int]:
        """Return the grade of each student, in the order of their numbers."""
        cohorts = [cohort for school in self.schools for cohort in school.cohorts]
        return [cohort.grade for cohort in cohorts for _ in range(cohort.first, cohort.end)]


def department_key(school: School, name: str) -> str:
    """Return the natural key of a secondary school's department."""
    return f"department/{school.key}/{name}"


def plan(seed: Seed, students: int) -> District:
    """Return the district for a number of students: as many grades as it can fill, then schools for them."""
    stream = seed.stream("district")
    city = names.city(stream)
    sourced_id = seed.sourced_id("district")
    schools = _schools(seed, _grade_sizes(students))
    state, area_code = stream.pick(names.STATES), 201 + stream.below(700)
    return District(
        key="district",
        sourced_id=sourced_id,
        name=f"{city} Unified School District",
        state=state,
        city=city,
        host=f"{names.fold(city)}.example.org",
        phones=tuple(f"({area_code}) 555-01{number:02d}" for number in range(100)),
        schools=schools,
        departments=_departments(seed, sourced_id, schools),
    )


def _grade_sizes(students: int) -> dict[int, int]:
    count = min(max(students // SMALLEST_COHORT, 1), len(GRADES))
    grades = [(2 * place + 1) * len(GRADES) // (2 * count) for place in range(count)]
    return {grade: students // count + (place < students % count) for place, grade in enumerate(grades)}


def _schools(seed: Seed, sizes: dict[int, int]) -> tuple[School, ...]:
    schools: list[School] = []
    first = 0
    for level in LEVELS:
        grades = {grade: size for grade, size in sizes.items() if level.first <= grade <= level.last}
        if not grades:
            continue
        wanted = round(sum(grades.values()) / level.size)
        count = max(1, min(wanted, min(grades.values()) // SMALLEST_COHORT))
        start = seed.stream(f"schools/{level.name}").below(1000)
        for place in range(count):
            cohorts = []
            for grade, size in grades.items():
                end = first + size // count + (place < size % count)
                cohorts.append(Cohort(grade, first, end))
                first = end
            key = f"school/{level.name}/{place}"
            name = f"{names.namesake(start, place)} {level.name}"
            schools.append(School(key, seed.sourced_id(key), name, len(schools) + 1, level, tuple(cohorts)))
    return tuple(schools)


def _departments(seed: Seed, district_id: str, schools: Sequence[School]) -> tuple[Department, ...]:
    office = "department/office"
    departments = [Department(office, seed.sourced_id(office), "District Office", district_id, "D000-01")]
    for school in schools:
        if not school.level.secondary:
            continue
        for place, name in enumerate(DEPARTMENTS, start=1):
            key = department_key(school, name)
            identifier = f"D{school.number:03d}-{place:02d}"
            departments.append(Department(key, seed.sourced_id(key), name, school.sourced_id, identifier))
    return tuple(departments)


def org_rows(seed: Seed, district: District) -> list[Record]:
    """Return the orgs: the district, its schools, the departments, and one department that was closed."""
    children: dict[str, list[str]] = {}
    for school in district.schools:
        children.setdefault(district.sourced_id, []).append(school.sourced_id)
    for department in district.departments:
        children.setdefault(department.parent, []).append(department.sourced_id)
    rows = [_row(seed.row(district.key), district.name, "district", "9900000")]
    for school in district.schools:
        row = seed.row(school.key)
        row["metadata"] = {"ncesid": f"9900000{school.number:05d}"}
        row = _row(row, school.name, "school", f"{school.number:03d}")
        row["parent"] = district.sourced_id
        rows.append(row)
    for department in district.departments:
        row = _row(seed.row(department.key), department.name, "department", department.identifier)
        row["parent"] = department.parent
        rows.append(row)
    for row in rows:
        if row["sourcedId"] in children:
            row["children"] = children[row["sourcedId"]]
    closed = _row(seed.deleted_row("department/closed"), "Adult Education", "department", "D000-02")
    closed["parent"] = district.sourced_id
    return [*rows, closed]


def _row(row: Record, name: str, kind: str, identifier: str) -> Record:
    row["name"] = name
    row["type"] = kind
    row["identifier"] = identifier
    return row
