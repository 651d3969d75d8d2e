"""The documentation holds: its commands answer as shown, its tables are current, its links lead somewhere.

In a ``console`` block a line that begins with ``$`` is a command, and what follows is its output; ``…`` stands for
anything. A command that serves starts a server on a free port for the rest of the page. A block of another kind is
written to a file where the line before it names one.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from pathlib import Path
from time import monotonic, sleep

import click
import pytest
import redis_server
import yaml
from patience import PATIENCE

from mockroster import settings
from mockroster.cli.main import COMMANDS, mockroster
from mockroster.settings import Settings
from mockroster.standard.versions import SERVICES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
TRANSCRIPTS = [page for page in PAGES if "```console" in page.read_text(encoding="utf-8")]

_BLOCK = re.compile(r"^(?P<before>.*)\n\n?```(?P<kind>\w+)\n(?P<text>(?:.*\n)*?)```$", re.MULTILINE)
_SERVE = re.compile(
    r"(?P<variables>(?:\w+=\S+ )*)"
    r"(?:make serve(?: ARGS=\"(?P<make>.*)\")?|(?:\.venv/bin/)?mockroster serve(?P<plain>.*))"
)
_PLACE = re.compile(r"127\.0\.0\.1:\d+")
_STORE = "redis://127.0.0.1:6379"
_TIMEOUT = 60


def named(page: Path) -> str:
    """Return the name of a page in the names of tests."""
    return str(page.relative_to(ROOT))


@dataclass
class Shell:
    """Runs the commands of one page, in a folder of its own."""

    folder: Path
    server: subprocess.Popen[str] | None = None
    place: str = "127.0.0.1:8080"
    store: str = _STORE
    """The address of a store that pages call ``_STORE``."""

    assignments: list[str] = field(default_factory=list)

    def run(self, command: str) -> str:
        """Return what a command writes."""
        serve = _SERVE.fullmatch(command)
        if serve:
            arguments = shlex.split((serve["make"] or serve["plain"] or "").replace(_STORE, self.store))
            return self._serve(arguments, dict(pair.split("=", 1) for pair in serve["variables"].split()))
        command = _PLACE.sub(self.place, command)
        if re.match(r"\w+=", command):
            self.assignments.append(command)
            return ""
        script = "\n".join([*self.assignments, command])
        done = subprocess.run(  # noqa: S603
            ["bash", "-c", script],  # noqa: S607
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
        return done.stdout

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MOCKROSTER_", "PYTEST_", "COV_")) and name.lower() != "http_proxy"
        }
        return kept | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
            # The plugins of others that are installed here take seconds to load.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_PLUGINS": "mockroster.pytest_plugin",
        }

    def _serve(self, arguments: list[str], variables: dict[str, str]) -> str:
        """Start a server in place of the one before, on the day that the pages were written on."""
        self.end()
        self.assignments.clear()
        if "--port" in arguments:
            del arguments[arguments.index("--port") :][:2]
        said, told = self.folder / "said", self.folder / "url"
        told.unlink(missing_ok=True)
        command = [str(Path(sys.executable).with_name("mockroster")), "serve", *arguments]
        with said.open("w") as out:
            self.server = subprocess.Popen(  # noqa: S603
                [*command, "--port", "0", "--url-file", str(told)],
                cwd=self.folder,
                env=self._environment() | {"MOCKROSTER_NOW": "2026-01-15T08:00:00Z"} | variables,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
            )
        until = monotonic() + _TIMEOUT
        while self.server.poll() is None and "mockroster ready at" not in said.read_text() and monotonic() < until:
            sleep(0.02)
        if told.exists():
            self.place = told.read_text().strip().partition("://")[2]
        return said.read_text()

    def end(self) -> None:
        """End the server."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait(_TIMEOUT)
            self.server = None


@contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    """Return a shell that leaves no server behind."""
    made = Shell(folder)
    try:
        yield made
    finally:
        made.end()


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a console block with the output that the page shows; ``> `` goes on with a command."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        length = next(number for number, line in enumerate(lines) if not line.endswith("\\")) + 1
        yield "\n".join(lines[:length]), "\n".join(lines[length:])


