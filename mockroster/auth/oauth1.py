"""Verify requests signed with two-legged OAuth 1.0a: a client's key and secret, without a token.

oauthlib builds the base string and signs it. It is imported at the first signature, because the import takes 46 ms.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from werkzeug.wrappers import Request

from mockroster.auth import challenge, scenario_client
from mockroster.errors import ConfigurationError, MalformedRequest, NotAuthenticated, nearest
from mockroster.sandbox.credentials import WINDOW, Client, Credentials

PATH = "mockroster.path"
"""The WSGI environ key of the decoded path as the client sent it, before normalization.

It is used only with a WSGI server that does not provide the raw request target."""

BASE_URL = "mockroster.base_url"
"""The WSGI environ key of the address announced to clients (``--base-url``), if there is one."""

METHODS = ("HMAC-SHA1", "HMAC-SHA256")

_REQUIRED = ("oauth_consumer_key", "oauth_signature_method", "oauth_signature", "oauth_timestamp", "oauth_nonce")
_FORM = "application/x-www-form-urlencoded"
_UNRESERVED = "/-._~"
_PATH_SPELLINGS = (
    _UNRESERVED,
    _UNRESERVED + "!$&'()*+,;=:@",  # the characters that RFC 3986 allows in a path
    _UNRESERVED + "!'()*",  # the characters that encodeURIComponent of JavaScript leaves alone
)
"""Characters that clients leave unencoded in a path."""

_BASE_STRING_SPELLINGS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (("~", "%7E"),),  # URLEncoder of Java, HttpUtility.UrlEncode of .NET
    (("%21", "!"),),  # encodeURIComponent of JavaScript, Uri.EscapeDataString of the .NET Framework
    (("~", "%7E"), ("%21", "!")),
)
"""Replacements that turn an encoding by section 3.6 of RFC 5849 into that of a client which deviates from it."""

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Signature:
    """The protocol parameters of a signed request."""

    client_id: str
    method: str
    value: str
    timestamp: int
    nonce: str


def verify(request: Request, credentials: Credentials, now: datetime) -> str:
    """Return the id of the client that signed a request; ``now`` is real time, not the sandbox's.

    Raises ``MalformedRequest`` for parameters that are missing, doubled or not supported, and ``NotAuthenticated``
    for an unknown key, a timestamp more than ``WINDOW`` seconds off, a wrong signature or a used nonce.
    A wrong signature does not use up its nonce. With the key ``scenario:<spec>`` any secret is accepted: its
    signature is not compared, everything else is checked.

    Sources: RFC 5849, sections 3.2 to 3.4; observed client behaviour.
    """
    parameters = _parameters(request)
    signature = _signature(parameters)
    chooses_scenarios = scenario_client.spec_of(signature.client_id) is not None
    client = Client(scenario_client.NAME, "") if chooses_scenarios else _client(signature, credentials)
    _check_time(signature, now)
    if not chooses_scenarios:
        _check_signature(request, parameters, signature, client)
    if not credentials.first_use(signature.client_id, signature.timestamp, signature.nonce, now):
        raise _refused(f"The nonce {_quoted(signature.nonce)} was used before; each request needs a new one.")
    return client.id


def scenarios_of(request: Request) -> tuple[str, ...]:
    """Return the scenarios that a signed request selects by the consumer key ``scenario:<spec>``, if any.

    Raises ``NotAuthenticated`` for an unknown scenario, with the nearest known name.
    """
    environ = request.environ
    is_signed = str(environ.get("HTTP_AUTHORIZATION", ""))[:6].lower() == "oauth "
    if not is_signed and "oauth_consumer_key" not in environ.get("QUERY_STRING", ""):
        return ()
    spec = scenario_client.spec_of(_consumer_key(request))
    if spec is None:
        return ()
    try:
        return scenario_client.scenarios_of_spec(spec)
    except ConfigurationError as error:
        raise _refused(f"oauth_consumer_key: {scenario_client.sentence(error)}") from None


def client_of(request: Request) -> str | None:
    """Return the client id that ``verify`` would return for a signed request, without checking the signature."""
    key = _consumer_key(request)
    return scenario_client.NAME if scenario_client.spec_of(key) is not None else key or None


def _consumer_key(request: Request) -> str:
    """Return ``oauth_consumer_key``, or an empty string if it is missing."""
    try:
        return dict([*_in_header(request), *_form(request.query_string)]).get("oauth_consumer_key", "")
    except MalformedRequest:
        return ""  # ``verify`` refuses the request


def _parameters(request: Request) -> Pairs:
    """Return every signed parameter and the signature (RFC 5849, section 3.4.1.3.1)."""
    parameters = [*_in_header(request), *_form(request.query_string)]
    if request.mimetype == _FORM:
        parameters += _form(request.get_data())
    return parameters


def _in_header(request: Request) -> Pairs:
    from oauthlib.oauth1.rfc5849.utils import parse_http_list  # see the module docstring

    scheme, _, rest = str(request.environ.get("HTTP_AUTHORIZATION", "")).strip().partition(" ")
    if scheme.lower() != "oauth":
        return []
    parameters = []
    for item in parse_http_list(rest):
        name, equals, value = item.partition("=")
        if not equals:
            raise MalformedRequest(
                f'The Authorization header has {_quoted(item)}, which is not of the form name="value".'
            )
        parameters.append((unquote(name.strip()), unquote(value.strip().strip('"'))))
    return [pair for pair in parameters if pair[0].lower() != "realm"]


def _form(text: bytes) -> Pairs:
    return parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True)


def _signature(parameters: Pairs) -> _Signature:
    protocol = [pair for pair in parameters if pair[0].startswith("oauth_")]
    doubled = [name for name, times in Counter(name for name, _ in protocol).items() if times > 1]
    if doubled:
        raise MalformedRequest(f"{_quoted(doubled[0])} is there more than once; send it once.")
    given = {name: value for name, value in protocol if value}
    missing = [name for name in _REQUIRED if name not in given]
    if missing:
        raise MalformedRequest(f"The signature lacks {', '.join(missing)}.")
    _check_supported(given)
    return _Signature(
        client_id=given["oauth_consumer_key"],
        method=given["oauth_signature_method"],
        value=given["oauth_signature"],
        timestamp=_seconds(given["oauth_timestamp"]),
        nonce=given["oauth_nonce"],
    )


def _check_supported(given: dict[str, str]) -> None:
    method = given["oauth_signature_method"]
    if method not in METHODS:
        known = ", ".join(METHODS) + nearest(method[:80], METHODS)
        raise MalformedRequest(f"oauth_signature_method is {_quoted(method)}, not one of {known}.")
    version = given.get("oauth_version", "1.0")
    if version != "1.0":
        raise MalformedRequest(f"oauth_version is {_quoted(version)}; it must be 1.0 or be left out.")
    if "oauth_token" in given:
        raise MalformedRequest("oauth_token is there; requests are signed with the client's key and secret only.")


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise MalformedRequest(f"oauth_timestamp is {_quoted(text)}; it must be the seconds since 1970, in digits.")
    return int(text)


def _client(signature: _Signature, credentials: Credentials) -> Client:
    client = credentials.clients.get(signature.client_id)
    if client is None:
        known = nearest(signature.client_id[:80], credentials.clients)
        raise _refused(f"There is no client with the oauth_consumer_key {_quoted(signature.client_id)}{known}.")
    return client


def _check_time(signature: _Signature, now: datetime) -> None:
    current = int(now.timestamp())
    if abs(current - signature.timestamp) > WINDOW:
        raise _refused(
            f"oauth_timestamp is {signature.timestamp}; it is now {current} and may be off by {WINDOW} seconds."
        )


def _check_signature(request: Request, parameters: Pairs, signature: _Signature, client: Client) -> None:
    bases = _base_strings(request, parameters)
    given = signature.value.encode()
    if not any(hmac.compare_digest(_signed(base, signature.method, client).encode(), given) for base in bases):
        raise _refused(f"The signature is wrong. The base string that the server computes is {bases[0]}")


def _signed(base: str, method: str, client: Client) -> str:
    from oauthlib.oauth1 import Client as Signer  # see the module docstring

    signed: str = Signer.SIGNATURE_METHODS[method](base, Signer(client.id, client_secret=client.secret))
    return signed


def _base_strings(request: Request, parameters: Pairs) -> list[str]:
    """Return the base strings that the client may have signed, likeliest first (RFC 5849, section 3.4.1)."""
    from oauthlib.oauth1.rfc5849 import signature  # see the module docstring

    signed = [pair for pair in parameters if pair[0] != "oauth_signature"]
    normalised = signature.normalize_parameters(signed)  # type: ignore[arg-type] # the stub is wrong: it takes pairs
    origins = _origins(request)
    try:
        uris = [signature.base_string_uri(origin + path) for origin in origins for path in _paths(request)]
    except ValueError as error:
        raise MalformedRequest(f"The Host header {_quoted(origins[-1])} cannot be read: {error}.") from error
    method: Any = request.method  # the stub allows the usual ones only
    # A client encodes parameters twice, by themselves and within the base string, both times with the same function.
    spelled = (
        _respelled(signature.signature_base_string(method, uri, _respelled(normalised, spelling)), spelling)
        for spelling in _BASE_STRING_SPELLINGS
        for uri in uris
    )
    return list(dict.fromkeys(spelled))


def _respelled(text: str, spelling: tuple[tuple[str, str], ...]) -> str:
    for standard, deviation in spelling:
        text = text.replace(standard, deviation)
    return text


def _origins(request: Request) -> list[str]:
    """Return the origins that the client may have signed: the announced one, and that of the request."""
    # Not request.host: it leaves out the ports 80 and 443 by rules of its own.
    environ = request.environ
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    announced: str | None = environ.get(BASE_URL)
    requested = f"{environ['wsgi.url_scheme']}://{host}"
    return [announced, requested] if announced else [requested]


def _paths(request: Request) -> Iterable[str]:
    """Return the encoded paths that the client may have signed.

    Where the WSGI server provides the raw request target (``RAW_URI``, or ``REQUEST_URI`` of other servers) it is the
    path as sent. For a decoded path every common encoding is returned.
    """
    environ = request.environ
    raw = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    if raw:
        return [_raw_path(raw)]
    decoded = environ.get(PATH) or environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return dict.fromkeys(quote(_bytes(decoded), safe=safe) for safe in _PATH_SPELLINGS)


def _raw_path(target: str) -> str:
    """Return the path of a request target, still encoded; a target may be absolute (RFC 9112, section 3.2.2)."""
    path = target.partition("?")[0]
    if path.lower().startswith(("http://", "https://")):
        path = "/" + path.partition("://")[2].partition("/")[2]
    return _bytes(path).decode("utf-8", "replace")


def _bytes(text: str) -> bytes:
    """Return the bytes of a WSGI string, which stores each byte as one character (PEP 3333)."""
    return text.encode("latin-1", "replace")


def _refused(description: str) -> NotAuthenticated:
    return NotAuthenticated(description, www_authenticate=challenge.OAUTH)


def _quoted(text: str) -> str:
    return repr(text[:80])
