"""The operations that 1.1 and 1.2 share, stated once: 41 of rostering, 4 of resources, 16 of the gradebook.

Every method and path of 1.1 is also in 1.2. Their differences are an ``Edition``: the models, the member with the role
of a user, the scopes, and the status of a PUT that replaces. Path parameters have the names of 1.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mockroster.standard.model import Narrowing, Operation, Resource, Rows, parents


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """The scopes that the operations of a version require; any one of a tuple is enough."""

    rostering: tuple[str, ...]
    rostering_nested: tuple[str, ...]
    demographics: tuple[str, ...]
    resources: tuple[str, ...]
    resources_nested: tuple[str, ...]
    gradebook: tuple[str, ...]
    gradebook_nested: tuple[str, ...]
    put: tuple[str, ...]
    delete: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The properties of a version's operations that differ between versions."""

    resources: Mapping[str, Resource]
    """The models by the type of a reference to them."""

    role: str
    """The member of a user with their role."""

    orgs: str
    """The member of a user with their orgs."""

    scopes: Scopes
    replaced: int
    """The HTTP status of a PUT that replaces a record."""

    places: dict[str, Rows] = field(init=False)
    """The rows of each path segment (Table 3.1 of 1.1)."""

    def __post_init__(self) -> None:
        """Derive the places from the models."""
        places = {resource.collection: Rows(resource) for resource in self.resources.values()}
        session, org, user = self.resources["academicSession"], self.resources["org"], self.resources["user"]
        places |= {
            "gradingPeriods": Rows(session, {"type": "gradingPeriod"}),
            "terms": Rows(session, {"type": "term"}),
            "schools": Rows(org, {"type": "school"}),
            "students": Rows(user, {self.role: "student"}),
            "teachers": Rows(user, {self.role: "teacher"}),
        }
        object.__setattr__(self, "places", places)

    def pair(self, model: str, segment: str, scopes: tuple[str, ...]) -> Iterator[Operation]:
        """Yield the two top-level reads of a segment: all of its rows, and one."""
        rows = self.places[segment]
        name, many = f"{model[0].lower()}{model[1:]}", f"getAll{segment[0].upper()}{segment[1:]}"
        yield Operation(many, "collection", f"/{segment}", rows, scopes, f"all {segment}")
        path = f"/{segment}/{{sourcedId}}"
        yield Operation(f"get{model}", "single", path, rows, scopes, f"one {name} by its sourcedId")

    def nested(self, name: str, path: str, narrowing: Narrowing, scopes: tuple[str, ...], purpose: str) -> Operation:
        """Return a nested read, whose rows follow from the last segment of its path."""
        rows = self.places[path.rsplit("/", 1)[1]]
        return Operation(name, "collection", path, rows, scopes, purpose, narrowing, parents(path, self.places))

    def writes(self, model: str, segment: str, put: tuple[str, ...], delete: tuple[str, ...]) -> Iterator[Operation]:
        """Yield PUT and DELETE of a segment."""
        rows, path = self.places[segment], f"/{segment}/{{sourcedId}}"
        name = rows.resource.name
        yield Operation(f"put{model}", "put", path, rows, put, f"create or replace a {name}", replaced=self.replaced)
        yield Operation(f"delete{model}", "delete", path, rows, delete, f"delete a {name}")

    def post(self, name: str, path: str, preset: dict[str, str], scopes: tuple[str, ...]) -> Operation:
        """Return a bulk creation; the ``preset`` members of each record come from the path."""
        rows = self.places[path.rsplit("/", 1)[1]]
        purpose = f"create {rows.resource.collection}; the server gives them their sourcedIds"
        return Operation(name, "post", path, rows, scopes, purpose, None, parents(path, self.places), preset=preset)

    def through(self, name: str, match: dict[str, str], take: str | None = None) -> Narrowing:
        """Return a narrowing through a model."""
        return Narrowing(self.resources[name], match, take)

    def enrolled(self, match: dict[str, str], take: str | None = None) -> Narrowing:
        """Return a narrowing through active enrollments; those with the status ``tobedeleted`` are skipped."""
        return self.through("enrollment", {**match, "status": "active"}, take)


