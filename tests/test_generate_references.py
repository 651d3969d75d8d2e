"""References of the records of a generated district, member by member."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from mockroster.district import district
from mockroster.roster.record import Record, Records

NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)
BASE = "sourcedId status dateLastModified metadata "
MEMBERS = {
    "orgs": "name type identifier parent children",
    "academicSessions": "title startDate endDate type parent children schoolYear",
    "courses": "title schoolYear courseCode grades subjects org subjectCodes resources",
    "classes": "title classCode classType location grades subjects course school terms subjectCodes periods resources",
    "users": "userMasterIdentifier username userIds enabledUser givenName familyName middleName preferredFirstName "
    "preferredMiddleName preferredLastName pronouns roles userProfiles primaryOrg identifier email sms phone agents "
    "grades password resources",
    "enrollments": "user class school role primary beginDate endDate",
    "demographics": "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican "
    "nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity "
    "countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus",
    "resources": "title roles importance vendorResourceId vendorId applicationId",
    "categories": "title weight",
    "lineItems": "title description assignDate dueDate class school category gradingPeriod academicSession "
    "scoreScale resultValueMin resultValueMax learningObjectiveSet",
    "results": "lineItem student class scoreScale scoreStatus score textScore scoreDate comment learningObjectiveSet "
    "inProgress incomplete late missing",
    "scoreScales": "title type course class scoreScaleValue",
    "assessmentLineItems": "title description class parentAssessmentLineItem scoreScale resultValueMin resultValueMax "
    "learningObjectiveSet",
    "assessmentResults": "assessmentLineItem student score textScore scoreDate scoreScale scorePercentile scoreStatus "
    "comment learningObjectiveSet inProgress incomplete late missing",
}
ALWAYS = {
    "orgs": "name type identifier",
    "academicSessions": "title startDate endDate type schoolYear",
    "courses": "title schoolYear courseCode grades subjects org subjectCodes resources",
    "classes": MEMBERS["classes"],
    "users": "username enabledUser givenName familyName roles primaryOrg identifier email",
    "enrollments": "user class school role beginDate endDate",
    "demographics": "birthDate sex",
    "resources": "title roles importance vendorResourceId vendorId applicationId",
    "categories": "title weight",
    "lineItems": "title assignDate dueDate class school category gradingPeriod academicSession "
    "resultValueMin resultValueMax",
    "results": "lineItem student class scoreStatus scoreDate",
    "scoreScales": MEMBERS["scoreScales"],
    "assessmentLineItems": "title resultValueMin resultValueMax",
    "assessmentResults": "assessmentLineItem student scoreDate scoreStatus",
}
REFERENCES = {
    ("orgs", "parent"): "orgs",
    ("orgs", "children"): "orgs",
    ("academicSessions", "parent"): "academicSessions",
    ("academicSessions", "children"): "academicSessions",
    ("courses", "schoolYear"): "academicSessions",
    ("courses", "org"): "orgs",
    ("courses", "resources"): "resources",
    ("classes", "course"): "courses",
    ("classes", "school"): "orgs",
    ("classes", "terms"): "academicSessions",
    ("classes", "resources"): "resources",
    ("users", "primaryOrg"): "orgs",
    ("users", "agents"): "users",
    ("users", "resources"): "resources",
    ("enrollments", "user"): "users",
    ("enrollments", "class"): "classes",
    ("enrollments", "school"): "orgs",
    ("demographics", "sourcedId"): "users",
    ("lineItems", "class"): "classes",
    ("lineItems", "school"): "orgs",
    ("lineItems", "category"): "categories",
    ("lineItems", "gradingPeriod"): "academicSessions",
    ("lineItems", "academicSession"): "academicSessions",
    ("results", "lineItem"): "lineItems",
    ("results", "student"): "users",
    ("results", "class"): "classes",
    ("lineItems", "scoreScale"): "scoreScales",
    ("results", "scoreScale"): "scoreScales",
    ("scoreScales", "course"): "courses",
    ("scoreScales", "class"): "classes",
    ("assessmentLineItems", "class"): "classes",
    ("assessmentLineItems", "parentAssessmentLineItem"): "assessmentLineItems",
    ("assessmentLineItems", "scoreScale"): "scoreScales",
    ("assessmentResults", "assessmentLineItem"): "assessmentLineItems",
    ("assessmentResults", "student"): "users",
    ("assessmentResults", "scoreScale"): "scoreScales",
}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(params=[1, 12, 100, 1000])
def records(request: pytest.FixtureRequest) -> Records:
    """Return districts of several sizes."""
    return made(request.param)


@cache
def made(students: int) -> Records:
    """Return a district; kept, because the tests run in random order."""
    return district(42, students, NOW)


def by_id(records: Records, collection: str) -> dict[str, Record]:
    """Return the rows of a collection by their sourcedIds."""
    return {row["sourcedId"]: row for row in records[collection]}


def blanks(value: Any) -> bool:
    """Return whether a value is, or holds anywhere, what should have been left out."""
    if isinstance(value, dict):
        return not value or any(map(blanks, value.values()))
    if isinstance(value, list):
        return not value or any(map(blanks, value))
    return value is None or value == ""


def test_members_are_the_standards_in_its_order(records: Records) -> None:
    """Every record has only members of its model, in the model's order, and those that clients index blindly."""
    for collection, rows in records.items():
        order = (BASE + MEMBERS[collection]).split()
        needed = {"sourcedId", "status", "dateLastModified", *ALWAYS[collection].split()}
        for row in rows:
            assert [*row] == [member for member in order if member in row]
            assert needed <= row.keys()


