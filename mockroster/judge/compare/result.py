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
"""Further properties of a difference, which are counted beside its kind."""


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
        """Return the change on one line: ``changed 2026-09-03 by student-transferred; …``."""
        by = "by the " if self.cause in {"client", "switchboard"} else "by "
        line = f"{self.action} {self.at[:10]} {by}{self.cause.removeprefix('event:')}"
        is_value = self.action == "changed"
        return (
            f"{line}; the copy has {'the value' if is_value else 'the state'} before" if self.copy_is_before else line
        )

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Since:
        """Parse the document of a change."""
        names = ("revision", "at", "cause", "action", "copyIsBefore")
        return cls(*(document[name] for name in names))

    def document(self) -> dict[str, Any]:
        """Return the change as a JSON document."""
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
        return [difference for difference in self.differences if difference.kind == kind]

    @property
    def is_equal(self) -> bool:
        """Return whether there is no difference."""
        return not any(self.counts[kind] for kind in KINDS)

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> CollectionResult:
        """Parse the document of a result."""
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
        """Return the result as a JSON document."""
        places = {item.sourcedId: item.place for item in self.differences if item.place}
        histories = {item.sourcedId: item.since.document() for item in self.differences if item.since}
        nearest = [
            {item.kind: item.sourcedId, "nearest": item.nearest.sourcedId, "members": [*item.nearest.members]}
            for item in self.differences
            if item.nearest
        ]
        ids = {kind: [item.sourcedId for item in self.of_kind(kind)] for kind in KINDS[:3]}
        return {
            "left": self.left,
            "right": self.right,
            **ids,
            "stale": [item.sourcedId for item in self.differences if item.is_stale],
            "resurrected": [item.sourcedId for item in self.differences if item.is_resurrected],
            "differing": [
                {"sourcedId": item.sourcedId, "members": {name: [*pair] for name, pair in item.members.items()}}
                for item in self.of_kind("differing")
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
    """The errors in the files of each side that did not stop the comparison, by ``left`` and ``right``."""

    @property
    def is_equal(self) -> bool:
        """Return whether there is no difference."""
        return all(result.is_equal for result in self.collections.values())

    @property
    def totals(self) -> Counter[str]:
        """Return the number of differences of all collections by kind and cause."""
        totals: Counter[str] = Counter()
        for result in self.collections.values():
            totals.update(result.counts)
        return totals

    def named(self) -> Iterator[tuple[str, Difference]]:
        """Yield the kept differences with their collections."""
        for collection, result in self.collections.items():
            for difference in result.differences:
                yield collection, difference

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Result:
        """Parse the document of a result."""
        return cls(
            document["left"],
            document["right"],
            {name: CollectionResult.parse(result) for name, result in document["collections"].items()},
            document.get("notCompared", ()),
            document.get("faults", {}),
        )

    def document(self) -> dict[str, Any]:
        """Return the result as a JSON document."""
        return {
            "equal": self.is_equal,
            "left": self.left,
            "right": self.right,
            "collections": {name: result.document() for name, result in self.collections.items()},
            **({"notCompared": [*self.not_compared]} if self.not_compared else {}),
            **({"faults": {side: [*lines] for side, lines in self.faults.items()}} if self.faults else {}),
        }
