"""OneRoster 1.2 as three services: the 61 operations that 1.1 has too, and the 20 that are new."""

from __future__ import annotations

from collections.abc import Iterator

from mockroster.standard.editions import Edition, Scopes, categories_for_class, gradebook, resources, rostering
from mockroster.standard.model import Operation, Service
from mockroster.standard.v1p2 import scopes
from mockroster.standard.v1p2.models import GRADEBOOK_BASE, ID, RESOURCES_BASE, ROSTERING_BASE, Base

EDITION = Edition(
    resources=Base.referable,
    role="roles.role",
    orgs="roles.org",
    replaced=201,
    scopes=Scopes(
        rostering=(scopes.ROSTER, scopes.ROSTER_CORE),
        rostering_nested=(scopes.ROSTER,),
        demographics=(scopes.DEMOGRAPHICS,),
        resources=(scopes.RESOURCE, scopes.RESOURCE_CORE),
        resources_nested=(scopes.RESOURCE,),
        gradebook=(scopes.GRADEBOOK, scopes.GRADEBOOK_CORE),
        gradebook_nested=(scopes.GRADEBOOK,),
        put=(scopes.GRADEBOOK_PUT,),
        delete=(scopes.GRADEBOOK_DELETE,),
    ),
)

_SCHOOL, _CLASS = "{schoolSourcedId}", "{classSourcedId}"


def _resources_for_user() -> Operation:
    return EDITION.nested(
        "getResourcesForUser",
        "/users/{userSourcedId}/resources",
        EDITION.through("user", {"sourcedId": "{userSourcedId}"}, "resources"),
        EDITION.scopes.resources_nested,
        "the resources associated with this user",
    )


def _score_scales() -> Iterator[Operation]:
    """Yield the operations on score scales; a school's are those of its classes."""
    read, nested = EDITION.scopes.gradebook, EDITION.scopes.gradebook_nested
    yield from EDITION.pair("ScoreScale", "scoreScales", read)
    yield from EDITION.writes("ScoreScale", "scoreScales", EDITION.scopes.put, EDITION.scopes.delete)
    yield EDITION.nested(
        "getScoreScalesForClass",
        f"/classes/{_CLASS}/scoreScales",
        EDITION.through("scoreScale", {"class": _CLASS}),
        nested,
        "the score scales of this class",
    )
    yield EDITION.nested(
        "getScoreScalesForSchool",
        f"/schools/{_SCHOOL}/scoreScales",
        EDITION.through("scoreScale", {"class.school": _SCHOOL}),
        nested,
        "the score scales of the classes of this school",
    )


def _assessments() -> Iterator[Operation]:
    """Yield the operations of the assessment results profile."""
    for model, segment in (("AssessmentLineItem", "assessmentLineItems"), ("AssessmentResult", "assessmentResults")):
        yield from EDITION.pair(model, segment, (scopes.ASSESSMENT,))
        yield from EDITION.writes(model, segment, (scopes.ASSESSMENT_PUT,), (scopes.ASSESSMENT_DELETE,))


def _posts() -> Iterator[Operation]:
    """Yield the four bulk creations; the server allocates the sourcedIds."""
    for name, path, preset in (
        ("postLineItemsForClass", f"/classes/{_CLASS}/lineItems", {"class": _CLASS}),
        ("postLineItemsForSchool", f"/schools/{_SCHOOL}/lineItems", {"school": _SCHOOL}),
        ("postResultsForLineItem", "/lineItems/{lineItemSourcedId}/results", {"lineItem": "{lineItemSourcedId}"}),
        (
            "postResultsForAcademicSessionForClass",
            f"/classes/{_CLASS}/academicSessions/{{academicSessionSourcedId}}/results",
            {"class": _CLASS},
        ),
    ):
        yield EDITION.post(name, path, preset, (scopes.GRADEBOOK_POST,))


ROSTERING = Service(
    name="rostering",
    title="OneRoster 1.2 rostering",
    version=ID,
    base=ROSTERING_BASE,
    operations=rostering(EDITION),
    documents=("onerosterv1p2rostersservice_openapi3_v1p0", "imsorv1p2_rostering_openapi3_v1p0"),
)
"""The 41 operations of the rostering service."""

GRADEBOOK = Service(
    name="gradebook",
    title="OneRoster 1.2 gradebook",
    version=ID,
    base=GRADEBOOK_BASE,
    operations=(
        *gradebook(EDITION),
        categories_for_class(EDITION, "getCategoriesForClass", f"/classes/{_CLASS}/categories"),
        *_score_scales(),
        *_assessments(),
        *_posts(),
    ),
    documents=("onerosterv1p2gradebookservice_openapi3_v1p0", "imsorv1p2_gradebook_openapi3_v1p0"),
)
"""The 35 operations of the gradebook service."""

RESOURCES = Service(
    name="resources",
    title="OneRoster 1.2 resources",
    version=ID,
    base=RESOURCES_BASE,
    operations=(*resources(EDITION), _resources_for_user()),
    documents=("onerosterv1p2resourcesservice_openapi3_v1p0", "imsorv1p2_resources_openapi3_v1p0"),
)
"""The 5 operations of the resources service."""

SERVICES = (ROSTERING, GRADEBOOK, RESOURCES)
"""All of 1.2."""
