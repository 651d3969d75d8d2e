"""Read the copy in a request body: a fixture document, a CSV file or a zip."""

from __future__ import annotations

from mockroster.fixtures.read import upload
from mockroster.fixtures.read.archive import unzip
from mockroster.fixtures.read.content import Budget, fixture_file
from mockroster.fixtures.read.csv.single import with_manifest
from mockroster.judge.compare.side import Side, check_whole, side_of_files


def side_of_body(media_type: str, content: bytes) -> Side:
    """Return the side of a request body. Raises ``MalformedRequest``."""
    kind = upload.kind_of(media_type, content)
    if kind == "yaml":
        upload.check_yaml_size(content)
    with upload.readable():
        if kind == "zip":
            return side_of_files(upload.BODY, unzip(upload.BODY, content, Budget(upload.MOST_UNPACKED)))
        file = fixture_file(upload.BODY, kind, content)
        check_whole(file)
        return side_of_files(upload.BODY, with_manifest(upload.BODY, content) if kind == "csv" else [file])
