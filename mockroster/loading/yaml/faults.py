"""What is wrong with a text that is no YAML, in words for the person who wrote it.

The two parsers of PyYAML word the same fault differently; both are known here. This module imports nothing of
mockroster's.
"""

from __future__ import annotations

import re

import yaml

_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML refuses wherever it stands."""

_SENTENCES = (
    (
        r"mapping values are not allowed",
        "': ' cannot stand here: put text that holds it in quotes, or mend the indents",
    ),
    (r"sequence entries are not allowed", "'-' cannot stand here: a list begins on a line of its own"),
    (r"could not find expected ':'", "a colon is missing after a name"),
    (r"',' or '([]}])'", "',' or {1!r} is missing: a bracket of line {opened} is still open"),
    (r"unexpected end of stream", "the file ends too early: a quote of line {opened} is not closed"),
    (r"unexpected document indicator", "the quote of line {opened} is not closed"),
    (r"unknown escape character|expected escape sequence", r"not an escape of YAML: write \\, or use single quotes"),
    (r"invalid Unicode character", "an escape that stands for no character"),
    (r"undefined tag handle", "tags are not read here: fixtures are plain data"),
    (r"'-' indicator", "this does not go on with the list of line {opened}: '-' begins each item, equally indented"),
    (
        r"expected key|expected <block end>",
        "this does not go on with what begins on line {opened}: mend indents or quotes",
    ),
    (r"<document start>", "there is more after the end of the document"),
    (r"node content", "a value is missing here"),
)
"""The parsers' words, and ours."""


def fault(text: str, error: yaml.YAMLError) -> tuple[int, str]:
    """Return line and sentence for what a parser raised."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        last = text.rstrip("\r\n").count("\n")
        return min(error.problem_mark.line, last) + 1, _sentence(text, error, error.problem_mark)
    if (found := _NOT_PRINTABLE.search(text)) is not None:
        character = f"0x{ord(found[0]):02x}"
        return text.count("\n", 0, found.start()) + 1, f"the character {character} cannot stand in YAML"
    return 1, "is not YAML"


def _sentence(text: str, error: yaml.MarkedYAMLError, mark: yaml.Mark) -> str:
    problem = error.problem or ""
    if "cannot start any token" in problem:
        return _first_character(text[mark.index : mark.index + 1])
    opened = (error.context_mark or mark).line + 1
    for pattern, sentence in _SENTENCES:
        if found := re.search(pattern, problem):
            return sentence.format(*(found[0], *found.groups()), opened=opened)
    return f"is not YAML: {problem}"


def _first_character(character: str) -> str:
    if character == "\t":
        return "a tab cannot indent: use spaces"
    return f"{character!r} cannot begin text: put the text in quotes"
