"""Delta sets of OneRoster CSV: their changes to earlier sets, and their faults."""

from __future__ import annotations

import json
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
    """Return the messages about a delta over the tiny school, and the merged records."""
    delta = bundle(folder / "delta", version, "delta", files, **modes)
    both = (TINY[version], delta)
    return [line.replace(f"{folder}/", "") for line in said(*both)], read_from(*both)


def test_a_record_is_replaced(tmp_path: Path) -> None:
    """A row replaces the record with its id: blank members are removed; status and date are those of the row."""
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
    assert (user["familyName"], user["grades"]) == ("Berg", ["10"])
    assert user["roles"] == [{"roleType": "primary", "role": "student", "org": "school"}]
    assert "email" not in user
    assert "email" in found(read_from(TINY["1.2"]), "users", "ann")


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


ANNS_ROLE = "8dcb4f89-c201-5547-853b-0bcf7ba87970"
"""The sourcedId of the only row of the tiny school's roles.csv that is about Ann."""


@pytest.mark.parametrize(
    ("row", "roles"),
    [
        (f"q1,active,{THEN},ann,secondary,aide,,,school,", [("student", "school"), ("aide", "school")]),
        (f"q1,active,{THEN},ann,primary,student,,,district,", [("student", "school"), ("student", "district")]),
        (f"q1,active,{THEN},ann,primary,aide,,,school,", [("student", "school"), ("aide", "school")]),
        (f"{ANNS_ROLE},active,{THEN},ann,primary,aide,,,school,", [("aide", "school")]),
        (f"{ANNS_ROLE},active,{THEN},ann,primary,student,,,district,", [("student", "district")]),
        (f"{ANNS_ROLE},active,{THEN},ann,secondary,aide,,,district,", [("aide", "district")]),
        (f"q1,active,{THEN},ann,primary,student,,,school,", [("student", "school")]),
    ],
    ids=["another", "elsewhere", "another primary one", "role", "org", "all", "the same"],
)
def test_a_role(tmp_path: Path, row: str, roles: list[tuple[str, str]]) -> None:
    """A row of roles.csv replaces the one of its sourcedId, whatever has changed in it, or adds a role."""
    _, assembly = changed(tmp_path, "1.2", {"roles": row})

    found_roles = found(assembly, "users", "ann")["roles"]

    assert [(role["role"], role["org"]) for role in found_roles] == roles


@pytest.mark.parametrize(
    ("row", "roles"),
    [
        (f"q1,active,{THEN},u1,secondary,aide,,,o1,", [("primary", "student"), ("secondary", "aide")]),
        (f"q1,active,{THEN},u1,primary,aide,,,o1,", [("primary", "aide")]),
        (f"q1,active,{THEN},u1,secondary,student,,,o1,", [("secondary", "student")]),
        (f"q1,active,{THEN},u1,primary,student,,,o2,", [("primary", "student"), ("primary", "student")]),
    ],
    ids=["another", "another primary one", "the same otherwise", "elsewhere"],
)
def test_a_role_of_json(tmp_path: Path, row: str, roles: list[tuple[str, str]]) -> None:
    """A part that no row is known for is replaced by the row that is about the same, or the primary role in an org."""
    base = tmp_path / "base.json"
    orgs = [{"sourcedId": name, "name": name, "type": "school"} for name in ("o1", "o2")]
    user = {"sourcedId": "u1", "username": "a", "givenName": "A", "familyName": "B", "role": "student", "orgs": ["o1"]}
    base.write_text(json.dumps({"orgs": orgs, "users": [user]}))

    assembly = read_from(base, bundle(tmp_path / "delta", "1.2", "delta", {"roles": row}))

    assert [(role["roleType"], role["role"]) for role in found(assembly, "users", "u1")["roles"]] == roles


def test_a_replaced_role_keeps_its_place(tmp_path: Path) -> None:
    """The order of the roles is that in which they came: one that a row replaces stands where it stood."""
    rows = f"q1,active,{THEN},ann,secondary,aide,,,school,\nq2,active,{THEN},ann,secondary,proctor,,,school,"
    first = bundle(tmp_path / "first", "1.2", "delta", {"roles": rows})
    row = f"{ANNS_ROLE},active,{THEN},ann,primary,teacher,,,school,"
    second = bundle(
        tmp_path / "second",
        "1.2",
        "delta",
        {"roles": "\n".join([f"q1,active,{THEN},ann,secondary,guardian,,,school,", row])},
    )

    roles = found(read_from(TINY["1.2"], first, second), "users", "ann")["roles"]

    assert [role["role"] for role in roles] == ["teacher", "guardian", "proctor"]


