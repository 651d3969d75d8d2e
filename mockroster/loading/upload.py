"""Fixtures that a request brings, in any of the formats of files: JSON, YAML, a CSV file, or a zip of either.

A document of JSON or YAML is merged by ``document``; files are read as those of ``--fixtures`` are, and a delta among
them changes what the sandbox holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal

from mockroster.errors import FAULTS_LISTED, MalformedRequest, UnprocessableRecord, UnreadableFixtures
from mockroster.loading.archive import unzipped
from mockroster.loading.assembly import Assembly, assembled
from mockroster.loading.content import ZIP_START, Budget, fixture_file
from mockroster.loading.csv.single import with_manifest
from mockroster.loading.reading import read_files
from mockroster.loading.source import is_csv, text_format
from mockroster.loading.written import Fault, FixtureSet
from mockroster.loading.yaml import text as yaml_text
from mockroster.roster.commit import Put, commit
from mockroster.roster.difference import date_rule, stored
from mockroster.roster.overlay import Overlay
from mockroster.roster.store import COLLECTIONS, Roster

Kind = Literal["json", "yaml", "csv", "zip"]

BODY = "body"
"""What the content of a request is called in messages."""

MOST_YAML_VALUES = 250_000
"""Values that a document of YAML may have; reading each takes some 40 microseconds, in which others wait."""

MOST_UNPACKED = 64 * 1024 * 1024
"""Bytes that a zip may hold, unpacked."""

_KINDS: Mapping[str, Kind] = {
    "application/json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
    "text/csv": "csv",
    "application/csv": "csv",
    "application/zip": "zip",
    "application/x-zip-compressed": "zip",
}
"""By media type; any other, such as the one that curl sends by itself, says nothing."""


def kind_of(media_type: str, content: bytes) -> Kind:
    """Return the format of a body: that of its media type, or else what it looks like."""
    if content.startswith(ZIP_START):
        return "zip"
    known = _KINDS.get(media_type)
    if known is not None:
        return known
    if not content.strip() or text_format(content) == "json":
        return "json"
    return "csv" if is_csv(content) else "yaml"


def yaml_document(content: bytes) -> Mapping[str, Any]:
    """Return the document that YAML stands for. Raises ``MalformedRequest``."""
    values = sum(map(content.count, (b",", b"\n", b"[", b"{")))
    if values > MOST_YAML_VALUES:
        raise MalformedRequest(
            f"the body has about {values:,} values, and {MOST_YAML_VALUES:,} are the most in YAML; "
            "send it as JSON, which is read a hundred times as fast"
        )
    with _readable():
        text = yaml_text.parsed(BODY, fixture_file(BODY, "yaml", content).content, "")
    if isinstance(text, Fault):
        raise MalformedRequest(f"the {text}")
    if text.faults:
        raise MalformedRequest(f"the {'; '.join(_told(text.faults))}")
    if not isinstance(text.root, dict):
        raise MalformedRequest('the body must be an object of collections, such as {"orgs": [...]}')
    return text.root


def read_upload(kind: Literal["csv", "zip"], content: bytes) -> FixtureSet:
    """Return what the files of a body say. Raises ``MalformedRequest``."""
    with _readable():
        if kind == "zip":
            return read_files(BODY, unzipped(BODY, content, Budget(MOST_UNPACKED)))
        return read_files(BODY, with_manifest(BODY, content))


def merge_files(overlay: Overlay, fixtures: FixtureSet, now: datetime) -> list[str]:
    """Take in what files say, all or none, and return the warnings that reading them gave.

    A date that a file gives is kept. A record of which no file says the date has the time of the change, unless nothing
    in it changed. Raises ``UnprocessableRecord`` with file and line of each fault, and ``SandboxFull``.
    """
    with overlay.exclusive():
        overlay.check_room()
        base = overlay.replaced({}).base
        assembly = assembled([fixtures], now, base)
        errors = [fault for fault in assembly.faults if fault.severity == "error"]
        if errors:
            raise _unprocessable(errors)
        commit(overlay, _intents(base, assembly), now)
    return [*_told(assembly.faults)]


@contextmanager
def _readable() -> Iterator[None]:
    """Turn what cannot be read at all into a refusal of the request."""
    try:
        yield
    except UnreadableFixtures as error:
        raise MalformedRequest(f"the {error}") from None


def _intents(base: Roster, assembly: Assembly) -> Iterator[Put]:
    for collection in COLLECTIONS:
        table, undated = base.tables[collection], assembly.undated.get(collection, frozenset())
        for record in assembly.records[collection]:
            name = record["sourcedId"]
            if record is not stored(table, name):
                yield Put(collection, record, date_rule(name, undated))


def _unprocessable(faults: Sequence[Fault]) -> UnprocessableRecord:
    return UnprocessableRecord({fault.location: fault.message for fault in faults})


def _told(faults: Sequence[Fault]) -> Iterator[str]:
    """Yield a line for each fault, and how many more there are."""
    yield from (str(fault) for fault in faults[:FAULTS_LISTED])
    if len(faults) > FAULTS_LISTED:
        yield f"and {len(faults) - FAULTS_LISTED:,} more"
