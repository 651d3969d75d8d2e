"""The cookie of a person who has signed in to the dashboard; it is as good as the admin token in a header.

The cookie is derived from the token, so every server with the same token accepts it, also after a restart. Browsers do
not separate cookies by port: its name is derived from the token too, so two servers on one host do not sign each
other's people out.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from werkzeug.wrappers import Request, Response

_NAME_DIGITS = 8


@dataclass(frozen=True, slots=True)
class AdminSession:
    """The sign-in of a server with an admin token."""

    token: str = field(repr=False)

    @property
    def cookie_name(self) -> str:
        """The name of the cookie."""
        return f"mockroster-{self._derived('name')[:_NAME_DIGITS]}"

    def accepts(self, presented: str) -> bool:
        """Return whether a text is the admin token, compared in constant time."""
        return hmac.compare_digest(presented.encode(errors="replace"), self.token.encode())

    def is_signed_in(self, request: Request) -> bool:
        """Return whether a request has the cookie."""
        presented = request.cookies.get(self.cookie_name)
        return presented is not None and hmac.compare_digest(
            presented.encode(errors="replace"), self._derived("session").encode()
        )

    def start(self, request: Request, response: Response) -> None:
        """Set the cookie, which ends with the browser's session. No script reads it; no other site sends it."""
        response.set_cookie(
            self.cookie_name,
            self._derived("session"),
            secure=request.scheme == "https",
            httponly=True,
            samesite="Strict",
        )

    def end(self, response: Response) -> None:
        """Delete the cookie."""
        response.delete_cookie(self.cookie_name, httponly=True, samesite="Strict")

    def _derived(self, purpose: str) -> str:
        return hmac.new(self.token.encode(), f"mockroster dashboard {purpose}".encode(), sha256).hexdigest()