def test_a_replaced_role_of_json_keeps_its_place(tmp_path: Path) -> None:
    """A part that no row is known for stands where it stood, too."""
    base = tmp_path / "base.json"
    orgs = [{"sourcedId": name, "name": name, "type": "school"} for name in ("o1", "o2")]
    roles = [{"roleType": "primary", "role": "student", "org": name} for name in ("o1", "o2")]
    name = {"username": "a", "givenName": "A", "familyName": "B"}
    user = {"sourcedId": "u1", **name, "enabledUser": True, "roles": roles}
    base.write_text(json.dumps({"orgs": orgs, "users": [user]}))
    row = f"q1,active,{THEN},u1,primary,aide,,,o1,"

    assembly = read_from(base, bundle(tmp_path / "delta", "1.2", "delta", {"roles": row}))

    found_roles = found(assembly, "users", "u1")["roles"]
    assert [(role["role"], role["org"]) for role in found_roles] == [("aide", "o1"), ("student", "o2")]


def test_a_row_about_two_parts_of_json_takes_the_place_of_both(tmp_path: Path) -> None:
    """A row that matches two parts replaces both by one, in the place of the first."""
    base = tmp_path / "base.json"
    types = ["primary", "secondary"]
    roles = [{"roleType": type_, "role": "student", "org": "o1"} for type_ in types]
    other = {"roleType": "secondary", "role": "aide", "org": "o1"}
    name = {"username": "a", "givenName": "A", "familyName": "B"}
    user = {"sourcedId": "u1", **name, "enabledUser": True, "roles": [*roles, other]}
    base.write_text(json.dumps({"orgs": [{"sourcedId": "o1", "name": "o1", "type": "school"}], "users": [user]}))
    row = f"q1,active,{THEN},u1,primary,student,2026-01-01,,o1,"

    assembly = read_from(base, bundle(tmp_path / "delta", "1.2", "delta", {"roles": row}))

    found_roles = found(assembly, "users", "u1")["roles"]
    assert [(role["role"], role.get("beginDate")) for role in found_roles] == [
        ("student", "2026-01-01"),
        ("aide", None),
    ]


def test_a_replaced_resource_keeps_its_place(tmp_path: Path) -> None:
    """Resources stand in the order of their rows, and the one of a row that changes stands where it stood."""
    rows = "\n".join(f"q{number},,,,biology-1,{name}" for number, name in enumerate(["workbook", "video"]))
    first = bundle(
        tmp_path / "first",
        "1.2",
        "bulk",
        {"classResources": rows, "resources": "video,,,v,,,,,\natlas,,,a,,,,,"},
    )
    second = bundle(tmp_path / "second", "1.2", "delta", {"classResources": f"q0,active,{THEN},,biology-1,atlas"})

    assembly = read_from(TINY["1.2"], first, second)

    assert found(assembly, "classes", "biology-1")["resources"] == ["atlas", "video"]


def test_a_role_moves_to_another_user(tmp_path: Path) -> None:
    """A row that names another user than before is taken from the one and given to the other."""
    rows = f"q1,active,{THEN},ann,secondary,aide,,,school,"
    first = bundle(tmp_path / "first", "1.2", "delta", {"roles": rows})
    second = bundle(tmp_path / "second", "1.2", "delta", {"roles": rows.replace("ann", "ben")})

    assembly = read_from(TINY["1.2"], first, second)

    roles = {user["sourcedId"]: [role["role"] for role in user["roles"]] for user in assembly.records["users"]}
    assert (roles["ann"], roles["ben"]) == (["student"], ["student", "aide"])


def test_the_only_role_moves_to_another_user(tmp_path: Path) -> None:
    """A user who loses the only role to another is told of, with the row that takes it."""
    faults, _ = changed(tmp_path, "1.2", {"roles": f"{ANNS_ROLE},active,{THEN},ben,secondary,aide,,,school,"})

    assert faults == [
        "delta/roles.csv:2: roles[0]: leaves a user without roles, and OneRoster 1.2 demands them",
    ]


def test_a_later_bulk_file_moves_a_row(tmp_path: Path) -> None:
    """A row of a later bulk file is the one of its sourcedId, though it belongs to another record now."""
    row = "280eeea2-c868-5c7b-ba30-e8c3ddff961f,,,,biology-1,workbook"
    later = bundle(tmp_path / "later", "1.2", "bulk", {"classResources": row})

    assembly = read_from(TINY["1.2"], later)

    assert "resources" not in found(assembly, "classes", "algebra-1")
    assert found(assembly, "classes", "biology-1")["resources"] == ["workbook"]


