"""The demographics of each student, under the student's own sourcedId."""

from __future__ import annotations

from datetime import date

from mockroster.district import names
from mockroster.district.context import DistrictContext
from mockroster.district.streams import Deck
from mockroster.district.students import Student
from mockroster.roster.record import Record

_RESIDENCE = Deck({"01652": 0.92, "01653": 0.04, "01654": 0.02, "01655": 0.01, "01656": 0.01})
_BIRTH_COUNTRIES = Deck({"CA": 1, "CN": 2, "GT": 2, "IN": 3, "MX": 6, "PH": 2, "VN": 2})
_SPANISH_COUNTRIES = Deck({"CO": 1, "CU": 1, "DO": 2, "GT": 3, "MX": 12, "SV": 3})
_YOUNGEST = 5


def demographics_row(context: DistrictContext, student: Student) -> Record:
    """Return the demographics of a student, modified and deleted at the same time as the user's record."""
    stream = context.seed.stream(f"demographics/{student.key}")
    home, user = student.household, student.row
    row = Record()
    row["sourcedId"] = user["sourcedId"]
    row["status"] = user["status"]
    row["dateLastModified"] = user["dateLastModified"]
    # Of that age on 1 September of this school year, and so born within the year before.
    newest = date(context.this_year.start - _YOUNGEST - student.grade, 9, 1).toordinal()
    row["birthDate"] = date.fromordinal(newest - stream.below(365)).isoformat()
    row["sex"] = student.sex
    row.update(home.races)
    row["hispanicOrLatinoEthnicity"] = home.spanish
    if stream.chance(0.1):
        row["countryOfBirthCode"] = (_SPANISH_COUNTRIES if home.spanish else _BIRTH_COUNTRIES).draw(stream)
    else:
        row["countryOfBirthCode"] = "US"
        local = stream.chance(0.75)
        row["stateOfBirthAbbreviation"] = context.district.state if local else stream.pick(names.STATES)
        row["cityOfBirth"] = context.district.city if local else names.city(stream)
    row["publicSchoolResidenceStatus"] = _RESIDENCE.draw(stream)
    return row
