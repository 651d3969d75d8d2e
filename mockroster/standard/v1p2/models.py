"""The models of OneRoster 1.2, from the OpenAPI documents of its three services.

What is as in 1.1 is inherited from there; a model whose members stand in another order is written out.
"""

from __future__ import annotations

from marshmallow import INCLUDE

from mockroster.standard import vocabularies
from mockroster.standard.fields import (
    Date,
    Listed,
    Number,
    OpenVocabulary,
    Part,
    PartSchema,
    RecordSchema,
    Ref,
    Text,
    Timestamp,
    TrueFalse,
    Uri,
    Vocabulary,
)
from mockroster.standard.model import Resource
from mockroster.standard.v1p1 import models as before

ID = "v1p2"
ROSTERING_BASE = "/ims/oneroster/rostering/v1p2"
RESOURCES_BASE = "/ims/oneroster/resources/v1p2"
GRADEBOOK_BASE = "/ims/oneroster/gradebook/v1p2"


class Base(RecordSchema):
    """A record of 1.2."""

    version = ID


class Role(PartSchema):
    """What a user is in an org. Each org of a user has exactly one primary role."""

    roleType = Vocabulary(vocabularies.ROLE_TYPE, required=True)
    role = OpenVocabulary(vocabularies.USER_ROLE, required=True)
    org = Ref("org", required=True)
    userProfile = Uri()
    beginDate = Date()
    endDate = Date()


class Credential(PartSchema):
    """How a user signs in to a profile; further members are the vendor's own."""

    class Meta:
        """Open, alone among the objects of the standard."""

        unknown = INCLUDE

    type = Text(required=True)
    username = Text(required=True)
    password = Text()


class UserProfile(PartSchema):
    """An account that a user has in some system."""

    profileId = Uri(required=True)
    profileType = Text(required=True)
    vendorId = Text(required=True)
    applicationId = Text()
    description = Text()
    credentials = Listed(Part(Credential))


class ScoreScaleValue(PartSchema):
    """One step of a score scale: what is shown on the left, what it stands for on the right."""

    itemValueLHS = Text(required=True)
    itemValueRHS = Text(required=True)


def _source() -> OpenVocabulary:
    return OpenVocabulary(vocabularies.OBJECTIVE_SOURCE, extension="/(?!case$)(?!unknown$)[a-z0-9]+", required=True)


class LearningObjectiveSet(PartSchema):
    """The learning objectives, of one source, that a line item is about."""

    source = _source()
    learningObjectiveIds = Listed(Text(), required=True)


class LearningObjectiveResult(PartSchema):
    """How well one learning objective was met."""

    learningObjectiveId = Text(required=True)
    score = Number()
    textScore = Text()


class LearningObjectiveScoreSet(PartSchema):
    """How well the learning objectives of one source were met."""

    source = _source()
    learningObjectiveResults = Listed(Part(LearningObjectiveResult), required=True)


class AcademicSession(Base, before.AcademicSession):
    """A school year, semester, term or grading period."""

    type = OpenVocabulary(vocabularies.SESSION_TYPE, required=True)


class Class(Base, before.Class):
    """A class. ``classType`` is optional in 1.2."""

    classType = OpenVocabulary(vocabularies.CLASS_TYPE)


class Course(Base, before.Course):
    """A course of study. ``courseCode`` is required in 1.2 and ``org`` is not."""

    courseCode = Text(required=True)
    org = Ref("org")


class Demographics(Base, before.Demographics):
    """Who a user is."""

    sex = OpenVocabulary(vocabularies.SEX_1P2)
    americanIndianOrAlaskaNative = TrueFalse()
    asian = TrueFalse()
    blackOrAfricanAmerican = TrueFalse()
    nativeHawaiianOrOtherPacificIslander = TrueFalse()
    white = TrueFalse()
    demographicRaceTwoOrMoreRaces = TrueFalse()
    hispanicOrLatinoEthnicity = TrueFalse()


class Enrollment(Base, before.Enrollment):
    """A user's place in a class."""

    role = OpenVocabulary(vocabularies.ENROLLMENT_ROLE, required=True)
    primary = TrueFalse()


class Org(Base, before.Org):
    """A district, school or department. ``identifier`` is required in 1.2."""

    type = OpenVocabulary(vocabularies.ORG_TYPE, required=True)
    identifier = Text(required=True)


class User(Base):
    """A person. Their roles stand in place of the one role and the orgs of 1.1."""

    userMasterIdentifier = Text()
    username = Text()
    userIds = Listed(Part(before.UserId))
    enabledUser = TrueFalse(required=True)
    givenName = Text(required=True)
    familyName = Text(required=True)
    middleName = Text()
    preferredFirstName = Text()
    preferredMiddleName = Text()
    preferredLastName = Text()
    pronouns = Text()
    roles = Listed(Part(Role), required=True)
    userProfiles = Listed(Part(UserProfile))
    primaryOrg = Ref("org")
    identifier = Text()
    email = Text()
    sms = Text()
    phone = Text()
    agents = Listed(Ref("user"))
    grades = Listed(Text())
    password = Text()
    resources = Listed(Ref("resource"))


