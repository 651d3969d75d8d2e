"""Load the classes that the entry points of a group name.

An entry point names a class, or a module or package to load all classes from.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, ClassVar, Protocol, TypeVar

from mockroster.base_errors import ConfigurationError


class Named(Protocol):
    """A class with a name that is unique in its group."""

    name: ClassVar[str]


_N = TypeVar("_N", bound=Named)


def load_classes(group: str, base: type[_N], kind: str) -> Iterator[tuple[type[_N], str]]:
    """Yield the subclasses of ``base`` in a group, each with the value of its entry point.

    A class without a ``name`` of its own is not yielded. Raises ``ConfigurationError`` if two have the same name;
    ``kind`` is the plural in that message.
    """
    loaded: dict[str, type[_N]] = {}
    for point in sorted(entry_points(group=group), key=lambda point: (point.value, point.name)):
        for class_ in _classes_of(point.load(), base):
            if loaded.setdefault(class_.name, class_) is not class_:
                raise ConfigurationError(f"two {kind} are called {class_.name!r}; one is that of {point.value}")
            yield class_, point.value


def _classes_of(loaded: Any, base: type[_N]) -> Iterator[type[_N]]:
    """Yield the class of an entry point, or the classes defined in its module or package."""
    if not isinstance(loaded, ModuleType):
        yield loaded
        return
    for _, member in inspect.getmembers(loaded, inspect.isclass):
        if issubclass(member, base) and "name" in vars(member) and member.__module__ == loaded.__name__:
            yield member
    for module in iter_modules(getattr(loaded, "__path__", ())):
        yield from _classes_of(import_module(f"{loaded.__name__}.{module.name}"), base)
