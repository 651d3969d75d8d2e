"""The verdict on a client, for assertions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockroster.judge.report.text import fails, lines

__tracebackhide__ = True  # make pytest show the line of the test


class Verdict(Mapping[str, Any]):
    """A verdict, with the members of its JSON ``document``.

    It is true if no must-rule fails; as text it is a table with the findings.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def __getitem__(self, name: str) -> Any:
        """Return a member of the document."""
        return self.document[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.document)

    def __len__(self) -> int:
        return len(self.document)

    def __bool__(self) -> bool:
        """Return whether no must-rule fails."""
        return not self.failed()

    def __str__(self) -> str:
        """Return the table and the findings."""
        return "\n".join(lines(self))

    def __repr__(self) -> str:
        return f"<Verdict: {str(self).rpartition(chr(10))[2]}>"

    @property
    def outcome(self) -> str:
        """``fail`` if a must-rule fails, else ``pass`` if a rule passes, else ``skip``."""
        return str(self["outcome"])

    def rule(self, id: str) -> dict[str, Any]:  # noqa: A002
        """Return a rule with its outcome and findings. Raises ``KeyError``."""
        for rule in self["rules"]:
            if rule["id"] == id:
                found: dict[str, Any] = rule
                return found
        raise KeyError(id)

    def failed(self, fail_on: str = "must") -> list[dict[str, Any]]:
        """Return the rules that fail, of a level or a stricter one."""
        return [rule for rule in self["rules"] if fails(rule, fail_on)]

    def check(self, fail_on: str = "must") -> None:
        """Raise ``AssertionError`` with the findings if a rule of a level, or of a stricter one, fails."""
        failed = self.failed(fail_on)
        if failed:
            raise AssertionError("\n".join(lines({**self, "rules": failed, "coverage": {}, "mistakes": []})))
