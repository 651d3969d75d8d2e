"""Everything that can be set, once: each is a flag, a variable ``MOCKROSTER_<FLAG>`` and a row of the docs.

A flag comes before the environment, the environment before the default. There is no settings file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mockroster.base_errors import ConfigurationError, nearest

PREFIX = "MOCKROSTER_"

Parser = Callable[[str], Any]
"""Reads the text of one value. Raises ``ValueError`` with what would be right."""

PROFILES = ("district", "roster-only")
"""What can be generated: ``roster-only`` leaves the gradebook out."""

LOG_FORMATS = ("text", "json")

MOST_RECORDS = 2**31 - 1
"""Larger limits and offsets are refused: no client means them."""


def text(value: str) -> str:
    """Read any text but an empty one: it comes of a variable that the caller forgot to set."""
    if not value:
        raise ValueError("a value; leave it out for none")
    return value


def whole(least: int, most: int) -> Parser:
    """Return the parser of whole numbers within bounds."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"-?\d{1,12}", value, re.ASCII) or not least <= int(value) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(value)

    return parse


def one_of(*words: str) -> Parser:
    """Return the parser of a choice."""

    def parse(value: str) -> str:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}{nearest(value, words)}")
        return value

    return parse


def switch(value: str) -> bool:
    """Read a truth value as people write one in a variable."""
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if value.lower() not in known:
        raise ValueError("true or false")
    return known[value.lower()]


def moment(value: str) -> datetime:
    """Read an ISO 8601 date or date and time, in UTC where it names no zone."""
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("a date and time such as 2026-01-15T08:00:00Z") from None
    if not 1900 <= found.year <= 2200:
        raise ValueError("a date and time from 1900 to 2200")
    return found


def client(value: str) -> tuple[str, str]:
    """Read ``ID:SECRET``; the secret may hold colons."""
    name, colon, secret = value.partition(":")
    if not (name and colon and secret):
        raise ValueError("ID:SECRET")
    return name, secret


def token(value: str) -> str:
    """Read what a header can bear: printable ASCII without a blank."""
    if not re.fullmatch(r"[!-~]+", value):
        raise ValueError("a token of printable ASCII without a blank")
    return value


