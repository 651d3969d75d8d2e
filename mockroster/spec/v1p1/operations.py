"""The 61 operations of OneRoster 1.1, and the paths that Kimono adds to them.

Tables 3.1a to 3.1c of OneRoster 1.1 (2017, re-issued 2022). Where implementations disagree on which rows a nested path
selects, the choice is noted in ``docs/explanation/choices.md``.
"""

from __future__ import annotations

from collections.abc import Iterator

from mockroster.spec.model import Narrowing, Operation, Rows, Service, parents
from mockroster.spec.scopes import (
    DEMOGRAPHICS,
    GRADEBOOK,
    GRADEBOOK_DELETE,
    GRADEBOOK_PUT,
    RESOURCE,
    ROSTER,
    ROSTER_CORE,
)
from mockroster.spec.v1p1.models import (
    ACADEMIC_SESSION,
    BASE,
    CATEGORY,
    CLASS,
    COURSE,
    DEMOGRAPHICS_RECORD,
    ENROLLMENT,
    LINE_ITEM,
    ORG,
    RESOURCE_RECORD,
    RESULT,
    USER,
    VERSION,
)

PLACES = {
    "academicSessions": Rows(ACADEMIC_SESSION),
    "classes": Rows(CLASS),
    "courses": Rows(COURSE),
    "gradingPeriods": Rows(ACADEMIC_SESSION, {"type": "gradingPeriod"}),
    "demographics": Rows(DEMOGRAPHICS_RECORD),
    "enrollments": Rows(ENROLLMENT),
    "orgs": Rows(ORG),
    "schools": Rows(ORG, {"type": "school"}),
    "students": Rows(USER, {"role": "student"}),
    "teachers": Rows(USER, {"role": "teacher"}),
    "terms": Rows(ACADEMIC_SESSION, {"type": "term"}),
    "users": Rows(USER),
    "resources": Rows(RESOURCE_RECORD),
    "categories": Rows(CATEGORY),
    "lineItems": Rows(LINE_ITEM),
    "results": Rows(RESULT),
}
"""What each path segment stands for (Table 3.1)."""


def _pair(one: str, many: str, segment: str, *scopes: str) -> Iterator[Operation]:
    """Yield the two top-level reads of a segment: all of its rows, and one."""
    rows = PLACES[segment]
    name = rows.resource.name
    yield Operation(f"get{many}", "collection", f"/{segment}", rows, scopes, f"every record among the {segment}")
    yield Operation(f"get{one}", "single", f"/{segment}/{{id}}", rows, scopes, f"one {name} by its sourcedId")


def _nested(name: str, path: str, scope: str, narrowing: Narrowing, purpose: str) -> Operation:
    """Return a nested read; the last segment of its path says what it answers with."""
    rows = PLACES[path.rsplit("/", 1)[1]]
    return Operation(name, "collection", path, rows, (scope,), purpose, narrowing, parents(path, PLACES))


def _enrolled(match: dict[str, str], take: str | None = None) -> Narrowing:
    """Return the enrollments that match, or what they refer to; those that are ``tobedeleted`` lead nowhere."""
    return Narrowing(ENROLLMENT, {**match, "status": "active"}, take)


def _writes(model: str, segment: str) -> Iterator[Operation]:
    """Yield the two writes of a gradebook segment."""
    rows, path = PLACES[segment], f"/{segment}/{{id}}"
    name = rows.resource.name
    yield Operation(f"put{model}", "put", path, rows, (GRADEBOOK_PUT,), f"create or replace a {name}")
    yield Operation(f"delete{model}", "delete", path, rows, (GRADEBOOK_DELETE,), f"delete a {name}")


CORE = (ROSTER_CORE, ROSTER)


