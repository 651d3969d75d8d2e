"""One row of the switchboard: a route with the models of its query, its body and its answers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import request
from marshmallow import ValidationError
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response

from mockroster.errors import MalformedRequest, unknown
from mockroster.fixtures.read.json.numbers import exact
from mockroster.http.admin.fields import Model
from mockroster.render.answer import JSON

Handler = Callable[..., Response]


class NoParameters(Model):
    """The query of a route without parameters."""

    kind_of_member = "a parameter"


@dataclass(frozen=True, slots=True)
class Answer:
    """One successful answer of a route."""

    description: str
    model: type[Model] | None = None
    media_types: tuple[str, ...] = (JSON,)
    """The types of the body; none where the answer has no body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route below ``/__admin``.

    The handler gets the variables of the path by name, the validated query parameters as ``query`` where the route has
    a query model, and the validated body as ``body`` where it has a body model.
    """

    method: str
    path: str
    handler: Handler
    query: type[Model] | None = None
    body: type[Model] | None = None
    body_types: tuple[str, ...] = (JSON,)
    """Media types of the body that the model describes."""

    uploads: tuple[str, ...] = ()
    """Media types of a body that the handler reads itself."""

    answers: Mapping[int, Answer]
    refusals: tuple[int, ...] = ()
    """Statuses of this route's own refusals, beside those of every route."""

    is_open: bool = False
    """Whether the route answers without the admin token."""

    @property
    def summary(self) -> str:
        """The first sentence of the handler's docstring."""
        text = " ".join((inspect.getdoc(self.handler) or "").split()).replace("``", "`")
        return re.split(r"(?<=\.)\s", text)[0].removesuffix(".")

    @property
    def name(self) -> str:
        """The name of the operation in the OpenAPI document: ``records.merge``."""
        return f"{self.handler.__module__.rpartition('.')[2]}.{self.handler.__name__}"

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables of the path."""
        return tuple(re.findall(r"<(?:path:)?(\w+)>", self.path))

    @property
    def template(self) -> str:
        """The whole path as OpenAPI writes it: ``/__admin/sandboxes/{name}``."""
        return "/__admin" + re.sub(r"<(?:path:)?(\w+)>", r"{\1}", self.path)

    def call(self, **variables: str) -> Response:
        """Validate the request of Flask's context and call the handler. Raises ``MalformedRequest``."""
        arguments: dict[str, Any] = dict(variables)
        query = validate_query(self.query or NoParameters)
        if self.query is not None:
            arguments["query"] = query
        if self.body is not None:
            self._check_type()
            arguments["body"] = validate(self.body, read_object())
        return self.handler(**arguments)

    def _check_type(self) -> None:
        """Raise ``UnsupportedMediaType`` for JSON of another type, where the route declares that it refuses it."""
        type_ = request.mimetype
        if UnsupportedMediaType.code in self.refusals and type_.endswith("json") and type_ not in self.body_types:
            raise UnsupportedMediaType(f"Content-Type is {type_[:80]!r}; send {self.body_types[-1]}")


def read_object() -> dict[str, Any]:
    """Return the JSON object of the request's body, empty for an empty body. Raises ``MalformedRequest``."""
    try:
        document = exact(request.get_data() or b"{}")
    except ValueError as problem:
        raise MalformedRequest(f"the body {problem}") from None
    if not isinstance(document, dict):
        raise MalformedRequest("the body must be a JSON object")
    return document


def validate_query(model: type[Model]) -> dict[str, Any]:
    """Return the validated query parameters of the request. Raises ``MalformedRequest``."""
    values: dict[str, str] = {}
    for name, texts in request.args.lists():
        if len(texts) > 1 and name in _names(_schema(model)):
            raise MalformedRequest(f"{name} is given {len(texts)} times; once will do")
        values[name] = texts[0]
    return validate(model, values)


def validate(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a model makes of a request's.

    Raises ``MalformedRequest`` with a sentence for each fault; an unknown member comes with the nearest known one.
    """
    schema = _schema(model)
    known = _names(schema)
    for name in values if schema.unknown == "raise" else ():
        if name not in known:
            raise MalformedRequest(_unknown_member(schema, name, known))
    try:
        loaded: dict[str, Any] = schema.load(values)
    except ValidationError as error:
        raise MalformedRequest("; ".join(_sentences(error.messages))) from None
    return loaded


@cache
def _schema(model: type[Model]) -> Model:
    """Return the instance of a model; it keeps no state between requests."""
    return model()


def _unknown_member(schema: Model, name: str, known: list[str]) -> str:
    if known:
        return unknown(name, schema.kind_of_member, known)
    return f"{name[:80]!r} is not {schema.kind_of_member}: this route has none"


def _names(schema: Model) -> list[str]:
    return [row.data_key or name for name, row in schema.fields.items()]


def _sentences(messages: Any) -> Iterable[str]:
    """Yield the sentences in the structure that marshmallow gives."""
    if isinstance(messages, str):
        yield messages
        return
    for part in messages.values() if isinstance(messages, Mapping) else messages:
        yield from _sentences(part)
