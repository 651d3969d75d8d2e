"""The page on writes: the accepted forms of a body and their effects."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping

from mockroster.roster.defaults import AGREED, FILLERS
from mockroster.roster.ownership import OWNED
from mockroster.standard import fields
from mockroster.standard.model import Resource
from mockroster.standard.neutral import NEUTRAL
from mockroster.standard.versions import SERVICES
from pages.markdown import NOTE, code, lower, sentence, table
from pages.records import kind_of


def page() -> str:
    """Return the page on writes."""
    written = {
        operation.resource.collection: operation.resource
        for service in SERVICES
        for operation in service.all_operations
        if operation.kind == "put"
    }
    owned = "".join(
        f"- the {_and(part.collection for part in parts)} of a {code(NEUTRAL[collection].name)} go with it\n"
        for collection, parts in OWNED.items()
    )
    return (
        f"{NOTE}# Writes\n\n"
        f"{_and(written)} can be written.\n"
        "PUT creates (201) or replaces (200 in 1.1, 201 in 1.2), DELETE takes out (204).\n"
        'The body is wrapped: `{"lineItem": {…}}`; the answer has none.\n'
        "`sourcedId` may be left out; one that differs from the path is a 422.\n"
        "`status` is `active` unless given, `dateLastModified` is always the time of the write.\n"
        "A reference to a record that is not there is a 422 that names the member; so is an unknown member.\n\n"
        'POST, in 1.2, creates many at once, all or none: `{"results": [{…}, {…}]}`.\n'
        "Each needs a `sourcedId` of the client's; the answer has `sourcedIdPairs`,\n"
        "which say under which one each is kept.\n\n"
        "## What is filled in\n\nA member that a version of the standard demands, and that the body leaves out:\n\n"
        + table(("Member", "Is filled with"), _filled_members(written))
        + "\nWhere there is nothing to fill it with, the write is a 422.\n"
        f"{_agreed()} must be what is found; anything else is a 422.\n\n"
        "## What is accepted\n\n"
        "A client may send these forms; what is stored and read back is in the form of the standard.\n\n"
        + table(("Type", "Becomes"), _accepted_forms(written))
        + "\nA result of 1.1 needs no `scoreStatus`: it is `fully graded` with a score, else `submitted`.\n"
        "It may have a letter in place of the score, as `textScore` or in `score`; it is read back as `textScore`.\n\n"
        "## What is refused\n\n"
        "A required member that is empty or null, and an upper bound below the lower one, are a 422.\n"
        "A whole number of more than 64 bits is a 422 too, because it would be rounded: send it as text.\n"
        "So is a body that is compressed, or written in anything but UTF-8; the answer says which byte is wrong.\n\n"
        "## What a DELETE does\n\n"
        "The record is gone: a single read of it is a 404, and no collection shows it.\n"
        "Nothing keeps a record from being deleted;\n"
        "an optional reference to it is dropped, a required one stays.\n"
        "An export has a deleted record that is still referred to as `tobedeleted`, so that it can be served again.\n\n"
        + owned
    )


def _filled_members(written: Mapping[str, Resource]) -> list[list[str]]:
    """Return a row for each member that is filled in."""
    return [
        [code(f"{collection}.{member}"), lower(sentence(fill)).removeprefix("return ")]
        for collection, members in FILLERS.items()
        for member, fill in members.items()
        if collection in written and member in written[collection].schema.members
    ]


def _accepted_forms(written: Mapping[str, Resource]) -> list[list[str]]:
    """Return a row for each class of fields that accepts more than the standard defines."""
    return [
        [
            _names(kind, written.values()),
            lower(sentence(kind.accept)).removeprefix("return ").replace("`missing`", "nothing"),
        ]
        for kind in _lenient_fields()
    ]


def _agreed() -> str:
    """Return the members that must have the value that would be filled in."""
    return " and ".join(code(f"{collection}.{member}") for collection, members in AGREED.items() for member in members)


def _lenient_fields() -> Iterator[type[fields.Member]]:
    """Yield each class of fields that accepts more than the standard defines."""
    for kind in vars(fields).values():
        is_field = (
            inspect.isclass(kind) and issubclass(kind, fields.Member) and kind not in {fields.Member, fields.Part}
        )
        if is_field and "accept" in vars(kind):
            yield kind


def _names(kind: type[fields.Member], resources: Iterable[Resource]) -> str:
    """Return the name of a class of fields, with the members of that class."""
    everywhere = fields.RecordSchema().members
    found = [
        code(f"{resource.name}.{name}")
        for resource in resources
        for name, field in resource.schema.members.items()
        if type(field) is kind and name not in everywhere
    ]
    return f"{kind_of(kind)} ({', '.join(found)})" if found else kind_of(kind)


def _and(names: Iterable[str]) -> str:
    *first, last = [code(name) for name in names]
    return f"{', '.join(first)} and {last}" if first else last
