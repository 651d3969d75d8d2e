"""What is wrong with a text that is no JSON, in words for the person who wrote it.

The parser says where; the words come from what stands there, so that they do not depend on the parser's own.
"""

from __future__ import annotations

import re

from mockroster.loading.json.places import Lines, open_at

_ESCAPE = re.compile(rb"\\(u[0-9a-fA-F]{0,4}|.)", re.DOTALL)
_FOREIGN = re.compile(rb"-?(NaN|Infinity|nan|inf)\b")
_WORD = re.compile(rb"[A-Za-z_$][\w$-]{0,60}")
_NUMBER = re.compile(rb"[-+.]?\d[\w.+-]*|[-+.]+\w*")
_COMMA_TOO_MANY = re.compile(rb",\s*([\]},])")
_GOOD_NUMBER = re.compile(rb"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_PARTNERS = {b"}": b"{", b"]": b"["}
_NUMBER_PARTS = b"-+.0123456789eExX"
_WORDS = {b"True": "true", b"False": "false", b"None": "null", b"undefined": "null"}
_LONGEST = 40


def fault(text: bytes, at: int, hint: str) -> tuple[int, str]:
    """Return the line and the sentence for text that stops being JSON at ``at``; ``hint`` is what the parser says."""
    opened = open_at(text, at, len(text))
    lines = Lines(text)
    if not text[at:].strip():
        return lines.at(len(text.rstrip())), _ended(text, lines, opened)
    return lines.at(at), _in_string(text, at, opened) or _between(text, at, opened, hint)


def _ended(text: bytes, lines: Lines, opened: list[int]) -> str:
    if not opened:
        return "the text ends before there is a value"
    what = "string" if text[opened[-1]] == ord('"') else f"{chr(text[opened[-1]])!r}"
    return f"the file ends too early: the {what} of line {lines.at(opened[-1])} is not closed"


def _in_string(text: bytes, at: int, opened: list[int]) -> str | None:
    """Return what is wrong within a string, nothing where there is none around."""
    if not opened or text[opened[-1]] != ord('"'):
        return None
    if text[at] in b"\r\n":
        return "a string is not closed on its line: '\"' is missing, or the line break in it must be written \\n"
    if text[at] < ord(" "):
        return f"the control character 0x{text[at]:02x} in a string must be written \\u{text[at]:04x}"
    escape = _ESCAPE.match(text, text.rfind(b"\\", 0, at + 1))
    written = _shown(escape[0]) if escape else _shown(text[at : at + 1])
    if escape and len(escape[0]) == len("\\u0000"):
        return f"{written} is half of a character: the other half of the pair is missing"
    return f"{written} is not an escape that JSON has; a backslash itself is written \\\\"


def _between(text: bytes, at: int, opened: list[int], hint: str) -> str:
    """Return what is wrong outside of strings."""
    rest, before = text[at : at + 80], text[:at].rstrip()[-1:]
    if not opened and before:
        return f"there is more after the end of the document: {_start(rest)}"
    if rest.startswith((b"//", b"/*", b"#")):
        return "JSON has no comments; a .yaml file may have them"
    if rest.startswith(b"'"):
        return "names and text stand in double quotes, not in single ones"
    if comma := _COMMA_TOO_MANY.match(text, at):
        return f"a comma too many: {comma[1].decode()!r} comes next"
    return _number(text, at) or _word(rest, before) or _closed(text, at, opened) or _missing(rest, before, hint)


def _number(text: bytes, at: int) -> str | None:
    start = at
    while start and text[start - 1] in _NUMBER_PARTS:
        start -= 1
    if foreign := _FOREIGN.match(text, start):
        return f"{foreign[0].decode()} is not a number that JSON has; write another, or leave the member out"
    number = _NUMBER.match(text, start)
    if number is None or text[:start].rstrip()[-1:] not in {b":", b"[", b","}:
        return None
    if len(number[0]) > _LONGEST:
        return f"a number of {len(number[0]):,} characters is too long"
    if not _GOOD_NUMBER.fullmatch(number[0]):
        return f"{_shown(number[0])} is not a number as JSON writes one"
    return f"{_shown(number[0])} is more than a number can be" if at == start else None


def _closed(text: bytes, at: int, opened: list[int]) -> str | None:
    """Return what is wrong with a closing bracket that comes too early."""
    closing = text[at : at + 1]
    if not opened or closing not in _PARTNERS:
        return None
    if text[opened[-1]] != ord(_PARTNERS[closing]):
        line = Lines(text).at(opened[-1])
        return f"{closing.decode()!r} comes before the {chr(text[opened[-1]])!r} of line {line} is closed"
    return f"a value is missing before {closing.decode()!r}" if text[:at].rstrip().endswith(b":") else None


def _word(rest: bytes, before: bytes) -> str | None:
    word = _WORD.match(rest)
    if word is None or before not in {b":", b"[", b",", b"{", b""}:
        return None
    if rest[word.end() :].lstrip().startswith(b":"):
        return f'the name {word[0].decode()} must stand in double quotes: "{word[0].decode()}"'
    if word[0] in _WORDS:
        return f"{word[0].decode()} is written {_WORDS[word[0]]} in JSON"
    return f"{word[0].decode()} is not a value; text stands in double quotes"


def _missing(rest: bytes, before: bytes, hint: str) -> str:
    if "':'" in hint:
        return f"a colon is missing before {_start(rest)}"
    if rest[:1] in b"}]):;,=" or before in {b":", b",", b"{", b"[", b""}:
        return f"{_shown(rest.decode(errors='ignore')[:1].encode())} must not stand here"
    quoted = (
        ', or the quote before it, if it is part of the text, is written \\"'
        if before == b'"' and _WORD.match(rest)
        else ""
    )
    return f"a comma is missing before {_start(rest)}{quoted}"


def _start(rest: bytes) -> str:
    """Return how something begins, as it is shown in messages."""
    return _shown(re.split(rb"[\s,:\]}]", rest, maxsplit=1)[0][:30] or rest[:1])


def _shown(text: bytes) -> str:
    """Return text as it is shown in messages: control characters escaped, a character that is cut left out."""
    found = text.decode(errors="ignore")
    return f"'{found}'" if found.isprintable() and "'" not in found else repr(found)
