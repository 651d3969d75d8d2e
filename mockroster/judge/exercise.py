"""Exercise a client: the plans in their order, and one merged verdict.

Rules with the same plan share its runs. Each plan has a sandbox of its own, so that none sees the changes of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockroster.judge.catalogue import rules
from mockroster.judge.rule import Plan
from mockroster.judge.thresholds import Choice


@dataclass(frozen=True, slots=True)
class Exercise:
    """A plan with the rules that it exercises."""

    plan: Plan
    rules: tuple[str, ...]


def exercises(choice: Choice) -> list[Exercise]:
    """Return the plans of the rules that are switched on; the plan without scenarios comes first."""
    by_plan: dict[Plan, list[str]] = {Plan(): []}
    for name, rule in rules().items():
        if rule.exercise is not None and choice.is_on(name):
            by_plan.setdefault(rule.exercise, []).append(name)
    return [Exercise(plan, tuple(names)) for plan, names in by_plan.items()]


def merge(documents: Sequence[tuple[Exercise, Mapping[str, Any]]]) -> dict[str, Any]:
    """Merge the verdicts of several plans into one.

    A rule fails if it fails in any plan; else it passes if it passes in any; else its outcome is that of its own plan.
    No rule names a plan that would exercise it, because all plans were run. The coverage is that of the first plan.
    """
    first = documents[0][1]
    merged = [_rule(name, documents) for name in rules()]
    outcomes = {(rule["outcome"], rule["level"]) for rule in merged}
    is_judged = any(outcome in {"pass", "fail"} for outcome, _ in outcomes)
    return {
        **first,
        "requests": sum(document["requests"] for _, document in documents),
        "dropped": sum(document["dropped"] for _, document in documents),
        "mistakes": _mistakes(document for _, document in documents),
        "rules": merged,
        "outcome": "fail" if ("fail", "must") in outcomes else "pass" if is_judged else "skip",
    }


def _rule(name: str, documents: Iterable[tuple[Exercise, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the outcome of one rule in all plans."""
    own: dict[str, Any] | None = None
    passes = False
    findings: dict[str, dict[str, Any]] = {}
    """The findings by sentence: plans often show the same mistake."""
    for exercise, document in documents:
        row = next(rule for rule in document["rules"] if rule["id"] == name)
        where = exercise.plan.spec or "no scenario"
        for finding in row["findings"]:
            findings.setdefault(finding["sentence"], {**finding, "sentence": f"{finding['sentence']} [{where}]"})
        passes |= row["outcome"] == "pass"
        if own is None or name in exercise.rules:
            own = {member: value for member, value in row.items() if member != "exercise"}
    if own is None:
        raise LookupError(name)
    outcome = "fail" if findings else "pass" if passes else own["outcome"]
    if outcome != "skip":
        own.pop("reason", None)
    return {**own, "outcome": outcome, "findings": [*findings.values()]}


def _mistakes(documents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for document in documents:
        for mistake in document["mistakes"]:
            known = merged.setdefault(mistake["sentence"], {**mistake, "count": 0})
            known["count"] += mistake["count"]
    return list(merged.values())