ROSTERING = (
    *_pair("AcademicSession", "AllAcademicSessions", "academicSessions", *CORE),
    *_pair("Class", "AllClasses", "classes", *CORE),
    *_pair("Course", "AllCourses", "courses", *CORE),
    *_pair("GradingPeriod", "AllGradingPeriods", "gradingPeriods", *CORE),
    *_pair("Demographics", "AllDemographics", "demographics", DEMOGRAPHICS),
    *_pair("Enrollment", "AllEnrollments", "enrollments", *CORE),
    *_pair("Org", "AllOrgs", "orgs", *CORE),
    *_pair("School", "AllSchools", "schools", *CORE),
    *_pair("Student", "AllStudents", "students", *CORE),
    *_pair("Teacher", "AllTeachers", "teachers", *CORE),
    *_pair("Term", "AllTerms", "terms", *CORE),
    *_pair("User", "AllUsers", "users", *CORE),
    _nested(
        "getCoursesForSchool",
        "/schools/{id}/courses",
        ROSTER,
        Narrowing(COURSE, {"org": "{id}"}),
        "the courses taught in this school",
    ),
    _nested(
        "getEnrollmentsForClassInSchool",
        "/schools/{school_id}/classes/{class_id}/enrollments",
        ROSTER,
        _enrolled({"class": "{class_id}", "school": "{school_id}"}),
        "the enrollments of this class in this school",
    ),
    _nested(
        "getStudentsForClassInSchool",
        "/schools/{school_id}/classes/{class_id}/students",
        ROSTER,
        _enrolled({"class": "{class_id}", "school": "{school_id}", "role": "student"}, "user"),
        "the students taking this class in this school",
    ),
    _nested(
        "getTeachersForClassInSchool",
        "/schools/{school_id}/classes/{class_id}/teachers",
        ROSTER,
        _enrolled({"class": "{class_id}", "school": "{school_id}", "role": "teacher"}, "user"),
        "the teachers teaching this class in this school",
    ),
    _nested(
        "getEnrollmentsForSchool",
        "/schools/{school_id}/enrollments",
        ROSTER,
        _enrolled({"school": "{school_id}"}),
        "the enrollments in this school",
    ),
    _nested(
        "getStudentsForSchool",
        "/schools/{school_id}/students",
        ROSTER,
        Narrowing(USER, {"orgs": "{school_id}"}),
        "the students attending this school",
    ),
    _nested(
        "getTeachersForSchool",
        "/schools/{school_id}/teachers",
        ROSTER,
        Narrowing(USER, {"orgs": "{school_id}"}),
        "the teachers teaching at this school",
    ),
    _nested(
        "getTermsForSchool",
        "/schools/{school_id}/terms",
        ROSTER,
        Narrowing(CLASS, {"school": "{school_id}"}, "terms"),
        "the terms used by this school",
    ),
    _nested(
        "getClassesForTerm",
        "/terms/{term_id}/classes",
        ROSTER,
        Narrowing(CLASS, {"terms": "{term_id}"}),
        "the classes taught in this term",
    ),
    _nested(
        "getGradingPeriodsForTerm",
        "/terms/{term_id}/gradingPeriods",
        ROSTER,
        Narrowing(ACADEMIC_SESSION, {"parent": "{term_id}"}),
        "the grading periods which are part of this term",
    ),
    _nested(
        "getClassesForCourse",
        "/courses/{course_id}/classes",
        ROSTER,
        Narrowing(CLASS, {"course": "{course_id}"}),
        "the classes teaching this course",
    ),
    _nested(
        "getClassesForStudent",
        "/students/{student_id}/classes",
        ROSTER,
        _enrolled({"user": "{student_id}", "role": "student"}, "class"),
        "the classes this student is taking",
    ),
    _nested(
        "getClassesForTeacher",
        "/teachers/{teacher_id}/classes",
        ROSTER,
        _enrolled({"user": "{teacher_id}", "role": "teacher"}, "class"),
        "the classes this teacher is teaching",
    ),
    _nested(
        "getClassesForSchool",
        "/schools/{school_id}/classes",
        ROSTER,
        Narrowing(CLASS, {"school": "{school_id}"}),
        "the classes taught in this school",
    ),
    _nested(
        "getClassesForUser",
        "/users/{user_id}/classes",
        ROSTER,
        _enrolled({"user": "{user_id}"}, "class"),
        "the classes in which this user is enrolled, in any role",
    ),
    _nested(
        "getStudentsForClass",
        "/classes/{class_id}/students",
        ROSTER,
        _enrolled({"class": "{class_id}", "role": "student"}, "user"),
        "the students who are taking this class",
    ),
    _nested(
        "getTeachersForClass",
        "/classes/{class_id}/teachers",
        ROSTER,
        _enrolled({"class": "{class_id}", "role": "teacher"}, "user"),
        "the teachers who are teaching this class",
    ),
)
"""The 41 operations of rostering (Table 3.1a)."""

