"""Load the classes that the entry points of a group name.

An entry point names a class, or a module or package to load all classes from.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, TypeVar

from mockroster.base_errors import ConfigurationError

_T = TypeVar("_T")


def load_classes(group: str, base: type[_T], kind: str, attribute: str = "name") -> Iterator[tuple[type[_T], str]]:
    """Yield the subclasses of ``base`` in a group, each with the value of its entry point.

    ``attribute`` is the class attribute with the unique name. A class that does not define it is not yielded. Raises
    ``ConfigurationError`` if two have the same name; ``kind`` is the plural in that message.
    """
    from importlib.metadata import entry_points  # a server that has just started may not need it

    loaded: dict[str, type[_T]] = {}
    for point in sorted(entry_points(group=group), key=lambda point: (point.value, point.name)):
        for class_ in _classes_of(point.load(), base, attribute):
            name = getattr(class_, attribute)
            if loaded.setdefault(name, class_) is not class_:
                raise ConfigurationError(f"two {kind} are called {name!r}; one is that of {point.value}")
            yield class_, point.value


def _classes_of(loaded: Any, base: type[_T], attribute: str) -> Iterator[type[_T]]:
    """Yield the class of an entry point, or the classes defined in its module or package."""
    if not isinstance(loaded, ModuleType):
        yield loaded
        return
    for _, member in inspect.getmembers(loaded, inspect.isclass):
        if issubclass(member, base) and attribute in vars(member) and member.__module__ == loaded.__name__:
            yield member
    for module in iter_modules(getattr(loaded, "__path__", ())):
        yield from _classes_of(import_module(f"{loaded.__name__}.{module.name}"), base, attribute)
