"""The verdict on a client: the outcome of every rule for the requests of a run, and the requests judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from mockroster.judge.catalogue import rules
from mockroster.judge.fact import COPY, Fact, digest, unpack
from mockroster.judge.rule import Finding, Judgement, Outcome, Rule
from mockroster.judge.thresholds import Choice
from mockroster.judge.traffic import steps

ORDER: tuple[Outcome, ...] = ("fail", "pass", "skip", "omit")
"""The outcomes for several clients: the first of these that one of them has."""

Describe = Callable[[Fact], str]
"""Returns the curl line of a request, without secrets."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of every rule."""

    judgements: Mapping[str, Judgement]
    facts: Sequence[Fact]
    """The requests judged, in the order of arrival."""

    dropped: int = 0
    """The number of requests that are not kept."""

    @property
    def outcome(self) -> Outcome:
        """``fail`` if a must-rule fails, else ``pass`` if a rule passes, else ``skip``."""
        known = rules()
        outcomes = {(judged.outcome, known[name].level) for name, judged in self.judgements.items()}
        if ("fail", "must") in outcomes:
            return "fail"
        return "pass" if any(outcome in {"pass", "fail"} for outcome, _ in outcomes) else "skip"


def judge(packed: Iterable[bytes], choice: Choice, client: str | None = None, dropped: int = 0) -> Verdict:
    """Judge the facts of a run. ``client`` is the id of the only client to judge; ``dropped`` facts are missing."""
    facts = [unpack(data) for data in sorted(packed)]
    by_client = _by_client(facts)
    if client is not None:
        facts = by_client.get(digest(client), [])
        by_client = {0: facts}
    verdicts = [_judge_client(of_client, choice) for of_client in by_client.values()]
    judgements = {name: _merge([judged[name] for judged in verdicts]) for name in rules()}
    if dropped:
        judgements = {name: _without_passes(judged, dropped) for name, judged in judgements.items()}
    return Verdict(judgements, facts, dropped)


def _by_client(facts: Iterable[Fact]) -> dict[int, list[Fact]]:
    """Return the requests by client. Those without a client belong to the only one, if there is only one.

    The client's copy belongs to every client.
    """
    by_client: dict[int, list[Fact]] = {}
    copies: list[Fact] = []
    for fact in facts:
        if fact.operation == COPY:
            copies.append(fact)
        else:
            by_client.setdefault(fact.client, []).append(fact)
    if len(by_client) == 2 and 0 in by_client:
        merged = sorted(chain.from_iterable(by_client.values()), key=lambda fact: fact.sequence)
        by_client = {max(by_client): merged}
    return {client: requests + copies for client, requests in (by_client or {0: []}).items()}


def _judge_client(facts: Sequence[Fact], choice: Choice) -> dict[str, Judgement]:
    """Return the outcome of every rule for one client."""
    judges = {name: rule(choice.numbers_of(name)) if choice.is_on(name) else None for name, rule in rules().items()}
    callbacks = [rule.see for rule in judges.values() if rule is not None]
    for step in steps(facts):
        for see in callbacks:
            see(step)
    return {name: Judgement("omit") if rule is None else rule.conclude() for name, rule in judges.items()}


def _merge(judgements: Sequence[Judgement]) -> Judgement:
    """Return the outcome of a rule for all clients."""
    first = min(judgements, key=lambda judged: ORDER.index(judged.outcome))
    findings = tuple(finding for judged in judgements for finding in judged.findings)
    return Judgement(first.outcome, findings, sum(judged.more for judged in judgements), first.reason)


def _without_passes(judged: Judgement, dropped: int) -> Judgement:
    if judged.outcome != "pass":
        return judged
    return Judgement("skip", reason=f"not all facts are kept: {dropped:,} dropped")


def document(verdict: Verdict, describe: Describe, **others: Any) -> dict[str, Any]:
    """Return a verdict as JSON; ``others`` are further members."""
    return {
        **others,
        "requests": len(verdict.facts),
        "dropped": verdict.dropped,
        "rules": [_row(rules()[name], judged, describe) for name, judged in verdict.judgements.items()],
        "outcome": verdict.outcome,
    }


def _row(rule: type[Rule], judged: Judgement, describe: Describe) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": rule.id,
        "level": rule.level,
        "outcome": judged.outcome,
        "sentence": rule.sentence,
        "source": rule.source,
        "findings": [_finding(finding, describe) for finding in judged.findings],
    }
    if judged.more:
        row["more"] = judged.more
    if judged.reason and judged.outcome == "skip":
        row["reason"] = judged.reason
    if rule.exercise is not None and rule.exercise.spec:
        row["exercise"] = rule.exercise.spec
    return row


def _finding(finding: Finding, describe: Describe) -> dict[str, Any]:
    requests = [fact for fact in finding.facts if fact.operation != COPY]
    return {
        "sentence": finding.sentence,
        "sequences": [fact.sequence for fact in requests],
        "curl": describe(requests[0]) if requests else "",
    }
