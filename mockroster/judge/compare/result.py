"""The result of a comparison: the differences by collection, the first of each kind and the counts of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SHOWN = 100
"""The differences of each kind in a collection that are kept; the others are counted."""

KINDS = ("missing", "extra", "duplicated", "differing")
"""The kinds of differences. Every difference is of one of these kinds."""

CAUSES = ("stale", "resurrected")
"""What is known of some differences beside their kind."""


@dataclass(frozen=True, slots=True)
class Since:
    """The change of the truth since which there is a difference."""

    revision: int
    at: str
    cause: str
    """``client``, ``switchboard``, ``event:<name>``, ``reload``, ``restore`` or ``reset``."""

    action: str
    """``added``, ``changed`` or ``deleted``."""

    copy_is_before: bool
    """Whether the copy has the state before the change."""

    def __str__(self) -> str:
        """Return the history on one line: ``changed 2026-09-03 by student-transferred; …``."""
        by = "by the " if self.cause in {"client", "switchboard"} else "by "
        line = f"{self.action} {self.at[:10]} {by}{self.cause.removeprefix('event:')}"
        is_value = self.action == "changed"
        return (
            f"{line}; the copy has {'the value' if is_value else 'the state'} before" if self.copy_is_before else line
        )

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Since:
        """Return the history that ``document`` has written."""
        names = ("revision", "at", "cause", "action", "copyIsBefore")
        return cls(*(document[name] for name in names))

    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "revision": self.revision,
            "at": self.at,
            "cause": self.cause,
            "action": self.action,
            "copyIsBefore": self.copy_is_before,
        }


@dataclass(frozen=True, slots=True)
class Nearest:
    """A record on the other side that seems to be the same one under another id."""

    sourcedId: str
    members: tuple[str, ...]
    """The members that are equal in both records."""


@dataclass(slots=True)
class Difference:
    """One record in which the sides differ."""

    kind: str
    sourcedId: str
    members: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    """The differing members, each with the values of left and right; ``None`` for a missing one."""

    is_stale: bool = False
    """Whether the right side has an earlier state of the left one."""

    is_resurrected: bool = False
    """Whether the record is active on the right and deleted on the left."""

    since: Since | None = None
    nearest: Nearest | None = None
    place: str = ""
    """The place in the files of the right side, or else of the left one: ``users.csv:41``."""


@dataclass(slots=True)
class CollectionResult:
    """The differences in one collection."""

    left: int
    """The number of records on the left."""

    right: int
    differences: list[Difference] = field(default_factory=list)
    """The first of each kind."""

    counts: Counter[str] = field(default_factory=Counter)
    """The number of all differences by kind and cause."""

    def of_kind(self, kind: str) -> list[Difference]:
        """Return the kept differences of a kind."""
        return [each for each in self.differences if each.kind == kind]

    @property
    def is_equal(self) -> bool:
        """Whether there is no difference."""
        return not any(self.counts[kind] for kind in KINDS)

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> CollectionResult:
        """Return the result that ``document`` has written."""
        result = cls(document["left"], document["right"], counts=Counter(document["counts"]))
        differing = {row["sourcedId"]: row["members"] for row in document["differing"]}
        nearest = {
            (kind, row[kind]): Nearest(row["nearest"], (*row["members"],))
            for row in document.get("nearest", ())
            for kind in KINDS
            if kind in row
        }
        for kind in KINDS:
            for key in differing if kind == "differing" else document[kind]:
                members = {name: (left, right) for name, (left, right) in differing.get(key, {}).items()}
                since = document.get("since", {}).get(key)
                result.differences.append(
                    Difference(
                        kind,
                        key,
                        members if kind == "differing" else {},
                        key in document["stale"],
                        key in document["resurrected"],
                        Since.parse(since) if since else None,
                        nearest.get((kind, key)),
                        document.get("places", {}).get(key, ""),
                    )
                )
        return result

    def document(self) -> dict[str, Any]:
        """Return the result for programs."""
        places = {each.sourcedId: each.place for each in self.differences if each.place}
        histories = {each.sourcedId: each.since.document() for each in self.differences if each.since}
        nearest = [
            {each.kind: each.sourcedId, "nearest": each.nearest.sourcedId, "members": [*each.nearest.members]}
            for each in self.differences
            if each.nearest
        ]
        ids = {kind: [each.sourcedId for each in self.of_kind(kind)] for kind in KINDS[:3]}
        return {
            "left": self.left,
            "right": self.right,
            **ids,
            "stale": [each.sourcedId for each in self.differences if each.is_stale],
            "resurrected": [each.sourcedId for each in self.differences if each.is_resurrected],
            "differing": [
                {"sourcedId": each.sourcedId, "members": {name: [*pair] for name, pair in each.members.items()}}
                for each in self.of_kind("differing")
            ],
            "counts": {name: self.counts[name] for name in (*KINDS, *CAUSES)},
            **({"since": histories} if histories else {}),
            **({"nearest": nearest} if nearest else {}),
            **({"places": places} if places else {}),
        }


@dataclass(frozen=True, slots=True)
class Result:
    """The result of comparing two sides."""

    left: str
    """The name of the left side, the truth where the right one is a copy."""

    right: str
    collections: Mapping[str, CollectionResult]
    """The collections in which a side has records."""

    not_compared: Sequence[str] = ()
    """The collections with records for which one of the forms has no place."""

    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What is invalid on a side and did not stop the comparison, by ``left`` and ``right``."""

    @property
    def is_equal(self) -> bool:
        """Whether there is no difference."""
        return all(result.is_equal for result in self.collections.values())

    @property
    def totals(self) -> Counter[str]:
        """The number of differences of all collections by kind and cause."""
        totals: Counter[str] = Counter()
        for result in self.collections.values():
            totals.update(result.counts)
        return totals

    def named(self) -> Iterator[tuple[str, Difference]]:
        """Yield the kept differences with their collections."""
        for collection, result in self.collections.items():
            for each in result.differences:
                yield collection, each

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Result:
        """Return the result that ``document`` has written."""
        return cls(
            document["left"],
            document["right"],
            {name: CollectionResult.parse(each) for name, each in document["collections"].items()},
            document.get("notCompared", ()),
            document.get("faults", {}),
        )

    def document(self) -> dict[str, Any]:
        """Return the result for programs."""
        return {
            "equal": self.is_equal,
            "left": self.left,
            "right": self.right,
            "collections": {name: result.document() for name, result in self.collections.items()},
            **({"notCompared": [*self.not_compared]} if self.not_compared else {}),
            **({"faults": {side: [*lines] for side, lines in self.faults.items()}} if self.faults else {}),
        }
