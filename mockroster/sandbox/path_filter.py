"""Match the path of a request against a full path, a glob or a suffix: in the journal, and in the aim of a scenario."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import translate

from mockroster.caching import cache_short

_GLOB = re.compile(r"[*?\[]")

PathMatcher = Callable[[str], bool]


def path_matcher(patterns: Iterable[str]) -> PathMatcher:
    """Return a function that returns whether a path equals a pattern, matches it as a glob, or ends with it.

    A pattern that begins with a slash may be the end of the path, also as a glob: ``/users`` and ``/users/*`` match
    below any base path. In a glob ``*`` stands for any characters, slashes too.
    """
    literals = tuple(pattern for pattern in patterns if _GLOB.search(pattern) is None)
    suffixes = tuple(pattern for pattern in literals if pattern.startswith("/"))
    globs = [f"*{glob}" if glob.startswith("/") else glob for glob in patterns if glob not in literals]
    if not globs and suffixes == literals:
        return lambda path: path.endswith(suffixes)
    match = re.compile("|".join(map(translate, globs)) or r"(?!)").match
    return lambda path: path.endswith(suffixes) or path in literals or match(path) is not None


@cache_short(len)
def _matcher_of(pattern: str) -> PathMatcher:
    return path_matcher([pattern])


def matches_path(path: str, pattern: str) -> bool:
    """Return whether a path equals a pattern, matches it as a glob, or ends with it; see ``path_matcher``."""
    return _matcher_of(pattern)(path)
