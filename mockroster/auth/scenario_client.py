"""The client id ``scenario:<spec>``: a client that selects scenarios by its id, with any secret.

The token endpoint stores the scenarios in the token; a request signed with OAuth 1.0a names them itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mockroster.errors import ConfigurationError

SpecReader = Callable[[Sequence[str]], tuple[str, ...]]
"""Parses specs into single scenarios. Raises ``ConfigurationError`` for unknown ones."""

_readers: list[SpecReader] = []

NAME = "scenario"
"""The id of such a client, without the spec."""


def read_specs_by(reader: SpecReader) -> None:
    """Set the parser of specs. This package must not import the scenarios, so a package above both sets it.

    There is one catalogue of scenarios in a process, and so one parser.
    """
    _readers[:] = [reader]


def spec_of(client_id: str) -> str | None:
    """Return the spec in a client id, or ``None`` for the id of any other client."""
    name, colon, spec = client_id.partition(":")
    return spec if name == NAME and colon else None


def sentence(error: ConfigurationError) -> str:
    """Return the message of an error as a sentence."""
    message = str(error)
    return message if message.endswith("?") else f"{message}."


def scenarios_of_spec(spec: str) -> tuple[str, ...]:
    """Return the single scenarios of a spec. Raises ``ConfigurationError`` for an empty spec and unknown scenarios."""
    scenarios = _readers[-1]([spec]) if _readers else ()
    if not scenarios:
        raise ConfigurationError("The client id scenario:<spec> names no scenario; scenario:flaky would")
    return scenarios
