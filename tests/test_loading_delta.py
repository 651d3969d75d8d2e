"""Delta sets of OneRoster CSV: what they change of what was loaded before, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from csv_sets import TINY, bundle
from fixture_sets import found, read_from, said

THEN = "2026-02-01T00:00:00.000Z"
ANN = f"ann,active,{THEN},true,school,student,ann.new,,Ann,Berg,,,,,,parent-ohara,10,"
ANN_OF_1_2 = f"ann,active,{THEN},true,ann.new,,Ann,Berg,,,,,,parent-ohara,10,,,,,,school,"


def changed(folder: Path, version: str, files: Mapping[str, str], **modes: str) -> tuple[list[str], Any]:
    """Return what is said of a delta over the tiny school, and what both come to."""
    delta = bundle(folder / "delta", version, "delta", files, **modes)
    both = (TINY[version], delta)
    return [line.replace(f"{folder}/", "") for line in said(*both)], read_from(*both)


def test_a_record_is_replaced(tmp_path: Path) -> None:
    """A row replaces the record of its id: what is blank in it is gone; status and time are the row's."""
    faults, assembly = changed(tmp_path, "1.1", {"users": ANN})

    user = found(assembly, "users", "ann")

    assert faults == []
    assert (user["username"], user["familyName"], user["grades"]) == ("ann.new", "Berg", ["10"])
    assert (user["status"], user["dateLastModified"]) == ("active", THEN)
    assert "email" not in user
    assert len(assembly.records["users"]) == 9


def test_what_the_file_cannot_say_stays(tmp_path: Path) -> None:
    """In 1.2 the roles of a user are in a file of their own: a row of users.csv leaves them as they are."""
    faults, assembly = changed(tmp_path, "1.2", {"users": ANN_OF_1_2})

    user = found(assembly, "users", "ann")

    assert faults == []
    assert user["familyName"] == "Berg"
    assert user["roles"] == [{"roleType": "primary", "role": "student", "org": "school"}]


def test_a_record_is_deleted(tmp_path: Path) -> None:
    """A record that is tobedeleted stays, with that status."""
    row = f"e02,tobedeleted,{THEN},homeroom-09-1,school,ann,student,,,"

    faults, assembly = changed(tmp_path, "1.1", {"enrollments": row})

    assert faults == []
    assert found(assembly, "enrollments", "e02")["status"] == "tobedeleted"


def test_a_new_record(tmp_path: Path) -> None:
    """A row of an id that is not there yet is a new record; in 1.2 its roles come from the same delta."""
    files = {
        "users": f"new,active,{THEN},true,new,,New,User,,,,,,,,,,,,,school,",
        "roles": f"q1,active,{THEN},new,primary,student,,,school,",
    }

    faults, assembly = changed(tmp_path, "1.2", files)

    assert faults == []
    assert found(assembly, "users", "new")["roles"][0]["role"] == "student"


@pytest.mark.parametrize(
    ("row", "roles"),
    [
        (f"q1,active,{THEN},ann,secondary,aide,,,school,", [("primary", "student"), ("secondary", "aide")]),
        (f"q1,active,{THEN},ann,primary,aide,,,school,", [("primary", "aide")]),
        (f"q1,active,{THEN},ann,secondary,student,,,school,", [("secondary", "student")]),
        (
            f"q1,active,{THEN},ann,primary,student,,,district,",
            [("primary", "student"), ("primary", "student")],
        ),
    ],
    ids=["another", "another primary one", "the same otherwise", "elsewhere"],
)
def test_a_role(tmp_path: Path, row: str, roles: list[tuple[str, str]]) -> None:
    """A row of roles.csv adds a role to a user that is loaded, or replaces the one that it is about."""
    _, assembly = changed(tmp_path, "1.2", {"roles": row})

    found_roles = found(assembly, "users", "ann")["roles"]

    assert [(role["roleType"], role["role"]) for role in found_roles] == roles


def test_a_role_is_deleted(tmp_path: Path) -> None:
    """A row that is tobedeleted takes a role away; the last one must stay."""
    rows = f"q1,active,{THEN},ann,secondary,aide,,,school,\nq2,tobedeleted,{THEN},ann,primary,student,,,school,"

    _, assembly = changed(tmp_path, "1.2", {"roles": rows})

    assert [role["role"] for role in found(assembly, "users", "ann")["roles"]] == ["aide"]


def test_resources_of_classes(tmp_path: Path) -> None:
    """Rows of classResources.csv add and take away, the same one twice without effect."""
    rows = f"""
        q1,active,{THEN},,biology-1,workbook
        q2,active,{THEN},,biology-1,workbook
        q3,tobedeleted,{THEN},,algebra-1,workbook
    """

    faults, assembly = changed(tmp_path, "1.1", {"classResources": rows})

    assert faults == []
    assert found(assembly, "classes", "biology-1")["resources"] == ["workbook"]
    assert "resources" not in found(assembly, "classes", "algebra-1")


def test_objectives_of_line_items(tmp_path: Path) -> None:
    """Rows of lineItemLearningObjectiveIds.csv put objectives into the set of their source and take them out."""
    rows = "\n".join(
        f"q{number},{status},{THEN},algebra-test-1,case,{objective}"
        for number, (status, objective) in enumerate([("active", "a"), ("active", "b"), ("tobedeleted", "a")])
    )

    faults, assembly = changed(tmp_path, "1.2", {"lineItemLearningObjectiveIds": rows})

    assert faults == []
    assert found(assembly, "lineItems", "algebra-test-1")["learningObjectiveSet"] == [
        {"source": "case", "learningObjectiveIds": ["b"]}
    ]


