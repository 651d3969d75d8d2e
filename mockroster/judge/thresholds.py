"""The thresholds of the rules in one table, and the choice of rules.

``--rules`` changes them: ``V10.repeats=3``, ``V25=on``, ``V06=off``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mockroster.base_errors import ConfigurationError, unknown
from mockroster.judge.catalogue import rules
from mockroster.judge.rule import Numbers


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number of a rule."""

    name: str
    default: float
    help: str

    @property
    def rule(self) -> str:
        """The id of the rule."""
        return self.name.partition(".")[0]


TABLE = (
    Threshold("V06.limit", 1000, "the least limit where there are more rows"),
    Threshold("V07.reads", 20, "the most reads of one operation for single records or parents"),
    Threshold("V08.lifetime", 3600, "seconds that a token is valid"),
    Threshold("V10.repeats", 2, "the most times that a request may be answered with 401 or 403 in a row"),
    Threshold("V11.early", 0.1, "seconds by which a request may come before the end of Retry-After"),
    Threshold("V11.date", 1.0, "the same for a date, which has no fractions of a second"),
    Threshold("V12.growth", 1.2, "the least ratio of the longest to the first gap"),
    Threshold("V12.gap", 0.02, "seconds of the longest gap at least"),
    Threshold("V13.repeats", 10, "the most times that a failed request is repeated"),
    Threshold("V13.growth", 1.2, "the least ratio of the longest to the first gap"),
    Threshold("V13.gap", 0.02, "seconds of the longest gap at least"),
    Threshold("V17.restarts", 3, "the most times that a read is restarted"),
    Threshold("V18.seconds", 0.0, "seconds by which the clock of the client may be ahead"),
    Threshold("V23.share", 0.1, "the largest share of a collection that may disappear at once"),
    Threshold("V25.concurrent", 5, "the most concurrent requests off-peak"),
    Threshold("V25.concurrent-peak", 1, "the most concurrent requests in peak hours"),
    Threshold("V25.peak-from", 7, "the first peak hour of a weekday, by the clock of the sandbox in UTC"),
    Threshold("V25.peak-to", 17, "the end of the peak hours"),
    Threshold("V25.full-days", 7, "the least days between two reads of a whole collection"),
    Threshold("V25.rows", 1000, "the rows from which a collection counts as large"),
)
"""Every threshold, by rule."""

_BY_NAME = {threshold.name: threshold for threshold in TABLE}
_SWITCH = {"on": True, "off": False}


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules that are switched on, and the numbers that differ from the defaults."""

    switches: Mapping[str, bool] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)

    def is_on(self, rule: str) -> bool:
        """Return whether a rule is judged. Policy rules are off unless they are switched on."""
        return self.switches.get(rule, rules()[rule].level != "policy")

    def numbers_of(self, rule: str) -> Numbers:
        """Return the numbers of a rule by their names."""
        return {
            threshold.name.partition(".")[2]: self.numbers.get(threshold.name, threshold.default)
            for threshold in TABLE
            if threshold.rule == rule
        }


def parse_choice(texts: Iterable[str]) -> Choice:
    """Parse ``V25=on`` and ``V10.repeats=3``. Raise ``ConfigurationError`` if a text is invalid."""
    switches: dict[str, bool] = {}
    numbers: dict[str, float] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise ConfigurationError(f"rules: {text[:80]!r} is not NAME=VALUE, such as V25=on or V10.repeats=3")
        if name in rules():
            if value not in _SWITCH:
                raise ConfigurationError(f"rules: {name} is {value[:40]!r}; it can be on or off")
            switches[name] = _SWITCH[value]
        elif name in _BY_NAME:
            numbers[name] = _number(name, value)
        else:
            raise ConfigurationError(f"rules: {_unknown(name)}")
    return Choice(switches, numbers)


def _unknown(name: str) -> str:
    """Return a sentence with the rules, or with the numbers of the rule in ``name``."""
    rule = name.partition(".")[0]
    of_rule = [number for number in _BY_NAME if number.partition(".")[0] == rule]
    if of_rule and name != rule:
        return unknown(name, f"a number of {rule}", of_rule)
    return unknown(name, "a rule", list(rules()))


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e9:
        raise ConfigurationError(f"rules: {name} is {text[:40]!r}, which is not a number from 0 to 1,000,000,000")
    return value


def lines_of(text: str) -> list[str]:
    """Return the choices in a file: one a line, ``#`` begins a comment."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]
