"""The CSV files of OneRoster 1.2, in the order of edition 1.2.1 (2023); columns of edition 1.2 (2022) only are marked.

Columns that are the same in 1.1 are imported from there.
"""

from __future__ import annotations

from operator import methodcaller

from mockroster.standard.csv import Binding, ColumnOverride, Join, JoinedFile, parts, records
from mockroster.standard.model import Resource
from mockroster.standard.v1p1 import csv as before
from mockroster.standard.v1p1.conversion import username
from mockroster.standard.v1p2.models import RESOURCES

_BY_NAME = {resource.name: resource for resource in RESOURCES}

_USER, _LINE_ITEM, _RESULT = _BY_NAME["user"], _BY_NAME["lineItem"], _BY_NAME["result"]
_CLASS, _COURSE = _BY_NAME["class"], _BY_NAME["course"]


def _scales_of(resource: Resource) -> JoinedFile:
    """Return the file of the score scales that records use: ``resultScoreScales``."""
    owner = f"{resource.name}SourcedId"
    scale = ColumnOverride("scoreScaleSourcedId", member="", format="GUID Reference", need="Y")
    return parts(
        f"{resource.name}ScoreScales", resource, Join(owner, "scoreScale", "reference"), before.NO_TITLE, owner, scale
    )


BINDING = Binding(
    "1.2",
    (
        records(_BY_NAME["academicSession"], *before.SESSION),
        records(_BY_NAME["category"], "title", ColumnOverride("weight", format="Integer")),
        records(_CLASS, *before.CLASS),
        before.resources_of(_CLASS),
        records(_COURSE, *before.COURSE),
        before.resources_of(_COURSE),
        records(_BY_NAME["demographics"], *before.DEMOGRAPHICS),
        records(_BY_NAME["enrollment"], *before.ENROLLMENT),
        parts(
            "lineItemLearningObjectiveIds",
            _LINE_ITEM,
            Join("lineItemSourcedId", "learningObjectiveSet", "sets"),
            "lineItemSourcedId",
            "source",
            ColumnOverride("learningObjectiveId", member="learningObjectiveIds", format="String", need="Y"),
        ),
        records(
            _LINE_ITEM,
            *before.LINE_ITEM,
            ColumnOverride("academicSessionSourcedId", need="Y", instead=methodcaller("get", "gradingPeriod")),
            "resultValueMin",
            "resultValueMax",
            "schoolSourcedId",
        ),
        _scales_of(_LINE_ITEM),
        records(_BY_NAME["org"], *before.ORG),
        records(_BY_NAME["resource"], *before.RESOURCE),
        parts(
            "resultLearningObjectiveIds",
            _RESULT,
            Join("resultSourcedId", "learningObjectiveSet", "sets"),
            "resultSourcedId",
            "source",
            ColumnOverride("learningObjectiveId", member="learningObjectiveResults.learningObjectiveId"),
            ColumnOverride("score", member="learningObjectiveResults.score"),
            ColumnOverride("textScore", member="learningObjectiveResults.textScore"),
        ),
        records(_RESULT, *before.RESULT, "textScore", "classSourcedId", "inProgress", "incomplete", "late", "missing"),
        _scales_of(_RESULT),
        parts(
            "roles",
            _USER,
            Join("userSourcedId", "roles", "parts"),
            "userSourcedId",
            "roleType",
            "role",
            "beginDate",
            "endDate",
            "orgSourcedId",
            ColumnOverride("userProfileSourcedId", format="GUID Reference"),
        ),
        records(
            _BY_NAME["scoreScale"],
            "title",
            "type",
            ColumnOverride("orgSourcedId", member="", format="GUID Reference", need="Y"),
            ColumnOverride("courseSourcedId", need="Y"),
            "classSourcedId",
            ColumnOverride("scoreScaleValue", format="List of Pairs"),
        ),
        parts(
            "userProfiles",
            _USER,
            Join("userSourcedId", "userProfiles", "parts"),
            "userSourcedId",
            "profileType",
            "vendorId",
            "applicationId",
            "description",
            ColumnOverride("credentialType", member="credentials.type"),
            ColumnOverride("username", member="credentials.username"),
            ColumnOverride("password", member="credentials.password"),
        ),
        parts(
            "userResources",
            _USER,
            Join("userSourcedId", "resources", "references"),
            "userSourcedId",
            ColumnOverride("orgSourcedId", member="", format="GUID Reference", need="N"),
            ColumnOverride("classSourcedId", member="", format="GUID Reference", need="N"),
            before.RESOURCE_ITEM,
        ),
        records(
            _USER,
            "enabledUser",
            ColumnOverride("username", need="Y", instead=username),
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
            "userMasterIdentifier",
            ColumnOverride("resourceSourcedIds", is_withdrawn=True),
            ColumnOverride("preferredGivenName", member="preferredFirstName"),
            "preferredMiddleName",
            ColumnOverride("preferredFamilyName", member="preferredLastName"),
            "primaryOrgSourcedId",
            "pronouns",
        ),
    ),
)
"""Every file of 1.2."""
