"""Decode the escapes of URLs, JSON and XML in a text, layer by layer.

Clients encode twice, or put JSON into a form; a search in a text has to look at each layer.
This module imports nothing of mockroster's.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

DEEPEST = 8
"""The most layers that are decoded. Deeper encodings are not the work of an ordinary client."""

_ESCAPE = re.compile(
    r"""
      %(?:C[2-9A-F]|D[0-9A-F])%[89AB][0-9A-F]                # percent encoding of UTF-8, a character at a time
    | %E[0-9A-F](?:%[89AB][0-9A-F]){2}
    | %F[0-4](?:%[89AB][0-9A-F]){3}
    | %[0-9A-F]{2}
    | \\u D[89AB][0-9A-F]{2} \\u D[C-F][0-9A-F]{2}           # JSON
    | \\u[0-9A-F]{4}
    | \\x[0-9A-F]{2}
    | \\[\\/"'bfnrt]
    | &(?:\#x[0-9A-F]{1,8}|\#[0-9]{1,9}|amp|lt|gt|quot|apos);  # XML
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Layer:
    """A text with some of its escapes decoded."""

    text: str
    starts: Sequence[int]
    """The offset of each character in the original text, and the original length."""

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the range in the original text of a range in this layer."""
        return self.starts[start], self.starts[end]


def layers(text: str) -> list[Layer]:
    """Return the text itself, then each further layer with the escapes of the one before decoded."""
    found = [Layer(text, range(len(text) + 1))]
    while len(found) <= DEEPEST and (following := _next_layer(found[-1])) is not None:
        found.append(following)
    return found


def decoded(text: str) -> str:
    """Return a text with all its escapes decoded."""
    return layers(text)[-1].text if any(sign in text for sign in "%\\&") else text


def text_of(body: bytes) -> str:
    """Return a body as text: UTF-8, or UTF-16 or UTF-32 if a byte order mark or null bytes indicate it."""
    return body.decode(json.detect_encoding(body), "replace")


def _next_layer(layer: Layer) -> Layer | None:
    """Return the next layer, or ``None`` if the text has no escapes."""
    text, at = layer.text, 0
    pieces: list[str] = []
    starts: list[int] = []
    for escape in _ESCAPE.finditer(text):
        character = _character(escape[0])
        pieces += [text[at : escape.start()], character]
        starts += layer.starts[at : escape.start()]
        starts += [layer.starts[escape.start()]] * len(character)
        at = escape.end()
    if not at:
        return None
    return Layer("".join([*pieces, text[at:]]), [*starts, *layer.starts[at:]])


def _character(escape: str) -> str:
    if escape[0] == "%":
        return bytes.fromhex(escape.replace("%", "")).decode("utf-8", "replace")
    if escape[0] == "&":
        return html.unescape(escape)
    if escape[1] in "uU":
        character: str = json.loads(f'"{escape.lower()}"')
        return character
    if escape[1] in "xX" and len(escape) > 2:
        return chr(int(escape[2:], 16))
    return _CONTROLS.get(escape[1], escape[1])
