"""Fixtures as a user gives them, read: every record in them as it was written, and every fault of the writing.

A document is an object of collections; in a file that is called after a collection (``users.json``) it may be just
the array of its records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from mockroster.errors import nearest
from mockroster.loading.content import Budget, File, fixture_file
from mockroster.loading.document import BASES
from mockroster.loading.envelope import collection_of, is_beside
from mockroster.loading.json import text as json_text
from mockroster.loading.source import called, files, text_format
from mockroster.loading.text import Text
from mockroster.loading.written import Fault, FixtureSet, Written
from mockroster.loading.yaml import text as yaml_text
from mockroster.roster.store import COLLECTIONS

_EXAMPLE = '{"orgs": [...], "users": [...]}'


def read(path: str, limit: int | Budget) -> FixtureSet:
    """Return what a path stands for: a file, a folder, a zip, or ``-`` for standard input.

    ``limit`` is in bytes, unpacked; a ``Budget`` is shared by several paths. Raises ``UnreadableFixtures`` for what
    cannot be read at all.
    """
    budget = limit if isinstance(limit, Budget) else Budget(limit)
    return read_files(called(path), files(path, budget))


def read_files(name: str, fixture_files: Iterable[File]) -> FixtureSet:
    """Return what the files of one path say. Raises ``UnreadableFixtures``."""
    found = FixtureSet(name)
    tables: list[tuple[str, bytes]] = []
    folder = ""
    for file in fixture_files:
        if file.format == "csv":
            tables.append((file.name, file.content))
            folder = folder or file.folder
        else:
            _take(found, file)
    if tables:
        _take_bundle(found, tables)
    if folder:
        message = f"the files are in the folder {folder[:80]!r} of the zip; OneRoster has them at its top"
        found.faults.append(Fault(found.name, None, "", message, "violation"))
    return found


def read_inline(text: str, name: str) -> FixtureSet:
    """Return what a document says that is given as text, JSON or YAML. Raises ``UnreadableFixtures``."""
    content = text.encode(errors="surrogatepass")
    found = FixtureSet(name)
    _take(found, fixture_file(name, text_format(content), content))
    return found


def _take_bundle(found: FixtureSet, tables: Sequence[tuple[str, bytes]]) -> None:
    # What is not CSV need not wait for its readers.
    from mockroster.loading.csv.bundle import read as read_bundle

    bundle = read_bundle(found.name, tables)
    found.base = found.base or bundle.base
    found.records += bundle.records
    found.amendments += bundle.amendments
    found.links = bundle.links
    found.mentions += bundle.mentions
    found.faults += bundle.faults


def _take(found: FixtureSet, file: File) -> None:
    """Add what a file of JSON or YAML says."""
    stem = PurePath(file.name).stem
    collection = stem if stem in COLLECTIONS else ""
    text = _parsed(file, collection)
    if isinstance(text, Fault):
        found.faults.append(text)
        return
    found.faults += text.faults
    # Whoever asks for lines keeps the text; its records must not be held twice for that.
    root, text.root = text.root, None
    if collection and isinstance(root, list):
        root = {collection: root}
    if isinstance(root, dict):
        _take_document(found, text, root)
    else:
        found.faults.append(Fault(text.name, None, "", _not_a_document(root, stem)))


def _parsed(file: File, collection: str) -> Text | Fault:
    if not file.content.strip():
        return Fault(file.name, None, "", f"is empty: write an object of collections such as {_EXAMPLE}")
    parse = json_text.parsed if file.format == "json" else yaml_text.parsed
    return parse(file.name, file.content, collection)


def _not_a_document(root: Any, stem: str) -> str:
    if root is None:
        return f"holds no data: write an object of collections such as {_EXAMPLE}"
    if isinstance(root, list):
        return (
            f"must be an object of collections such as {_EXAMPLE}, not an array; "
            f"that is for files called after their collection, such as users.json{nearest(stem, COLLECTIONS)}"
        )
    return f"must be an object of collections such as {_EXAMPLE}, not {_kind(root)}"


def _take_document(found: FixtureSet, text: Text, document: dict[str, Any]) -> None:
    beside = [name for name in document if is_beside(name)]
    if beside:
        has_records = len(document) > len(beside)
        found.faults.append(_passed_over(text, beside) if has_records else _no_records(text, beside))
    for name, value in document.items():
        if name == "base":
            _take_base(found, text, value)
        elif name in beside:
            continue
        elif (collection := collection_of(name, value)) is not None:
            _take_single(found, text, name, collection, value)
        elif name not in COLLECTIONS:
            message = f"is not a collection{nearest(name, (*COLLECTIONS, 'base'))}"
            found.faults.append(Fault(text.name, text.heading(name), _shown(name), message))
        elif not isinstance(value, list):
            message = (
                f"must be an array of records, not {_kind(value)}{'; for none, write []' if value is None else ''}"
            )
            found.faults.append(Fault(text.name, text.heading(name), name, message))
        else:
            _take_records(found, text, name, value)


def _passed_over(text: Text, names: list[str]) -> Fault:
    """Return the warning about members of a recorded answer that are no records."""
    message = f"the answer of a server has {', '.join(names)} beside its records; passed over"
    return Fault(text.name, text.heading(names[0]), "", message, "warning")


def _no_records(text: Text, names: list[str]) -> Fault:
    """Return the error about a recorded answer that has no other members than these."""
    message = f"is the answer of a server ({', '.join(names)}) that has no records in it"
    return Fault(text.name, text.heading(names[0]), "", message)


def _take_single(found: FixtureSet, text: Text, name: str, collection: str, body: dict[str, Any]) -> None:
    """Take the record of a recorded answer to a single read."""
    if name != collection:
        message = f"is one record in its wrapper; read as {collection}: [{{...}}]"
        found.faults.append(Fault(text.name, text.heading(name), name, message, "warning"))
    found.records.append(Written(collection, 0, body, _Wrapped(text, name)))


@dataclass(frozen=True, slots=True)
class _Wrapped:
    """The place of a record that stands alone in a wrapper."""

    text: Text
    wrapper: str

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.text.name

    def line(self, _collection: str, number: int, member: str = "") -> int | None:
        """Return the line of the record, or of a member in it."""
        return self.text.line(self.wrapper, number, member)


def _take_base(found: FixtureSet, text: Text, value: Any) -> None:
    line = text.heading("base")
    if value not in BASES:
        found.faults.append(Fault(text.name, line, "base", f"{str(value)[:80]!r} is not one of {', '.join(BASES)}"))
    elif found.base not in {None, value}:
        message = f"{value!r} is not what another file of {found.name} says: {found.base!r}"
        found.faults.append(Fault(text.name, line, "base", message))
    else:
        found.base = value


def _take_records(found: FixtureSet, text: Text, collection: str, records: list[Any]) -> None:
    for number, body in enumerate(records):
        if type(body) is dict:
            found.records.append(Written(collection, number, body, text))
        else:
            line = text.line(collection, number)
            message = f"must be an object, not {_kind(body)}"
            found.faults.append(Fault(text.name, line, f"{collection}[{number}]", message))


def _kind(value: Any) -> str:
    """Return what a value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds = ((dict, "an object"), (list, "an array"), (str, "text"))
    return next((words for kind, words in kinds if isinstance(value, kind)), "a number")


def _shown(name: str) -> str:
    return name[:60] if name.isprintable() and name else ascii(name[:60])
