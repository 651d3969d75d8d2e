"""Exercise a client: what is to be run, in which order, and one verdict of all.

Rules with the same plan share its runs. Each plan has a sandbox of its own, so that none meets what another has left.
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
    """A plan with the rules that it is for."""

    plan: Plan
    rules: tuple[str, ...]


def exercises(choice: Choice) -> list[Exercise]:
    """Return the plans of the rules that are switched on; the plan without scenarios comes first."""
    found: dict[Plan, list[str]] = {Plan(): []}
    for name, rule in rules().items():
        if rule.exercise is not None and choice.is_on(name):
            found.setdefault(rule.exercise, []).append(name)
    return [Exercise(plan, tuple(names)) for plan, names in found.items()]


def together(documents: Sequence[tuple[Exercise, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the verdict of several plans.

    A rule fails if it fails in any plan. Otherwise its outcome is that of its own plan. What was read is that of the
    first plan.
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
    findings: dict[str, dict[str, Any]] = {}
    """By their sentences: plans often show the same."""
    for exercise, document in documents:
        row = next(rule for rule in document["rules"] if rule["id"] == name)
        where = exercise.plan.spec or "no scenario"
        for finding in row["findings"]:
            findings.setdefault(finding["sentence"], {**finding, "sentence": f"{finding['sentence']} [{where}]"})
        if own is None or name in exercise.rules:
            own = dict(row)
    if own is None:
        raise LookupError(name)
    outcome = "fail" if findings else own["outcome"]
    return {**own, "outcome": outcome, "findings": [*findings.values()]}


def _mistakes(documents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for document in documents:
        for mistake in document["mistakes"]:
            known = found.setdefault(mistake["sentence"], {**mistake, "count": 0})
            known["count"] += mistake["count"]
    return list(found.values())
