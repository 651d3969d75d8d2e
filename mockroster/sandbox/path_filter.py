"""Match the path of a request against a full path, a glob or a suffix: in the journal, and in the aim of a scenario."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate

from mockroster.caching import cache_short

_GLOB = re.compile(r"[*?\[]")


def matches_path(path: str, pattern: str) -> bool:
    """Return whether a path equals a pattern, matches it as a glob, or ends with it.

    A pattern that begins with a slash may be the end of the path, also as a glob: ``/users`` and ``/users/*`` match
    below any base path. In a glob ``*`` stands for any characters, slashes too.
    """
    if _GLOB.search(pattern) is not None:
        return _compiled(pattern)(path) is not None
    return path == pattern or (pattern.startswith("/") and path.endswith(pattern))


@cache_short(len)
def _compiled(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(translate(f"*{pattern}" if pattern.startswith("/") else pattern)).match
