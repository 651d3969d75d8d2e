"""The same seed, size and day give the same bytes; a change of one of them changes no more than it must."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockroster.district import district
from mockroster.district.streams import NAMESPACE, Seed
from mockroster.roster.record import Records

NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)
PROGRAM = """
import hashlib, json
from datetime import UTC, datetime
from mockroster.district import district
records = district(42, 150, datetime(2026, 2, 10, 23, 59, tzinfo=UTC))
print(hashlib.sha256(json.dumps(records).encode()).hexdigest())
"""


def digest(records: Records) -> str:
    """Return a hash of all bytes of a district."""
    return hashlib.sha256(json.dumps(records).encode()).hexdigest()


def people(records: Records) -> dict[str, tuple[Any, ...]]:
    """Return what active students are called, by sourcedId."""
    return {
        user["sourcedId"]: (user["givenName"], user["familyName"], user.get("middleName"))
        for user in records["users"]
        if "grades" in user and user["status"] == "active"
    }


@pytest.mark.parametrize("hash_seed", ["0", "1234"])
def test_another_process_makes_the_same_bytes(hash_seed: str) -> None:
    """The hour of the day, the process and its hash seed change nothing."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}

    answer = subprocess.run(  # noqa: S603
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == digest(district(42, 150, NOW))


def test_the_seed_changes_everything() -> None:
    """Two seeds share no id."""
    one, two = district(1, 100, NOW), district(2, 100, NOW)

    ids = [{row["sourcedId"] for rows in records.values() for row in rows} for records in (one, two)]

    assert ids[0].isdisjoint(ids[1])


def test_a_day_later_people_are_the_same() -> None:
    """Another day moves dates, but neither ids nor names."""
    today, tomorrow = district(42, 200, NOW), district(42, 200, NOW + timedelta(days=1))

    assert people(today) == people(tomorrow)
    assert digest(today) != digest(tomorrow)


def test_more_students_keep_the_names_of_those_who_are_there() -> None:
    """In a larger district the students of the smaller one are still there, mostly with the same names."""
    small, large = people(district(42, 200, NOW)), people(district(42, 300, NOW))

    same = sum(large[key] == name for key, name in small.items())

    assert small.keys() <= large.keys()
    assert same > 0.6 * len(small)


def test_sourced_ids_are_uuid5_of_seed_and_key() -> None:
    """A sourcedId is the UUID of version 5 of the seed and the record's natural key."""
    seed = Seed(42, NOW.date())

    assert seed.sourced_id("student/12") == str(uuid.uuid5(NAMESPACE, "42/student/12"))
    assert seed.row("student/12")["sourcedId"] == seed.sourced_id("student/12")


def test_streams_do_not_share_draws() -> None:
    """Drawing from one stream moves no other, and a stream begins anew whenever it is asked for."""
    seed = Seed(42, NOW.date())
    first = seed.stream("student/1")
    expected = [first.random() for _ in range(3)]

    again, other = seed.stream("student/1"), seed.stream("student/2")
    drawn = [(again.random(), other.random())[0] for _ in range(3)]

    assert drawn == expected


def test_a_stream_goes_on() -> None:
    """A record may draw as often as it likes, and what it draws does not come again in the same order."""
    stream = Seed(42, NOW.date()).stream("student/1")

    drawn = [stream.below(2**16) for _ in range(96)]

    assert len({tuple(drawn[first : first + 32]) for first in (0, 32, 64)}) == 3
    assert len(set(drawn)) > 90
