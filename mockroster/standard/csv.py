"""The format of OneRoster CSV sets: their files, the columns in order, and the members that these represent.

Most of it is derived from the models: a column has the name of its member, a reference ``class`` is the column
``classSourcedId``, a list of references ``terms`` is ``termSourcedIds``, and required members are required columns.
The tables of ``v1p1/csv.py`` and ``v1p2/csv.py`` state the order of the columns and the exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from mockroster.standard.fields import (
    Date,
    JsonBoolean,
    Listed,
    Member,
    Number,
    OpenVocabulary,
    Part,
    PartSchema,
    Ref,
    Text,
    Timestamp,
    Vocabulary,
    Year,
)
from mockroster.standard.model import Resource
from mockroster.standard.vocabularies import OBJECTIVE_SOURCE

Format = Literal[
    "GUID",
    "GUID Reference",
    "List of GUID References",
    "String",
    "List of Strings",
    "List of Pairs",
    "Enumeration",
    "List of Enumerations",
    "Boolean",
    "Date",
    "DateTime",
    "Year",
    "Float",
    "Integer",
]
"""The format of the cells of a column; a pair is ``{LDAP:ann}``."""

Need = Literal["Y", "N", "D"]
"""Whether a cell is required: yes, no, or in delta files only, while it must be blank in bulk files."""

MODES = ("absent", "bulk", "delta")
"""The values of a file in a manifest."""

_REFERENCE = "SourcedId"
"""The suffix of columns that refer to a record."""

METADATA = "metadata."
"""The prefix of the columns that a provider appends."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column of a file."""

    name: str
    member: str
    """The member in the models: dotted inside the single part of a list, empty if the models have none."""

    field: Member | None
    format: Format
    need: Need
    is_withdrawn: bool = False
    """Whether only the first edition has the column in its header."""

    instead: Callable[[Mapping[str, Any]], Any] | None = None
    """Returns the cell of a record without a value, where the file requires one and the model does not."""


@dataclass(frozen=True, slots=True)
class ColumnOverride:
    """The properties of a column that do not follow from the models."""

    name: str
    member: str | None = None
    format: Format | None = None
    need: Need | None = None
    is_withdrawn: bool = False
    instead: Callable[[Mapping[str, Any]], Any] | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """The relation of the rows of a file to the records of another file."""

    by: str
    """The column with the sourcedId of the record."""

    member: str
    """The member of that record that the rows form."""

    kind: Literal["parts", "references", "reference", "sets"]
    """Each row an object of a list; each a reference of a list; one reference; a list of objects by ``source``."""


