"""Play a toy client in a sandbox of its own, and ask for the verdict."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from movable_time import Time

from independent_clients.base import Case, Client, Toy, play
from mockroster import Server
from mockroster.client.sandbox import Sandbox

GRADEBOOK = ["categories", "lineItems", "results", "scoreScales", "assessmentLineItems", "assessmentResults"]
NOT_COPIED = [*GRADEBOOK, "resources"]
Results = dict[str, dict[str, Any]]
"""What the verdict says of each rule, by its id."""


def verdict(sandbox: Sandbox, **query: str) -> Results:
    """Return the results of all rules."""
    path = f"/verdict?{urlencode(query)}" if query else "/verdict"
    document = sandbox._switchboard.call("GET", path)
    return {rule["id"]: rule for rule in document["rules"]}


def judge(server: Server, time: Time, case: Case, client: Client) -> Results:
    """Play a client in a sandbox of its own, and return the results of all rules."""
    with server.sandbox(**({"students": case.students} if case.students else {})) as sandbox:
        toy = Toy(sandbox, time)
        play(case, client, toy)
        if toy.copy is not None:
            sandbox.compare({name: [*records.values()] for name, records in toy.copy.items()}, ignore=NOT_COPIED)
        return verdict(sandbox, **({"rules": case.rules} if case.rules else {}))


def failed_must(results: Results) -> set[str]:
    """Return the must-rules that fail."""
    return {name for name, rule in results.items() if rule["level"] == "must" and rule["outcome"] == "fail"}


def outcome(results: Results, rule: str) -> str:
    """Return the outcome of a rule; of one that is split in several, the worst of those that were exercised."""
    found = {result["outcome"] for name, result in results.items() if name.startswith(rule)}
    return next(each for each in ("fail", "pass", "skip", "omit") if each in found)
