"""The models of OneRoster 1.1, with the member that Kimono adds to them.

Section numbers are those of OneRoster 1.1 (2017, re-issued 2022). Where implementations disagree with each other the
choice made is noted at the member and in ``docs/explanation/choices.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from mockroster.standard import vocabularies
from mockroster.standard.fields import (
    Date,
    JsonBoolean,
    Listed,
    Number,
    Part,
    PartSchema,
    RecordSchema,
    Ref,
    Text,
    Timestamp,
    Vocabulary,
    Year,
)
from mockroster.standard.model import Resource

ID = "v1p1"
BASE = "/ims/oneroster/v1p1"


class Base(RecordSchema):
    """A record of 1.1."""

    version = ID


class UserId(PartSchema):
    """An id that another system has for a user: ``{"type": "LDAP", "identifier": "…"}``."""

    type = Text(required=True)
    identifier = Text(required=True)


class AcademicSession(Base):
    """A school year, semester, term or grading period (4.2). ``endDate`` is the first day after it."""

    title = Text(required=True)
    startDate = Date(required=True)
    endDate = Date(required=True)
    type = Vocabulary(vocabularies.SESSION_TYPE, required=True)
    parent = Ref("academicSession")
    children = Listed(Ref("academicSession"))
    schoolYear = Year(required=True)


class Class(Base):
    """A class (4.3). ``classType`` is optional in some implementations; here it is always there."""

    title = Text(required=True)
    classCode = Text()
    classType = Vocabulary(vocabularies.CLASS_TYPE, required=True)
    location = Text()
    grades = Listed(Text())
    subjects = Listed(Text())
    course = Ref("course", required=True)
    school = Ref("org", required=True)
    terms = Listed(Ref("academicSession"), required=True)
    subjectCodes = Listed(Text())
    periods = Listed(Text())
    resources = Listed(Ref("resource"))


class Course(Base):
    """A course of study (4.4). ``schoolYear`` refers to a session; ``org`` is always there."""

    title = Text(required=True)
    schoolYear = Ref("academicSession")
    courseCode = Text()
    grades = Listed(Text())
    subjects = Listed(Text())
    org = Ref("org", required=True)
    subjectCodes = Listed(Text())
    resources = Listed(Ref("resource"))


class Demographics(Base):
    """Who a user is (4.5). Its sourcedId is that of the user."""

    birthDate = Date()
    sex = Vocabulary(vocabularies.SEX)
    americanIndianOrAlaskaNative = JsonBoolean()
    asian = JsonBoolean()
    blackOrAfricanAmerican = JsonBoolean()
    nativeHawaiianOrOtherPacificIslander = JsonBoolean()
    white = JsonBoolean()
    demographicRaceTwoOrMoreRaces = JsonBoolean()
    hispanicOrLatinoEthnicity = JsonBoolean()
    countryOfBirthCode = Text()
    stateOfBirthAbbreviation = Text()
    cityOfBirth = Text()
    publicSchoolResidenceStatus = Text()


class Enrollment(Base):
    """A user's place in a class (4.6). ``primary`` is for teachers, one in a class."""

    user = Ref("user", required=True, is_owner=True)
    class_ = Ref("class", required=True, is_owner=True, attribute="class", data_key="class")
    school = Ref("org", required=True)
    role = Vocabulary(vocabularies.ENROLLMENT_ROLE, required=True)
    primary = JsonBoolean()
    beginDate = Date()
    endDate = Date()


class LineItem(Base):
    """A column of a gradebook (4.7)."""

    title = Text(required=True)
    description = Text()
    assignDate = Timestamp(required=True)
    dueDate = Timestamp(required=True)
    class_ = Ref("class", required=True, is_owner=True, attribute="class", data_key="class")
    category = Ref("category", required=True)
    gradingPeriod = Ref("academicSession", required=True)
    resultValueMin = Number(required=True)
    resultValueMax = Number(required=True)


class Category(Base):
    """A kind of line item (4.8). ``weight`` came with 1.2; Kimono shows it in 1.1."""

    title = Text(required=True)
    weight = Number()


class Org(Base):
    """A district, school or department (4.9)."""

    name = Text(required=True)
    type = Vocabulary(vocabularies.ORG_TYPE, required=True)
    identifier = Text()
    parent = Ref("org")
    children = Listed(Ref("org"))


class ResourceModel(Base):
    """A resource that a course or class uses (4.10)."""

    title = Text()
    roles = Listed(Vocabulary(vocabularies.ROLE))
    importance = Vocabulary(vocabularies.IMPORTANCE)
    vendorResourceId = Text(required=True)
    vendorId = Text()
    applicationId = Text()


class Result(Base):
    """A cell of a gradebook (4.11).

    1.1 has no member for a letter. A result that has one and no score is shown with the ``textScore`` of 1.2.
    """

    instead: ClassVar[Mapping[str, str]] = {"score": "textScore"}

    lineItem = Ref("lineItem", required=True, is_owner=True)
    student = Ref("user", required=True, is_owner=True)
    scoreStatus = Vocabulary(vocabularies.SCORE_STATUS, required=True)
    score = Number(required=True)
    textScore = Text()
    scoreDate = Date(required=True)
    comment = Text()

    def accept(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the document with a letter in ``textScore``, also where it stood in ``score``, and a score status.

        Without a status it is ``fully graded`` where there is a score, else ``submitted``.
        """
        accepted = super().accept({"scoreStatus": None, **document})
        score, letter = accepted.get("score"), accepted.get("textScore")
        if isinstance(score, str) and score and letter is None:
            accepted["textScore"] = accepted.pop("score")
        elif letter is not None and score in (None, ""):
            accepted.pop("score", None)
        accepted.setdefault("scoreStatus", "fully graded" if "score" in accepted else "submitted")
        return accepted


class User(Base):
    """A person (4.12). ``role`` and ``orgs`` are derived from the roles that 1.2 has; see ``v1p1/conversion.py``."""

    username = Text(required=True)
    userIds = Listed(Part(UserId))
    enabledUser = JsonBoolean(required=True)
    givenName = Text(required=True)
    familyName = Text(required=True)
    middleName = Text()
    role = Vocabulary(vocabularies.ROLE, required=True)
    identifier = Text()
    email = Text()
    sms = Text()
    phone = Text()
    agents = Listed(Ref("user"))
    orgs = Listed(Ref("org"), required=True)
    grades = Listed(Text())
    password = Text()


RESOURCES = (
    Resource("academicSession", "academicSessions", AcademicSession, BASE),
    Resource("category", "categories", Category, BASE),
    Resource("class", "classes", Class, BASE),
    Resource("course", "courses", Course, BASE),
    Resource("demographics", "demographics", Demographics, BASE, identifies="user"),
    Resource("enrollment", "enrollments", Enrollment, BASE),
    Resource("lineItem", "lineItems", LineItem, BASE),
    Resource("org", "orgs", Org, BASE),
    Resource("resource", "resources", ResourceModel, BASE),
    Resource("result", "results", Result, BASE),
    Resource("user", "users", User, BASE),
)
"""Every model of 1.1."""

Base.referable = {resource.name: resource for resource in RESOURCES}
