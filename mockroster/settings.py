"""All settings: each is a flag, a variable ``MOCKROSTER_<FLAG>`` and a row of the docs.

Flags override variables, and variables override defaults. There is no settings file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mockroster.base_errors import ConfigurationError, nearest
from mockroster.durations import short
from mockroster.parsing import (
    Parser,
    base_url,
    client,
    existing_file,
    host_name,
    moment,
    one_of,
    origin,
    passes,
    store_url,
    switch,
    text,
    time_span,
    token,
    whole,
    writable_path,
)

PREFIX = "MOCKROSTER_"

PROFILES = ("district", "roster-only")
"""The parts of a district to generate; ``roster-only`` has no gradebook."""

LOG_FORMATS = ("text", "json")

MOST_WORKERS = 64
"""The most processes of one server."""

MOST_RECORDS = 2**31 - 1
"""The largest limit and offset that are accepted."""


def setting(parse: Parser, default: Any, help_: str, *, metavar: str = "", many: bool = False) -> Any:
    """Return a row of the table. A ``many`` setting takes a repeatable flag, or one value a line in a variable."""
    row = {"parse": parse, "help": help_, "metavar": metavar, "many": many}
    return field(default=default, metadata=row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of ``serve`` and ``create_app``."""

    host: str = setting(text, "127.0.0.1", "address to listen on", metavar="ADDRESS")
    port: int = setting(whole(0, 65535), 8080, "port to listen on; 0 takes a free one", metavar="PORT")
    seed: int = setting(whole(0, 10**12 - 1), 42, "seed of the generated district", metavar="N")
    students: int = setting(whole(1, 200_000), 1000, "active students of the generated district", metavar="N")
    profile: str = setting(
        one_of(*PROFILES), "district", "parts to generate; roster-only has no gradebook", metavar="|".join(PROFILES)
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
    reload: bool = setting(switch, default=False, help_="watch the fixtures and reload them when they change")
    scenario: tuple[str, ...] = setting(
        text, (), "scenario that is active from the start, such as flaky:every=3; repeatable", metavar="SPEC", many=True
    )
    admin_token: str | None = setting(
        token, None, "token that every /__admin call except health must carry", metavar="TOKEN"
    )
    client: tuple[tuple[str, str], ...] = setting(
        client,
        (("mockroster", "mockroster-secret"),),
        "client that may request tokens; repeatable",
        metavar="ID:SECRET",
        many=True,
    )
    token_key: str | None = setting(
        text,
        None,
        "secret that signs tokens: with the same one they outlive a restart; by default random, and kept in the store",
        metavar="KEY",
    )
    no_auth: bool = setting(switch, default=False, help_="answer without a token or signature")
    base_url: str | None = setting(
        base_url, None, "start of references and links, in place of the requested address", metavar="URL"
    )
    cors: tuple[str, ...] = setting(
        origin,
        (),
        "origin whose pages may request the standard's paths from a browser, * for all; repeatable; never /__admin",
        metavar="ORIGIN",
        many=True,
    )
    allow_host: tuple[str, ...] = setting(
        host_name,
        (),
        "host name under which /__admin may be requested while the server listens on loopback; repeatable",
        metavar="NAME",
        many=True,
    )
    now: datetime | None = setting(
        moment, None, "time of the clock at start; it continues from there", metavar="TIMESTAMP"
    )
    calendar: str = setting(
        text, "us-k12", "plan of the events of a school year, none, or a plan file", metavar="us-k12|none|FILE"
    )
    day_every: timedelta | None = setting(
        time_span(timedelta(seconds=1), timedelta(days=7)),
        None,
        "interval of real time at which a day passes in the sandbox default",
        metavar="DURATION",
    )
    page_limit: int = setting(
        whole(1, MOST_RECORDS), 100, "records in a page of a collection if the client gives no limit", metavar="N"
    )
    page_limit_max: int = setting(
        whole(1, MOST_RECORDS),
        MOST_RECORDS,
        "most records in a page; a larger limit is reduced to this one",
        metavar="N",
    )
    no_ui: bool = setting(switch, default=False, help_="serve neither the dashboard (/ui) nor the API explorer (/docs)")
    max_connections: int = setting(
        whole(1, 1_000_000), 4096, "concurrent connections; further ones are answered with 503", metavar="N"
    )
    store: str | None = setting(
        store_url,
        None,
        "Redis or Valkey that holds the state of any number of servers; without it, state is in memory",
        metavar="URL",
    )
    wait_for_store: timedelta = setting(
        time_span(timedelta(0), timedelta(days=1)),
        timedelta(0),
        "longest wait at start for a store that cannot be reached",
        metavar="DURATION",
    )
    store_expiry: timedelta = setting(
        time_span(timedelta(minutes=1), timedelta(days=3650)),
        timedelta(days=7),
        "time without a request after which the state in the store is deleted",
        metavar="DURATION",
    )
    workers: int = setting(
        whole(1, MOST_WORKERS), 1, "processes that share the port; more than one needs a store", metavar="N"
    )
    url_file: Path | None = setting(
        writable_path, None, "file to write the URL to once the server is ready", metavar="PATH"
    )
    log_format: str = setting(one_of(*LOG_FORMATS), "text", "form of the log on stderr", metavar="|".join(LOG_FORMATS))
    tls_cert: Path | None = setting(existing_file, None, "certificate chain (PEM), to serve https", metavar="PATH")
    tls_key: Path | None = setting(existing_file, None, "private key (PEM) of the certificate", metavar="PATH")

    def __post_init__(self) -> None:
        """Check the settings that depend on each other."""
        for row in fields(self):
            if row.metadata["many"] and isinstance(getattr(self, row.name), str):
                raise ConfigurationError(f"{row.name}: give a tuple of texts, not one text")
        if self.reload and not self.fixtures:
            raise ConfigurationError("--reload has nothing to watch without --fixtures")
        if self.reload and "-" in self.fixtures:
            raise ConfigurationError("--reload cannot read standard input again; give --fixtures files in place of -")
        if self.workers > 1 and self.store is None:
            raise ConfigurationError(
                f"--workers {self.workers}: several processes share their state in a store; name one by --store URL"
            )
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
    """Return the parser for one value of a setting."""
    parse: Parser = next(row.metadata["parse"] for row in fields(Settings) if row.name == name)
    return parse


def flag(row: Field[Any]) -> str:
    """Return the flag of a setting: ``--base-url``."""
    return "--" + row.name.replace("_", "-")


def variable(row: Field[Any]) -> str:
    """Return the variable of a setting: ``MOCKROSTER_BASE_URL``."""
    return PREFIX + row.name.upper()


def default_text(row: Field[Any]) -> str:
    """Return the default of a setting as it is written in a flag."""
    return short(row.default) if isinstance(row.default, timedelta) else str(row.default)


def load_settings(flags: Mapping[str, str | Sequence[str] | bool | None], environment: Mapping[str, str]) -> Settings:
    """Return the settings from flags and environment.

    Raises ``ConfigurationError`` with one sentence that names the flag or variable and what would be valid.
    """
    values: dict[str, Any] = {}
    for row in fields(Settings):
        given = flags.get(row.name)
        if given is True:
            values[row.name] = True
        elif given or isinstance(given, str):
            values[row.name] = _parse(flag(row), row, [given] if isinstance(given, str) else list(given))
        elif (texts := _from_environment(row, environment)) is not None:
            values[row.name] = _parse(variable(row), row, texts)
    return Settings(**values)


_PLURALS = {"scenarios": "scenario", "clients": "client"}
"""The plural names of repeatable settings, by which JSON and Python know them."""


def parse_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that a program passes by name, parsed and checked like flags.

    ``scenarios`` and ``clients`` may have their plural names, as in JSON.
    Raises ``ConfigurationError`` with the nearest right name.
    """
    rows = {row.name: row for row in fields(Settings)}
    named = {_PLURALS.get(name, name): value for name, value in values.items()}
    for name in named:
        if name not in rows:
            raise ConfigurationError(f"{name[:80]!r} is not a setting{nearest(name, [*rows, *_PLURALS])}")
    return {name: _value(rows[name], value) for name, value in named.items()}


def _value(row: Field[Any], value: Any) -> Any:
    if row.name == "fixtures":
        sources = [value] if isinstance(value, (str, Path, Mapping)) else value
        return _parse(row.name, row, [_fixtures_text(source) for source in sources])
    if value is None or (row.metadata["many"] and isinstance(value, str)):
        return value
    if not row.metadata["many"]:
        return _parse(row.name, row, [short(value) if isinstance(value, timedelta) else str(value)])
    return tuple(
        item if isinstance(item, (tuple, Mapping)) else _parse(row.name, row, [str(item)])[0] for item in value
    )


def _fixtures_text(source: Any) -> str:
    """Return a path as text, or a document as JSON. Raises ``ConfigurationError``."""
    if not isinstance(source, Mapping):
        return str(source)
    import json

    try:
        return json.dumps(source)
    except TypeError as error:
        raise ConfigurationError(f"fixtures: the document is not JSON: {error}") from None


def _from_environment(row: Field[Any], environment: Mapping[str, str]) -> list[str] | None:
    """Return the values of a variable, or ``None`` if it is empty or set by Docker links or Kubernetes."""
    value = environment.get(variable(row), "").strip()
    if not value or (row.name == "port" and value.startswith("tcp://")):
        return None
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    if row.name == "fixtures":
        return _fixtures_of_variable(environment[variable(row)], lines)
    return lines if row.metadata["many"] else [value]


def is_document(fixtures: str) -> bool:
    """Return whether a value of ``fixtures`` is a whole document rather than a path."""
    return fixtures.lstrip().startswith("{") or "\n" in fixtures.strip()


def _fixtures_of_variable(text: str, lines: list[str]) -> list[str] | None:
    """Return the document in the variable, or else its paths, one a line.

    Empty folders are skipped: the image names the one on which fixtures are mounted.
    """
    if is_document(text) and not all(passes(Path(line).exists) for line in lines):
        return [text]
    return [line for line in lines if not _is_empty_folder(Path(line))] or None


def _is_empty_folder(path: Path) -> bool:
    # An unreadable folder is reported when it is read.
    return passes(lambda: path.is_dir() and not any(path.iterdir()))


def _parse(name: str, row: Field[Any], texts: Sequence[str]) -> Any:
    values = tuple(_parse_value(name, row, text) for text in texts)
    return values if row.metadata["many"] else values[0]


_SECRET = frozenset({"client", "admin_token", "token_key", "store"})
"""Settings whose values are not shown in messages."""


def _parse_value(name: str, row: Field[Any], text: str) -> Any:
    try:
        return row.metadata["parse"](text)
    except ValueError as error:
        shown = "the value" if text and row.name in _SECRET else f"{text[:60]!r}"
        raise ConfigurationError(f"{name}: {shown} is not {error}") from None


_OTHER_VARIABLES = (PREFIX + "URL",)
"""Variables that other parts of mockroster read: the address of a server for test suites."""

_KUBERNETES = re.compile(r"(SERVICE_(HOST|PORT.*)|PORT_\d+_.*)")
"""Variables that Kubernetes sets for a service named mockroster."""


def unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning for each unknown ``MOCKROSTER_`` variable."""
    known = [variable(row) for row in fields(Settings)]
    for name in sorted(environment):
        if (
            name.startswith(PREFIX)
            and name not in (*known, *_OTHER_VARIABLES)
            and not _KUBERNETES.fullmatch(name.removeprefix(PREFIX))
        ):
            yield f"{name} is not a setting{nearest(name, known)}"
