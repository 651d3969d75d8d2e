"""The parameters of scenarios and events: fields of a dataclass, with their bounds and their description."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from mockroster.base_errors import nearest

_TYPES = {int: "integer", float: "number", str: "string"}

_SHOWN = 80
"""The most characters of a value in an error message."""

_CLASSES = 512
"""The most classes whose parameters are cached: their annotations are text, which takes long to evaluate."""


def parameter(
    default: Any,
    help_: str,
    *,
    least: float | None = None,
    most: float | None = None,
    words: tuple[str, ...] = (),
    form: str = "",
    example: str = "",
) -> Any:
    """Return a dataclass field for a parameter of type ``int``, ``float``, ``str`` or ``tuple[str, ...]``.

    ``least`` and ``most`` bound a number; ``words`` lists the allowed values of a string, or of the items of a tuple.
    ``form`` is a regular expression that these have to match, and ``example`` a string that does. Events have no
    tuples.
    """
    metadata = {"help": help_, "least": least, "most": most, "words": words, "form": form, "example": example}
    return dataclasses.field(default=default, metadata=metadata)


def fields_of(owner: type) -> Mapping[str, tuple[Any, dataclasses.Field[Any]]]:
    """Return the type and the field of each parameter of a class."""
    types = _types_of(owner)
    return {field.name: (types[field.name], field) for field in dataclasses.fields(owner)}


@lru_cache(_CLASSES)
def _types_of(owner: type) -> Mapping[str, Any]:
    """Return the type of each parameter of a class."""
    return {name: _without_none(hint) for name, hint in get_type_hints(owner).items()}


def _without_none(hint: Any) -> Any:
    """Return the type of a parameter whose default may be ``None``."""
    return next(part for part in get_args(hint) if part is not NoneType) if isinstance(hint, UnionType) else hint


def is_in_bounds(field: dataclasses.Field[Any], number: float) -> bool:
    """Return whether a number is within the bounds of its parameter, and of the range of ``float``."""
    least, most = field.metadata["least"], field.metadata["most"]
    is_in_range = abs(number) <= sys.float_info.max  # also for integers that ``float`` cannot convert
    return is_in_range and (least is None or number >= least) and (most is None or number <= most)


def text_error(field: dataclasses.Field[Any], text: str) -> str:
    """Return a sentence about a string that its parameter does not allow, or an empty string."""
    words, form = field.metadata["words"], field.metadata["form"]
    if words and text not in words:
        return f"{text[:_SHOWN]!r} is not one of {', '.join(words)}{nearest(text, words)}"
    if form and not re.fullmatch(form, text):
        return f"{text[:_SHOWN]!r} is not a value such as {field.metadata['example']}"
    return ""


def describe_class(owner: type) -> tuple[str, str]:
    """Return the description and the source in the docstring of a class, each on one line, with code in backticks."""
    description, _, source = inspect.cleandoc(owner.__doc__ or "").replace("``", "`").partition("Source: ")
    return " ".join(description.split()), " ".join(source.split())


def describe_parameters(owner: type) -> list[dict[str, Any]]:
    """Return name, type, default, help and allowed values of each parameter of a class, ready for JSON."""
    return [_describe_parameter(hint, field) for hint, field in fields_of(owner).values()]


def _describe_parameter(hint: Any, field: dataclasses.Field[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": field.name,
        "type": _TYPES.get(hint, "list"),
        "default": list(field.default) if isinstance(field.default, tuple) else field.default,
        "help": field.metadata["help"],
    }
    if field.metadata["words"]:
        row["values"] = list(field.metadata["words"])
    return row
