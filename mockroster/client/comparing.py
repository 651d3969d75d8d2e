"""Compare a copy with a sandbox of a running server, on the server or, by a map, in this process."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zipfile import ZIP_DEFLATED, ZipFile

from mockroster.client.comparison import Comparison
from mockroster.client.switchboard import Switchboard, encode
from mockroster.client.truth import Truth
from mockroster.errors import ConfigurationError
from mockroster.fixtures.read.content import MEGABYTE, Budget
from mockroster.fixtures.read.source import files
from mockroster.judge.compare.compare import Options
from mockroster.judge.compare.copy_map.compare import compare_copy
from mockroster.judge.compare.copy_map.parse import read_map
from mockroster.judge.compare.result import Result
from mockroster.judge.compare.rows import Ignored
from mockroster.keywords import CompareKeywords

__tracebackhide__ = True  # make pytest show the line of the test

_MOST = 1024 * MEGABYTE
"""The most bytes of a copy, unpacked."""


def by_server(switchboard: Switchboard, copy: Mapping[str, Any] | str | Path, options: CompareKeywords) -> Comparison:
    """Let the server compare a document, a file, a folder or a zip."""
    content = encode(copy) if isinstance(copy, Mapping) else _packed(_path(copy, "copy"))
    query: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    for part in ("ignore", "only"):
        names = _names(query.pop(part, ()))
        if names:
            query[part] = ",".join(names)
    return Comparison(Result.parse(switchboard.upload(f"/compare?{urlencode(query)}", content)))


def by_map(
    switchboard: Switchboard, copy: Mapping[str, Any] | str | Path, map_path: str | Path, options: CompareKeywords
) -> Comparison:
    """Read the client's own tables by a map, and compare them in this process."""
    if isinstance(copy, Mapping) or options.keys() - {"ignore", "only", "revision"}:
        raise ConfigurationError("with a map, give the path of the client's data, and no view and version")
    truth = Truth(switchboard, options.get("revision"))
    ignored = Ignored.parse(_names(options.get("ignore", ())), _names(options.get("only", ())))
    copy_map, copied = read_map(_path(map_path, "map")), _path(copy, "copy")
    return Comparison(compare_copy(truth.side(), copy_map, copied, Options(None, ignored), truth.history))


def _path(value: str | Path, kind: str) -> Path:
    """Return the path of a ``copy`` or a ``map``. Raises ``ConfigurationError`` for a value that is none."""
    if not isinstance(value, str | os.PathLike):
        document = "a fixture document or " if kind == "copy" else ""
        raise ConfigurationError(f"{kind}: {value!r:.80} is not {document}a path")
    return Path(value)


def _names(given: str | Sequence[str]) -> Sequence[str]:
    return [name for name in given.split(",") if name] if isinstance(given, str) else given


def _packed(path: Path) -> bytes:
    """Return the content of a file, or of a folder as a zip. Raises ``UnreadableFixtures``."""
    if path.suffix.lower() == ".zip" and path.is_file():
        return path.read_bytes()
    found = files(str(path), Budget(_MOST))
    if path.is_file():
        return found[0].content
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for file in found:
            archive.writestr(Path(file.name).name, file.content)
    return packed.getvalue()