class ResourceModel(Base, before.ResourceModel):
    """A resource that a course, class or user uses."""

    roles = Listed(OpenVocabulary(vocabularies.ROLE))


class Category(Base, before.Category):
    """A kind of line item."""


class LineItem(Base):
    """A column of a gradebook. ``school`` is required in 1.2; grading period and bounds are not."""

    title = Text(required=True)
    description = Text()
    assignDate = Timestamp(required=True)
    dueDate = Timestamp(required=True)
    class_ = Ref("class", required=True, is_owner=True, attribute="class", data_key="class")
    school = Ref("org", required=True)
    category = Ref("category", required=True)
    gradingPeriod = Ref("academicSession")
    academicSession = Ref("academicSession")
    scoreScale = Ref("scoreScale")
    resultValueMin = Number()
    resultValueMax = Number()
    learningObjectiveSet = Listed(Part(LearningObjectiveSet))


class Result(Base):
    """A cell of a gradebook. ``score`` is optional in 1.2."""

    lineItem = Ref("lineItem", required=True, is_owner=True)
    student = Ref("user", required=True, is_owner=True)
    class_ = Ref("class", attribute="class", data_key="class")
    scoreScale = Ref("scoreScale")
    scoreStatus = OpenVocabulary(vocabularies.SCORE_STATUS, required=True)
    score = Number()
    textScore = Text()
    scoreDate = Date(required=True)
    comment = Text()
    learningObjectiveSet = Listed(Part(LearningObjectiveScoreSet))
    inProgress = TrueFalse()
    incomplete = TrueFalse()
    late = TrueFalse()
    missing = TrueFalse()


class ScoreScale(Base):
    """What scores mean in a class."""

    title = Text(required=True)
    type = Text(required=True)
    course = Ref("course")
    class_ = Ref("class", required=True, is_owner=True, attribute="class", data_key="class")
    scoreScaleValue = Listed(Part(ScoreScaleValue), required=True)


class AssessmentLineItem(Base):
    """A test, or a part of one."""

    title = Text(required=True)
    description = Text()
    class_ = Ref("class", attribute="class", data_key="class")
    parentAssessmentLineItem = Ref("assessmentLineItem")
    scoreScale = Ref("scoreScale")
    resultValueMin = Number()
    resultValueMax = Number()
    learningObjectiveSet = Listed(Part(LearningObjectiveSet))


class AssessmentResult(Base):
    """What a student reached in a test, or a part of one."""

    assessmentLineItem = Ref("assessmentLineItem", required=True, is_owner=True)
    student = Ref("user", required=True, is_owner=True)
    score = Number()
    textScore = Text()
    scoreDate = Date(required=True)
    scoreScale = Ref("scoreScale")
    scorePercentile = Number()
    scoreStatus = OpenVocabulary(vocabularies.SCORE_STATUS, required=True)
    comment = Text()
    learningObjectiveSet = Listed(Part(LearningObjectiveScoreSet))
    inProgress = TrueFalse()
    incomplete = TrueFalse()
    late = TrueFalse()
    missing = TrueFalse()


RESOURCES = (
    Resource("academicSession", "academicSessions", AcademicSession, ROSTERING_BASE),
    Resource("class", "classes", Class, ROSTERING_BASE),
    Resource("course", "courses", Course, ROSTERING_BASE),
    Resource("demographics", "demographics", Demographics, ROSTERING_BASE, identifies="user"),
    Resource("enrollment", "enrollments", Enrollment, ROSTERING_BASE),
    Resource("org", "orgs", Org, ROSTERING_BASE),
    Resource("user", "users", User, ROSTERING_BASE),
    Resource("resource", "resources", ResourceModel, RESOURCES_BASE),
    Resource("assessmentLineItem", "assessmentLineItems", AssessmentLineItem, GRADEBOOK_BASE),
    Resource("assessmentResult", "assessmentResults", AssessmentResult, GRADEBOOK_BASE),
    Resource("category", "categories", Category, GRADEBOOK_BASE),
    Resource("lineItem", "lineItems", LineItem, GRADEBOOK_BASE),
    Resource("result", "results", Result, GRADEBOOK_BASE),
    Resource("scoreScale", "scoreScales", ScoreScale, GRADEBOOK_BASE),
)
"""Every model of 1.2."""

Base.referable = Role.referable = {resource.name: resource for resource in RESOURCES}
