"""The page of the rules of the verdict."""

from __future__ import annotations

import inspect

from mockroster.judge.catalogue import rules
from mockroster.judge.report.text import LEVELS
from mockroster.judge.rule import Rule
from mockroster.judge.thresholds import TABLE
from pages.markdown import NOTE, code, table

_TITLES = {
    "must": "Must: data is lost or wrong, or a provider is harmed",
    "should": "Should: providers ask for it",
    "policy": "Policy: sane clients differ; off until it is switched on",
}

_BEGIN = """
The levels are our reading of the sources.
[Judge your client in CI](../how-to/judge-your-client-in-ci.md) shows how to get a verdict.

| Outcome | Meaning |
| --- | --- |
| `pass` | the client did what the rule judges, and did it right |
| `fail` | the client broke the rule; each finding has the requests and a curl line |
| `skip` | nothing that the rule judges has happened; it is never a pass |
| `omit` | the rule is switched off |

Waits are judged in real time, by a clock that does not jump.
The requests of each client id are judged on their own.
A run of the client ends after 60 seconds without a request, by real time or by the clock of the sandbox.
"""

_NUMBERS = """
## Numbers

`--rules NAME=VALUE` changes a number; `--rules V06=off` and `--rules V25=on` switch a rule.

"""


def page() -> str:
    """Return the page of the rules."""
    known = rules().values()
    parts = [NOTE, "# Rules of the verdict\n\n", f"{len(known)} rules judge a client by its requests.\n", _BEGIN]
    for level in LEVELS:
        parts.append(f"\n## {_TITLES[level]}\n")
        parts += [_rule(rule) for rule in known if rule.level == level]
    parts.append(_NUMBERS)
    parts.append(table(["Name", "Default", "What it is"], [[code(n.name), f"{n.default:g}", n.help] for n in TABLE]))
    return "".join(parts)


def _rule(rule: type[Rule]) -> str:
    """Return the section of one rule."""
    text = "\n\n".join(
        " ".join(paragraph.split()) for paragraph in (inspect.getdoc(rule) or "").replace("``", "`").split("\n\n")
    )
    plan = rule.exercise.spec if rule.exercise is not None else ""
    exercise = f"To exercise it: {code(plan)}.\n" if plan else ""
    return f"\n### {rule.id}: {rule.sentence}\n\n{text}\n\n{exercise}Source: {rule.source}.\n"
