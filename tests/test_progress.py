"""A large district tells on a terminal how far it has come while it is generated, and nowhere else."""

from __future__ import annotations

import io
import logging
import re

import pytest
from conftest import NOW

from mockroster.cli.progress import generating
from mockroster.district import STAGES, district, log
from mockroster.settings import Settings


class Terminal(io.StringIO):
    """A stand-in for a terminal, which records the output."""

    def isatty(self) -> bool:
        """Return ``True``."""
        return True


@pytest.mark.parametrize(("profile", "stages"), [("district", [*STAGES]), ("roster-only", [*STAGES][:6])])
def test_a_terminal_is_told_of_each_stage(monkeypatch: pytest.MonkeyPatch, profile: str, stages: list[str]) -> None:
    """Each stage is written over the one before, and the line is clean at the end."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)

    with generating(Settings(students=5001)):
        district(1, 5, NOW, profile)

    drawn = terminal.getvalue().split("\r\x1b[K")
    assert [re.sub(r"^ +\[[#-]{30}\] +\d+%  ", "", line) for line in drawn] == ["", *stages, ""]
    assert (log.handlers, log.level, log.propagate) == ([], logging.NOTSET, True)


@pytest.mark.parametrize("values", [{"students": 5000}, {"students": 5001, "fixtures": ("some.yaml",)}])
def test_what_is_soon_done_tells_nothing(monkeypatch: pytest.MonkeyPatch, values: dict[str, object]) -> None:
    """A district that is not large, or none at all, leaves the terminal alone."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)

    with generating(Settings(**values)):  # type: ignore[arg-type]
        district(1, 5, NOW)

    assert terminal.getvalue() == ""


def test_a_file_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """If stderr is no terminal, no progress is written to it."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)

    with generating(Settings(students=5001)):
        district(1, 5, NOW)

    assert written.getvalue() == ""


def test_the_stages_are_in_order() -> None:
    """The shares go up from nothing, and leave something for the last stage."""
    shares = [*STAGES.values()]

    assert shares == sorted(set(shares))
    assert (shares[0], shares[-1] < 100) == (0, True)
