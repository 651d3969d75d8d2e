"""A version 1.3 that does not exist: 1.2 with a motto and a type of orgs, an error and a model of its own."""

from __future__ import annotations

from dataclasses import replace

from mockroster.standard.editions import Edition, Scopes, gradebook, resources, rostering
from mockroster.standard.fields import Listed, OpenVocabulary, Part, RecordSchema, Ref, Text
from mockroster.standard.model import Resource, Service
from mockroster.standard.v1p2 import VERSION as BEFORE
from mockroster.standard.v1p2 import models as before
from mockroster.standard.version import Version
from mockroster.standard.vocabularies import ORG_TYPE

ID = "v1p3"
BASE = "/ims/oneroster/v1p3"
SCOPE = "https://purl.imsglobal.org/spec/or/v1p3/scope/all"


class Base(RecordSchema):
    """A record of 1.3."""

    version = ID


class Role(before.Role):
    """A role, whose references lead to 1.3."""


class Org(Base, before.Org):
    """An org may be virtual in 1.3, and have a motto."""

    type = OpenVocabulary((*ORG_TYPE, "virtual"), required=True)
    motto = Text()


class User(Base, before.User):
    """A person."""

    roles = Listed(Part(Role), required=True)


class Badge(Base):
    """A badge of a user: a model that no other version has."""

    title = Text(required=True)
    user = Ref("user", required=True, is_owner=True)


_OWN = {"org": Org, "user": User}


def _resource(old: Resource) -> Resource:
    model = _OWN.get(old.name) or type(old.model.__name__, (Base, old.model), {})
    return Resource(old.name, old.collection, model, BASE, old.identifies)


RESOURCES = {
    **{name: _resource(old) for name, old in before.Base.referable.items()},
    "badge": Resource("badge", "badges", Badge, BASE),
}
Base.referable = Role.referable = RESOURCES

_ALL = (SCOPE,)
EDITION = Edition(
    resources=RESOURCES,
    role="roles.role",
    orgs="roles.org",
    replaced=204,
    scopes=Scopes(
        rostering=_ALL,
        rostering_nested=_ALL,
        demographics=_ALL,
        resources=_ALL,
        resources_nested=_ALL,
        gradebook=_ALL,
        gradebook_nested=_ALL,
        put=_ALL,
        delete=_ALL,
    ),
)

SERVICE = Service(
    name=ID,
    title="OneRoster 1.3",
    version=ID,
    base=BASE,
    operations=(
        *(rostering(EDITION) + resources(EDITION) + gradebook(EDITION)),
        *EDITION.pair("Badge", "badges", _ALL),
    ),
)

VERSION = Version(
    id=ID,
    number="1.3",
    edition=EDITION,
    services=(SERVICE,),
    scopes=_ALL,
    errors=replace(BEFORE.errors, by_status={**BEFORE.errors.by_status, 404: "no_such_object"}, words={}),
)
