"""The records that each event changes together, beyond enrolment: timetables, staff, people, gradebook, the year."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from timeline_world import World, violations

from mockroster.errors import EventRefused
from mockroster.roster.overlay import RecordChange
from mockroster.roster.record import Record, is_same
from mockroster.timeline.base import Event
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.occurrences import Occurrence

DAY = "2026-11-24"
Changes = dict[tuple[str, str], RecordChange]


@pytest.fixture
def world() -> World:
    """Return a district with several sections of a grade."""
    return World.of(700, DAY)


def kinds(changes: Changes) -> Counter[tuple[str, str]]:
    """Return the number of changes by collection, and whether a record is new, deleted or changed."""
    return Counter(
        (change.collection, "new" if change.before is None else str((change.after or {}).get("status", "removed")))
        for change in changes.values()
    )


def after(changes: Changes, collection: str, status: str = "active") -> list[Record]:
    """Return the changed records of a collection as they are now."""
    return [
        change.after
        for change in changes.values()
        if change.collection == collection and change.after is not None and change.after["status"] == status
    ]


def test_a_schedule_changes_within_a_period(world: World) -> None:
    """One enrollment goes and one comes, of the same student, in a class of the same period, school and grade."""
    changes = world.trigger("schedule-changed")

    [new], [old] = after(changes, "enrollments"), after(changes, "enrollments", "tobedeleted")
    classes = [world.population.get("classes", seat["class"]) or Record() for seat in (new, old)]
    assert new["user"] == old["user"]
    assert len({(c["school"], *c["grades"], *c["periods"]) for c in classes}) == 1
    assert new["beginDate"] == DAY
    assert all(result["class"] == old["class"] for result in after(changes, "results", "tobedeleted"))


def test_a_class_is_split(world: World) -> None:
    """Half of the students move to a new section of the course, with a teacher and a score scale of its own."""
    changes = world.trigger("class-balanced", how="split")

    [class_] = after(changes, "classes")
    moved = [seat for seat in after(changes, "enrollments") if seat["role"] == "student"]
    left = after(changes, "enrollments", "tobedeleted")
    assert 6 <= len(moved) <= 12
    assert {seat["user"] for seat in moved} == {seat["user"] for seat in left}
    assert {seat["class"] for seat in moved} == {class_["sourcedId"]}
    assert [scale["class"] for scale in after(changes, "scoreScales")] == [class_["sourcedId"]]
    assert class_["title"].rpartition(" ")[2].isdigit()
    titles = Counter(each["title"] for each in world.active("classes") if each["course"] == class_["course"])
    assert titles[class_["title"]] == 1
    assert violations(world) == []


def test_two_classes_are_merged(world: World) -> None:
    """After a split the two sections can become one again; the other is deleted with what it owns."""
    [section] = after(world.trigger("class-balanced", how="split"), "classes")
    before = {seat["user"] for seat in world.population.members(section["sourcedId"], "student")}

    changes = world.trigger("class-balanced", how="merge", sourcedId=section["sourcedId"])

    [gone] = after(changes, "classes", "tobedeleted")
    assert gone["sourcedId"] == section["sourcedId"]
    assert {seat["user"] for seat in after(changes, "enrollments")} == before
    assert violations(world) == []


def test_a_class_is_cancelled(world: World) -> None:
    """The class goes with its enrollments, line items, results and score scale."""
    changes = world.trigger("class-cancelled")

    assert {status for _, status in kinds(changes)} <= {"tobedeleted", "active"}
    assert {name for name, status in kinds(changes) if status == "tobedeleted"} == {
        "classes",
        "enrollments",
        "lineItems",
        "results",
        "scoreScales",
    }
    assert after(changes, "classes", "tobedeleted")[0]["classType"] != "homeroom"


def test_a_homeroom_is_cancelled_on_purpose(world: World) -> None:
    """Students of a homeroom that is aimed at move to another one, so that each keeps a homeroom."""
    homerooms = [each for each in world.active("classes") if each["classType"] == "homeroom"]
    places = Counter((each["school"], *each["grades"]) for each in homerooms if world.population.is_current(each))
    homeroom = next(each for each in homerooms if places[each["school"], *each["grades"]] > 1)

    changes = world.trigger("class-cancelled", sourcedId=homeroom["sourcedId"])

    assert len(after(changes, "enrollments")) == len(
        [seat for seat in after(changes, "enrollments", "tobedeleted") if seat["role"] == "student"]
    )
    assert violations(world) == []


def test_a_class_is_renamed(world: World) -> None:
    """One class has another title; the same title again is refused."""
    class_ = world.population.current_classes()[0]["sourcedId"]

    changes = world.trigger("class-renamed", sourcedId=class_, title="Period of Rest")

    assert [each["title"] for each in after(changes, "classes")] == ["Period of Rest"]
    assert len(changes) == 1
    with pytest.raises(EventRefused, match="has it already"):
        world.trigger("class-renamed", sourcedId=class_, title="Period of Rest")


def test_a_substitute_takes_over_all_classes(world: World) -> None:
    """The new teacher has the roles, the classes and the primary seats of the one who left."""
    changes = world.trigger("teacher-left")

    [old] = after(changes, "users", "tobedeleted")
    [new] = after(changes, "users")
    seats = {status: after(changes, "enrollments", status) for status in ("active", "tobedeleted")}
    primary = {
        status: {(seat["class"], seat["role"], seat["primary"]) for seat in found} for status, found in seats.items()
    }
    assert primary["active"] == primary["tobedeleted"]
    assert {seat["user"] for seat in seats["active"]} == {new["sourcedId"]}
    assert [role["org"] for role in new["roles"]] == [role["org"] for role in old["roles"]]
    assert violations(world) == []


def test_only_a_teacher_leaves_as_one(world: World) -> None:
    """A student that is aimed at is refused by role."""
    with pytest.raises(EventRefused, match="is a student, not a teacher"):
        world.trigger("teacher-left", sourcedId=world.students()[0]["sourcedId"])


def test_a_co_teacher_is_free_then(world: World) -> None:
    """One enrollment of a second teacher, who has no other class in the period."""
    changes = world.trigger("co-teacher-added")

    [seat] = after(changes, "enrollments")
    assert (len(changes), seat["role"], seat["primary"]) == (1, "teacher", False)
    assert violations(world) == []


@pytest.mark.parametrize(
    ("member", "value"), [("givenName", "Zoe"), ("email", "z@example.org"), ("grades", "07"), ("familyName", "Li")]
)
def test_a_person_is_corrected(world: World, member: str, value: str) -> None:
    """One member of one user changes."""
    student = world.students()[0]["sourcedId"]

    changes = world.trigger("person-corrected", sourcedId=student, member=member, value=value)

    [change] = changes.values()
    assert change.before is not None
    assert change.after is not None
    assert change.after[member] in (value, [value])
    assert is_same(Record({**change.before, member: change.after[member]}), change.after)


@pytest.mark.parametrize("how", ["add", "remove"])
def test_guardians_change_both_ways(world: World, how: str) -> None:
    """Student and guardian name each other, or neither does; a guardian without a student is deleted."""
    changes = world.trigger("guardian-changed", how=how)

    [student] = [user for user in after(changes, "users") if "grades" in user]
    others = [change for change in changes.values() if change.sourced_id != student["sourcedId"]]
    assert len(others) == 1
    guardian = others[0].after
    assert guardian is not None
    named = others[0].sourced_id in student.get("agents", ())
    assert named is (how == "add")
    assert (student["sourcedId"] in guardian.get("agents", ())) is named
    assert (guardian["status"] == "tobedeleted") is (how == "remove" and not guardian.get("agents"))
    assert violations(world) == []


def test_usernames_change_for_all(world: World) -> None:
    """Every active user has a new username and e-mail, each of them once; a second time is refused."""
    users = len(world.active("users"))

    changes = world.trigger("usernames-changed", domain="id.example.org")

    assert len(changes) == users
    assert len({user["username"] for user in world.active("users")}) == users
    assert {user["email"].rpartition("@")[2] for user in world.active("users") if "email" in user} == {"id.example.org"}
    with pytest.raises(EventRefused, match="already"):
        world.trigger("usernames-changed", domain="id.example.org")


def test_a_duplicate_is_merged(world: World) -> None:
    """The enrollments and results of a duplicate go to the student who stays, and the duplicate is deleted."""
    first, second = world.population.students_at(*_place(world.students()[5]))[:2]
    names = {"givenName": first["givenName"], "familyName": first["familyName"]}
    world.overlay.put("users", Record({**second, **names}))
    seats = {seat["class"] for seat in world.population.active("enrollments", "user", second["sourcedId"])}

    changes = world.trigger("people-merged", sourcedId=first["sourcedId"])

    assert world.population.active("enrollments", "user", second["sourcedId"]) == []
    assert {seat["class"] for seat in world.population.active("enrollments", "user", first["sourcedId"])} >= seats
    assert second["sourcedId"] in {user["sourcedId"] for user in after(changes, "users", "tobedeleted")}
    assert [each for each in violations(world) if "two classes" not in each and "homerooms" not in each] == []


def test_a_sourced_id_changes_everywhere(world: World) -> None:
    """The new user has all that the old one had, and nothing active names the old id."""
    student = world.students()[3]
    old = student["sourcedId"]
    owned = {name: len(world.population.active(name, "student", old)) for name in ("results", "assessmentResults")}

    changes = world.trigger("id-changed", sourcedId=old)

    new = next(change.sourced_id for change in changes.values() if change.before is None)
    user = world.population.get("users", new)
    assert user is not None
    assert is_same(Record({**user, "sourcedId": old}), student)
    assert {name: len(world.population.active(name, "student", new)) for name in owned} == owned
    assert world.population.active("enrollments", "user", old) == []
    assert violations(world) == []


def test_touched_records_have_another_date_alone(world: World) -> None:
    """About a share of the records changes, in nothing but the date."""
    changes = world.trigger("records-touched", share=0.1)

    assert len(changes) > 100
    assert all(c.before is not None and c.after is not None and is_same(c.before, c.after) for c in changes.values())


def test_a_mass_deletion_is_restored(world: World) -> None:
    """After the accident a school is empty; the restore brings back each record as it was, but for its date."""
    before = world.contents()

    deleted = world.trigger("mass-deletion")
    restored = world.trigger("restored")

    assert deleted.keys() == restored.keys()
    assert {status for _, status in kinds(deleted)} == {"tobedeleted"}
    assert all(is_same(record, before[key]) for key, record in world.contents().items())
    assert violations(world) == []


def test_work_is_assigned_graded_and_corrected(world: World) -> None:
    """A line item of a class with a category; then results of most of its students; then corrections of some."""
    [item] = after(world.trigger("work-assigned"), "lineItems")
    seats = world.population.members(item["class"], "student")

    results = after(world.trigger("work-graded", sourcedId=item["sourcedId"]), "results")
    corrected = after(world.trigger("work-graded", sourcedId=item["sourcedId"], corrected=1.0), "results")

    assert {"category", "gradingPeriod", "academicSession", "school"} <= item.keys()
    assert item["dueDate"] > item["assignDate"]
    assert 0.6 * len(seats) <= len(results) <= len(seats)
    assert {result["student"] for result in results} <= {seat["user"] for seat in seats}
    assert len(corrected) == len(results)
    assert all(0 <= result["score"] <= item["resultValueMax"] for result in (*results, *corrected))
    assert violations(world) == []


def test_grades_are_posted_once(world: World) -> None:
    """One line item of the grading period and a result for each student; a second time there is none to post."""
    class_ = world.population.current_classes()[0]["sourcedId"]
    seats = world.population.members(class_, "student")

    first = world.trigger("grades-posted", sourcedId=class_)
    second = world.trigger("grades-posted", sourcedId=class_)

    assert kinds(first) == {("lineItems", "new"): 1, ("results", "new"): len(seats)}
    assert second == {}


def test_a_term_begins(world: World) -> None:
    """Classes of the first semester are replaced by classes of the second, with the same people."""
    changes = world.trigger("term-began")

    new, old = after(changes, "classes"), after(changes, "classes", "tobedeleted")
    assert len(new) == len(old) > 0
    windows = {world.population.window(class_) for class_ in new}
    assert windows == {("2027-01-01", "2027-08-01")}
    people = [
        {(seat["user"], seat["role"]) for seat in after(changes, "enrollments", status)}
        for status in ("active", "tobedeleted")
    ]
    assert people[0] == people[1]


def test_a_year_is_prepared(world: World) -> None:
    """The fifteen sessions of the next year, with their relatives, and kindergartners who begin with it; only once."""
    changes = world.trigger("year-prepared")

    sessions = after(changes, "academicSessions")
    [year] = [session for session in sessions if session["type"] == "schoolYear"]
    children = [student for student in after(changes, "users") if "grades" in student]
    assert len(sessions) == 15
    assert (year["title"], year["startDate"], year["schoolYear"]) == ("School Year 2027-2028", "2027-08-01", "2028")
    assert len(year["children"]) == 2
    assert all(session["sourcedId"] == year["sourcedId"] or "parent" in session for session in sessions)
    assert {student["grades"][0] for student in children} == {"KG"}
    assert len(children) == 56
    assert {student["roles"][0]["beginDate"] for student in children} == {"2027-08-01"}
    with pytest.raises(EventRefused, match="are enrolled already"):
        world.trigger("year-prepared")


def test_a_year_rolls_over(world: World) -> None:
    """Students move up, the oldest leave, nobody keeps a class of last year, and every rule of the district holds."""
    before = {student["sourcedId"]: student["grades"][0] for student in world.students()}

    changes = world.trigger("year-rolled-over")

    now = {student["sourcedId"]: student["grades"][0] for student in world.students()}
    stayed = [name for name in now if name in before]
    assert all(int(now[name]) == (0 if before[name] == "KG" else int(before[name])) + 1 for name in stayed)
    assert not any(grade == "12" and name in now for name, grade in before.items())
    new_classes = {class_["sourcedId"] for class_ in after(changes, "classes") if class_["sourcedId"] not in before}
    assert {seat["class"] for seat in world.active("enrollments")} == new_classes
    seats = Counter(seat["user"] for seat in world.active("enrollments") if seat["role"] == "student")
    assert set(seats) == set(now)
    assert {class_["school"] for class_ in world.active("classes")} == {
        org["sourcedId"] for org in world.active("orgs") if org["type"] == "school"
    }
    world.pass_to("2027-08-02")
    assert violations(world) == []


def test_old_tombstones_are_removed() -> None:
    """A rollover removes records deleted more than 300 days ago, and keeps those deleted since."""
    world = World.of(100, "2026-08-20")
    old = next(iter(change.sourced_id for change in world.trigger("student-left").values()))

    world.pass_to("2027-07-16")

    assert world.counts["year-rolled-over"] == 1
    assert world.population.get("users", old) is None
    assert [user for user in world.overlay.tables["users"] if user["status"] == "tobedeleted"]


def _place(student: Record) -> tuple[str, str]:
    return student["roles"][0]["org"], student["grades"][0]


@dataclass(frozen=True)
class SchoolRenamed(Event):
    """A school has another name."""

    name = "school-renamed"

    def happen(self, occasion: Occasion) -> None:
        """Rename the first school."""
        school = occasion.population.schools()[0]
        occasion.draft.change("orgs", school["sourcedId"], name=f"New {school['name']}")


def test_an_event_of_a_package(world: World) -> None:
    """An event of one's own needs a name and ``happen``."""
    from datetime import UTC, datetime

    occurrence = Occurrence(SchoolRenamed(), datetime(2026, 11, 24, 12, tzinfo=UTC), "school-renamed/1")

    [change] = occurrence.happen(world.overlay, 42)

    assert change.after is not None
    assert change.after["name"].startswith("New ")
    assert change.after["dateLastModified"] == "2026-11-24T12:00:00.000Z"
