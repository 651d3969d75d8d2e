"""The ``WWW-Authenticate`` headers of a 401.

Sources: RFC 7235, section 4.1; RFC 6750, section 3; RFC 5849, section 3.5.1.
This module imports nothing from mockroster.
"""

from __future__ import annotations

from werkzeug.datastructures import WWWAuthenticate

REALM = "mockroster"

_SCHEMES = {"basic": "Basic", "bearer": "Bearer", "oauth": "OAuth"}


class Challenge(WWWAuthenticate):
    """A challenge in the form of RFC 7235: werkzeug omits the quotes of ``realm`` and writes ``Oauth``."""

    def to_header(self) -> str:
        """Return the header's value, every parameter in double quotes."""
        parameters = ", ".join(f'{name}="{value}"' for name, value in self.parameters.items())
        return f"{_SCHEMES[self.type]} {parameters}"


BASIC = Challenge("basic", {"realm": REALM})
BEARER = Challenge("bearer", {"realm": REALM})
INVALID_TOKEN = Challenge("bearer", {"realm": REALM, "error": "invalid_token"})
OAUTH = Challenge("oauth", {"realm": REALM})
