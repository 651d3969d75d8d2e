"""The page of what a version computes and what it cannot show."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

from mockroster.roster.convert import DERIVED, HIDDEN
from mockroster.roster.record import Record
from mockroster.standard.services import SERVICES
from mockroster.standard.status import CODE_MINOR
from pages.markdown import NOTE, code, lower, sentence, table


def page() -> str:
    """Return the page of what a version computes and what it cannot show."""
    derived = [
        [digits(version), code(f"{collection}.{member}"), lower(sentence(derive)).removeprefix("return ")]
        for version, collections in DERIVED.items()
        for collection, members in collections.items()
        for member, derive in members.items()
    ]
    hidden = [
        [digits(version), code(collection), _hiding(test)]
        for version, collections in HIDDEN.items()
        for collection, test in collections.items()
    ]
    known = {version: _members(version) for version in CODE_MINOR}
    lost = [
        [digits(version), code(collection), ", ".join(map(code, sorted(members)))]
        for version, collections in known.items()
        for collection in sorted(collections)
        if (members := _elsewhere(known, version, collection) - collections[collection])
    ]
    return (
        f"{NOTE}# One record, two versions\n\n"
        "There is one set of records; each version shows it in its own way.\n"
        "What is written through one version is there in the other.\n\n"
        "## What is computed\n\n" + table(("Version", "Member", "Is"), derived) + "\n## What is not shown\n\n"
        "A record that a version has no way to show is not there for that version; its counts leave it out too.\n\n"
        + table(("Version", "Collection", "A record is left out when"), hidden)
        + "\n## Members that only the other version has\n\n"
        "A version does not show these; a PUT through it keeps what they held.\n\n"
        + table(("Version", "Collection", "Does not show"), lost)
    )


def digits(version: str) -> str:
    """Return the number of a version: ``v1p1`` is 1.1."""
    return version.removeprefix("v").replace("p", ".")


def _members(version: str) -> dict[str, set[str]]:
    """Return the members of each collection that a version has."""
    services = [service for service in SERVICES if service.version == version]
    models = services[0].operations[0].resource.model.referable.values()
    return {resource.collection: set(resource.schema.members) for resource in models}


def _elsewhere(known: Mapping[str, Mapping[str, set[str]]], version: str, collection: str) -> set[str]:
    """Return the members that other versions have in a collection."""
    return {member for other, one in known.items() if other != version for member in one.get(collection, ())}


def _hiding(test: Callable[[Record], bool]) -> str:
    """Return when a test is true: a test that was made for a member is described by what it was made of."""
    made_of = inspect.getclosurevars(test).nonlocals
    if "member" in made_of:
        return f"its {code(made_of['member'])} is not one of {', '.join(map(code, made_of['words']))}"
    return lower(sentence(test)).removeprefix("tell whether ").replace("a result", "it")
