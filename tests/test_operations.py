"""Every operation of the table answers over HTTP, with the rows that its path promises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest
from conftest import Api, information

from mockroster.standard.model import Operation
from mockroster.standard.v1p1.operations import SERVICE

Json = dict[str, Any]

READS = [operation for operation in SERVICE.all_operations if operation.method == "GET"]
COLLECTIONS = [operation for operation in READS if operation.kind == "collection"]
SINGLES = [operation for operation in READS if operation.kind == "single"]
NESTED = [operation for operation in COLLECTIONS if operation.parameters]
TOP = [operation for operation in COLLECTIONS if not operation.parameters]
SIS = "/sis"
"""The segment of Kimono before a path that is otherwise the standard's."""


def name(operation: Operation) -> str:
    """Return the name of an operation, for the ids of tests."""
    return operation.name


def filled(api: Api, template: str) -> Iterator[str]:
    """Yield paths for a template, with ids that the server gave for the path before each parameter."""
    parameter = re.search(r"{\w+}", template)
    if parameter is None:
        yield template
        return
    before, after = template[: parameter.start()], template[parameter.end() :]
    for record in api.rows(before.rstrip("/").removeprefix(SIS), limit=400):
        yield from filled(api, before + record["sourcedId"] + after)


def a_path(api: Api, operation: Operation) -> str:
    """Return a path of the operation that has data behind it."""
    for path in islice(filled(api, operation.path), 60):
        if operation.kind == "single" or api.rows(path):
            return path
    raise AssertionError(f"no data behind {operation.path}")


@pytest.mark.parametrize("operation", READS, ids=name)
def test_read_answers_with_data(operation: Operation, api: Api) -> None:
    """Each read has data, under the wrapper of the standard as the first and only key, as JSON."""
    response = api.get(a_path(api, operation))

    document = response.get_json()
    assert response.status_code == 200
    assert response.content_type == "application/json"
    many = operation.kind == "collection"
    wrapper = operation.resource.collection if many else operation.resource.name
    assert list(document) == [wrapper]
    assert isinstance(document[wrapper], list if many else dict)
    for record in document[wrapper] if many else [document[wrapper]]:
        assert operation.resource.schema.validate(record) == {}
        assert [member for member in operation.resource.schema.members if member in record] == list(record)


@pytest.mark.parametrize("operation", COLLECTIONS, ids=name)
def test_collection_says_how_many_and_where_the_others_are(operation: Operation, api: Api) -> None:
    """X-Total-Count is the number of all rows, and Link leads to absolute addresses of the same path."""
    path = a_path(api, operation)
    total = len(api.rows(path))

    response = api.get(path, limit=1)

    assert response.headers["X-Total-Count"] == str(total)
    links = re.findall(r'<([^>]+)>; rel="(\w+)"', response.headers["Link"])
    assert {rel for _, rel in links} == ({"next", "last", "first"} if total > 1 else {"last", "first"})
    assert all(url.startswith(f"http://localhost{SERVICE.base}{path}?") for url, _ in links)


@pytest.mark.parametrize("operation", SINGLES, ids=name)
def test_single_read_counts_one(operation: Operation, api: Api) -> None:
    """X-Total-Count of a single read is 1, and it answers with the record that was asked for."""
    path = a_path(api, operation)

    response = api.get(path)

    assert response.headers["X-Total-Count"] == "1"
    assert "Link" not in response.headers
    assert response.get_json()[operation.resource.name]["sourcedId"] == path.rsplit("/", 1)[1]


@pytest.mark.parametrize("operation", SINGLES, ids=name)
def test_single_read_of_nobody(operation: Operation, api: Api) -> None:
    """An id that was never given is 404, unknown object."""
    response = api.get(re.sub(r"{\w+}", "nobody", operation.path))

    assert response.status_code == 404
    assert information(response)["imsx_codeMinor"] == "unknown object"


@pytest.mark.parametrize("operation", COLLECTIONS, ids=name)
def test_every_row_is_of_the_kind_that_the_path_names(operation: Operation, api: Api) -> None:
    """A path that ends in ``schools`` has schools only, and so on."""
    rows = api.rows(a_path(api, operation))

    for member, value in operation.rows.where.items():
        assert {row[member] for row in rows} == {value}