RESOURCES_SERVICE = (
    *_pair("Resource", "AllResources", "resources", RESOURCE),
    _nested(
        "getResourcesForCourse",
        "/courses/{course_id}/resources",
        RESOURCE,
        Narrowing(COURSE, {"sourcedId": "{course_id}"}, "resources"),
        "the resources associated with this course",
    ),
    _nested(
        "getResourcesForClass",
        "/classes/{class_id}/resources",
        RESOURCE,
        Narrowing(CLASS, {"sourcedId": "{class_id}"}, "resources"),
        "the resources associated with this class",
    ),
)
"""The 4 operations on resources (Table 3.1b)."""

GRADEBOOK_SERVICE = (
    *_pair("Category", "AllCategories", "categories", GRADEBOOK),
    *_writes("Category", "categories"),
    *_pair("LineItem", "AllLineItems", "lineItems", GRADEBOOK),
    *_writes("LineItem", "lineItems"),
    *_pair("Result", "AllResults", "results", GRADEBOOK),
    *_writes("Result", "results"),
    _nested(
        "getResultsForClass",
        "/classes/{class_id}/results",
        GRADEBOOK,
        Narrowing(RESULT, {"lineItem.class": "{class_id}"}),
        "the results for this class",
    ),
    _nested(
        "getLineItemsForClass",
        "/classes/{class_id}/lineItems",
        GRADEBOOK,
        Narrowing(LINE_ITEM, {"class": "{class_id}"}),
        "the line items in the gradebook of this class",
    ),
    _nested(
        "getResultsForLineItemForClass",
        "/classes/{class_id}/lineItems/{li_id}/results",
        GRADEBOOK,
        Narrowing(RESULT, {"lineItem": "{li_id}", "lineItem.class": "{class_id}"}),
        "the results for this line item of this class",
    ),
    _nested(
        "getResultsForStudentForClass",
        "/classes/{class_id}/students/{student_id}/results",
        GRADEBOOK,
        Narrowing(RESULT, {"student": "{student_id}", "lineItem.class": "{class_id}"}),
        "the results of this student in this class",
    ),
)
"""The 16 operations of the gradebook (Table 3.1c)."""

_CATEGORIES_OF_CLASS = Narrowing(LINE_ITEM, {"class": "{id}"}, "category", or_all=True)
_A_SESSION = "one academic session by its sourcedId; the singular path of Kimono"

KIMONO = (
    _nested(
        "getCategoriesForClass",
        "/classes/{id}/categories",
        GRADEBOOK,
        _CATEGORIES_OF_CLASS,
        "the categories that this class's line items use; all of them if there are none",
    ),
    _nested(
        "getSisCategoriesForClass",
        "/sis/classes/{id}/categories",
        GRADEBOOK,
        _CATEGORIES_OF_CLASS,
        "the same, at the path that Kimono documents",
    ),
    Operation(
        "getAllAcademicSessionsSingular",
        "collection",
        "/academicSession",
        PLACES["academicSessions"],
        CORE,
        "every academic session; the singular path of Kimono",
    ),
    Operation(
        "getAcademicSessionSingular", "single", "/academicSession/{id}", PLACES["academicSessions"], CORE, _A_SESSION
    ),
)
"""Paths that are not in 1.1 but in the Kimono documents, and the plain form of one of them that others serve."""

SERVICE = Service(
    name="v1p1",
    title="OneRoster 1.1",
    version=VERSION,
    base=BASE,
    operations=ROSTERING + RESOURCES_SERVICE + GRADEBOOK_SERVICE,
    aliases=KIMONO,
)
"""All of 1.1: three services at one base path."""
