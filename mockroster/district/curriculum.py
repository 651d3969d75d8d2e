"""The curriculum: grades, subjects and their codes, and topics for titles of line items."""

from __future__ import annotations

from typing import NamedTuple

GRADES = ("KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")
"""The grades of the district as CEDS codes; the code uses their index in this list."""

PERIODS = ("1", "2", "3", "4", "5", "6")
"""The periods of a day in a secondary school."""

HOMEROOM_PERIOD = "HR"
"""The period in which an elementary school has its homerooms."""

_FIRST_HIGH = 9


class Subject(NamedTuple):
    """A subject: ``code`` stands in course codes, ``area`` is its SCED area, ``high`` its titles from grade 9 to 12."""

    code: str
    name: str
    area: str
    topics: tuple[str, ...]
    high: tuple[str, str, str, str] | None = None
    department: str = ""

    def title(self, grade: int) -> str:
        """Return the title of this subject's course for a grade."""
        if grade >= _FIRST_HIGH and self.high:
            return self.high[grade - _FIRST_HIGH]
        if grade >= _FIRST_HIGH - 3:
            return f"{self.name} {grade}"
        return f"{grade_name(grade)} {self.name}"

    def course_code(self, grade: int) -> str:
        """Return the code of this subject's course for a grade."""
        return f"{self.code}{GRADES[grade]}"


def grade_name(grade: int) -> str:
    """Return the spoken name of a grade."""
    return f"Grade {grade}" if grade else "Kindergarten"


def _levels(name: str) -> tuple[str, str, str, str]:
    return (f"{name} I", f"{name} II", f"{name} III", f"{name} IV")


HOMEROOM = Subject("HR", "Homeroom", "23", ("All About Me", "Our Community", "Plants", "Weather", "Maps", "The Moon"))
"""The homeroom of an elementary school, which covers every subject but mathematics and reading."""

ELEMENTARY = (
    Subject(
        "MATH", "Mathematics", "02", ("Counting", "Place Value", "Addition", "Fractions", "Shapes", "Time and Money")
    ),
    Subject("READ", "Reading", "01", ("Phonics", "Fairy Tales", "Main Idea", "Poetry", "Story Maps", "Folk Tales")),
)
"""The subjects of an elementary class with its own teacher, beside the homeroom."""

CORE = (
    Subject(
        "ENG",
        "English",
        "01",
        ("Persuasive Essay", "Short Stories", "Poetry", "Grammar", "Shakespeare", "Research Skills", "The Novel"),
        ("English I", "English II", "American Literature", "World Literature"),
        "English",
    ),
    Subject(
        "MATH",
        "Mathematics",
        "02",
        ("Fractions", "Linear Equations", "Functions", "Probability", "Angles", "Exponents", "Ratios"),
        ("Algebra I", "Geometry", "Algebra II", "Precalculus"),
        "Mathematics",
    ),
    Subject(
        "SCI",
        "Science",
        "03",
        ("Cells", "Energy", "Forces", "Ecosystems", "The Scientific Method", "Matter", "The Solar System"),
        ("Biology", "Chemistry", "Physics", "Environmental Science"),
        "Science",
    ),
    Subject(
        "SOC",
        "Social Studies",
        "04",
        ("Ancient Rome", "The Constitution", "Maps", "Trade", "The Civil War", "Immigration", "Citizenship"),
        ("World Geography", "World History", "United States History", "Civics and Economics"),
        "Social Studies",
    ),
    Subject(
        "PE",
        "Physical Education",
        "08",
        ("Fitness", "Team Sports", "Nutrition", "Endurance", "Safety", "First Aid"),
        _levels("Physical Education"),
        "Health and Physical Education",
    ),
)
"""The subjects that every secondary student takes."""


def _elective(code: str, name: str, area: str, *topics: str) -> Subject:
    return Subject(code, name, area, topics, _levels(name), "Arts and Languages")


ELECTIVES = (
    _elective("ART", "Studio Art", "05", "Perspective", "Color", "Portraits", "Clay", "Printmaking"),
    _elective("SPA", "Spanish", "06", "Greetings", "Family", "Food", "Travel", "Past Tense"),
    _elective("BAND", "Band", "05", "Scales", "Rhythm", "Sight Reading", "Winter Concert", "Marches"),
    _elective("CS", "Computer Science", "10", "Loops", "Variables", "Web Pages", "Sorting", "Data"),
    _elective("FRE", "French", "06", "Greetings", "Family", "Food", "Paris", "Past Tense"),
    _elective("THE", "Theater", "05", "Improvisation", "Monologues", "Stagecraft", "Comedy", "Masks"),
)
"""The electives of secondary students."""

DEPARTMENTS = tuple(dict.fromkeys(subject.department for subject in (*CORE, *ELECTIVES)))
"""The departments of a secondary school."""
