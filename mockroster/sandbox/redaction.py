"""Redact credentials in displayed requests and responses, wherever a client has put them.

A credential is found by its name (``secret_names``), in any notation, and by its value if that is known: secrets of
clients, the admin token, issued tokens. Both searches cover the original text and every decoded layer of it
(``encodings``). When in doubt, redact.
"""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mockroster.caching import cache_short
from mockroster.sandbox.encodings import DEEPEST, layers
from mockroster.sandbox.secret_names import is_secret, mentions_secret

if TYPE_CHECKING:
    from mockroster.sandbox.credentials import Client

REDACTED = "[redacted]"

SHORTEST = 6
"""The minimum length of a known value; shorter values would match in every text."""

_SHORTEST_WITHIN = 12
"""The minimum length of a known value that is also found within words: ``secret`` is part of ``client_secret``."""

_MOST_NAME = 200
_MOST_PARTS = 4
"""The most parts between dots that a token may have."""

_SCHEME = re.compile("(?:basic|bearer|digest|oauth|token)(?= )", re.IGNORECASE)
"""Known schemes only: any other word before a space may be a secret itself."""

_SEPARATOR = re.compile("[=:]")
_BARE_NAME_REVERSED = re.compile(r"""[^\s&=?;,:"'<>{}()]+""")
_QUOTED = {'"': re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL), "'": re.compile(r"'(?:[^'\\]|\\.)*'?", re.DOTALL)}
_SCALAR = re.compile(r"\[redacted\]|[^\s,}\]]+")
_LINE = re.compile(r'[|>][+-]?[ \t]*\r?\n(?:[ \t]+[^\n]*\n?)+|[^\r\n"]*')
_FORM_VALUE = re.compile(r'(?:(?!["\']\s*[,}\]:])[^&])*', re.DOTALL)
_PATH_VALUE = re.compile(r"[^/;&]*")
_BRACKET_OR_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_ELEMENT = re.compile(r"<([\w:.-]{1,200})(?:\s[^<>]*)?(?<!/)>")
_NAMING = re.compile(
    r"""(?<!\w)["']?(?:name|key|id|field|param)["']?\s*[=:]\s*(?:["']([^"'<>&]{1,200})["']|([^"'\s;,<>&{}]{1,200}))"""
)
_NAMED_VALUE = re.compile(
    r"""
      [^\r\n]{0,500}(?:\r?\n[^\r\n]{1,500}){0,9}\r?\n\r?\n(?P<part>.*?)(?=\r?\n--|\Z)      # of multipart
    | [^<>"']{0,500}>(?P<element>[^<]*)                                     # of XML
    | \s*[,;]?\s*["']?value["']?\s*[=:]\s*(?P<member>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s,}&<>]+)
    """,
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
_BEARING = re.compile(r"\b(?:basic|bearer)\s+([A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_USER_INFORMATION = re.compile(r"://[^/\s:@?#]*:([^/\s@?#]+)@")
_LIKE_A_TOKEN = re.compile(r"[A-Za-z0-9._-]{20,}")


@dataclass(frozen=True, slots=True)
class _Span:
    """A redacted range of a text."""

    start: int
    end: int
    shown: str = REDACTED
    """The replacement."""


class Redactor:
    """Redacts what one sandbox shows."""

    def __init__(self, values: Iterable[str], is_token: Callable[[str], bool]) -> None:
        """``values`` are known secrets; ``is_token`` returns whether a text is an issued token."""
        known = {spelling for value in values for spelling in (value, value.replace(" ", "+"))}
        usable = sorted((value for value in known if len(value) >= SHORTEST), key=len, reverse=True)
        self._within = [value for value in usable if len(value) >= _SHORTEST_WITHIN]
        self._words = [
            re.compile(rf"(?<!\w){re.escape(value)}(?!\w)") for value in usable if len(value) < _SHORTEST_WITHIN
        ]
        self._is_token = is_token
        # Clients repeat their requests, and a text without credentials stays so.
        self._is_clean = cache_short(len, entries=64)(self._looks_clean)
        self._path = cache_short(len, entries=64)(lambda path: self._redacted(path, _PATH_VALUE))

    def text(self, text: str) -> str:
        """Return a query, a body or the value of a header without credentials."""
        return self._redacted(text, _FORM_VALUE)

    def path(self, path: str) -> str:
        """Return a path without credentials; the part after the next slash stays."""
        return self._path(path)

    def header(self, name: str, value: str) -> str:
        """Return the value of a header; of credentials only the scheme remains."""
        if not is_secret(name):
            return self.text(value)
        scheme = _SCHEME.match(value) if name.lower().endswith("authorization") else None
        return f"{scheme[0]} {REDACTED}" if scheme else REDACTED

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers of a request or a response without credentials."""
        return {name: self.header(name, value) for name, value in headers.items()}

    def echo(self, text: str, request_headers: Mapping[str, str]) -> str:
        """Return a part of a response without credentials, including prefixes of those in the request's headers.

        A response may quote an invalid header, such as a secret in the place of a scheme.
        """
        text = self.text(text)
        for name, value in request_headers.items():
            if is_secret(name) and not value.lower().startswith("oauth "):
                for word in _SCHEME.sub("", value).split():
                    text = _without_prefixes(text, word)
        return text

    def _redacted(self, text: str, form_value: re.Pattern[str]) -> str:
        if self._is_clean(text):
            return text
        found = layers(text)
        is_named = mentions_secret(found[-1].text)
        spans = []
        for layer in found:
            spans_of_layer = [*self._known(layer.text), *_scheme_credentials(layer.text)]
            if is_named:
                spans_of_layer += _named(layer.text, form_value)
            spans += [_Span(*layer.place(span.start, span.end), span.shown) for span in spans_of_layer]
        return _without(text, spans) if spans else text

    def _looks_clean(self, text: str) -> bool:
        """Return true if a text certainly has no credential: a fast check that decides for most texts."""
        for _ in range(DEEPEST):
            if "\\" in text or ("&" in text and ";" in text) or mentions_secret(text):
                return False
            if any(self._known(text)) or any(_scheme_credentials(text)):
                return False
            following = unquote(text) if "%" in text else text
            if following == text:
                return True
            text = following
        return False

    def _known(self, text: str) -> Iterator[_Span]:
        """Yield the spans of known secrets and issued tokens."""
        for value in self._within:
            at = text.find(value)
            while at >= 0:
                yield _Span(at, at + len(value))
                at = text.find(value, at + 1)
        for word in self._words:
            yield from (_Span(*match.span()) for match in word.finditer(text))
        for match in _LIKE_A_TOKEN.finditer(text):
            yield from (_Span(match.start() + at, match.start() + end) for at, end in self._tokens(match[0]))

    def _tokens(self, word: str) -> Iterator[tuple[int, int]]:
        """Yield the ranges of tokens in a word, which may have one between dots."""
        bounds = [-1, *(dot.start() for dot in re.finditer(r"\.", word)), len(word)]
        for first, before in enumerate(bounds):
            for after in bounds[first + 1 : first + 1 + _MOST_PARTS]:
                if self._is_token(word[before + 1 : after]):
                    yield before + 1, after


def spellings(clients: Iterable[Client]) -> Iterator[str]:
    """Yield the secrets of clients, plain and as encoded for HTTP Basic."""
    for client in clients:
        yield client.secret
        for text in (client.secret, f"{client.id}:{client.secret}"):
            raw = text.encode(errors="surrogatepass")
            yield from (encode(raw).decode().rstrip("=") for encode in (b64encode, urlsafe_b64encode))


def _scheme_credentials(text: str) -> Iterator[_Span]:
    """Yield the spans of credentials after a scheme name, and of passwords in URLs."""
    for pattern in (_BEARING, _USER_INFORMATION):
        for match in pattern.finditer(text):
            yield _Span(*match.span(1))


def _named(text: str, form_value: re.Pattern[str]) -> Iterator[_Span]:
    """Yield the spans of values whose name is that of a credential: members, parameters, elements, parts."""
    covered = 0
    for separator in _SEPARATOR.finditer(text):
        at = separator.end()
        if at <= covered:
            continue
        name, is_quoted = _name_before(text, separator.start())
        if name and is_secret(name):
            span = _member(text, at, is_quoted) if separator[0] == ":" else _pair(text, at, form_value)
            covered = span.end
            yield span
    for element in _ELEMENT.finditer(text):
        if is_secret(element[1]):
            end = text.find(f"</{element[1]}", element.end())
            yield _Span(element.end(), end if end >= 0 else len(text))
    for naming in _NAMING.finditer(text):
        value = _NAMED_VALUE.match(text, naming.end()) if is_secret(naming[1] or naming[2]) else None
        if value is not None and value.lastgroup is not None:
            yield _Span(*value.span(value.lastgroup))


def _name_before(text: str, end: int) -> tuple[str, bool]:
    """Return the name that ends at ``end``, and whether it is quoted."""
    before = text[max(end - _MOST_NAME, 0) : end].rstrip()
    quote = before[-1:]
    if quote in {'"', "'"}:
        begin = before.rfind(quote, 0, len(before) - 1)
        return before[begin + 1 : -1], True
    bare = _BARE_NAME_REVERSED.match(before[::-1])
    return (bare[0][::-1] if bare else ""), False


def _member(text: str, at: int, is_quoted: bool) -> _Span:  # noqa: FBT001
    """Return the span of the value after a colon: a JSON value if the name is quoted, else the rest of the line."""
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    first = text[at : at + 1]
    if first in _QUOTED and (string := _QUOTED[first].match(text, at)):
        return _Span(at, string.end(), f"{first}{REDACTED}{first}")
    if first in {"[", "{"} and not text.startswith(REDACTED, at):
        return _Span(at, _end_of_container(text, at), f'"{REDACTED}"')
    value = (_SCALAR if is_quoted else _LINE).match(text, at)
    return _Span(at, value.end() if value else at, f'"{REDACTED}"' if is_quoted else REDACTED)


def _pair(text: str, at: int, form_value: re.Pattern[str]) -> _Span:
    """Return the span of the value after an equals sign: a quoted attribute, else up to the next parameter."""
    string = _QUOTED[text[at]].match(text, at) if text[at : at + 1] in _QUOTED else None
    if string and (text[string.end() : string.end() + 1] or "&") in " \t\r\n,;&/>)":
        return _Span(at, string.end(), f"{text[at]}{REDACTED}{text[at]}")
    value = form_value.match(text, at)
    return _Span(at, value.end() if value else at)


def _end_of_container(text: str, at: int) -> int:
    """Return the end of an array or object; a truncated one ends with the text."""
    depth = 0
    for token in _BRACKET_OR_STRING.finditer(text, at):
        if token[0] in {"[", "{"}:
            depth += 1
        elif token[0] in {"]", "}"}:
            depth -= 1
            if not depth:
                return token.end()
    return len(text)


def _without_prefixes(text: str, word: str) -> str:
    """Return a text without a word and without prefixes of it of at least ``SHORTEST`` characters."""
    if len(word) < SHORTEST:
        return text
    pieces, at = [], 0
    while (start := text.find(word[:SHORTEST], at)) >= 0:
        pieces += [text[at:start], REDACTED]
        at = start + SHORTEST
        while at < len(text) and at - start < len(word) and text[at] == word[at - start]:
            at += 1
    return "".join([*pieces, text[at:]])


def _without(text: str, spans: Iterable[_Span]) -> str:
    """Return a text with its spans replaced; of overlapping spans, the first gives the replacement."""
    pieces, at, covered = [], 0, -1
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.start >= covered and (span.start, span.end) != (covered, covered):
            pieces += [text[at : span.start], span.shown]
            at = covered = span.end
        elif span.end > covered:
            at = covered = span.end
    return "".join([*pieces, text[at:]])