def test_an_org_moves(tmp_path: Path) -> None:
    """A record with another parent is among the children of that one, and no longer among those of the old one."""
    rows = f"""
        school,active,{THEN},Riverbend School,school,1001,other
        other,active,{THEN},Other District,district,,
    """

    faults, assembly = changed(tmp_path, "1.1", {"orgs": rows})

    assert faults == []
    assert "children" not in found(assembly, "orgs", "district")
    assert found(assembly, "orgs", "other")["children"] == ["school"]


def test_a_session_moves_within_its_set(tmp_path: Path) -> None:
    """Siblings of a record that moves stay where they are."""
    row = f"spring,active,{THEN},Spring,term,2026-01-01,2026-07-01,next,2026"
    next_year = f"next,active,{THEN},2026,schoolYear,2026-01-01,2026-12-01,,2026"

    faults, assembly = changed(tmp_path, "1.1", {"academicSessions": f"{next_year}\n{row}"})

    assert faults == []
    assert found(assembly, "academicSessions", "year")["children"] == ["fall"]
    assert found(assembly, "academicSessions", "next")["children"] == ["spring"]
    assert found(assembly, "academicSessions", "spring")["children"] == ["spring-grades"]


def test_bulk_files_in_a_delta_set(tmp_path: Path) -> None:
    """A set may have files of both modes; the manifest says which is which."""
    faults, assembly = changed(tmp_path, "1.1", {"categories": "homework,,,Home,x", "users": ANN}, categories="bulk")

    assert [fault for fault in faults if "categories" in fault] == [
        "delta/categories.csv:2: categories[0]: has 5 cells where the header has 4; "
        "a cell that holds a comma must stand in double quotes"
    ]
    assert found(assembly, "categories", "homework")["title"] == "Home"
    assert found(assembly, "users", "ann")["familyName"] == "Berg"


def test_deltas_are_applied_in_order(tmp_path: Path) -> None:
    """Of two deltas over a bulk set the later one has the last word."""
    first = bundle(tmp_path / "first", "1.1", "delta", {"users": ANN})
    second = bundle(tmp_path / "second", "1.1", "delta", {"users": ANN.replace("Berg", "Lind")})

    one_way, other_way = read_from(TINY["1.1"], first, second), read_from(TINY["1.1"], second, first)

    assert [found(one, "users", "ann")["familyName"] for one in (one_way, other_way)] == ["Lind", "Berg"]


FAULTS = [
    (
        {"enrollments": "e02,,,homeroom-09-1,school,ann,student,,,"},
        [
            "delta/enrollments.csv:2: enrollments[0].status: is blank, and each row of a delta file has it",
            "delta/enrollments.csv:2: enrollments[0].dateLastModified: is blank, and each row of a delta file has it",
        ],
    ),
    (
        {"enrollments": f"e02,deleted,{THEN},homeroom-09-1,school,ann,student,,,"},
        [
            "delta/enrollments.csv:2: enrollments[0].status: 'deleted' is not one of active, tobedeleted; "
            "did you mean 'tobedeleted'?"
        ],
    ),
    (
        {"users": f"{ANN}\n{ANN}"},
        ["delta/users.csv:3: users[1].sourcedId: 'ann' is that of users[0] (delta/users.csv:2) too"],
    ),
    (
        {"classResources": f"q1,active,{THEN},,nowhere,workbook"},
        [
            "delta/classResources.csv:2: classResources[0]: "
            "there is no class with the sourcedId 'nowhere' to which it belongs"
        ],
    ),
    (
        {"categories": f"homework,active,{THEN},"},
        ["delta/categories.csv:2: categories[0].title: is blank, and OneRoster 1.1 demands it"],
    ),
    (
        {"orgs": f"school,active,{THEN},School,school,,nowhere"},
        ["delta/orgs.csv:2: orgs[0].parentSourcedId: there is no org with the sourcedId 'nowhere'"],
    ),
]


@pytest.mark.parametrize(("files", "messages"), FAULTS)
def test_faults(tmp_path: Path, files: dict[str, str], messages: list[str]) -> None:
    """What is wrong in a delta is told with the place in the delta."""
    faults, _ = changed(tmp_path, "1.1", files)

    assert faults == messages


def test_a_role_for_nobody(tmp_path: Path) -> None:
    """A part of a record that is in no set is told with its row, and so is the last role that is taken away."""
    rows = f"q1,active,{THEN},nobody,primary,aide,,,school,\nq2,tobedeleted,{THEN},ben,primary,student,,,school,"

    faults, _ = changed(tmp_path, "1.2", {"roles": rows})

    assert faults == [
        "delta/roles.csv:2: roles[0]: there is no user with the sourcedId 'nobody' to which it belongs",
        "delta/roles.csv:3: roles[1]: is missing",
    ]


def test_a_delta_alone(tmp_path: Path) -> None:
    """A delta over nothing is judged as what it comes to: references lead nowhere."""
    alone = bundle(tmp_path / "delta", "1.1", "delta", {"users": ANN})

    assert said(alone) == [
        "delta/users.csv:2: users[0].agentSourcedIds: there is no user with the sourcedId 'parent-ohara'",
        "delta/users.csv:2: users[0].orgSourcedIds: there is no org with the sourcedId 'school'",
    ]