def test_nothing_is_null_or_empty(records: Records) -> None:
    """Absent values are omitted: no record holds None, an empty string, list or object."""
    empty = [row for rows in records.values() for row in rows if blanks(row)]

    assert empty == []


def test_ids_are_unique_uuids(records: Records) -> None:
    """A sourcedId is a UUID of version 5, and no two records of a collection share one."""
    for rows in records.values():
        ids = [row["sourcedId"] for row in rows]

        assert len(set(ids)) == len(ids)
        assert all(map(UUID.fullmatch, ids))


def test_every_reference_leads_to_a_record_of_its_type(records: Records) -> None:
    """Each reference is found in the collection that it is for; active rows refer to active ones only."""
    rows = {collection: by_id(records, collection) for collection in records}
    for (collection, member), target in REFERENCES.items():
        for row in records[collection]:
            value = row.get(member, [])
            for reference in value if isinstance(value, list) else [value]:
                assert reference in rows[target]
                if row["status"] == "active":
                    assert rows[target][reference]["status"] == "active"


def test_roles_refer_to_active_orgs(records: Records) -> None:
    """Each role of a user is at an org that is there, with one primary role for each, the primaryOrg among them."""
    orgs = by_id(records, "orgs")
    for user in records["users"]:
        primary = [role["org"] for role in user["roles"] if role["roleType"] == "primary"]

        assert all(orgs[role["org"]]["status"] == "active" for role in user["roles"])
        assert len(primary) == len(set(primary))
        assert set(primary) == {role["org"] for role in user["roles"]}
        assert user["primaryOrg"] in primary


def test_nothing_is_in_the_future(records: Records) -> None:
    """No record was changed, no score given and no student born after the day itself."""
    now = NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for rows in records.values():
        assert all(MOMENT.fullmatch(row["dateLastModified"]) for row in rows)
        assert max(row["dateLastModified"] for row in rows) <= now
    assert max(row["scoreDate"] for row in records["results"] + records["assessmentResults"]) <= now[:10]


def test_few_records_changed_within_the_last_week() -> None:
    """Changes spread over a year, with about three percent of them in its last week."""
    records = made(1000)

    changed = [row["dateLastModified"] for rows in records.values() for row in rows if row["status"] == "active"]

    assert min(changed) > "2025-02-09"
    assert 0.02 < sum(moment >= "2026-02-03" for moment in changed) / len(changed) < 0.05


def test_orgs_and_sessions_know_their_parents_and_children(records: Records) -> None:
    """Parents list their active children, and children name their parents."""
    for collection in ("orgs", "academicSessions"):
        rows = by_id(records, collection)
        up = {(row["parent"], key) for key, row in rows.items() if "parent" in row and row["status"] == "active"}
        down = {(key, child) for key, row in rows.items() for child in row.get("children", ())}

        assert up == down


def test_a_line_item_is_in_a_term_and_a_grading_period_of_its_class(records: Records) -> None:
    """The grading period of a line item is a child of its academicSession, which is a term of its class."""
    sessions, classes = by_id(records, "academicSessions"), by_id(records, "classes")
    for item in records["lineItems"]:
        period, term = sessions[item["gradingPeriod"]], sessions[item["academicSession"]]

        assert (period["type"], term["type"]) == ("gradingPeriod", "term")
        assert period["parent"] == term["sourcedId"]
        assert term["sourcedId"] in classes[item["class"]]["terms"]
        assert item["school"] == classes[item["class"]]["school"]
