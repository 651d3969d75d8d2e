"""One CSV file without a manifest: which file of which version it is follows from its header."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from mockroster.errors import UnreadableFixtures
from mockroster.loading.content import File, fixture_file
from mockroster.standard.csv import MANIFEST, MANIFEST_VERSION, Binding
from mockroster.standard.versions import BINDINGS


def with_manifest(name: str, content: bytes) -> tuple[File, ...]:
    """Return a CSV file under its right name, and the manifest of a bundle that consists of it alone.

    Raises ``UnreadableFixtures`` where no file of the standard has these columns.
    """
    file = fixture_file(name, "csv", content)
    rows = csv.reader(file.content.decode().splitlines())
    header = [column.strip() for column in next(rows, [])]
    binding, kind = _recognized(name, header)
    first = dict(zip(header, next(rows, []), strict=False))
    mode = "delta" if first.get("status") else "bulk"
    manifest = "\r\n".join(_manifest(binding, kind, mode)).encode()
    return File("manifest.csv", "csv", manifest), File(f"{kind}.csv", "csv", file.content)


def _recognized(name: str, header: list[str]) -> tuple[Binding, str]:
    """Return the version and the file with just these columns, the newest version first."""
    columns = [column for column in header if not column.startswith("metadata.")]
    for binding in reversed([*BINDINGS.values()]):
        for file in binding.files:
            if any(sorted(one) == sorted(columns) for one in file.headers):
                return binding, file.name
    shown = ",".join(header)[:80]
    raise UnreadableFixtures(
        f"{name}: no file of OneRoster {' or '.join(BINDINGS)} has the columns {shown!r}; "
        "send a zip, in which the file has a name"
    )


def _manifest(binding: Binding, kind: str, mode: str) -> Iterator[str]:
    yield ",".join(MANIFEST)
    yield f"manifest.version,{MANIFEST_VERSION}"
    yield f"oneroster.version,{binding.number}"
    for file in binding.files:
        yield f"file.{file.name},{mode if file.name == kind else 'absent'}"
