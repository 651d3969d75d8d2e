"""Options and output that the commands with a verdict share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from mockroster.cli.flags import Parsed
from mockroster.client.verdict import Verdict
from mockroster.errors import ConfigurationError
from mockroster.judge.report.junit import junit
from mockroster.judge.report.page import page
from mockroster.judge.report.text import LEVELS, lines
from mockroster.judge.thresholds import lines_of, parse_choice
from mockroster.parsing import one_of


def with_verdict_output(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for rules and reports to a command."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="print JSON, for programs"),
        click.option("--html", metavar="FILE", help="write the verdict as a page"),
        click.option("--junit", metavar="FILE", help="write the verdict as JUnit XML"),
        click.option(
            "--fail-on",
            default="must",
            metavar="|".join(LEVELS),
            type=Parsed(one_of(*LEVELS)),
            help="least level of a rule that fails [must]",
        ),
        click.option(
            "--rules",
            multiple=True,
            metavar="FILE|NAME=VALUE",
            help="switch a rule (V25=on) or set one of its numbers (V10.repeats=3); a FILE has one a line",
        ),
    ):
        command = option(command)
    return command


class VerdictOutput:
    """The rules to judge by and where the verdict goes, checked before the client is judged.

    Raises ``ConfigurationError`` for an invalid option.
    """

    def __init__(
        self, *, rules: Sequence[str], fail_on: str, junit: str | None, html: str | None, as_json: bool
    ) -> None:
        self.choices = _choices(rules)
        """The choices of ``--rules``, each as NAME=VALUE."""

        self._as_json = as_json
        self._files = {path: name for path, name in ((junit, "junit"), (html, "html")) if path}
        for path, name in self._files.items():
            if not Path(path).parent.is_dir():
                raise ConfigurationError(f"--{name} {path}: the folder does not exist")
        self._fail_on = fail_on

    def finish(self, verdict: Verdict) -> None:
        """Print the verdict, write the reports, and end the command with 1 if a rule of the level fails."""
        if self._as_json:
            click.echo(json.dumps(verdict.document, indent=2, ensure_ascii=False))
        else:
            click.echo("\n".join(lines(verdict)))
        for path, name in self._files.items():
            content = junit(verdict, self._fail_on) if name == "junit" else page(verdict).encode()
            try:
                Path(path).write_bytes(content)
            except OSError as error:
                raise ConfigurationError(f"--{name} {path}: cannot be written: {error.strerror}") from None
        if verdict.failed(self._fail_on):
            raise SystemExit(1)


def _choices(values: Iterable[str]) -> list[str]:
    """Return each NAME=VALUE of ``--rules``, also those in files. Raises ``ConfigurationError``."""
    texts: list[str] = []
    for value in values:
        path = Path(value)
        try:
            texts += lines_of(path.read_text("utf-8")) if path.is_file() else [value]
        except (OSError, UnicodeError) as error:
            raise ConfigurationError(f"--rules: {value[:80]} cannot be read: {error}") from None
    parse_choice(texts)
    return texts
