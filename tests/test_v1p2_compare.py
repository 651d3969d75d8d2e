"""Our OpenAPI documents of 1.2 differ from those of 1EdTech only as listed here, each with its reason.

``docs/explanation/openapi-differences.md`` has the same list for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Api
from v1p2 import HOST, Json, name, official

from mockroster.standard.model import Service
from mockroster.standard.v1p2.operations import SERVICES

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "openapi-differences.md"

NOTHING = None
ANYTHING = ...


@dataclass(frozen=True)
class Difference:
    """An expected difference: where, what stands there, what stands in ours, why."""

    where: str
    """A regular expression that the whole place matches."""

    theirs: Any
    ours: Any
    reason: str


DIFFERENCES = (
    Difference("openapi", "3.0.0", "3.1.0", "Our documents use OpenAPI 3.1, theirs 3.0."),
    Difference(
        ".* query (limit|offset) format",
        "int32",
        NOTHING,
        "`limit` and `offset` have explicit bounds instead of the format `int32`.",
    ),
    Difference(
        ".* query (limit|offset) maximum",
        NOTHING,
        2**31 - 1,
        "`limit` and `offset` have explicit bounds instead of the format `int32`.",
    ),
    Difference(
        ".* path \\w+ minLength",
        NOTHING,
        1,
        "An id in a path is never empty, because a path without id is another path.",
    ),
    Difference(
        ".* (answer|body)[.\\[].* minLength",
        NOTHING,
        1,
        "A string is never empty, because an empty member is left out.",
    ),
    Difference(
        ".* (answer|body)[.\\[].*sourcedId maxLength",
        NOTHING,
        255,
        "A record's `sourcedId` has at most 255 characters, as in 1.1.",
    ),
    Difference(
        ".* answer[.\\[].*schoolYear pattern",
        NOTHING,
        "^[0-9]{4}$",
        "A `schoolYear` is the four digits of the year in which it ends.",
    ),
    Difference(
        ".* (answer|body)[.\\[].* minItems",
        NOTHING,
        1,
        "An array inside a record is never empty, because an empty member is left out.",
    ),
    Difference(
        ".* (answer|body)[.\\[].* pattern",
        r"(ext:)[a-zA-Z0-9\.\-_]+",
        "^ext:[a-zA-Z0-9._-]+$",
        "The pattern of extended words is anchored; theirs would accept `xext:y z`.",
    ),
    Difference(
        ".* (answer|body)[.\\[].* format",
        "float",
        NOTHING,
        "Numbers are JSON numbers of any size, without the format `float`.",
    ),
    Difference(
        ".* (200 answer|201 answer|body) required",
        (),
        ANYTHING,
        "The member that contains a collection is required, because a body without it is meaningless.",
    ),
    Difference(
        ".* default",
        "TargetEndSystem",
        NOTHING,
        "The name of a code minor has no default, because it is always present.",
    ),
    Difference(
        "(GET|DELETE) .* status 422",
        True,
        NOTHING,
        "A request without a body never gets a 422; theirs declares it everywhere.",
    ),
    Difference(
        "PUT .* status 404",
        True,
        NOTHING,
        "A PUT never gets a 404: it creates a missing record, and an unknown reference is a 422.",
    ),
    Difference(
        "GET .* status 404",
        NOTHING,
        True,
        "Every collection declares 404; theirs requires it for an unknown parent without declaring it.",
    ),
    Difference(
        "(PUT|POST|DELETE) .* status 400",
        NOTHING,
        True,
        "Every operation declares 400, because a request can name an unknown scenario or an invalid host.",
    ),
    Difference(
        "(PUT|POST) .* status (413|415|507)",
        NOTHING,
        True,
        "413, 415 and 507 are declared: a body can be too large or not JSON, and a sandbox can be full.",
    ),
    Difference(
        "GET .* status 414",
        NOTHING,
        True,
        "414 is declared: a query can be too long for the links of a page.",
    ),
    Difference(
        ".* header (X-Total-Count|Link)",
        NOTHING,
        ANYTHING,
        "`Link` is declared as a header, and `X-Total-Count` also for single reads.",
    ),
    Difference(
        ".* header (WWW-Authenticate|Retry-After|X-Mockroster-Scenario)",
        NOTHING,
        "string",
        "All headers of responses are declared, including those of a 401 and a 429 and the names of scenarios.",
    ),
    Difference(
        ".* links",
        True,
        NOTHING,
        "Pages are linked by the header `Link`; their link objects look for `limit` and `offset` in the path.",
    ),
    Difference(
        ".* security",
        ANYTHING,
        ANYTHING,
        "Scopes are alternatives, with one requirement each; theirs lists them in one requirement, "
        "which formally demands all of them.",
    ),
    Difference(
        "token URL",
        ANYTHING,
        f"{HOST}/oauth2/token",
        "The token URL is that of this server, at the address of the request.",
    ),
    Difference(
        "(servers|title|scheme)", ANYTHING, ANYTHING, "Title, server and the name of the security scheme are our own."
    ),
)
"""Every difference that there may be, the first that matches counts. Descriptions, summaries and tags are texts, and
names of components are a matter of taste: neither is compared."""


def resolved(document: Json, node: Json) -> Json:
    """Return what a node stands for."""
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


Leaf = tuple[str, Any]

KEYWORDS = ("type", "format", "minimum", "maximum", "default", "minLength", "maxLength", "pattern")


def schema_leaves(document: Json, schema: Json, place: str) -> Iterator[Leaf]:
    """Yield everything that a schema says, by its place."""
    schema = resolved(document, schema)
    if "anyOf" in schema:
        for option in schema["anyOf"]:
            yield from schema_leaves(document, option, place)
        return
    for keyword in KEYWORDS:
        if keyword in schema:
            yield f"{place} {keyword}", schema[keyword]
    if schema.get("minItems"):
        yield f"{place} minItems", schema["minItems"]
    if "enum" in schema:
        yield f"{place} enum", tuple(sorted(schema["enum"]))
    if "items" in schema:
        yield from schema_leaves(document, schema["items"], f"{place}[]")
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        yield f"{place} members", tuple(properties)
        yield f"{place} required", tuple(sorted(schema.get("required", ())))
        yield f"{place} open", schema.get("additionalProperties", True) is not False
        for member, inside in properties.items():
            yield from schema_leaves(document, inside, f"{place}.{member}")


def operation_leaves(document: Json, operation: Json, place: str) -> Iterator[Leaf]:
    """Yield everything that an operation says, by its place."""
    yield f"{place} operationId", operation["operationId"]
    yield f"{place} security", tuple(map(str, operation["security"]))
    yield (
        f"{place} scopes",
        tuple(sorted({scope for one in operation["security"] for scope in next(iter(one.values()))})),
    )
    parameters = [resolved(document, parameter) for parameter in operation.get("parameters", ())]
    yield f"{place} parameters", tuple(parameter["name"] for parameter in parameters)
    for parameter in parameters:
        here = f"{place} {parameter['in']} {parameter['name']}"
        yield f"{here} required", parameter.get("required", False)
        yield f"{here} style", parameter.get("style", "form" if parameter["in"] == "query" else "simple")
        yield f"{here} blank", parameter.get("allowEmptyValue", False)
        yield from schema_leaves(document, parameter["schema"], here)
    if "requestBody" in operation:
        body = resolved(document, operation["requestBody"])
        yield f"{place} body needed", body.get("required", False)
        yield f"{place} body types", tuple(body["content"])
        yield from schema_leaves(document, body["content"]["application/json"]["schema"], f"{place} body")
    for status, declared in operation["responses"].items():
        response = resolved(document, declared)
        yield f"{place} status {status}", True
        yield f"{place} {status} types", tuple(response.get("content", ()))
        for header, stated in response.get("headers", {}).items():
            yield f"{place} {status} header {header}", resolved(document, stated)["schema"]["type"]
        if response.get("links"):
            yield f"{place} {status} links", True
        for content in response.get("content", {}).values():
            yield from schema_leaves(document, content["schema"], f"{place} {status} answer")


def leaves(document: Json) -> Iterator[Leaf]:
    """Yield everything that a document says and that a client may rely on, by its place."""
    yield "openapi", document["openapi"]
    yield "title", document["info"]["title"]
    yield "servers", str(document["servers"])
    ((scheme, stated),) = document["components"]["securitySchemes"].items()
    yield "scheme", scheme
    yield "scheme type", stated["type"]
    yield "flows", tuple(stated["flows"])
    yield "token URL", stated["flows"]["clientCredentials"]["tokenUrl"]
    yield "all scopes", tuple(sorted(stated["flows"]["clientCredentials"]["scopes"]))
    yield "paths", tuple(sorted(document["paths"]))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield from operation_leaves(document, operation, f"{method.upper()} {path}")


def found(api: Api, service: Service) -> list[tuple[str, Any, Any]]:
    """Return every difference between the two documents of a service: place, theirs, ours."""
    theirs = dict(leaves(official(service.name)))
    ours = dict(leaves(api.get(f"{HOST}/openapi/{service.name}.json").get_json()))
    undeclared = {
        place.rsplit(" ", 2)[0] + f" {place.rsplit(' ', 1)[1]} "
        for place in theirs.keys() ^ ours.keys()
        if " status " in place
    }
    return [
        (place, theirs.get(place), ours.get(place))
        for place in [*theirs, *(place for place in ours if place not in theirs)]
        if theirs.get(place) != ours.get(place) and not any(place.startswith(status) for status in undeclared)
    ]


def explained(place: str, theirs: Any, ours: Any) -> Difference | None:
    """Return the expected difference that a difference is, or nothing."""
    for one in DIFFERENCES:
        if one.theirs in (ANYTHING, theirs) and one.ours in (ANYTHING, ours) and re.fullmatch(one.where, place):
            return one
    return None


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_every_difference_is_an_expected_one(api: Api, service: Service) -> None:
    """Paths, parameters, members, required lists, enumerations, bodies, statuses: what differs is listed above."""
    unexplained = [difference for difference in found(api, service) if explained(*difference) is None]

    assert unexplained[:10] == []


def test_every_expected_difference_is_one(api: Api) -> None:
    """A difference that is no more is taken from the list."""
    used = {explained(*difference) for service in SERVICES for difference in found(api, service)}

    assert [one.reason for one in DIFFERENCES if one not in used] == []


def test_the_comparison_sees_a_difference(api: Api) -> None:
    """A document with a member less, or another enumeration, is not taken for the same."""
    theirs = dict(leaves(official("gradebook")))
    document = api.get(f"{HOST}/openapi/gradebook.json").get_json()
    schema = document["components"]["schemas"]["ScoreScale"]["properties"]
    del schema["course"]
    schema["status"]["enum"].append("inactive")

    changed = {place for place, value in leaves(document) if theirs.get(place) != value}

    assert "GET /scoreScales/{sourcedId} 200 answer.scoreScale members" in changed
    assert "GET /scoreScales/{sourcedId} 200 answer.scoreScale.status enum" in changed


def test_the_page_for_people_has_the_same_list() -> None:
    """Each reason stands in the documentation, in the same order, and nothing else is listed there."""
    listed = re.findall(r"^- (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert listed == list(dict.fromkeys(one.reason for one in DIFFERENCES))
