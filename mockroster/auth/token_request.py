"""Parse token requests in every form that clients use."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import parse_qsl, unquote_plus

from werkzeug.wrappers import Request

from mockroster.errors import TokenRefused

MAX_BYTES = 1 << 16
"""A token request has a few hundred bytes; a body with a larger Content-Length is not read."""

_NAMES = ("grant_type", "scope", "client_id", "client_secret")


@dataclass(frozen=True, slots=True)
class Presented:
    """A client id and secret, from one way to read the request."""

    client_id: str
    secret: str = field(repr=False)


_PARSED = "mockroster.token_request"
"""The WSGI environment key for the parsed token request."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A parsed token request; a missing parameter is an empty string.

    ``presented`` holds the possible credentials of the client, likeliest first; it is empty without any.
    """

    grant_type: str
    scope: str
    presented: tuple[Presented, ...]


def read(request: Request) -> TokenRequest:
    """Parse a token request from header, query and body. Raises ``TokenRefused`` for a malformed one.

    The credentials may be in HTTP Basic (form-encoded as in RFC 6749, or not, as most clients send them), in a form or
    in a JSON body; the other parameters may also be in the query. Without a JSON Content-Type a body is a form.

    The environment of the request keeps the result, because it is needed for the scenarios, the answer and the journal.

    Sources: RFC 6749, sections 2.3.1, 3.2 and 4.4.2; observed client behaviour.
    """
    parsed: TokenRequest | None = request.environ.get(_PARSED)
    if parsed is None:
        parsed = request.environ[_PARSED] = _parse(request)
    return parsed


def _parse(request: Request) -> TokenRequest:
    parameters = _unique([*_form(request.query_string), *_body(request)])
    in_body = _in_parameters(parameters)
    in_header = _in_header(request)
    if in_header and in_body and not {presented.client_id for presented in in_header} & {in_body[0].client_id}:
        raise TokenRefused(
            "invalid_request", "The client_id parameter is another than that of the Authorization header."
        )
    return TokenRequest(parameters.get("grant_type", ""), parameters.get("scope", ""), in_header or in_body)


def _unique(pairs: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Return the known parameters; one without a value counts as missing (RFC 6749, section 3.2)."""
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name not in _NAMES or value is None:
            continue
        if not isinstance(value, str):
            raise TokenRefused("invalid_request", f"{name} is of type {type(value).__name__}; it must be a string.")
        text = value if name == "client_secret" else value.strip()
        if text and parameters.setdefault(name, text) != text:
            raise TokenRefused("invalid_request", f"{name} is there twice, with different values; send it once.")
    return parameters


def _form(text: bytes) -> list[tuple[str, str]]:
    return parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True)


def _body(request: Request) -> list[tuple[str, object]]:
    length = request.environ.get("CONTENT_LENGTH", "")
    if length.isdecimal() and int(length) > MAX_BYTES:
        raise TokenRefused("invalid_request", f"The body is larger than {MAX_BYTES} bytes; it is not a token request.")
    body = request.get_data()
    # Werkzeug parses the whole header to answer that; most requests are forms.
    if "json" not in request.environ.get("CONTENT_TYPE", "").lower() or not request.is_json:
        return [*_form(body)]
    return _json(body) if body.strip() else []


def _json(body: bytes) -> list[tuple[str, object]]:
    try:
        document = json.loads(body, object_pairs_hook=_Members)
    except (ValueError, RecursionError):
        _not_an_object("something that is not JSON")
    if not isinstance(document, _Members):
        _not_an_object(f"JSON of type {type(document).__name__}")
    return document.pairs


class _Members:
    """A JSON object that keeps duplicate members."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        self.pairs = pairs


def _not_an_object(found: str) -> NoReturn:
    raise TokenRefused(
        "invalid_request",
        f"The Content-Type is JSON and the body is {found}; it must be an object with grant_type, or a form.",
    )


def _in_parameters(parameters: dict[str, str]) -> tuple[Presented, ...]:
    if "client_id" not in parameters:
        return ()
    return (Presented(parameters["client_id"], parameters.get("client_secret", "")),)


def _in_header(request: Request) -> tuple[Presented, ...]:
    header: str = request.environ.get("HTTP_AUTHORIZATION", "")
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return ()
    client_id, colon, secret = _decoded(encoded.strip()).partition(":")
    if not colon:
        raise TokenRefused("invalid_client", "HTTP Basic is the base64 of id:secret; there is no colon in it.")
    as_sent = Presented(client_id, secret)
    return tuple(dict.fromkeys([as_sent, Presented(unquote_plus(client_id), unquote_plus(secret))]))


def _decoded(encoded: str) -> str:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise TokenRefused("invalid_client", "HTTP Basic is the base64 of id:secret; this is not base64.") from None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
