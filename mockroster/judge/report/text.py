"""A verdict as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

OUTCOMES = ("fail", "pass", "skip", "omit")
LEVELS = ("must", "should", "policy")
"""The levels of rules, the strictest first."""

_SHOWN = 5
"""The findings of a rule that are shown."""


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a verdict: the rules in a table, the findings below each, the coverage, and a summary."""
    for rule in document["rules"]:
        if rule["outcome"] == "omit":
            continue
        yield f"{rule['outcome'].upper():4}  {rule['id']:4} {rule['level']:6}  {rule['sentence']}"
        yield from _details(rule)
    if document.get("coverage"):
        yield ""
        yield from coverage_sentences(document["coverage"])
    if document.get("mistakes"):
        yield ""
        for mistake in document["mistakes"]:
            yield f"note: {mistake['sentence']} ({times(mistake['count'])})"
    yield ""
    yield summary(document)


def _details(rule: Mapping[str, Any]) -> Iterator[str]:
    for finding in rule["findings"][:_SHOWN]:
        numbers = ", ".join(map(str, finding["sequences"][:_SHOWN]))
        requests = "request" if len(finding["sequences"]) == 1 else "requests"
        yield f"        {finding['sentence']}" + (f" ({requests} {numbers})" if numbers else "")
        if finding["curl"]:
            yield f"          {finding['curl']}"
    more = len(rule["findings"]) - _SHOWN + rule.get("more", 0)
    if more > 0:
        yield f"        and {more:,} more"
    if rule["outcome"] == "skip":
        yield f"        {rule.get('reason', '')}" + (
            f"; to exercise it: {rule['exercise']}" if rule.get("exercise") else ""
        )


def fails(rule: Mapping[str, Any], fail_on: str) -> bool:
    """Return whether a rule fails at a level that counts; ``should`` includes ``must``."""
    return rule["outcome"] == "fail" and LEVELS.index(rule["level"]) <= LEVELS.index(fail_on)


def summary(document: Mapping[str, Any]) -> str:
    """Return the outcome in a sentence."""
    counts = {outcome: sum(rule["outcome"] == outcome for rule in document["rules"]) for outcome in OUTCOMES}
    failing = sum(rule["outcome"] == "fail" and rule["level"] == "must" for rule in document["rules"])
    text = f"{document['outcome']}: {counts['fail']} of {len(document['rules'])} rules fail"
    text += f" ({failing} of them must-rules), {counts['pass']} pass, {counts['skip']} are not exercised"
    return f"{text}; {document['requests']:,} request{'' if document['requests'] == 1 else 's'}"


def coverage_sentences(coverage: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Yield a sentence for each collection that was read."""
    for name, numbers in coverage.items():
        rows, served, twice = numbers["rows"], numbers["served"], numbers["twice"]
        often = "each once" if not twice else f"{twice:,} of them more than once"
        never = f"; {rows - served:,} never" if served < rows else ""
        yield f"read {served:,} of {rows:,} {name}, {often}{never}" if served else f"read none of {rows:,} {name}"


def times(count: int) -> str:
    """Return a count in words: ``once`` or ``3 times``."""
    return "once" if count == 1 else f"{count:,} times"
