"""The page on the members that a version derives, and on those that it cannot show."""

from __future__ import annotations

from collections.abc import Mapping

from mockroster.standard.conversion import Derivation, Expressible, Inexpressible, Test
from mockroster.standard.fields import Listed, Vocabulary
from mockroster.standard.versions import VERSIONS
from pages.markdown import NOTE, code, lower, sentence, table


def page() -> str:
    """Return the page on derived and hidden members."""
    derived = [
        [version.number, code(f"{collection}.{member}"), _deriving(derive)]
        for version in VERSIONS
        for collection, members in version.conversion.derived.items()
        for member, derive in members.items()
    ]
    hidden = [
        [version.number, code(collection), ", or ".join(map(_hiding, tests))]
        for version in VERSIONS
        for collection, tests in version.conversion.hidden.items()
    ]
    known = {
        version.number: {name: set(model.schema.members) for name, model in version.resources.items()}
        for version in VERSIONS
    }
    lost = [
        [number, code(collection), ", ".join(map(code, sorted(members)))]
        for number, collections in known.items()
        for collection in sorted(collections)
        if (members := _elsewhere(known, number, collection) - collections[collection])
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


def _elsewhere(known: Mapping[str, Mapping[str, set[str]]], number: str, collection: str) -> set[str]:
    """Return the members that other versions have in a collection."""
    return {member for other, models in known.items() if other != number for member in models.get(collection, ())}


def _deriving(derive: Derivation) -> str:
    """Return the source of a derived member, or the words of an enumeration that decide it."""
    if not isinstance(derive, Expressible):
        return lower(sentence(derive)).removeprefix("return ")
    kept = "those of its words" if isinstance(derive.field, Listed) else "its word"
    return f"{kept}, nothing where the version has none of them"


def _hiding(test: Test) -> str:
    """Return the condition under which a record is hidden, or the words of an enumeration that decide it."""
    if not isinstance(test, Inexpressible):
        return (
            lower(sentence(test))
            .removeprefix("tell whether ")
            .removeprefix("return whether ")
            .replace("a result", "it")
        )
    field = test.field.inner if isinstance(test.field, Listed) else test.field
    words = ", ".join(map(code, field.words)) if isinstance(field, Vocabulary) else "what the version has"
    return f"its {code(test.member)} is not one of {words}"