@dataclass(frozen=True, eq=False)
class File:
    """One file of a set."""

    name: str
    """``users``: the file is ``users.csv``."""

    resource: Resource
    """The model of its rows, or of the records that they are joined into."""

    columns: tuple[Column, ...]

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The names of its columns in the order of the newest edition."""
        return tuple(column.name for column in self.columns if not column.is_withdrawn)

    @cached_property
    def headers(self) -> tuple[tuple[str, ...], ...]:
        """The orders of columns that the editions require."""
        first = tuple(column.name for column in self.columns)
        return (self.header,) if first == self.header else (self.header, first)

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Every column by its name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def unmodelled(self) -> Mapping[str, str]:
        """The types of references that exist in no model, by column."""
        return {
            column.name: column.name.removesuffix(_REFERENCE)
            for column in self.columns
            if column.format == "GUID Reference" and not isinstance(column.field, Ref)
        }


@dataclass(frozen=True, eq=False)
class JoinedFile(File):
    """A file whose rows are parts of the records of another one."""

    join: Join

    @cached_property
    def unmodelled(self) -> Mapping[str, str]:
        """The types of references that exist in no model, without the columns of the join."""
        known = {self.join.by, REFERENCE.get(self.join.member)}
        return {name: target for name, target in super().unmodelled.items() if name not in known}


@dataclass(frozen=True, eq=False)
class Binding:
    """The files of a version of the standard."""

    number: str
    """The version number in a manifest: ``1.2``."""

    files: tuple[File, ...]
    """In the order of the manifest."""

    @cached_property
    def by_name(self) -> Mapping[str, File]:
        """Every file by its name."""
        return {file.name: file for file in self.files}

    @property
    def version(self) -> str:
        """The version of the models: ``v1p2``."""
        return self.files[0].resource.version

    @property
    def properties(self) -> tuple[str, ...]:
        """The names of the properties that a manifest must have."""
        return ("manifest.version", "oneroster.version", *(f"file.{file.name}" for file in self.files))

    def joined(self, collection: str) -> tuple[JoinedFile, ...]:
        """Return the files whose rows are joined into the records of a collection."""
        joined = (file for file in self.files if isinstance(file, JoinedFile))
        return tuple(file for file in joined if file.resource.collection == collection)


REFERENCE = {"resources": "resourceSourcedId", "scoreScale": "scoreScaleSourcedId"}
"""The column of the reference, by the member that consists of references."""

MANIFEST = ("propertyName", "value")
"""The header of ``manifest.csv``."""

MANIFEST_OPTIONAL = ("source.systemName", "source.systemCode")
"""The properties that a manifest may have."""

MANIFEST_VERSION = "1.0"
"""The only version of manifests, whatever the version of OneRoster."""


def records(resource: Resource, *columns: str | ColumnOverride) -> File:
    """Return a file whose rows are records of a model."""
    return File(resource.collection, resource, _columns(resource.schema, columns))


def parts(name: str, resource: Resource, join: Join, *columns: str | ColumnOverride) -> JoinedFile:
    """Return a file whose rows are joined into the records of a model."""
    field = resource.schema.members[join.member]
    inner = field.inner if isinstance(field, Listed) else field
    schema = inner.schema if isinstance(inner, Part) else PartSchema()
    by = ColumnOverride(join.by, member="", format="GUID Reference", need="Y")
    stated = tuple(by if column == join.by else column for column in columns)
    return JoinedFile(name, resource, _columns(schema, stated), join)


def _columns(schema: PartSchema, stated: tuple[str | ColumnOverride, ...]) -> tuple[Column, ...]:
    known = schema.members
    return (
        Column("sourcedId", "sourcedId", known.get("sourcedId"), "GUID", "Y"),
        Column("status", "status", known.get("status"), "Enumeration", "D"),
        Column("dateLastModified", "dateLastModified", known.get("dateLastModified"), "DateTime", "D"),
        *(_column(schema, ColumnOverride(column) if isinstance(column, str) else column) for column in stated),
    )


def _column(schema: PartSchema, override: ColumnOverride) -> Column:
    member = meant(override.name) if override.member is None else override.member
    field = _field(schema, member)
    need: Need = "Y" if field is not None and field.required else "N"
    form = override.format or _format(override.name, field)
    return Column(override.name, member, field, form, override.need or need, override.is_withdrawn, override.instead)


def meant(name: str) -> str:
    """Return the member that a column name implies: ``terms`` for ``termSourcedIds``."""
    if name.endswith("SourcedIds"):
        return name.removesuffix("SourcedIds") + "s"
    return name.removesuffix("SourcedId")


def _field(schema: PartSchema, member: str) -> Member | None:
    """Return the field of a member, also of a dotted one."""
    name, _, rest = member.partition(".")
    field = schema.members.get(name)
    if rest and isinstance(field, Listed) and isinstance(field.inner, Part):
        return _field(field.inner.schema, rest)
    return field


def _format(name: str, field: Member | None) -> Format:
    if isinstance(field, Listed):
        return _LISTS[_format(name, field.inner)]
    found = next((format_ for kind, format_ in _FORMATS if isinstance(field, kind)), None)
    if found is None:
        raise TypeError(f"the format of the column {name} does not follow from the model: state it")
    return found


_FORMATS: tuple[tuple[type[Member], Format], ...] = (
    (Ref, "GUID Reference"),
    (Vocabulary, "Enumeration"),
    (Timestamp, "DateTime"),
    (Date, "Date"),
    (Year, "Year"),
    (Text, "String"),
    (Number, "Float"),
    (JsonBoolean, "Boolean"),
)

_LISTS: Mapping[Format, Format] = {
    "GUID Reference": "List of GUID References",
    "Enumeration": "List of Enumerations",
    "String": "List of Strings",
}


SOURCE = OpenVocabulary(OBJECTIVE_SOURCE)
"""The sources of learning objectives in CSV, which has one form for the extensions of all vocabularies."""

_EXTENSION, _SLASH = "ext:", "/"


def source_member(cell: str) -> str:
    """Return the source of learning objectives in the form of the models: ``/mystate`` for ``ext:myState``.

    The models allow only lowercase letters and digits, and no extension with the name of an enumeration value.
    """
    if not cell.startswith(_EXTENSION):
        return cell
    plain = re.sub(r"[^a-z0-9]", "", cell.removeprefix(_EXTENSION).lower())
    return f"{_SLASH}{'ext' if plain in {'', *OBJECTIVE_SOURCE} else ''}{plain}"


def source_cell(source: str) -> str:
    """Return the source of learning objectives in the form of CSV: ``ext:state`` for ``/state``."""
    return _EXTENSION + source.removeprefix(_SLASH) if source.startswith(_SLASH) else source


CASE = "case"
"""The source whose learning objectives have the URN of a UUID as id in CSV."""

_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def objective_cell(source: str, objective: str) -> str:
    """Return the id of a learning objective in the form of CSV: ``urn:uuid:…`` for a bare UUID of CASE."""
    return _URN_OF_UUID + objective if source == CASE and _UUID.fullmatch(objective) else objective


def is_objective_cell(source: str, objective: str) -> bool:
    """Return whether the id of a learning objective is in the form of CSV."""
    bare = objective.removeprefix(_URN_OF_UUID)
    return source != CASE or (bare != objective and _UUID.fullmatch(bare) is not None)


_URN_OF_UUID, _URN_OF_ID = "urn:uuid:", "urn:sourcedId:"


def profile_uri(sourced_id: str) -> str:
    """Return the URI in the models of a user profile that has a sourcedId in CSV."""
    if ":" in sourced_id:
        return sourced_id
    return (_URN_OF_UUID if _is_uuid(sourced_id) else _URN_OF_ID) + sourced_id


def profile_sourced_id(uri: str) -> str:
    """Return the sourcedId in CSV of a user profile; a URI made by ``profile_uri`` returns to its sourcedId."""
    bare = uri.removeprefix(_URN_OF_UUID)
    if bare != uri and _is_uuid(bare):
        return bare
    return uri.removeprefix(_URN_OF_ID) if uri.startswith(_URN_OF_ID) else str(uuid5(NAMESPACE_URL, uri))


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
