"""A seed gives the same district in every version of the package: additions change no existing value."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest

from mockroster.district import district

# Members that come from no word list of Faker's, which changes now and then.
MEMBERS = {
    "orgs": "sourcedId dateLastModified type identifier parent children",
    "academicSessions": "sourcedId dateLastModified title startDate endDate",
    "courses": "sourcedId dateLastModified title courseCode",
    "classes": "sourcedId dateLastModified metadata title classCode location terms periods",
    "users": "sourcedId dateLastModified metadata userIds enabledUser pronouns sms phone agents grades password "
    "resources",
    "enrollments": "sourcedId dateLastModified user class role primary beginDate endDate",
    "demographics": "sourcedId dateLastModified birthDate sex countryOfBirthCode",
    "resources": "sourcedId dateLastModified title roles importance vendorResourceId",
    "categories": "sourcedId dateLastModified title weight",
    "lineItems": "sourcedId dateLastModified title description assignDate dueDate category resultValueMax",
    "results": "sourcedId dateLastModified lineItem student scoreStatus score scoreDate comment late missing",
}


@pytest.mark.parametrize(
    ("seed", "students", "expected"),
    [
        (42, 60, "bd5c254fa7d3d3b308155b14831d96ff66ab9d965218b337076a1fd815921d80"),
        (7, 1000, "7fafb8290a300435ab43ea3f316f743cf28b5e23efbf8e644b05266fa4544859"),
    ],
)
def test_the_same_seed_in_every_version(seed: int, students: int, expected: str) -> None:
    """Ids, dates, numbers and codes are the same in every version: members are added, none is moved."""
    records = district(seed, students, datetime(2026, 2, 10, 9, 30, tzinfo=UTC))

    kept = {
        collection: [[row.get(member) for member in members.split()] for row in records[collection]]
        for collection, members in MEMBERS.items()
    }
    for people in kept["users"]:
        # Staff sign in under their names.
        people[3] = [one for one in people[3] or () if one["type"] == "SIS"]

    assert hashlib.sha256(json.dumps(kept).encode()).hexdigest() == expected
