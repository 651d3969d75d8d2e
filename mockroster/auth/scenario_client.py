"""The client id ``scenario:<spec>``: a client that chooses scenarios by its own name, with any secret.

At the token endpoint the token carries the scenarios; a request that is signed by OAuth 1.0a carries them itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mockroster.errors import ConfigurationError

SpecReader = Callable[[Sequence[str]], tuple[str, ...]]
"""Returns the scenarios of texts, each by itself. Raises ``ConfigurationError`` for unknown ones."""

_readers: list[SpecReader] = []

NAME = "scenario"
"""The id of such a client, without what it asks for."""


def read_specs_by(reader: SpecReader) -> None:
    """Use a reader for the specs of client ids: scenarios stand above this package, and so whoever knows both calls it.

    The catalogue of scenarios is one for the process, and so is its reader.
    """
    _readers[:] = [reader]


def spec_of(client_id: str) -> str | None:
    """Return the spec that a client id holds; ``None`` for the id of any other client."""
    name, colon, spec = client_id.partition(":")
    return spec if name == NAME and colon else None


def scenarios_of_spec(spec: str) -> tuple[str, ...]:
    """Return the scenarios of a spec, each by itself. Raises ``ConfigurationError`` for none and for unknown ones."""
    found = _readers[-1]([spec]) if _readers else ()
    if not found:
        raise ConfigurationError("The client id scenario:<spec> names no scenario; scenario:flaky would")
    return found
