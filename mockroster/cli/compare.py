"""``mockroster compare``: name every record in which two rosters, or a roster and a client's copy, differ."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from mockroster.cli.flags import Parsed, load_named_settings, with_flags
from mockroster.cli.server import with_admin_token
from mockroster.errors import ConfigurationError, Refused
from mockroster.parsing import base_url, one_of, whole
from mockroster.standard.versions import VERSIONS

if TYPE_CHECKING:
    from mockroster.client.truth import Truth
    from mockroster.judge.compare.result import Result

_FLAGS = ("fixtures_limit",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choices:
    """The flags that restrict a comparison."""

    version: str | None
    ignore: list[str]
    only: list[str]
    map_path: str | None
    revision: int | None
    admin_token: str | None
    limit: int


@click.command(short_help="Compare two rosters, and name every difference.")
@click.argument("left", metavar="LEFT")
@click.argument("right", metavar="RIGHT")
@click.option(
    "--version",
    metavar="|".join(VERSIONS.numbers),
    type=Parsed(one_of(*VERSIONS.numbers)),
    help="compare in the shape of a version [the richest that both can hold]",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="MEMBER",
    help="member, users.email or collection to leave out; repeatable, or several joined by commas",
)
@click.option(
    "--only", multiple=True, metavar="COLLECTION", help="collection to compare; repeatable, or several joined by commas"
)
@click.option("--map", "map_path", metavar="FILE", help="map of the client's own tables, which RIGHT then is")
@click.option(
    "--revision",
    type=Parsed(whole(0, 10**12 - 1)),
    metavar="N",
    help="compare a server as it was at a revision",
)
@with_admin_token
@click.option(
    "--max",
    "most",
    metavar="N",
    type=Parsed(whole(0, 100)),
    default=10,
    help="differences of each kind to show in each collection [10]",
)
@click.option("--json", "as_json", is_flag=True, help="print JSON, for programs")
@click.option("--junit", "junit_path", metavar="FILE", help="write JUnit XML, a test case for each collection")
@click.option("--html", "html_path", metavar="FILE", help="write HTML that can be pasted into an issue")
@with_flags(_FLAGS)
def compare(*, left: str, right: str, most: int, as_json: bool, version: str | None, **flags: Any) -> None:
    """Compare two rosters, the truth LEFT and a copy RIGHT, and name every difference.

    Each is the URL of a running server, or a file, folder or zip of JSON, YAML or OneRoster CSV.
    Exit code 0 if they are equal, 1 if they differ, 2 if one of them cannot be read.
    """
    from mockroster.judge.compare.markup import html, junit
    from mockroster.judge.compare.text import lines

    settings = load_named_settings(_FLAGS, flags)
    choices = _Choices(
        version=version,
        ignore=_names(flags["ignore"]),
        only=_names(flags["only"]),
        map_path=flags["map_path"],
        revision=flags["revision"],
        admin_token=flags["admin_token"],
        limit=settings.fixtures_limit * 1024 * 1024,
    )
    result = _result(left, right, choices)
    for path, content in ((flags["junit_path"], junit), (flags["html_path"], html)):
        if path is not None:
            _write(path, content(result, most))
    if as_json:
        click.echo(orjson.dumps(result.document(), option=orjson.OPT_INDENT_2))
    else:
        for line in lines(result, most):
            click.echo(line)
    raise SystemExit(int(not result.is_equal))


def _result(left: str, right: str, choices: _Choices) -> Result:
    """Return the differences. Raises ``ConfigurationError``."""
    from mockroster.judge.compare.compare import Options
    from mockroster.judge.compare.compare import compare as compare_sides
    from mockroster.judge.compare.copy_map.compare import compare_copy
    from mockroster.judge.compare.copy_map.parse import read_map
    from mockroster.judge.compare.rows import Ignored
    from mockroster.judge.compare.side import side_of_path

    ignored = Ignored.parse(choices.ignore, choices.only)
    version = None if choices.version is None else VERSIONS[choices.version]
    token = choices.admin_token
    if choices.revision is not None and not _is_url(left):
        raise ConfigurationError("--revision: only a server has revisions, and LEFT is a path")
    try:
        truth = _truth(left, token, choices.revision) if _is_url(left) else None
        left_side = truth.side() if truth else side_of_path(left, choices.limit)
        log = truth.history if truth else None
        if choices.map_path is not None:
            if version is not None or _is_url(right):
                raise ConfigurationError("--map: RIGHT is then a path of the client's own data, without --version")
            copy_map = read_map(Path(choices.map_path))
            return compare_copy(left_side, copy_map, Path(right), Options(None, ignored), log)
        right_side = _truth(right, token).side() if _is_url(right) else side_of_path(right, choices.limit)
        return compare_sides(left_side, right_side, Options(version, ignored), log)
    except Refused as error:
        raise ConfigurationError(str(error)) from None
    except (OSError, HTTPException) as error:
        raise ConfigurationError(f"the server cannot be reached: {error}") from None


def _names(given: tuple[str, ...]) -> list[str]:
    """Return the names in the values of a flag, each of which may hold several."""
    return [name.strip() for text in given for name in text.split(",")]


def _is_url(given: str) -> bool:
    return given.startswith(("http://", "https://"))


def _truth(url: str, admin_token: str | None, revision: int | None = None) -> Truth:
    """Return the records of a server, now or at a revision. Raises ``ConfigurationError``."""
    from mockroster.client.switchboard import Switchboard
    from mockroster.client.truth import Truth

    switchboard = Switchboard(_url(url), admin_token)
    switchboard.sandbox_row()
    return Truth(switchboard, revision)


def _url(given: str) -> str:
    try:
        return str(base_url(given))
    except ValueError as error:
        raise ConfigurationError(f"{given[:80]!r} is not {error}") from None


def _write(path: str, content: bytes) -> None:
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from None
