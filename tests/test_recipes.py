"""The recipes for CI and containers can be followed before anything is published; a release says what it is made of."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockroster.cli.main import mockroster
from mockroster.scenarios.catalogue import scenarios
from mockroster.scenarios.spec import parse_scenarios

ROOT = Path(__file__).parents[1]
HOW_TO = ROOT / "docs" / "how-to"
PUBLISHED = "registry.example.org/"
RECIPES = {
    ("run-in-ci.md", "## GitHub Actions"): "pip install ./mockroster",
    ("run-in-ci.md", "## GitLab CI"): "pip install git+",
    ("run-in-a-container.md", "## Compose"): "build: ./mockroster",
    ("run-in-a-container.md", "## Kubernetes"): "docker build -t mockroster:local .",
    ("use-testcontainers.md", "# Use Testcontainers"): "docker build -t mockroster .",
}
"""Each recipe, and how it gets at what is not published yet."""


def blocks(text: str, kind: str = r"\w+") -> list[str]:
    """Return the blocks of code in a page."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def section(page: str, heading: str) -> str:
    """Return a section of a page, without those that follow on its level."""
    text = (HOW_TO / page).read_text("utf-8")
    begin = text.index(f"{heading}\n")
    level = heading.partition(" ")[0]
    end = text.find(f"\n{level} ", begin + 1)
    return text[begin:] if end < 0 else text[begin:end]


@pytest.mark.parametrize(("recipe", "way"), RECIPES.items(), ids=[" ".join(one) for one in RECIPES])
def test_what_is_built_comes_before_what_is_published(recipe: tuple[str, str], way: str) -> None:
    """The first code of each recipe builds or installs from a checkout or the repository, and needs no registry."""
    found = blocks(section(*recipe))

    assert any(way in block for block in found[:2])
    assert not any(PUBLISHED in block for block in found)


@pytest.mark.parametrize("page", sorted({page for page, _ in RECIPES}))
def test_the_published_one_is_named(page: str) -> None:
    """Each page says that the published image comes with the first release."""
    assert "first release" in (HOW_TO / page).read_text("utf-8")


def lines() -> Iterator[str]:
    """Yield every line of a job in the pages that calls mockroster."""
    for page in sorted(HOW_TO.glob("*.md")):
        for block in blocks(page.read_text("utf-8"), "yaml"):
            for line in block.splitlines():
                found = re.search(r"\bmockroster (serve|ready|validate|export|generate)\b.*", line)
                if found and "docker" not in line:
                    yield found[0].rstrip("& ")


@pytest.mark.parametrize("line", list(lines()))
def test_the_commands_of_jobs_are_those_of_the_command_line(line: str) -> None:
    """A command that a job runs exists, and takes the flags that it is given."""
    _, name, *arguments = shlex.split(line)
    parent = mockroster.make_context("mockroster", [name, *arguments])
    command = mockroster.get_command(parent, name)

    assert command is not None
    assert command.make_context(name, arguments, parent).params


def test_jobs_run_what_they_install() -> None:
    """A job installs mockroster, or builds its image, before it uses either."""
    for block in blocks((HOW_TO / "run-in-ci.md").read_text("utf-8"), "yaml"):
        first = re.search(r"mockroster (?:serve|ready)|docker run", block)
        made = re.search(r"pip install \S*mockroster|docker build", block)

        assert first is None or (made is not None and made.start() < first.start())


def release() -> dict[str, Any]:
    """Return the release workflow."""
    document: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))
    return document


def test_a_release_of_the_image_has_sbom_and_provenance() -> None:
    """The image is pushed with a list of what it is made of and a statement of how it was built."""
    (build,) = [s["with"] for s in release()["jobs"]["image"]["steps"] if "build-push-action" in s.get("uses", "")]

    assert build["sbom"] is True
    assert build["provenance"] == "mode=max"


def test_a_release_of_the_package_has_sbom_and_provenance() -> None:
    """Both are attested before the package goes out, by a job that may sign."""
    job = release()["jobs"]["package"]
    uses = [step.get("uses", "").partition("@")[0] for step in job["steps"]]

    assert job["permissions"] == {"contents": "read", "id-token": "write", "attestations": "write"}
    for action in ("actions/attest-build-provenance", "actions/attest-sbom"):
        assert uses.index(action) < uses.index("pypa/gh-action-pypi-publish")
    (sbom,) = [step["with"]["sbom-path"] for step in job["steps"] if "attest-sbom" in step.get("uses", "")]
    assert any(sbom in step.get("run", "") for step in job["steps"])


# What a sync must survive.

SURVIVAL = (HOW_TO / "test-what-your-sync-must-survive.md").read_text("utf-8")
FAILURES = re.findall(r"^## (?!Choose)(.*?)\n(.*?)(?=^## )", SURVIVAL, re.MULTILINE | re.DOTALL)


def test_there_are_twenty_failures() -> None:
    """The page has as many as it says."""
    assert len(FAILURES) == 20
    assert "twenty" in SURVIVAL


def test_headings_say_what_to_do() -> None:
    """A heading begins with a verb, not with the thing that fails."""
    nouns = re.compile("(The|An?|No|One|Some|Too|Rows|Enrollments) ")

    assert [title for title, _ in FAILURES if nouns.match(title)] == []


@pytest.mark.parametrize(("title", "text"), FAILURES, ids=[title for title, _ in FAILURES])
def test_each_failure_has_a_line_for_each_way(title: str, text: str) -> None:
    """Base URL, pytest and curl activate the same scenarios, which the catalogue knows."""
    (in_path,) = re.findall(
        r"^Base URL  http://127\.0\.0\.1:8080/scenarios/([^/]+)/ims/oneroster/v1p1$", text, re.MULTILINE
    )
    (in_pytest,) = re.findall(r'^pytest    mockroster\.use\("(.+)"\)$', text, re.MULTILINE)
    by_curl = re.findall(r"'X-Mockroster-Scenario: (.+?)'", text)

    assert {in_path.replace("~", "/"), *by_curl} == {in_pytest}
    assert parse_scenarios([in_pytest])


def test_similar_scenarios_exist() -> None:
    """The scenarios of the last table are in the catalogue."""
    names = re.findall(r"`([a-z0-9-]+)(?::[^`]*)?`", SURVIVAL[SURVIVAL.index("## Choose") :])

    assert len(names) > 20
    assert set(names) <= scenarios().keys() | {"times"}