def rostering(edition: Edition) -> tuple[Operation, ...]:
    """Return the 41 operations of rostering (Table 3.1a of 1.1)."""
    scopes = edition.scopes
    top = (
        ("AcademicSession", "academicSessions"),
        ("Class", "classes"),
        ("Course", "courses"),
        ("GradingPeriod", "gradingPeriods"),
        ("Demographics", "demographics"),
        ("Enrollment", "enrollments"),
        ("Org", "orgs"),
        ("School", "schools"),
        ("Student", "students"),
        ("Teacher", "teachers"),
        ("Term", "terms"),
        ("User", "users"),
    )
    pairs = [
        operation
        for model, segment in top
        for operation in edition.pair(
            model, segment, scopes.demographics if segment == "demographics" else scopes.rostering
        )
    ]
    nested = [
        edition.nested(name, path, narrowing, scopes.rostering_nested, purpose)
        for name, path, narrowing, purpose in _nested_rostering(edition)
    ]
    return (*pairs, *nested)


Row = tuple[str, str, Narrowing, str]
"""Name, path, narrowing and purpose of a nested read."""

_SCHOOL, _CLASS = "{schoolSourcedId}", "{classSourcedId}"
_IN_SCHOOL = {"class": _CLASS, "school": _SCHOOL}


def _nested_rostering(edition: Edition) -> Iterator[Row]:
    """Yield the nested reads of rostering, first those below a school."""
    through, enrolled = edition.through, edition.enrolled
    in_school = f"/schools/{_SCHOOL}/classes/{_CLASS}"
    yield (
        "getCoursesForSchool",
        f"/schools/{_SCHOOL}/courses",
        through("course", {"org": _SCHOOL}),
        "the courses taught in this school",
    )
    yield (
        "getEnrollmentsForClassInSchool",
        f"{in_school}/enrollments",
        enrolled(_IN_SCHOOL),
        "the enrollments of this class in this school",
    )
    yield (
        "getStudentsForClassInSchool",
        f"{in_school}/students",
        enrolled({**_IN_SCHOOL, "role": "student"}, "user"),
        "the students taking this class in this school",
    )
    yield (
        "getTeachersForClassInSchool",
        f"{in_school}/teachers",
        enrolled({**_IN_SCHOOL, "role": "teacher"}, "user"),
        "the teachers teaching this class in this school",
    )
    yield (
        "getEnrollmentsForSchool",
        f"/schools/{_SCHOOL}/enrollments",
        enrolled({"school": _SCHOOL}),
        "the enrollments in this school",
    )
    yield (
        "getStudentsForSchool",
        f"/schools/{_SCHOOL}/students",
        through("user", {edition.orgs: _SCHOOL, edition.role: "student"}),
        "the students attending this school",
    )
    yield (
        "getTeachersForSchool",
        f"/schools/{_SCHOOL}/teachers",
        through("user", {edition.orgs: _SCHOOL, edition.role: "teacher"}),
        "the teachers teaching at this school",
    )
    yield (
        "getTermsForSchool",
        f"/schools/{_SCHOOL}/terms",
        through("class", {"school": _SCHOOL}, "terms"),
        "the terms used by this school",
    )
    yield (
        "getClassesForSchool",
        f"/schools/{_SCHOOL}/classes",
        through("class", {"school": _SCHOOL}),
        "the classes taught in this school",
    )
    yield from _nested_elsewhere(edition)


