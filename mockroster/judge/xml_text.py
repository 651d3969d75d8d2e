"""Text that XML can hold, for the reports in JUnit's format."""

from __future__ import annotations

import re

_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML cannot hold."""


def xml_text(text: str) -> str:
    """Return a text with ``?`` in place of each character that XML cannot hold."""
    return _INVALID.sub("?", text)
