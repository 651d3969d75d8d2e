"""A schema reads valid documents by itself and leaves the others to marshmallow; both must say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import NOW
from marshmallow import Schema, ValidationError

from mockroster.district import district
from mockroster.roster.convert import shaped
from mockroster.roster.defaults import DEFAULTS
from mockroster.standard.model import Resource
from mockroster.standard.versions import VERSIONS

RESOURCES = [resource for version in VERSIONS for resource in version.resources.values()]
WRONG: tuple[Any, ...] = (None, "", "x", 5, -1.5, True, [], [5], ["x"], {}, {"sourcedId": "x"}, [{"x": None}])
"""Values of which each member takes a few at most."""


@pytest.fixture(scope="module")
def records() -> dict[str, list[Any]]:
    """Return two records of each collection."""
    return {name: [rows[0], rows[-1]] for name, rows in district(seed=3, students=30, now=NOW).items()}


def documents(resource: Resource, records: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Yield valid documents of a model, each also with a member that is wrong, missing, or unknown."""
    for record in records[resource.collection]:
        document = resource.schema.dump(shaped(resource.version, resource.collection, record))
        yield document
        yield document | {"unknown": 1}
        for name in resource.schema.members:
            yield {other: value for other, value in document.items() if other != name}
            yield from (document | {name: wrong} for wrong in WRONG)


def outcome(load: Any, *arguments: Any, **keywords: Any) -> Any:
    """Return the members that a schema loads, in order, or its errors."""
    try:
        return list(load(*arguments, **keywords).items())
    except ValidationError as error:
        return error.normalized_messages()


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: f"{resource.version}-{resource.name}")
def test_schema_loads_as_marshmallow_does(resource: Resource, records: dict[str, list[Any]]) -> None:
    """Members, their order and all errors are those of marshmallow, whichever members may be missing."""
    schema, fillable = resource.schema, [*DEFAULTS.get(resource.collection, {})]
    kinds = set()

    for document in documents(resource, records):
        optional = [*(name for name, other in schema.instead.items() if other in document)]
        for partial, whole in ((None, optional or None), (fillable, [*fillable, *optional])):
            expected = outcome(Schema.load, schema, document, partial=whole)
            kinds.add(type(expected))

            assert outcome(schema.load, document, partial=partial) == expected
            assert schema.validate(document, partial=partial) == Schema.validate(schema, document, partial=whole)

    assert kinds == {list, dict}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: f"{resource.version}-{resource.name}")
def test_schemas_have_no_hooks(resource: Resource) -> None:
    """Marshmallow calls hooks, and our own reading of a valid document does not."""
    hooks = resource.schema._hooks

    assert not any(hooks.values())