def _nested_elsewhere(edition: Edition) -> Iterator[Row]:
    """Yield the nested reads below a term, a course, a user and a class."""
    through, enrolled = edition.through, edition.enrolled
    yield (
        "getClassesForTerm",
        "/terms/{termSourcedId}/classes",
        through("class", {"terms": "{termSourcedId}"}),
        "the classes taught in this term",
    )
    yield (
        "getGradingPeriodsForTerm",
        "/terms/{termSourcedId}/gradingPeriods",
        through("academicSession", {"parent": "{termSourcedId}"}),
        "the grading periods which are part of this term",
    )
    yield (
        "getClassesForCourse",
        "/courses/{courseSourcedId}/classes",
        through("class", {"course": "{courseSourcedId}"}),
        "the classes teaching this course",
    )
    yield (
        "getClassesForStudent",
        "/students/{studentSourcedId}/classes",
        enrolled({"user": "{studentSourcedId}", "role": "student"}, "class"),
        "the classes this student is taking",
    )
    yield (
        "getClassesForTeacher",
        "/teachers/{teacherSourcedId}/classes",
        enrolled({"user": "{teacherSourcedId}", "role": "teacher"}, "class"),
        "the classes this teacher is teaching",
    )
    yield (
        "getClassesForUser",
        "/users/{userSourcedId}/classes",
        enrolled({"user": "{userSourcedId}"}, "class"),
        "the classes in which this user is enrolled, in any role",
    )
    yield (
        "getStudentsForClass",
        f"/classes/{_CLASS}/students",
        enrolled({"class": _CLASS, "role": "student"}, "user"),
        "the students who are taking this class",
    )
    yield (
        "getTeachersForClass",
        f"/classes/{_CLASS}/teachers",
        enrolled({"class": _CLASS, "role": "teacher"}, "user"),
        "the teachers who are teaching this class",
    )


def resources(edition: Edition) -> tuple[Operation, ...]:
    """Return the 4 operations on resources (Table 3.1b of 1.1)."""
    scopes, through = edition.scopes, edition.through
    return (
        *edition.pair("Resource", "resources", scopes.resources),
        edition.nested(
            "getResourcesForCourse",
            "/courses/{courseSourcedId}/resources",
            through("course", {"sourcedId": "{courseSourcedId}"}, "resources"),
            scopes.resources_nested,
            "the resources associated with this course",
        ),
        edition.nested(
            "getResourcesForClass",
            f"/classes/{_CLASS}/resources",
            through("class", {"sourcedId": _CLASS}, "resources"),
            scopes.resources_nested,
            "the resources associated with this class",
        ),
    )


def gradebook(edition: Edition) -> tuple[Operation, ...]:
    """Return the 16 operations of the gradebook (Table 3.1c of 1.1)."""
    scopes = edition.scopes
    tables = (("Category", "categories"), ("LineItem", "lineItems"), ("Result", "results"))
    top = [
        operation
        for model, segment in tables
        for operation in (
            *edition.pair(model, segment, scopes.gradebook),
            *edition.writes(model, segment, scopes.put, scopes.delete),
        )
    ]
    nested = [
        edition.nested(name, path, narrowing, scopes.gradebook_nested, purpose)
        for name, path, narrowing, purpose in _nested_gradebook(edition)
    ]
    return (*top, *nested)


def _nested_gradebook(edition: Edition) -> Iterator[Row]:
    """Yield the nested reads of the gradebook, all below a class."""
    through, in_class = edition.through, f"/classes/{_CLASS}"
    yield (
        "getResultsForClass",
        f"{in_class}/results",
        through("result", {"lineItem.class": _CLASS}),
        "the results for this class",
    )
    yield (
        "getLineItemsForClass",
        f"{in_class}/lineItems",
        through("lineItem", {"class": _CLASS}),
        "the line items in the gradebook of this class",
    )
    yield (
        "getResultsForLineItemForClass",
        f"{in_class}/lineItems/{{lineItemSourcedId}}/results",
        through("result", {"lineItem": "{lineItemSourcedId}", "lineItem.class": _CLASS}),
        "the results for this line item of this class",
    )
    yield (
        "getResultsForStudentForClass",
        f"{in_class}/students/{{studentSourcedId}}/results",
        through("result", {"student": "{studentSourcedId}", "lineItem.class": _CLASS}),
        "the results of this student in this class",
    )


def categories_for_class(edition: Edition, name: str, path: str) -> Operation:
    """Return the read of a class's categories, which is in 1.2 and in some vendors' versions of 1.1."""
    narrowing = Narrowing(edition.resources["lineItem"], {"class": _CLASS}, "category", or_all=True)
    purpose = "the categories that this class's line items use; all of them if there are none"
    return edition.nested(name, path, narrowing, edition.scopes.gradebook_nested, purpose)
