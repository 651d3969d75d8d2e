"""The client id ``scenario:<spec>``: a client that chooses scenarios by its own name, with any secret.

At the token endpoint the token carries the scenarios; a request that is signed by OAuth 1.0a carries them itself.
"""

from __future__ import annotations

from mockroster.errors import ConfigurationError
from mockroster.scenarios.spec import canonical

NAME = "scenario"
"""The id of such a client, without what it asks for."""


def spec_of(client_id: str) -> str | None:
    """Return the spec that a client id holds; ``None`` for the id of any other client."""
    name, colon, spec = client_id.partition(":")
    return spec if name == NAME and colon else None


def scenarios_of_spec(spec: str) -> tuple[str, ...]:
    """Return the scenarios of a spec, each by itself. Raises ``ConfigurationError`` for none and for unknown ones."""
    found = canonical([spec])
    if not found:
        raise ConfigurationError("The client id scenario:<spec> names no scenario; scenario:flaky would")
    return found
