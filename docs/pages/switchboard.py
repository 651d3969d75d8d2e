"""The page of the routes below ``/__admin``."""

from __future__ import annotations

from typing import Any

from marshmallow import missing

from mockroster.http.admin.fields import Model
from mockroster.http.admin.openapi import refusals
from mockroster.http.admin.route import Route
from mockroster.http.admin.switchboard import ROUTES
from pages.markdown import NOTE, code, table

_INTRODUCTION = """# Switchboard

Each route is also there below `/sandboxes/<name>`, for that sandbox.
`/openapi/admin.json` describes the same routes, with the schemas of all bodies.

"""

_REFUSALS = """
A parameter or a member that a route does not list is refused with 400, and so is a parameter that is given twice.
The column *Answers* lists the statuses of success, then those of refusals.
Every route may also answer 403 (a page of another origin), every route but `/__admin/health` 401 (without the token of
`--admin-token`), and every route that reads a body 413 (over 16 MB).
The body of a refusal is status information as in OneRoster 1.1, with a sentence that says what is wrong.
"""

_COMMON = {400, 401, 403, 413}


def page() -> str:
    """Return the page of the routes below ``/__admin``."""
    rows = [[route.method, code(f"/__admin{route.path}"), route.summary, _answers(route)] for route in ROUTES]
    text = NOTE + _INTRODUCTION + table(["Method", "Path", "What it does", "Answers"], rows) + _REFUSALS
    return text + "".join(_members(route) for route in ROUTES)


def _answers(route: Route) -> str:
    return ", ".join(map(str, [*route.answers, *sorted(set(refusals(route)) - _COMMON)]))


def _members(route: Route) -> str:
    """Return the tables of the query parameters and the members of the body of a route."""
    described = [("Parameter", route.query), ("Member of the body", route.body)]
    tables = [table([head, "Type", "Default", "What it is"], _rows(model)) for head, model in described if _rows(model)]
    heading = f"\n## {route.method} `/__admin{route.path}`\n\n"
    return heading + "\n".join(tables) if tables else ""


def _rows(model: type[Model] | None) -> list[list[str]]:
    if model is None:
        return []
    return [
        [code(field.data_key or name), _type(field.metadata), _default(field), str(field.metadata["description"])]
        for name, field in model().fields.items()
    ]


def _type(metadata: Any) -> str:
    """Return the type of a member, with the words or the bounds that it is held to."""
    if "enum" in metadata:
        return ", ".join(map(code, metadata["enum"]))
    types = [form["type"] for form in metadata.get("anyOf", [metadata])]
    names = " or ".join(types[0] if isinstance(types[0], list) else types)
    bounds = [f"{word} {metadata[key]}" for word, key in (("from", "minimum"), ("to", "maximum")) if key in metadata]
    return " ".join([names, *bounds])


def _default(field: Any) -> str:
    return "required" if field.required else "" if field.load_default is missing else code(field.load_default)
