"""Read the fixtures of a sandbox from files, as the document that its server takes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mockroster.errors import ConfigurationError
from mockroster.fixtures.read.assembly import assemble
from mockroster.fixtures.read.content import MEGABYTE, Budget
from mockroster.fixtures.read.load import read, read_inline
from mockroster.fixtures.read.raw import Fault, FixtureSet
from mockroster.roster.record import Record
from mockroster.settings import Settings, is_document

Document = Mapping[str, Any]


def is_path(fixtures: object) -> bool:
    """Return whether a value of ``fixtures`` is a path, or several, rather than a document."""
    if isinstance(fixtures, list | tuple):
        return bool(fixtures) and all(isinstance(item, str | os.PathLike) for item in fixtures)
    return isinstance(fixtures, str | os.PathLike)


def document_of(fixtures: Any) -> Document:
    """Return the document of a path or of several, which are those of ``mockroster serve --fixtures``.

    Standard input is not read. Raises ``ConfigurationError`` with file and line of the first error.
    """
    paths = fixtures if isinstance(fixtures, list | tuple) else [fixtures]
    sets = _read([os.fspath(path) for path in paths])
    if any(fixture_set.base == "generated" for fixture_set in sets):
        return _onto_generated(sets)
    assembly = assemble(sets, datetime.now(UTC))
    _check(assembly.faults)
    return {name: [*_rows(records, assembly.undated.get(name, ()))] for name, records in assembly.records.items()}


def _rows(records: Iterable[Record], undated: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the records; the clock of the sandbox dates those that no file dates."""
    for record in records:
        if record["sourcedId"] in undated:
            yield {member: value for member, value in record.items() if member != "dateLastModified"}
        else:
            yield record


def _read(paths: Sequence[str]) -> list[FixtureSet]:
    if "-" in paths:
        raise ConfigurationError("fixtures: standard input (-) belongs to the test runner; give the path of a file")
    budget = Budget(Settings().fixtures_limit * MEGABYTE)
    return [read_inline(path, "<inline>") if is_document(path) else read(path, budget) for path in paths]


def _onto_generated(sets: Sequence[FixtureSet]) -> Document:
    """Return a document that the server lays over its district, which is not here; the server checks its references."""
    document: dict[str, list[Mapping[str, Any]]] = {}
    for fixture_set in sets:
        _check(fixture_set.faults)
        if fixture_set.amendments or fixture_set.links is not None or fixture_set.mentions:
            raise ConfigurationError(
                f"fixtures: {fixture_set.name}: CSV files cannot be laid over the generated district of a sandbox; "
                "give JSON or YAML"
            )
        replaced = {(raw.collection, raw.body.get("sourcedId")) for raw in fixture_set.records}
        for name, bodies in document.items():
            document[name] = [body for body in bodies if (name, body.get("sourcedId")) not in replaced]
        for raw in fixture_set.records:
            document.setdefault(raw.collection, []).append(raw.body)
    return {"base": "generated", **document}


def _check(faults: Iterable[Fault]) -> None:
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors:
        others = f" (and {len(errors) - 1} more; mockroster validate shows all of them)" if len(errors) > 1 else ""
        raise ConfigurationError(f"fixtures: {errors[0]}{others}")