def test_restricted_segments_are_the_whole_of_their_kind(api: Api) -> None:
    """``/schools`` has every org of type school, ``/students`` every user whose role is student, in natural order."""
    for operation in TOP:
        everything, where = api.all(operation.resource.collection), operation.rows.where

        listed = api.rows(operation.path)

        wanted = [one for one in everything if all(one[member] == value for member, value in where.items())]
        assert listed == wanted, operation.path


@pytest.mark.parametrize(
    ("segment", "collection", "member", "other"),
    [
        ("schools", "orgs", "type", "district"),
        ("students", "users", "role", "teacher"),
        ("teachers", "users", "role", "student"),
        ("terms", "academicSessions", "type", "gradingPeriod"),
        ("gradingPeriods", "academicSessions", "type", "term"),
    ],
)
def test_record_of_another_kind_is_not_found(segment: str, collection: str, member: str, other: str, api: Api) -> None:
    """``/schools/{id of a district}`` and ``/students/{id of a teacher}`` are 404, for children too."""
    stranger = next(record for record in api.all(collection) if record[member] == other)["sourcedId"]

    alone, children = api.get(f"/{segment}/{stranger}"), api.get(f"/{segment}/{stranger}/classes")

    assert alone.status_code == 404
    assert information(alone)["imsx_codeMinor"] == "unknown object"
    assert children.status_code == 404
    assert information(children)["imsx_codeMinor"] == "unknown object"


@pytest.mark.parametrize("operation", NESTED, ids=name)
def test_children_of_nobody(operation: Operation, api: Api) -> None:
    """A nested read is 404 for an unknown parent, whichever of its parents it is."""
    ids = a_path(api, operation)
    known = re.fullmatch(re.sub(r"{\w+}", "([^/]+)", operation.path), ids)
    assert known is not None

    for unknown in operation.parameters:
        path = operation.path
        for parameter, sourced_id in zip(operation.parameters, known.groups(), strict=True):
            path = path.replace(f"{{{parameter}}}", "nobody" if parameter == unknown else sourced_id)
        response = api.get(path)

        assert response.status_code == 404, path
        assert information(response)["imsx_codeMinor"] == "unknown object"


def ref(record: Json, member: str) -> str:
    """Return the sourcedId of a reference."""
    sourced_id: str = record[member]["sourcedId"]
    return sourced_id


def refs(record: Json, member: str) -> list[str]:
    """Return the sourcedIds of a list of references."""
    return [one["sourcedId"] for one in record.get(member, [])]


def enrolled(api: Api, **wanted: str) -> list[Json]:
    """Return the active enrollments that match; ``class_`` stands for ``class``."""
    return [
        one
        for one in api.all("enrollments")
        if one["status"] == "active"
        and all(
            (one["role"] if member == "role" else ref(one, member.rstrip("_"))) == value
            for member, value in wanted.items()
        )
    ]


def people(api: Api, role: str, enrollments: list[Json]) -> set[str]:
    """Return the users of a role that enrollments are about."""
    about = {ref(one, "user") for one in enrollments}
    return {user["sourcedId"] for user in api.all("users") if user["sourcedId"] in about and user["role"] == role}


def having(api: Api, collection: str, member: str, value: str, **others: str) -> set[str]:
    """Return the records in which a reference, or one of a list of references, is to ``value``."""
    return {
        one["sourcedId"]
        for one in api.all(collection)
        if value in (refs(one, member) if isinstance(one.get(member), list) else [one.get(member, {}).get("sourcedId")])
        and all(one[name] == wanted for name, wanted in others.items())
    }


def results(api: Api, line_items: set[str], **wanted: str) -> set[str]:
    """Return the results of line items that match."""
    return {
        one["sourcedId"]
        for one in api.all("results")
        if ref(one, "lineItem") in line_items and all(ref(one, member) == value for member, value in wanted.items())
    }


def one_of(api: Api, collection: str, sourced_id: str) -> Json:
    """Return a record out of a collection."""
    return next(record for record in api.all(collection) if record["sourcedId"] == sourced_id)


def categories(api: Api, class_: str) -> set[str]:
    """Return the categories that the line items of a class use, or all of them."""
    used = {ref(one, "category") for one in api.all("lineItems") if ref(one, "class") == class_}
    return used or {one["sourcedId"] for one in api.all("categories")}


