"""Break each scenario in turn, one hook or one parameter at a time, and see that a test of scenarios fails.

``make soak-mutants`` tries every mutant, and with ``ARGS=40`` every fortieth, as CI does. Tests of all scenarios
alike are left out: they would notice that a scenario does nothing, and not whether it keeps what its description
promises.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from mockroster.scenarios.base import Provider, Scenario
from mockroster.scenarios.catalogue import scenarios

TESTS = Path(__file__).parents[1]
LEFT_OUT = {"test_scenario_catalogue.py", "test_scenario_sockets.py"}
LONGEST = 300
"""Seconds after which a mutant that lets a test hang counts as found."""


def _last(*arguments: Any, **_: Any) -> Any:
    return arguments[-1]


def _nothing(*_: Any, **__: Any) -> None:
    return None


INERT: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("rewrite", "replace_operation", "transform_query", "order", "route"), _last),
    **dict.fromkeys(("body", "record", "member", "value", "transform_clause"), _last),
    **dict.fromkeys(("before", "before_operation", "after", "after_read", "send", "refresh"), _nothing),
    **dict.fromkeys(("on_token_request", "on_token_response"), _nothing),
    "restamp": lambda _, record, __: record,
    "change": lambda *_: {},
    "authorize": lambda *_: False,
    "delete": lambda *_: False,
}
"""What a hook is replaced by."""


@dataclass(frozen=True)
class Mutant:
    """A scenario without one of its hooks, or deaf to one of its parameters."""

    scenario: type[Scenario]
    member: str
    """The hook or the parameter."""

    is_hook: bool
    value: str | None = None
    """The word of the parameter that it is deaf to; ``None`` for all of its values."""

    def __str__(self) -> str:
        value = "" if self.value is None else f"={self.value}"
        return f"{self.scenario.name} {'without' if self.is_hook else 'ignoring'} {self.member}{value}"

    def apply(self) -> None:
        """Change the class in this process."""
        if self.is_hook:
            setattr(self.scenario, self.member, INERT[self.member])
            return
        make = self.scenario.__init__

        def deaf(own: Scenario, *arguments: Any, **given: Any) -> None:
            if self.value in {None, given.get(self.member)}:
                given.pop(self.member, None)
            make(own, *arguments, **given)

        setattr(self.scenario, "__init__", deaf)  # noqa: B010 # mypy refuses an assignment to __init__


def mutants() -> Iterator[Mutant]:
    """Yield every mutant. A provider has parameters only: its parts are scenarios."""
    for scenario in scenarios().values():
        if not issubclass(scenario, Provider):
            yield from (Mutant(scenario, hook, is_hook=True) for hook in INERT if callable(vars(scenario).get(hook)))
        for field in fields(scenario):
            words = field.metadata["words"] if isinstance(field.default, str) else ()
            values = [word for word in words if word != field.default] or [None]
            yield from (Mutant(scenario, field.name, is_hook=False, value=value) for value in values)


def is_found(mutant: Mutant) -> bool:
    """Return whether a test fails: one that is named after the scenario, or else any of a file that mentions it."""
    files, arguments = _named_tests(mutant.scenario.name)
    return _fails(mutant, files, arguments) or _fails(mutant, files, [])


def _named_tests(name: str) -> tuple[list[Path], list[str]]:
    """Return the files that mention a scenario, and arguments that choose the tests named after it."""
    mentioning = [path for path in _test_files() if name in path.read_text("utf-8")]
    return mentioning, ["-k", f"{name} or {name.replace('-', '_')}"]


def _test_files() -> list[Path]:
    return sorted(
        path
        for path in TESTS.glob("test_*.py")
        if re.search("scenario|provider", path.name) and path.name not in LEFT_OUT
    )


def _fails(mutant: Mutant | None, files: list[Path], arguments: list[str]) -> bool:
    """Return whether a test of the files fails in a copy of this process."""
    child = os.fork()
    if child == 0:
        if mutant is not None:
            mutant.apply()
        code = _run(["-x", *arguments], files)
        os._exit(0 if code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} else 1)
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return True


def _run(arguments: list[str], files: list[Path]) -> int:
    """Run pytest without output. What one run has imported is there in copies of the process."""
    kept = os.dup(1), os.dup(2)
    with Path(os.devnull).open("w") as null:
        os.dup2(null.fileno(), 1)
        os.dup2(null.fileno(), 2)
        flags = ["-n", "0", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
        flags += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        code = pytest.main([*flags, *arguments, *map(str, files)])
    os.dup2(kept[0], 1)
    os.dup2(kept[1], 2)
    return int(code)


def main() -> int:
    """Try the mutants, print those that no test finds, and return 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("every", nargs="?", type=int, default=1, help="try every n-th mutant")
    parser.add_argument("--from", dest="first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--only", default="", help="try the mutants of one scenario")
    options = parser.parse_args()
    chosen = [*mutants()][options.first :: options.every]
    chosen = [mutant for mutant in chosen if options.only in {"", mutant.scenario.name}]
    _run(["--collect-only"], _test_files())
    if chosen and _fails(None, *_named_tests(chosen[0].scenario.name)):
        print(f"a test of {chosen[0].scenario.name} fails without a mutant")
        return 2
    survivors = []
    for number, mutant in enumerate(chosen, 1):
        if not is_found(mutant):
            survivors.append(mutant)
            print(f"\rno test finds: {mutant}", flush=True)
        if sys.stderr.isatty() or number % 20 == 0:
            print(f"{number} of {len(chosen)}", file=sys.stderr, flush=True)
    print(f"{len(chosen)} mutants, {len(survivors)} of which no test finds")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