def base_url(value: str) -> str:
    """Read an absolute http or https URL; a slash at its end does not count."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError("a URL such as https://sis.example.org") from None
    plain = value.isascii() and value.isprintable() and not set(value) & set(' "<>\\')
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or not plain:
        raise ValueError("a URL such as https://sis.example.org, without a query")
    return value.rstrip("/")


def origin(value: str) -> str:
    """Parse the origin of a web page (``https://app.example:3000``), or ``*`` for every origin."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    plain = f"{parts.scheme}://{parts.netloc}"
    is_origin = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    if value == "*":
        return value
    if not is_origin or not re.fullmatch(r"[!-~]+", value) or value.lower() != plain.lower():
        raise ValueError("the origin of a page such as http://localhost:3000, without a path, or * for all")
    default = {"http": 80, "https": 443}[parts.scheme]
    return plain.lower().removesuffix(f":{port}") if port == default else plain.lower()


def host_name(value: str) -> str:
    """Parse the name of a host, without scheme and port."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", value):
        raise ValueError("the name of a host such as mockroster.test, without scheme and port")
    return value.lower()


def a_file(value: str) -> Path:
    """Read the path of a file that is there."""
    path = Path(value)
    if not _passes(path.is_file):
        raise ValueError("the path of a file that is there")
    return path


def a_path(value: str) -> Path:
    """Read the path of a file to write, in a folder that is there; a device or pipe would be replaced by the file."""
    path = Path(value)
    if not _passes(lambda: (path.is_file() or not path.exists()) and os.access(path.absolute().parent, os.W_OK)):
        raise ValueError("the path of a file that can be written, in a folder that is there")
    return path.resolve() if path.is_symlink() else path


def _passes(test: Callable[[], bool]) -> bool:
    """Tell whether a path passes a test: one that is too long for a path, or where nobody may look, does not."""
    try:
        return test()
    except OSError:
        return False


def setting(parse: Parser, default: Any, help_: str, *, metavar: str = "", many: bool = False) -> Any:
    """Return one row of the table. ``many`` settings take a value for each flag, and one a line in a variable."""
    row = {"parse": parse, "help": help_, "metavar": metavar, "many": many}
    return field(default=default, metadata=row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``serve`` and ``create_app`` can be told."""

    host: str = setting(text, "127.0.0.1", "address to listen on", metavar="ADDRESS")
    port: int = setting(whole(0, 65535), 8080, "port to listen on; 0 takes a free one", metavar="PORT")
    seed: int = setting(whole(0, 10**12 - 1), 42, "seed of the generated district", metavar="N")
    students: int = setting(whole(1, 200_000), 1000, "active students of the generated district", metavar="N")
    profile: str = setting(
        one_of(*PROFILES), "district", "what is generated; roster-only has no gradebook", metavar="|".join(PROFILES)
    )
    fixtures: tuple[str, ...] = setting(
        text,
        (),
        "fixture file, folder or zip to serve, - for standard input; repeatable, merged in order",
        metavar="PATH",
        many=True,
    )
    fixtures_limit: int = setting(
        whole(1, 16_384), 1024, "megabytes that fixtures may hold, unpacked and together", metavar="MB"
    )
    lenient: bool = setting(switch, default=False, help_="serve faulty fixtures as they are, and warn of each fault")
    reload: bool = setting(switch, default=False, help_="watch the fixtures and serve them anew when they change")
    scenario: tuple[str, ...] = setting(
        text, (), "scenario that is active from the start, such as flaky:every=3; repeatable", metavar="SPEC", many=True
    )
    admin_token: str | None = setting(token, None, "what every /__admin call but health must bear", metavar="TOKEN")
    client: tuple[tuple[str, str], ...] = setting(
        client,
        (("mockroster", "mockroster-secret"),),
        "who may ask for tokens; repeatable",
        metavar="ID:SECRET",
        many=True,
    )
    token_key: str | None = setting(
        text,
        None,
        "secret that signs tokens: with the same one they outlive a restart; random by default",
        metavar="KEY",
    )
    no_auth: bool = setting(switch, default=False, help_="answer without a token or signature")
    base_url: str | None = setting(
        base_url, None, "what references and links begin with, instead of the address asked", metavar="URL"
    )
    cors: tuple[str, ...] = setting(
        origin,
        (),
        "origin whose pages may ask the standard's paths from a browser, * for all; repeatable; never /__admin",
        metavar="ORIGIN",
        many=True,
    )
    allow_host: tuple[str, ...] = setting(
        host_name,
        (),
        "host name under which /__admin may be asked while the server listens on loopback; repeatable",
        metavar="NAME",
        many=True,
    )
    now: datetime | None = setting(
        moment, None, "what the clock says at start; it goes on from there", metavar="TIMESTAMP"
    )
    page_limit: int = setting(
        whole(1, MOST_RECORDS), 100, "records in a page of a collection where the client gives no limit", metavar="N"
    )
    page_limit_max: int = setting(
        whole(1, MOST_RECORDS),
        MOST_RECORDS,
        "records in a page at most; a larger limit is taken for this one",
        metavar="N",
    )
    max_connections: int = setting(
        whole(1, 1_000_000), 4096, "connections at a time; one more is answered with 503", metavar="N"
    )
    url_file: Path | None = setting(a_path, None, "file to write the URL to once it answers", metavar="PATH")
    log_format: str = setting(
        one_of(*LOG_FORMATS), "text", "how events and requests are written on stderr", metavar="|".join(LOG_FORMATS)
    )
    tls_cert: Path | None = setting(a_file, None, "certificate chain (PEM), to serve https", metavar="PATH")
    tls_key: Path | None = setting(a_file, None, "private key (PEM) of the certificate", metavar="PATH")

    def __post_init__(self) -> None:
        """Check what concerns several settings at once."""
        for row in fields(self):
            if row.metadata["many"] and isinstance(getattr(self, row.name), str):
                raise ConfigurationError(f"{row.name}: give a tuple of texts, not one text")
        if self.reload and not self.fixtures:
            raise ConfigurationError("--reload has nothing to watch without --fixtures")
        if self.reload and "-" in self.fixtures:
            raise ConfigurationError("--reload cannot read standard input again; give --fixtures files in place of -")
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ConfigurationError("--tls-cert and --tls-key go together: give both or neither")
        if self.page_limit > self.page_limit_max:
            raise ConfigurationError(
                f"--page-limit: {self.page_limit} is more than --page-limit-max, {self.page_limit_max}"
            )
        names = [name for name, _ in self.client]
        if len(set(names)) != len(names):
            raise ConfigurationError("--client: the same ID is given twice")


def parser(name: str) -> Parser:
    """Return how the text of one value of a setting is read."""
    found: Parser = next(row.metadata["parse"] for row in fields(Settings) if row.name == name)
    return found


def flag(row: Field[Any]) -> str:
    """Return the flag of a setting: ``--base-url``."""
    return "--" + row.name.replace("_", "-")


def variable(row: Field[Any]) -> str:
    """Return the variable of a setting: ``MOCKROSTER_BASE_URL``."""
    return PREFIX + row.name.upper()


def gathered(flags: Mapping[str, str | Sequence[str] | bool | None], environment: Mapping[str, str]) -> Settings:
    """Return the settings that flags and environment make.

    Raises ``ConfigurationError`` with one sentence that names the flag or variable and what would be right.
    """
    values: dict[str, Any] = {}
    for row in fields(Settings):
        given = flags.get(row.name)
        if given is True:
            values[row.name] = True
        elif given or isinstance(given, str):
            values[row.name] = _parsed(flag(row), row, _texts(given))
        elif (found := _from_environment(row, environment)) is not None:
            values[row.name] = _parsed(variable(row), row, found)
    return Settings(**values)


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that a program gives by name, each held to the bounds of its flag; texts are read like those.

    Raises ``ConfigurationError`` with the nearest right name.
    """
    rows = {row.name: row for row in fields(Settings)}
    for name in values:
        if name not in rows:
            raise ConfigurationError(f"{name[:80]!r} is not a setting{nearest(name, rows)}")
    return {name: _value(rows[name], value) for name, value in values.items()}


def _value(row: Field[Any], value: Any) -> Any:
    if value is None or (row.metadata["many"] and isinstance(value, str)):
        return value
    if not row.metadata["many"]:
        return _parsed(row.name, row, [str(value)])
    return tuple(one if isinstance(one, tuple) else _parsed(row.name, row, [str(one)])[0] for one in value)


def _texts(given: str | Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _from_environment(row: Field[Any], environment: Mapping[str, str]) -> list[str] | None:
    """Return the values of a variable, none where it is empty or not meant for us."""
    found = environment.get(variable(row), "").strip()
    if not found or (row.name == "port" and found.startswith("tcp://")):
        return None
    lines = [line.strip() for line in found.splitlines() if line.strip()]
    if row.name == "fixtures":
        return _fixtures(environment[variable(row)], lines)
    return lines if row.metadata["many"] else [found]


def is_document(fixtures: str) -> bool:
    """Tell whether a value of ``fixtures`` is a whole document, not a path."""
    return fixtures.lstrip().startswith("{") or "\n" in fixtures.strip()


def _fixtures(text: str, lines: list[str]) -> list[str] | None:
    """Return the document that the variable holds, or else its paths, one a line.

    Folders with nothing in them are passed over: the image names the one on which fixtures are mounted.
    """
    if is_document(text) and not all(_passes(Path(line).exists) for line in lines):
        return [text]
    return [line for line in lines if not _is_empty_folder(Path(line))] or None


def _is_empty_folder(path: Path) -> bool:
    # Of one that may not be read, whoever reads it will say so.
    return _passes(lambda: path.is_dir() and not any(path.iterdir()))


def _parsed(name: str, row: Field[Any], texts: Sequence[str]) -> Any:
    values = tuple(_value_of(name, row, one) for one in texts)
    return values if row.metadata["many"] else values[0]


_SECRET = frozenset({"client", "admin_token", "token_key"})
"""Settings whose values are not shown."""


def _value_of(name: str, row: Field[Any], text: str) -> Any:
    try:
        return row.metadata["parse"](text)
    except ValueError as problem:
        shown = "what is given" if text and row.name in _SECRET else f"{text[:60]!r}"
        raise ConfigurationError(f"{name}: {shown} is not {problem}") from None


_OTHERS = (PREFIX + "URL",)
"""What other parts of mockroster read: the address of a server that test suites use."""

_KUBERNETES = re.compile(r"(SERVICE_(HOST|PORT.*)|PORT_\d+_.*)")
"""What Kubernetes sets for a service that is called mockroster."""


def unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning for each ``MOCKROSTER_`` variable that says nothing to us."""
    known = [variable(row) for row in fields(Settings)]
    for name in sorted(environment):
        if (
            name.startswith(PREFIX)
            and name not in (*known, *_OTHERS)
            and not _KUBERNETES.fullmatch(name.removeprefix(PREFIX))
        ):
            yield f"{name} is not a setting{nearest(name, known)}"
