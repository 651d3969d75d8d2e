"""The column that a wrong name in a header stands for.

Names of references all end alike, so ``orgSourcedId`` is like any other of them: what stands before that is compared.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

from mockroster.loading.synonyms import SYNONYMS
from mockroster.standard.csv import Binding, File

_NEAR = 0.8
"""The likeness from which the parts of two names before ``SourcedId`` are taken for the same."""

_SAME = 0.9
"""The likeness from which two whole names are taken for the same: ``termSourceIds``."""

_SEPARATORS = re.compile(r"[\s_-]+")
_REFERENCE = re.compile(r"(.+?)sourcedids?")

_OWN: Mapping[str, Mapping[str, str]] = {"demographics": {"userSourcedId": "sourcedId"}}
"""By file: names that only there mean a column."""


def same_column(name: str, _file: File, absent: Collection[str]) -> str | None:
    """Return the missing column that has the same name but for capitals, blanks, hyphens and underscores."""
    bare = _bare(name)
    return next((one for one in absent if _bare(one) == bare), None)


def nearest_column(name: str, file: File, absent: Collection[str]) -> str | None:
    """Return the column that a name stands for among those that are missing, or nothing where none is near."""
    meant = _OWN.get(file.name, {}).get(name) or SYNONYMS.get(name)
    if meant in absent:
        return meant
    by_member = next((column.name for column in file.columns if column.member == name and column.name in absent), None)
    if by_member:
        return by_member
    bare = _bare(name)
    stems = {_stem(_bare(one)): one for one in absent}
    if (stem := _stem(bare)) in stems:
        return stems[stem]
    # A reference is never taken for something else, and nothing else for a reference.
    alike = {known: one for known, one in stems.items() if (known == _bare(one)) == (stem == bare)}
    close = get_close_matches(stem, alike, n=1, cutoff=_NEAR)
    if close:
        return alike[close[0]]
    whole = {_bare(one): one for one in absent}
    close = get_close_matches(bare, whole, n=1, cutoff=_SAME)
    return whole[close[0]] if close else None


def other_file(header: Collection[str], file: File, binding: Binding) -> File | None:
    """Return the file whose columns these are, where they are those of another one than ``file``."""
    names = set(header)
    if all(column.name in names for column in file.columns if column.need == "Y"):
        return None
    others = [one for one in binding.files if one is not file and names.issuperset(one.header)]
    best = max(others, key=lambda one: len(one.header), default=None)
    return best if best and len(best.header) > len(names.intersection(file.header)) else None


def _bare(name: str) -> str:
    return _SEPARATORS.sub("", name[:100]).casefold()


def _stem(bare: str) -> str:
    """Return what stands before ``SourcedId``, the name itself where it is none of a reference."""
    found = _REFERENCE.fullmatch(bare)
    return found[1] if found else bare
