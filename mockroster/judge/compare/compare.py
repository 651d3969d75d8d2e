"""Compare two sides, and return every record in which they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from mockroster.judge.compare.forms import compared_collections
from mockroster.judge.compare.history import History, Shaper, add_history
from mockroster.judge.compare.nearest import add_nearest
from mockroster.judge.compare.result import CAUSES, SHOWN, CollectionResult, Difference, Result
from mockroster.judge.compare.rows import DATE, Ignored, Pair, Pairing, Row, Rows, is_same_value
from mockroster.judge.compare.side import Side
from mockroster.roster.undo import Key
from mockroster.standard.version import Version

Log = Callable[[set[Key]], History]
"""Returns the changes of some records of the left side."""

FAULTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Options:
    """The version and the members to compare."""

    version: Version | None = None
    """The version in whose shape records are compared; by default the newest that both sides can hold."""

    ignored: Ignored = field(default_factory=Ignored)


def compare(left: Side, right: Side, options: Options, log: Log | None = None) -> Result:
    """Return the differences of two sides; ``log`` has the history of the left one."""
    pairing = Pairing(left, right, options.version, options.ignored)
    results: dict[str, CollectionResult] = {}
    copies: dict[str, Rows] = {}
    for pair in pairing.pairs():
        if not pair.left_count and not pair.right_count:
            continue
        result = results[pair.collection] = compare_rows(pair)
        copies[pair.collection] = pair.right
        _add_places(pair.collection, result, left, right)
        records, others = left.records.get(pair.collection, {}), right.records.get(pair.collection, {})
        add_nearest(pair.collection, result, records, others)
    compared = Result(left.name, right.name, results, _not_compared(left, right, pairing), _faults(left, right))
    if log is not None:
        add_changes(compared, copies, log, pairing)
    return compared


def compare_rows(pair: Pair) -> CollectionResult:
    """Return the differences of a collection."""
    result = CollectionResult(pair.left_count, pair.right_count)
    for kind, differences in (
        ("missing", _missing(pair)),
        ("extra", _extra(pair)),
        ("duplicated", (Difference("duplicated", key) for key in pair.duplicated)),
        ("differing", _differing(pair)),
    ):
        result.differences += islice(differences, SHOWN)
        rest = [*differences]
        result.counts[kind] = len(rest) + len(result.of_kind(kind))
        for difference in (*result.of_kind(kind), *rest):
            result.counts["stale"] += difference.is_stale
            result.counts["resurrected"] += difference.is_resurrected
    return result


def _missing(pair: Pair) -> Iterator[Difference]:
    """Yield the records that only the left side has; a record that is deleted there need not be anywhere."""
    for key in pair.left:
        if key not in pair.right and key not in pair.left_deleted:
            yield Difference("missing", key)


def _extra(pair: Pair) -> Iterator[Difference]:
    for key in pair.right:
        if key not in pair.left and key not in pair.right_deleted:
            yield Difference("extra", key, is_resurrected=key in pair.left_deleted)


def _differing(pair: Pair) -> Iterator[Difference]:
    for key, left in pair.left.items():
        right = pair.right.get(key)
        members = {} if right is None else _members(left, right)
        if members:
            is_resurrected = key in pair.left_deleted and key not in pair.right_deleted
            yield Difference("differing", key, members, _is_older(members), is_resurrected)


def _members(left: Row, right: Row) -> dict[str, tuple[Any, Any]]:
    if left == right:
        return {}
    names = (*left, *(name for name in right if name not in left))
    return {
        name: (left.get(name), right.get(name)) for name in names if not is_same_value(left.get(name), right.get(name))
    }


def _is_older(members: Mapping[str, tuple[Any, Any]]) -> bool:
    """Return whether the right side says that it is older."""
    left, right = members.get(DATE, (None, None))
    return isinstance(left, str) and isinstance(right, str) and right < left


def add_changes(compared: Result, copies: Mapping[str, Rows], log: Log, shaper: Shaper) -> None:
    """Add to each difference the change since which it exists, and count the causes again.

    ``copies`` are the rows of the right side.
    """
    differences = [*compared.named()]
    history = log({(collection, difference.sourcedId) for collection, difference in differences})
    add_history(differences, copies, history, shaper)
    for result in compared.collections.values():
        for cause in CAUSES:
            kept = sum(getattr(difference, f"is_{cause}") for difference in result.differences)
            result.counts[cause] = max(result.counts[cause], kept)


def _add_places(collection: str, result: CollectionResult, left: Side, right: Side) -> None:
    for difference in result.differences:
        for side in (right, left):
            located = side.located.get(collection, {}).get(difference.sourcedId)
            if located is not None:
                fault = located.place.fault("", "")
                difference.place = fault.file if fault.line is None else f"{fault.file}:{fault.line}"
                break


def _not_compared(left: Side, right: Side, pairing: Pairing) -> list[str]:
    """Return the collections with records that one of the forms has no place for."""
    compared = {*compared_collections(pairing.forms)}
    return [name for name in left.records if name not in compared and (left.count(name) or right.count(name))]


def _faults(left: Side, right: Side) -> dict[str, Sequence[str]]:
    """Return the first errors in the files of each side."""
    sides = {"left": left, "right": right}
    errors = {name: [str(fault) for fault in side.faults if fault.severity == "error"] for name, side in sides.items()}
    return {
        name: [
            *lines[:FAULTS_SHOWN],
            *([f"and {len(lines) - FAULTS_SHOWN:,} more"] if len(lines) > FAULTS_SHOWN else []),
        ]
        for name, lines in errors.items()
        if lines
    }
