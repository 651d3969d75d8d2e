"""OneRoster 1.1 as a service: its 61 operations, and the paths that Kimono adds to them."""

from __future__ import annotations

from mockroster.standard.editions import Edition, Scopes, categories_for_class, gradebook, resources, rostering
from mockroster.standard.model import Operation, Service
from mockroster.standard.v1p1 import scopes
from mockroster.standard.v1p1.models import BASE, ID, Base

EDITION = Edition(
    resources=Base.referable,
    role="role",
    orgs="orgs",
    replaced=200,
    scopes=Scopes(
        rostering=(scopes.ROSTER_CORE, scopes.ROSTER),
        rostering_nested=(scopes.ROSTER,),
        demographics=(scopes.DEMOGRAPHICS,),
        resources=(scopes.RESOURCE,),
        resources_nested=(scopes.RESOURCE,),
        gradebook=(scopes.GRADEBOOK,),
        gradebook_nested=(scopes.GRADEBOOK,),
        put=(scopes.GRADEBOOK_PUT,),
        delete=(scopes.GRADEBOOK_DELETE,),
    ),
)

KIMONO = (
    categories_for_class(EDITION, "getCategoriesForClass", "/classes/{classSourcedId}/categories"),
    categories_for_class(EDITION, "getSisCategoriesForClass", "/sis/classes/{classSourcedId}/categories"),
    Operation(
        "getAllAcademicSessionsSingular",
        "collection",
        "/academicSession",
        EDITION.places["academicSessions"],
        EDITION.scopes.rostering,
        "all academicSessions; the singular path of Kimono",
    ),
    Operation(
        "getAcademicSessionSingular",
        "single",
        "/academicSession/{sourcedId}",
        EDITION.places["academicSessions"],
        EDITION.scopes.rostering,
        "one academicSession by its sourcedId; the singular path of Kimono",
    ),
)
"""Paths that are not in 1.1 but in the Kimono documents, and the plain form of one of them that others serve."""

SERVICE = Service(
    name="v1p1",
    title="OneRoster 1.1",
    version=ID,
    base=BASE,
    operations=rostering(EDITION) + resources(EDITION) + gradebook(EDITION),
    aliases=KIMONO,
)
"""All of 1.1: three services at one base path."""