def is_like(output: str, shown: str) -> bool:
    """Return whether an output matches a page, except for ports and the width of columns."""
    output, shown = (re.sub(" +", " ", _PLACE.sub("HERE", text)).strip() for text in (output, shown))
    return re.fullmatch(re.escape(shown).replace("…", "(?s:.*?)"), output) is not None


def is_run(command: str) -> bool:
    """Return whether a command is run here; those that set up a checkout, run all tests or need an engine are not."""
    return not re.match(r"(make (?!serve)|git |pip |python3 -m venv|\.venv/bin/pip |towncrier |docker )", command)


@pytest.mark.parametrize("page", TRANSCRIPTS, ids=named)
def test_commands_answer_as_shown(page: Path, tmp_path: Path) -> None:
    """Every command of a page, run in order, writes what the page shows."""
    text = page.read_text(encoding="utf-8")
    for tool in ("curl", "openssl"):
        if f"$ {tool} " in text and shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")

    # A page is read at the root of a checkout.
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    with ExitStack() as stack:
        running = stack.enter_context(shell(tmp_path))
        if _STORE in text:
            running.store = f"redis://127.0.0.1:{stack.enter_context(redis_server.running()).port}"
        for block in _BLOCK.finditer(text):
            name = re.search(r"`([\w.-]+\.\w+)`:$", block["before"])
            if block["kind"] != "console":
                if name:
                    (tmp_path / name[1]).write_text(block["text"], encoding="utf-8")
                continue
            for command, shown in commands(block["text"]):
                if is_run(command):
                    output = running.run(command)

                    assert is_like(output, shown), f"$ {command}\n{output}\nis not as {named(page)} shows:\n{shown}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_blocks_can_be_read(page: Path) -> None:
    """Blocks of YAML and JSON in the pages can be parsed."""
    readers = {"yaml": lambda text: list(yaml.safe_load_all(text)), "json": json.loads}

    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["kind"] in readers:
            assert readers[block["kind"]](block["text"])


def test_generated_pages_are_current() -> None:
    """The files of ``docs/generate.py`` are current."""
    line = [sys.executable, str(DOCS / "generate.py"), "--check"]

    done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603

    assert done.returncode == 0, done.stderr


def test_every_command_is_documented() -> None:
    """The page of settings has each command, and each of its flags."""
    text = (DOCS / "reference" / "settings.md").read_text("utf-8")

    for name in COMMANDS:
        command = mockroster.get_command(click.Context(mockroster), name)
        assert command is not None
        assert f"mockroster {name}" in text
        for flag in (one for parameter in command.params for one in parameter.opts if one.startswith("--")):
            assert f"`{flag}`" in text, name


def test_every_setting_is_documented() -> None:
    """The page of settings has each flag and variable."""
    text = (DOCS / "reference" / "settings.md").read_text("utf-8")

    for row in dataclass_fields(Settings):
        assert f"`{settings.flag(row)}` | `{settings.variable(row)}`" in text


def test_every_operation_is_documented() -> None:
    """The page of operations has each method and path."""
    text = (DOCS / "reference" / "operations.md").read_text("utf-8")

    for service in SERVICES:
        for operation in service.all_operations:
            assert f"`{operation.method} {operation.path}` | {operation.name} |" in text


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page leads to a file, and every page is linked from another."""
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))

    missing = [link for link in links if not (page.parent / link).exists()]

    assert not missing


def test_every_page_is_reachable() -> None:
    """From the README one gets to every page of the documentation."""
    found = {ROOT / "README.md"}
    to_read = list(found)
    while to_read:
        page = to_read.pop()
        for link in re.findall(r"\]\(([^)#:]+\.md)", page.read_text("utf-8")):
            target = (page.parent / link).resolve()
            if target not in found:
                found.add(target)
                to_read.append(target)

    assert not [named(page) for page in PAGES if page not in found]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_name_no_machine(page: Path) -> None:
    """No page has the path of somebody's machine or the host of a package registry in it."""
    found = re.findall(
        r"(?:^|[\s`\"'(=])/(?:work|home|root|Users)/|pypi\.|pythonhosted|docker\.io|ghcr\.io", page.read_text("utf-8")
    )

    assert not found
