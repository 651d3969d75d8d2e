"""Rules of the client's own copy of the records, which it shows by ``POST /__admin/compare``."""

from __future__ import annotations

from typing import ClassVar

from mockroster.judge.copy import CopyCounts, copy_counts
from mockroster.judge.fact import COPY, Fact
from mockroster.judge.rule import Plan, Rule
from mockroster.judge.traffic import Step

_NOT_COMPARED = "the client's copy was not compared (POST /__admin/compare)"


class CopyRule(Rule):
    """Base of rules that look at a comparison of the client's copy."""

    needs_copy = True
    unexercised: ClassVar[str] = _NOT_COMPARED

    def see(self, step: Step) -> None:
        """Judge a comparison."""
        if step.fact.operation == COPY:
            self.judge(step.fact, copy_counts(step.fact))

    def judge(self, fact: Fact, copy: CopyCounts) -> None:
        """Judge the numbers of a comparison."""
        raise NotImplementedError


class DeletedRecords(CopyRule):
    """Look for records that are deleted or ``tobedeleted`` at the provider, and active in the client's copy."""

    id = "V21"
    level = "must"
    sentence = "Records that are tobedeleted or gone are inactive in the client's copy"
    source = "Clever; GG4L, certification guide"
    exercise = Plan(("", ""), days=1, events=("student-left",))

    def judge(self, fact: Fact, copy: CopyCounts) -> None:
        """Compare deleted records with the copy."""
        if not copy.gone:
            self.reason = "no record was deleted or tobedeleted when the copy was compared"
            return
        self.is_exercised = True
        if copy.kept:
            self.find(f"{copy.kept:,} of {copy.gone:,} deleted records are active in the client's copy", fact)


class RevivedRecords(CopyRule):
    """Look for records that were deleted and came back with the same sourcedId."""

    id = "V22"
    level = "must"
    sentence = "A sourcedId that reappears revives the same record; the key is not the e-mail address"
    source = "Clever; GG4L, certification guide"
    exercise = Plan(("", "", ""), days=1, events=("student-left", "student-returned"))

    def judge(self, fact: Fact, copy: CopyCounts) -> None:
        """Compare revived records with the copy."""
        if not copy.returned:
            self.reason = "no deleted record had come back when the copy was compared"
            return
        self.is_exercised = True
        if copy.lost:
            self.find(f"{copy.lost:,} of {copy.returned:,} records that came back are missing or double", fact)


class MassDisappearance(CopyRule):
    """Look for collections of which a large share disappeared at once, which should be a person's decision."""

    id = "V23"
    level = "policy"
    sentence = "A mass disappearance, or an empty collection, is not applied without a question"
    source = "Clever, guide to outages; psd401, published ClassLink client (2026)"
    exercise = Plan(("", "empty-school"))

    def judge(self, fact: Fact, copy: CopyCounts) -> None:
        """Judge whether the copy followed a large disappearance."""
        if copy.vanished_share <= self.numbers["share"]:
            self.reason = "no large share of a collection had disappeared when the copy was compared"
            return
        self.is_exercised = True
        if copy.applied:
            self.find(f"{copy.vanished_share:.0%} of a collection disappeared, and the client's copy followed", fact)