NAIVE: dict[str, Callable[..., set[str]]] = {
    "getCoursesForSchool": lambda api, school: having(api, "courses", "org", school),
    "getEnrollmentsForClassInSchool": lambda api, school, class_: {
        one["sourcedId"] for one in enrolled(api, school=school, class_=class_)
    },
    "getStudentsForClassInSchool": lambda api, school, class_: people(
        api, "student", enrolled(api, school=school, class_=class_, role="student")
    ),
    "getTeachersForClassInSchool": lambda api, school, class_: people(
        api, "teacher", enrolled(api, school=school, class_=class_, role="teacher")
    ),
    "getEnrollmentsForSchool": lambda api, school: {one["sourcedId"] for one in enrolled(api, school=school)},
    "getStudentsForSchool": lambda api, school: having(api, "users", "orgs", school, role="student"),
    "getTeachersForSchool": lambda api, school: having(api, "users", "orgs", school, role="teacher"),
    "getTermsForSchool": lambda api, school: {
        term
        for one in api.all("classes")
        if ref(one, "school") == school
        for term in refs(one, "terms")
        if one_of(api, "academicSessions", term)["type"] == "term"
    },
    "getClassesForTerm": lambda api, term: having(api, "classes", "terms", term),
    "getGradingPeriodsForTerm": lambda api, term: having(api, "academicSessions", "parent", term, type="gradingPeriod"),
    "getClassesForCourse": lambda api, course: having(api, "classes", "course", course),
    "getClassesForStudent": lambda api, user: {ref(one, "class") for one in enrolled(api, user=user, role="student")},
    "getClassesForTeacher": lambda api, user: {ref(one, "class") for one in enrolled(api, user=user, role="teacher")},
    "getClassesForSchool": lambda api, school: having(api, "classes", "school", school),
    "getClassesForUser": lambda api, user: {ref(one, "class") for one in enrolled(api, user=user)},
    "getStudentsForClass": lambda api, class_: people(api, "student", enrolled(api, class_=class_, role="student")),
    "getTeachersForClass": lambda api, class_: people(api, "teacher", enrolled(api, class_=class_, role="teacher")),
    "getResourcesForCourse": lambda api, course: set(refs(one_of(api, "courses", course), "resources")),
    "getResourcesForClass": lambda api, class_: set(refs(one_of(api, "classes", class_), "resources")),
    "getResultsForClass": lambda api, class_: results(api, having(api, "lineItems", "class", class_)),
    "getLineItemsForClass": lambda api, class_: having(api, "lineItems", "class", class_),
    "getResultsForLineItemForClass": lambda api, class_, line_item: results(
        api, having(api, "lineItems", "class", class_) & {line_item}
    ),
    "getResultsForStudentForClass": lambda api, class_, student: results(
        api, having(api, "lineItems", "class", class_), student=student
    ),
    "getCategoriesForClass": categories,
    "getSisCategoriesForClass": categories,
}
"""What each nested read selects, worked out from whole collections; the arguments are the ids in the path."""


def test_every_nested_read_is_worked_out() -> None:
    """No nested read is left out of the comparison below."""
    assert set(NAIVE) == {operation.name for operation in NESTED}


@pytest.mark.parametrize("operation", NESTED, ids=name)
def test_nested_read_selects_what_its_path_says(operation: Operation, api: Api) -> None:
    """For parents from all over the district the rows are those that a look at every record finds, each once."""
    pattern = re.sub(r"{\w+}", "([^/]+)", operation.path)
    chosen = list(islice(filled(api, operation.path), 0, 240, 12))

    for path in chosen:
        ids = re.fullmatch(pattern, path)
        assert ids is not None
        listed = [record["sourcedId"] for record in api.rows(path)]

        assert len(set(listed)) == len(listed), path
        assert set(listed) == NAIVE[operation.name](api, *ids.groups()), path


def test_a_class_of_another_school_has_nobody_in_this_one(api: Api) -> None:
    """The class and the school of a path both count: nobody takes this class in that school."""
    class_ = api.all("classes")[0]
    school = next(one for one in api.rows("/schools") if one["sourcedId"] != ref(class_, "school"))

    response = api.get(f"/schools/{school['sourcedId']}/classes/{class_['sourcedId']}/students")

    assert response.status_code in {200, 404}
    assert "users" not in response.get_json() or response.get_json()["users"] == []
