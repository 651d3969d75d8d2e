"""``mockroster exercise``: run a client under the scenarios that the rules need, and judge it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mockroster.cli.flags import Parsed, load_named_settings, with_flags
from mockroster.cli.verdict_output import VerdictOutput, with_verdict_output
from mockroster.client.sandbox import Sandbox
from mockroster.client.verdict import Verdict
from mockroster.errors import ConfigurationError, Refused, unknown
from mockroster.judge.exercise import Exercise, exercises, merge
from mockroster.judge.thresholds import parse_choice
from mockroster.parsing import whole

_TAIL = 2000
"""Characters of the client's output that are shown if it fails without any scenario."""

_KILL = 5.0
"""Seconds that a client has to end after SIGTERM."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SETTINGS = ("seed", "students", "profile", "fixtures")


@click.command(short_help="Run a client under the scenarios of each rule, and judge it.")
@with_flags(_SETTINGS)
@click.option(
    "--timeout",
    default=60,
    metavar="SECONDS",
    type=Parsed(whole(1, 86_400)),
    help="the most seconds of one run of the client [60]",
)
@click.option(
    "--copy", metavar="PATH", help="where the client keeps its copy of the records: a file, folder or zip of fixtures"
)
@with_verdict_output
@click.argument("command", nargs=-1, required=True)
def exercise(*, command: Sequence[str], timeout: int, copy: str | None, **options: Any) -> None:
    """Start a server, run COMMAND under the scenarios that each rule needs, and print one verdict.

    COMMAND is the client: one run is one synchronisation. It finds the server in the variables ONEROSTER_BASE_URL_V1P1,
    ONEROSTER_BASE_URL_ROSTERING, _GRADEBOOK and _RESOURCES, ONEROSTER_TOKEN_URL, ONEROSTER_CLIENT_ID and
    ONEROSTER_CLIENT_SECRET, or in placeholders such as {base_url_v1p1}, {token_url} and {client_id}. What it keeps from
    run to run belongs into the folder ONEROSTER_STATE ({state}), which is empty for each scenario. Ends with 1 if the
    client breaks a rule of the level of --fail-on, or a stricter one.
    """
    settings = load_named_settings(_SETTINGS, {name: options.pop(name) for name in _SETTINGS})
    output = VerdictOutput(**options)
    if shutil.which(command[0]) is None:
        raise ConfigurationError(f"COMMAND: {command[0][:80]!r} cannot be run: there is no such program")
    from mockroster.embedded import Server

    plans = exercises(parse_choice(output.choices))
    client = _Client(command, timeout, copy)
    with Server(**{name: getattr(settings, name) for name in _SETTINGS}) as server:
        found = [
            (plan, _run(server, client, plan, output.choices, f"{number}/{len(plans)}"))
            for number, plan in enumerate(plans, 1)
        ]
    verdict = Verdict(merge(found))
    if not verdict["requests"]:
        raise ConfigurationError("COMMAND: the client has not asked the server for anything")
    output.finish(verdict)


@dataclass(frozen=True, slots=True)
class _Client:
    """The command that runs the client."""

    command: Sequence[str]
    timeout: int
    copy: str | None = None
    """The path of the client's copy, which may have placeholders."""

    def run(self, sandbox: Sandbox, state: str) -> tuple[str, str]:
        """Run the client once, and return how it ended and the end of its output."""
        values = _values(sandbox, state)
        words = [_filled(word, values) for word in self.command]
        variables = {f"ONEROSTER_{name.upper()}": value for name, value in values.items()}
        with tempfile.TemporaryFile() as output:
            try:
                process = subprocess.Popen(  # noqa: S603 # the user's own command
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **variables},
                    start_new_session=True,
                )
            except OSError as error:
                raise ConfigurationError(f"COMMAND: {words[0][:80]!r} cannot be run: {error.strerror}") from None
            ended = self._wait(process)
            output.seek(max(0, output.seek(0, os.SEEK_END) - _TAIL))
            return ended, output.read().decode("utf-8", "replace")

    def show_copy(self, sandbox: Sandbox, state: str) -> None:
        """Compare the client's copy with the records, so that the rules about it can be judged."""
        if self.copy is None:
            return
        values = _values(sandbox, state)
        for name in _PLACEHOLDER.findall(self.copy):
            if name not in values:
                raise ConfigurationError(f"--copy {self.copy}: {unknown(name, 'a placeholder', values)}")
        path = Path(_filled(self.copy, values))
        if not path.exists():
            click.echo(f"--copy {path}: the client has written no copy", err=True)
            return
        try:
            sandbox.compare(path)
        except (ConfigurationError, Refused) as error:
            raise ConfigurationError(f"--copy {path}: {error}") from None

    def _wait(self, process: subprocess.Popen[bytes]) -> str:
        try:
            return f"exit {process.wait(self.timeout)}"
        except subprocess.TimeoutExpired:
            return f"stopped after {self.timeout} s"
        finally:
            _stop(process)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled in."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a client that still runs, with the processes that it has started; on Windows without them."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":  # without process groups and SIGKILL
        process.kill()
        process.wait()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.killpg(process.pid, number)
        try:
            process.wait(_KILL)
        except subprocess.TimeoutExpired:
            continue
        return


def _values(sandbox: Sandbox, state: str) -> Mapping[str, str]:
    """Return what a client needs to know, by the names of placeholders."""
    urls = {f"base_url_{name}": url for name, url in sandbox.base_urls.items()}
    return {
        **urls,
        "token_url": sandbox.token_url,
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "state": state,
    }


def _run(server: Sandbox, client: _Client, exercise: Exercise, choices: Sequence[str], place: str) -> dict[str, Any]:
    """Run a client as a plan says, and return the verdict on it."""
    plan = exercise.plan
    name = f"exercise-{place.partition('/')[0]}"
    with tempfile.TemporaryDirectory(prefix="mockroster-") as state, server.sandbox(name=name) as sandbox:
        for number, scenario in enumerate(plan.scenarios):
            if number and plan.days:
                sandbox.pass_days(plan.days)
            if number and plan.events:
                sandbox.trigger(plan.events[number - 1])
            sandbox.use(*([scenario] if scenario else []))
            began = time.monotonic()
            with sandbox.run(f"run-{number + 1}"):
                ended, output = client.run(sandbox, state)
            seconds = time.monotonic() - began
            what = scenario or "no scenario"
            click.echo(f"[{place}] {what}: {ended}, {len(sandbox.requests):,} requests, {seconds:.1f} s", err=True)
            if not scenario and not number and ended != "exit 0":
                click.echo(output.rstrip(), err=True)
        client.show_copy(sandbox, state)
        return sandbox.verdict(rules=choices).document
