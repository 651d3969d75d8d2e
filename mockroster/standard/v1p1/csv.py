"""The CSV files of OneRoster 1.1. Its manifest came with 1.1; sets without one are of 1.0."""

from __future__ import annotations

from mockroster.standard.csv import Binding, ColumnOverride, Join, JoinedFile, parts, records
from mockroster.standard.model import Resource
from mockroster.standard.v1p1.conversion import class_type
from mockroster.standard.v1p1.models import RESOURCES

_BY_NAME = {resource.name: resource for resource in RESOURCES}

_CLASS, _COURSE = _BY_NAME["class"], _BY_NAME["course"]

DEMOGRAPHICS = (
    "birthDate",
    "sex",
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
    "demographicRaceTwoOrMoreRaces",
    "hispanicOrLatinoEthnicity",
    "countryOfBirthCode",
    "stateOfBirthAbbreviation",
    "cityOfBirth",
    "publicSchoolResidenceStatus",
)
"""The columns of ``demographics.csv``, the same in every version."""

CLASS = (
    "title",
    "grades",
    "courseSourcedId",
    "classCode",
    ColumnOverride("classType", need="Y", instead=class_type),
    "location",
    "schoolSourcedId",
    "termSourcedIds",
    "subjects",
    "subjectCodes",
    "periods",
)
"""The columns of ``classes.csv``, the same in every version."""

COURSE = (
    "schoolYearSourcedId",
    "title",
    ColumnOverride("courseCode", need="N"),
    "grades",
    ColumnOverride("orgSourcedId", need="Y"),
    "subjects",
    "subjectCodes",
)
"""The columns of ``courses.csv``, the same in every version."""

ENROLLMENT = ("classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate", "endDate")
"""The columns of ``enrollments.csv``, the same in every version."""

ORG = ("name", "type", ColumnOverride("identifier", need="N"), "parentSourcedId")
"""The columns of ``orgs.csv``, the same in every version."""

SESSION = ("title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear")
"""The columns of ``academicSessions.csv``, the same in every version."""

RESOURCE = ("vendorResourceId", "title", "roles", "importance", "vendorId", "applicationId")
"""The columns of ``resources.csv``, the same in every version."""

LINE_ITEM = (
    "title",
    "description",
    ColumnOverride("assignDate", format="Date"),
    ColumnOverride("dueDate", format="Date"),
    "classSourcedId",
    "categorySourcedId",
)
"""The first columns of ``lineItems.csv``; they have dates where the models have dates with times."""

RESULT = ("lineItemSourcedId", "studentSourcedId", "scoreStatus", "score", "scoreDate", "comment")
"""The first columns of ``results.csv``."""

NO_TITLE = ColumnOverride("title", member="", format="String", need="N")
"""The title of a link between two records; the models have none."""

RESOURCE_ITEM = ColumnOverride("resourceSourcedId", member="", format="GUID Reference", need="Y")
"""The resource that a row links to."""


def resources_of(resource: Resource) -> JoinedFile:
    """Return the file of the resources that records use: ``classResources``."""
    owner = f"{resource.name}SourcedId"
    return parts(
        f"{resource.name}Resources", resource, Join(owner, "resources", "references"), NO_TITLE, owner, RESOURCE_ITEM
    )


BINDING = Binding(
    "1.1",
    (
        records(_BY_NAME["academicSession"], *SESSION),
        records(_BY_NAME["category"], "title"),
        records(_CLASS, *CLASS),
        resources_of(_CLASS),
        records(_COURSE, *COURSE),
        resources_of(_COURSE),
        records(_BY_NAME["demographics"], *DEMOGRAPHICS),
        records(_BY_NAME["enrollment"], *ENROLLMENT),
        records(_BY_NAME["lineItem"], *LINE_ITEM, "gradingPeriodSourcedId", "resultValueMin", "resultValueMax"),
        records(_BY_NAME["org"], *ORG),
        records(_BY_NAME["resource"], *RESOURCE),
        records(_BY_NAME["result"], *RESULT),
        records(
            _BY_NAME["user"],
            "enabledUser",
            "orgSourcedIds",
            "role",
            "username",
            ColumnOverride("userIds", format="List of Pairs"),
            "givenName",
            "familyName",
            "middleName",
            "identifier",
            "email",
            "sms",
            "phone",
            "agentSourcedIds",
            "grades",
            "password",
        ),
    ),
)
"""Every file of 1.1."""
