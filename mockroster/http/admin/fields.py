"""The marshmallow fields of requests to the switchboard, and the base of its models.

Each field raises ``ValidationError`` with a whole sentence, which names the parameter or member, the value and what
would be right. ``route`` puts the sentences together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, missing

from mockroster.durations import duration
from mockroster.errors import ConfigurationError, quoted
from mockroster.parsing import Parser, client, moment, one_of, whole
from mockroster.sandbox.credentials import Client
from mockroster.scenarios.base import AIM_MEMBER, NAME_MEMBER
from mockroster.scenarios.spec import canonical

Json = dict[str, Any]

_SHOWN = 80
"""Characters of a value that a refusal repeats."""


class Model(Schema):
    """The base of all models: a member that a model does not declare is an error."""

    kind_of_member: ClassVar[str] = "known here"
    """The noun of the message for an unknown member: ``'x' is not a parameter``."""

    class Meta:
        """Refuse unknown members, in the order of declaration."""

        unknown = RAISE


class FreeForm(Model):
    """The base of models whose members depend on the collection."""

    class Meta:
        """Accept every member."""

        unknown = "include"


class _Value(fields.Raw):
    """A field that converts a value by one function; a required value that is missing counts as ``null``."""

    def __init__(self, description: str, schema: Json, **options: Any) -> None:
        super().__init__(metadata={"description": description, **schema}, **options)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """Return the converted value. Raises ``ValidationError`` with a sentence."""
        if value is missing and not self.required:
            return super().deserialize(value, attr, data, **kwargs)
        return self.convert(attr or "", None if value is missing else value)

    def convert(self, name: str, value: Any) -> Any:
        """Return the value that a handler gets. Raises ``ValidationError`` with a sentence."""
        raise NotImplementedError


class Parsed(_Value):
    """A value that a parser reads: a query parameter, or a string or a number of a JSON body."""

    def __init__(self, parse: Parser, description: str, schema: Json | None = None, **options: Any) -> None:
        super().__init__(description, schema or {"type": "string"}, **options)
        self._parse = parse

    def convert(self, name: str, value: Any) -> Any:
        """Return the parsed value."""
        try:
            return self._parse(str(value))
        except ValueError as problem:
            raise ValidationError(f"{name}: {quoted(value)} is not {problem}") from None


def whole_number(least: int, most: int, description: str, **options: Any) -> Parsed:
    """Return the field of a whole number within bounds."""
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Parsed(whole(least, most), description, schema, **options)


def choice(description: str, *words: str, **options: Any) -> Parsed:
    """Return the field of one of several words."""
    return Parsed(one_of(*words), description, {"type": "string", "enum": list(words)}, **options)


def timestamp(description: str) -> Parsed:
    """Return the field of a date and time."""
    return Parsed(moment, description, {"type": "string", "examples": ["2026-01-15T08:00:00Z"]})


class Filter(_Value):
    """A filter or an option of a search in the journal: a string or a number, in a query or in a JSON body."""

    def __init__(self, description: str, parse: Callable[[str, str], Any] | None = None, **schema: Any) -> None:
        super().__init__(description, {"type": ["string", "integer"], **schema})
        self._parse = parse

    def convert(self, name: str, value: Any) -> Any:
        """Return the text, or what the parser makes of it."""
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise ValidationError(f"the filter {name} must be a string or a number")
        return self._parse(name, str(value)) if self._parse else str(value)


class Seconds(Filter):
    """A duration of at most ``most`` seconds, as a float."""

    def __init__(self, description: str, most: float) -> None:
        super().__init__(description, self._seconds, type="string")
        self._most = most

    def _seconds(self, name: str, text: str) -> float:
        try:
            seconds = duration(text).total_seconds()
        except ValueError as problem:
            raise ValidationError(f"{name}: {text[:_SHOWN]!r} is not {problem}") from None
        if not 0 <= seconds <= self._most:
            raise ValidationError(f"{name}: {text[:_SHOWN]!r} is not between 0s and {self._most:.0f}s")
        return seconds


class Text(_Value):
    """A string of a JSON body."""

    def __init__(self, description: str, **options: Any) -> None:
        super().__init__(description, {"type": "string"}, **options)

    def convert(self, name: str, value: Any) -> str:
        """Return the string."""
        if not isinstance(value, str):
            raise ValidationError(f"{name} must be a string")
        return value


class FixtureDocument(_Value):
    """A fixture document of a JSON body; the fixture reader checks its content."""

    def __init__(self, description: str) -> None:
        super().__init__(description, {"type": "object", "additionalProperties": True})

    def convert(self, name: str, value: Any) -> Json:
        """Return the document."""
        if not isinstance(value, dict):
            raise ValidationError(f'{name} must be a fixture document, such as {{"orgs": [...]}}')
        return value


class ScenarioSpecs(_Value):
    """Scenarios, in the order in which they act, such as ``flaky:every=3``, or as objects."""

    _SCHEMA: ClassVar[Json] = {
        "type": "array",
        "items": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "required": [NAME_MEMBER],
                    "properties": {
                        NAME_MEMBER: {"type": "string"},
                        AIM_MEMBER: {"type": "object", "additionalProperties": True},
                    },
                    "additionalProperties": True,
                },
            ]
        },
        "examples": [["flaky:every=3", {"scenario": "server-error", "status": 502, "at": {"path": "/users"}}]],
    }

    def __init__(self, description: str, **options: Any) -> None:
        super().__init__(description, self._SCHEMA, **options)

    def convert(self, name: str, value: Any) -> tuple[str, ...]:
        """Return the canonical texts, one for each scenario; a refusal names the nearest scenario."""
        if not isinstance(value, list) or not all(isinstance(item, str | dict) for item in value):
            raise ValidationError(
                f'{name}: scenarios are given as an array of strings, such as ["flaky:every=3"], '
                'or of objects, such as [{"scenario": "flaky", "every": 3}]'
            )
        try:
            return canonical(value)
        except ConfigurationError as error:
            raise ValidationError(str(error)) from None


class Clients(_Value):
    """The clients of a sandbox.

    They may be an object ``{"id": "secret"}``, or an array of ``{"id": …, "secret": …}`` or of ``"ID:SECRET"`` as
    ``--client`` has it. An answer shows the first one.
    """

    _MESSAGE = (
        'clients must be ["ID:SECRET"], [{"id": "ID", "secret": "SECRET"}] or {"ID": "SECRET"}, ids and secrets strings'
    )
    _SCHEMA: ClassVar[Json] = {
        "anyOf": [
            {"type": "string"},
            {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
            {
                "type": "array",
                "minItems": 1,
                "items": {
                    "anyOf": [
                        {"type": "string"},
                        {
                            "type": "object",
                            "required": ["id", "secret"],
                            "properties": {"id": {"type": "string"}, "secret": {"type": "string"}},
                            "additionalProperties": False,
                        },
                    ]
                },
            },
        ]
    }

    def __init__(self, description: str) -> None:
        super().__init__(description, self._SCHEMA)

    def convert(self, name: str, value: Any) -> dict[str, Client]:
        """Return the clients by id."""
        pairs = [*self._pairs(value)]
        for id_, secret in pairs:
            if not (isinstance(id_, str) and id_ and isinstance(secret, str) and secret):
                raise ValidationError(self._MESSAGE)
        if not pairs or len(dict(pairs)) != len(pairs):
            raise ValidationError(f"{name} must have one client at least, and each id once")
        return {id_: Client(id_, secret) for id_, secret in pairs}

    def _pairs(self, value: Any) -> Iterator[tuple[Any, Any]]:
        if isinstance(value, Mapping):
            yield from value.items()
            return
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping) and item.keys() == {"id", "secret"}:
                yield item["id"], item["secret"]
            elif isinstance(item, str):
                try:
                    yield client(item)
                except ValueError:
                    raise ValidationError(self._MESSAGE) from None
            else:
                raise ValidationError(self._MESSAGE)


def string(**options: Any) -> fields.String:
    """Return the field of a string that every answer has."""
    return fields.String(required=True, **options)


def integer(**options: Any) -> fields.Integer:
    """Return the field of a whole number that every answer has."""
    return fields.Integer(required=True, **options)


def strings() -> fields.List[Any]:
    """Return the field of a list of strings that every answer has."""
    return fields.List(fields.String(), required=True)


def text_map() -> fields.Dict:
    """Return the field of an object of strings that every answer has."""
    return fields.Dict(keys=fields.String(), values=fields.String(), required=True)
