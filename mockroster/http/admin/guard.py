"""Protect the switchboard from pages of other origins, from DNS rebinding and from calls without the admin token.

A browser sends ``Origin`` and ``Sec-Fetch-Site`` with the requests of a page, which cannot change them; curl, probes
and test suites send neither. ``Host`` says which name was resolved to our address: a page of ``evil.example`` whose
name was rebound to 127.0.0.1 is of the same origin for its browser, but its ``Host`` is still ``evil.example``.

Sources: Fetch Metadata Request Headers (W3C); RFC 6454, section 7; the description of DNS rebinding by the OWASP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mockroster.auth import challenge
from mockroster.errors import ForeignRequest, NotAuthenticated
from mockroster.http.admin.session import AdminSession

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from mockroster.settings import Settings

_GUARDED = re.compile("/(?:__admin|ui)(?:/|$)")
_LOOPBACK_NAMES = frozenset({"localhost", "host.docker.internal", "host.containers.internal"})
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_OWN_SITE = frozenset({"same-origin", "none"})
_SHOWN = 100
"""Characters of a header that a refusal repeats."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The checks that a request passes before it reaches ``/__admin`` or ``/ui``."""

    admin_token: str | None
    own_origin: str | None
    """The origin of ``--base-url``, if that is set."""

    own_hosts: frozenset[str]
    """Names of this server beside those of the loopback interface: of ``--base-url`` and ``--allow-host``."""

    invited: frozenset[str]
    """The origins of ``--cors``, whose pages may request the standard's paths but never the switchboard."""

    checks_host: bool
    """Whether the server listens on the loopback interface only, so that other names are refused."""

    @property
    def session(self) -> AdminSession | None:
        """The sign-in to the dashboard, or ``None`` if no admin token is set."""
        return None if self.admin_token is None else AdminSession(self.admin_token)

    @classmethod
    def of(cls, settings: Settings) -> Guard:
        """Return the guard of a server with these settings."""
        base = urlsplit(settings.base_url or "")
        own = {base.hostname} if base.hostname else set()
        return cls(
            settings.admin_token,
            _normal(base.scheme, base.netloc.rpartition("@")[2]) if base.hostname else None,
            frozenset(own | set(settings.allow_host)),
            frozenset(settings.cors),
            _is_loopback(settings.host),
        )

    @staticmethod
    def covers(path: str) -> bool:
        """Return whether a path, without the prefix of a sandbox, is guarded."""
        return _GUARDED.match(path) is not None

    def check(self, request: Request) -> None:
        """Raise ``ForeignRequest`` for a request that a page of another origin can have caused."""
        self._check_host(request)
        if not _is_link_to_dashboard(request):
            self._check_origin(request)

    def check_token(self, request: Request) -> None:
        """Raise ``NotAuthenticated`` for a request with neither the admin token nor its cookie, if a token is set."""
        session = self.session
        if session is None or session.is_signed_in(request):
            return
        scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
        if not session.accepts(presented.strip()) or scheme.lower() != "bearer":
            raise NotAuthenticated(
                "the switchboard needs Authorization: Bearer, and the token of --admin-token",
                www_authenticate=challenge.BEARER,
            )

    def check_invited(self, request: Request) -> None:
        """Raise ``ForeignRequest`` for a page of another origin that ``--cors`` does not name; any Host is right."""
        origin = request.environ.get("HTTP_ORIGIN")
        if origin is None or self.invited.isdisjoint((origin.lower(), "*")):
            self._check_origin(request)

    def admits(self, request: Request) -> bool:
        """Return whether a request may use the switchboard, and so create a sandbox."""
        try:
            self.check_token(request)
        except NotAuthenticated:
            return False
        return not self._is_foreign(request)

    def _is_foreign(self, request: Request) -> bool:
        try:
            self.check(request)
        except ForeignRequest:
            return True
        return False

    def _check_host(self, request: Request) -> None:
        host = request.environ.get("HTTP_HOST")
        if not self.checks_host or host is None:
            return
        name = _name(host)
        if not (_is_loopback(name) or name in self.own_hosts):
            raise ForeignRequest(
                f"Host is {host[:_SHOWN]!r}, and this server listens on the loopback interface only; "
                f"ask it as localhost, or start it with --allow-host {name[:_SHOWN] or 'NAME'}"
            )

    def _check_origin(self, request: Request) -> None:
        environ = request.environ
        origin, site = environ.get("HTTP_ORIGIN"), environ.get("HTTP_SEC_FETCH_SITE")
        own = {_normal(environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")), self.own_origin}
        if origin is not None and _normal(*_split(origin)) not in own:
            raise ForeignRequest(
                f"a page of {origin[:_SHOWN]!r} may not drive the switchboard: only pages of this server, and programs "
                "that send no Origin. Behind a proxy, --base-url says which origin is ours"
            )
        if site is not None and site.strip().lower() not in _OWN_SITE:
            raise ForeignRequest(
                f"Sec-Fetch-Site is {site[:_SHOWN]!r}: the page of another site may not drive the switchboard"
            )


def _is_link_to_dashboard(request: Request) -> bool:
    """Return whether a request is a navigation to the dashboard by a link on another site."""
    environ = request.environ
    return (
        request.method == "GET"
        and not request.path.startswith("/__admin")
        and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        and environ.get("HTTP_SEC_FETCH_DEST") == "document"
        and "HTTP_ORIGIN" not in environ
    )


def _split(origin: str) -> tuple[str, str]:
    scheme, _, host = origin.strip().partition("://")
    return scheme, host


def _normal(scheme: str, host: str) -> str:
    """Return an origin in lower case, without the default port of its scheme."""
    scheme, host = scheme.lower(), host.lower()
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS.get(scheme, ''))}"


def _name(host: str) -> str:
    """Return the name of a Host header in lower case, without port and final dot."""
    found = re.fullmatch(r"(?:\[(?P<literal>[^\]]*)\]|(?P<name>[^:]*))(?::\d*)?", host.strip())
    if found is None:
        return host.strip().lower()
    return (found["literal"] or found["name"] or "").lower().removesuffix(".")


def _is_loopback(name: str) -> bool:
    name = name.lower()
    if name in _LOOPBACK_NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