SWAP = [
    f"{ANNS_ROLE},active,{THEN},ben,primary,student,,,school,",
    f"47fe0cc7-a6fb-5c4f-99c6-b73a95a9b0a0,active,{THEN},ann,primary,student,,,school,",
    f"q1,active,{THEN},ann,secondary,aide,,,school,",
    f"q2,tobedeleted,{THEN},ann,secondary,proctor,,,school,",
    f"q3,active,{THEN},ann,secondary,proctor,,,school,",
]
"""Rows that depend on each other: two users swap roles, one row replaces what another one deletes."""


@pytest.mark.parametrize("rows", [SWAP, SWAP[::-1], SWAP[2:] + SWAP[:2], SWAP[1:] + SWAP[:1]])
def test_the_order_of_rows_does_not_matter(tmp_path: Path, rows: list[str]) -> None:
    """The same rows in another order come to the same roles."""
    faults, assembly = changed(tmp_path, "1.2", {"roles": "\n".join(rows)})

    assert faults == []
    assert {role["role"] for role in found(assembly, "users", "ann")["roles"]} == {"student", "aide", "proctor"}
    assert [role["role"] for role in found(assembly, "users", "ben")["roles"]] == ["student"]


def test_a_part_that_two_rows_say(tmp_path: Path) -> None:
    """A resource stays as long as one of the rows that name it is there."""
    rows = f"q1,active,{THEN},,algebra-1,workbook"
    first = bundle(tmp_path / "first", "1.2", "delta", {"classResources": rows})
    second = bundle(tmp_path / "second", "1.2", "delta", {"classResources": rows.replace("active", "tobedeleted")})
    gone = rows.replace("active", "tobedeleted").replace("q1", "280eeea2-c868-5c7b-ba30-e8c3ddff961f")
    third = bundle(tmp_path / "third", "1.2", "delta", {"classResources": gone})

    after_two, after_three = read_from(TINY["1.2"], first, second), read_from(TINY["1.2"], first, second, third)

    assert found(after_two, "classes", "algebra-1")["resources"] == ["workbook"]
    assert "resources" not in found(after_three, "classes", "algebra-1")


def test_a_score_scale_is_replaced(tmp_path: Path) -> None:
    """The row of a score scale of a line item names another one, and then none."""
    scales = "\n".join(
        f"{name},active,{THEN},{name},letters,school,algebra,algebra-1,{{A:1}}" for name in ("old", "new")
    )
    files = {"scoreScales": scales, "lineItemScoreScales": f"q1,active,{THEN},,algebra-test-1,old"}
    first = bundle(tmp_path / "first", "1.2", "delta", files)
    row = f"q1,active,{THEN},,algebra-test-1,new"
    second = bundle(tmp_path / "second", "1.2", "delta", {"lineItemScoreScales": row})
    third = bundle(tmp_path / "third", "1.2", "delta", {"lineItemScoreScales": row.replace("active", "tobedeleted")})

    items = [
        found(read_from(TINY["1.2"], *sets), "lineItems", "algebra-test-1")
        for sets in ([first], [first, second], [first, second, third])
    ]

    assert [item.get("scoreScale") for item in items] == ["old", "new", None]


def test_a_role_is_deleted(tmp_path: Path) -> None:
    """A row that is tobedeleted takes a role away, by its sourcedId or else by what it says; the last one must stay."""
    rows = f"q1,active,{THEN},ann,secondary,aide,,,school,\nq2,tobedeleted,{THEN},ann,primary,student,,,school,"

    _, assembly = changed(tmp_path, "1.2", {"roles": rows})

    assert [role["role"] for role in found(assembly, "users", "ann")["roles"]] == ["aide"]


def test_a_role_is_deleted_by_its_sourced_id(tmp_path: Path) -> None:
    """The row to delete is found by its sourcedId, whatever else it contains."""
    added = bundle(tmp_path / "added", "1.2", "delta", {"roles": f"q1,active,{THEN},ann,secondary,aide,,,school,"})
    gone = bundle(
        tmp_path / "gone", "1.2", "delta", {"roles": f"q1,tobedeleted,{THEN},ben,primary,student,,,district,"}
    )

    assembly = read_from(TINY["1.2"], added, gone)

    assert [role["role"] for role in found(assembly, "users", "ann")["roles"]] == ["student"]
    assert [role["role"] for role in found(assembly, "users", "ben")["roles"]] == ["student"]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_user_is_deleted_with_their_roles(tmp_path: Path, is_first: bool) -> None:
    """A user who is tobedeleted keeps the roles, in the same delta or in a later one."""
    user = {"users": ANN_OF_1_2.replace("active", "tobedeleted")}
    roles = {"roles": f"{ANNS_ROLE},tobedeleted,{THEN},ann,primary,student,,,school,"}
    sets = [{**user, **roles}] if is_first else [user, roles]
    paths = [bundle(tmp_path / f"delta-{number}", "1.2", "delta", files) for number, files in enumerate(sets)]

    assembly = read_from(TINY["1.2"], *paths)

    assert said(TINY["1.2"], *paths) == []
    ann = found(assembly, "users", "ann")
    assert (ann["status"], [role["role"] for role in ann["roles"]]) == ("tobedeleted", ["student"])


def test_a_user_comes_back_with_another_role(tmp_path: Path) -> None:
    """The roles that went with a user do not come back with the user, but for those that a row brings."""
    gone = {
        "users": ANN_OF_1_2.replace("active", "tobedeleted"),
        "roles": f"{ANNS_ROLE},tobedeleted,{THEN},ann,primary,student,,,school,",
    }
    back = {"users": ANN_OF_1_2, "roles": f"q1,active,{THEN},ann,primary,aide,,,district,"}
    first = bundle(tmp_path / "gone", "1.2", "delta", gone)
    second = bundle(tmp_path / "back", "1.2", "delta", back)

    ann = found(read_from(TINY["1.2"], first, second), "users", "ann")

    assert (ann["status"], [role["role"] for role in ann["roles"]]) == ("active", ["aide"])


def test_a_user_whom_nobody_knew_is_deleted(tmp_path: Path) -> None:
    """An unknown user who is deleted together with roles is shown with these roles."""
    files = {
        "users": ANN_OF_1_2.replace("active", "tobedeleted").replace("ann,", "new,").replace("ann.new", "new"),
        "roles": f"q1,tobedeleted,{THEN},new,primary,student,,,school,",
    }

    _, assembly = changed(tmp_path, "1.2", files)

    assert [role["role"] for role in found(assembly, "users", "new")["roles"]] == ["student"]


def test_a_user_without_roles(tmp_path: Path) -> None:
    """A user who has no row in roles.csv is told of with the name of that file."""
    row = ANN_OF_1_2.replace("ann,", "new,").replace("ann.new", "new").replace("parent-ohara", "")

    faults, _ = changed(tmp_path, "1.2", {"users": row})

    assert faults == ["delta/users.csv:2: users[0].roles: is missing: roles.csv has no row for it"]


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
    rows = [
        [("q1", "active", "a"), ("q2", "active", "b")],
        [("q1", "tobedeleted", "a"), ("q2", "active", "c"), ("q3", "active", "d")],
    ]
    deltas = [
        bundle(
            tmp_path / f"delta-{number}",
            "1.2",
            "delta",
            {
                "lineItemLearningObjectiveIds": "\n".join(
                    f"{name},{status},{THEN},algebra-test-1,unknown,{objective}" for name, status, objective in of_delta
                )
            },
        )
        for number, of_delta in enumerate(rows)
    ]

    assembly = read_from(TINY["1.2"], *deltas)

    assert said(TINY["1.2"], *deltas) == []
    assert found(assembly, "lineItems", "algebra-test-1")["learningObjectiveSet"] == [
        {"source": "unknown", "learningObjectiveIds": ["c", "d"]}
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
    """A fault of a delta is reported with its place in the delta."""
    faults, _ = changed(tmp_path, "1.1", files)

    assert faults == messages


def test_a_role_for_nobody(tmp_path: Path) -> None:
    """A part of a record that is in no set is told with its row, and so is the last role that is taken away."""
    rows = f"q1,active,{THEN},nobody,primary,aide,,,school,\nq2,tobedeleted,{THEN},ben,primary,student,,,school,"

    faults, _ = changed(tmp_path, "1.2", {"roles": rows})

    assert faults == [
        "delta/roles.csv:2: roles[0]: there is no user with the sourcedId 'nobody' to which it belongs",
        "delta/roles.csv:3: roles[1]: leaves a user without roles, and OneRoster 1.2 demands them",
    ]


def test_a_delta_alone(tmp_path: Path) -> None:
    """A delta over nothing is judged as what it comes to: references lead nowhere."""
    alone = bundle(tmp_path / "delta", "1.1", "delta", {"users": ANN})

    assert said(alone) == [
        "delta/users.csv:2: users[0].agentSourcedIds: there is no user with the sourcedId 'parent-ohara'",
        "delta/users.csv:2: users[0].orgSourcedIds: there is no org with the sourcedId 'school'",
    ]
