"""Writes the pages of ``docs/reference/`` and the pictures of ``docs/explanation/`` from the product's tables.

``make docs`` runs it. ``--check`` writes nothing and ends with 1 when a page is stale.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from mockroster import errors, settings
from mockroster.admin.switchboard import ROUTES
from mockroster.cli.operations import operations as operations_command
from mockroster.cli.ready import ready as ready_command
from mockroster.generate import district
from mockroster.render.status import error_information, notice_information
from mockroster.roster.convert import DERIVED, HIDDEN
from mockroster.roster.fill import AGREED, FILLERS
from mockroster.roster.record import Record, Records
from mockroster.roster.write import OWNED
from mockroster.scenarios.base import Provider, Scenario
from mockroster.scenarios.catalogue import described, scenarios
from mockroster.settings import Settings
from mockroster.spec import fields
from mockroster.spec.bindings import BINDINGS
from mockroster.spec.csv import METADATA, File, JoinedFile
from mockroster.spec.model import Narrowing, Operation, Resource, Service
from mockroster.spec.services import SERVICES
from mockroster.spec.status import CODE_MINOR, UNKNOWN_SELECTION, UNKNOWN_SORT, WARNING, Notice, code_minor

HERE = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py (make docs); changes made here are lost. -->\n"
MEASURED_ON = datetime(2026, 1, 15, tzinfo=UTC)
SEED = 42
SIZES = (100, 1000, 5000)

Rows = Sequence[Sequence[str]]


def main() -> int:
    """Write every page, or tell which are stale."""
    texts = pages()
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        sys.stderr.writelines(f"{path.relative_to(HERE.parent)} is stale; run make docs\n" for path in stale)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], encoding="utf-8")
    sys.stderr.write(f"docs: {len(stale)} of {len(texts)} generated files written anew\n")
    return 0


def pages() -> dict[Path, str]:
    """Return the text of every generated file by its path."""
    reference, explanation = HERE / "reference", HERE / "explanation"
    made = {size: district(SEED, size, MEASURED_ON) for size in SIZES}
    return {
        reference / "operations.md": operations(),
        reference / "records.md": records(),
        reference / "settings.md": settings_page(),
        reference / "errors.md": errors_page(),
        reference / "writes.md": writes(),
        reference / "versions.md": versions(),
        reference / "scenarios.md": scenarios_page(),
        reference / "switchboard.md": switchboard(),
        reference / "csv.md": csv_page(),
        reference / "counts.md": counts(made),
        explanation / "sessions.svg": sessions_picture(made[1000]),
        explanation / "records.svg": records_picture(made[1000]),
    }


def table(head: Sequence[str], rows: Rows) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(text: object) -> str:
    """Return text as code."""
    return f"`{text}`"


def sentence(thing: Any) -> str:
    """Return the first sentence of a docstring, as Markdown."""
    text = " ".join((inspect.getdoc(thing) or "").split()).replace("``", "`")
    return re.split(r"(?<=\.)\s", text)[0].removesuffix(".")


def operations() -> str:
    """Return the page of all operations."""
    return (
        f"{NOTE}# Operations\n\n"
        "`mockroster operations` prints the same, with `--json` for programs.\n\n"
        "Each read takes `fields`; a collection also takes `limit`, `offset`, `sort`, `orderBy` and `filter`.\n"
        "A token needs any one of the scopes of an operation; only the end of each is written here,\n"
        f"in full the first is `{SERVICES[0].operations[0].scopes[0]}`.\n"
        "*Answers with* is the member of the body that holds the record or the array of records.\n"
        "*Rows* says which records a path stands for: `a=b` is a member and its value, `→` follows a reference.\n"
        "An id that names nothing is a 404, also an id in the middle of a path.\n"
        + "".join(_service(service) for service in SERVICES)
    )


def _service(service: Service) -> str:
    """Return the tables of a service; what a scope is for says which table an operation is in."""
    parts: dict[str, list[list[str]]] = {}
    for operation in service.operations:
        area = re.split(r"[-.]", _short(operation.scopes[0]))[0].title()
        parts.setdefault({"Roster": "Rostering", "Resource": "Resources"}.get(area, area), []).append(_row(operation))
    if service.aliases:
        parts["Not in the standard, but documented by vendors"] = [_row(operation) for operation in service.aliases]
    head = ("Method and path", "Operation", "Answers with", "Rows", "Scopes")
    text = f"\n## {service.title}\n\n{len(service.operations)} operations of the standard at `{service.base}`.\n"
    return text + "".join(f"\n### {title}\n\n{table(head, rows)}" for title, rows in parts.items())


def _short(scope: str) -> str:
    return scope.rpartition("/")[2]


def _row(operation: Operation) -> list[str]:
    answers = {"collection": operation.resource.collection, "single": operation.resource.name, "post": "sourcedIdPairs"}
    wrapper = answers.get(operation.kind, "")
    return [
        code(f"{operation.method} {operation.path}"),
        operation.name,
        code(wrapper) if wrapper else "no body",
        _rows(operation),
        " or ".join(code(_short(scope)) for scope in operation.scopes),
    ]


def _rows(operation: Operation) -> str:
    said = code(operation.resource.collection)
    if operation.preset:
        return (
            f"new {said} with {' and '.join(code(f'{member}={value}') for member, value in operation.preset.items())}"
        )
    if operation.narrowing:
        said = _narrowing(operation.narrowing, operation.resource)
    where = " and ".join(code(f"{member}={value}") for member, value in operation.rows.where.items())
    return f"{said}{', of these ' if operation.narrowing else ' with '}{where}" if where else said


def _narrowing(narrowing: Narrowing, wanted: Resource) -> str:
    match = " and ".join(code(f"{member}={value}") for member, value in narrowing.match.items())
    said = f"{code(narrowing.through.collection)} with {match}"
    taken = f"{said} → {code(narrowing.take)}" if narrowing.take else said
    return f"{taken}; all {code(wanted.collection)} if there are none" if narrowing.or_all else taken


def records() -> str:
    """Return the page of all models."""
    text = (
        f"{NOTE}# Records\n\n"
        "The models as mockroster serves them.\n"
        "Every record is checked against its model before it is sent.\n"
        "An optional member that a record does not have is left out: never `null`, never an empty string or array.\n"
        "A reference is an object with `href`, `sourcedId` and `type`, and nothing else.\n"
    )
    for title, models in _models().items():
        text += f"\n## {title}\n" + "".join(map(_record, models))
    return text


def _models() -> dict[str, list[Resource]]:
    """Return every model by the title of the version that it belongs to."""
    found: dict[str, list[Resource]] = {}
    for service in SERVICES:
        found[f"OneRoster {_digits(service.version)}"] = [*service.operations[0].resource.model.referable.values()]
    return found


def _digits(version: str) -> str:
    """Return the number of a version: ``v1p1`` is 1.1."""
    return version.removeprefix("v").replace("p", ".")


def _record(resource: Resource) -> str:
    rows = [
        [code(name), "yes" if field.required else "", *_type(field)] for name, field in resource.schema.members.items()
    ]
    about = " ".join((inspect.getdoc(resource.model) or "").split()).replace("``", "`")
    about = re.sub(r"\((\d+\.\d+)\)", r"(section \1)", about).replace("; see `roster/convert.py`", "")
    head = ("Member", "Required", "Type", "Values")
    return f"\n### {resource.name}\n\n{about}\nCollection: {code(resource.collection)}.\n\n{table(head, rows)}"


_TYPES: Mapping[type[fields.Member], str] = {
    fields.Timestamp: "DateTime, UTC with milliseconds",
    fields.Date: "Date",
    fields.Year: "year, as a string",
    fields.Vocabulary: "enumeration",
    fields.Text: "string, not empty",
    fields.Number: "number",
    fields.JsonBoolean: "JSON boolean",
    fields.TrueFalse: 'string "true" or "false"',
    fields.OpenVocabulary: "enumeration, open to `ext:…`",
    fields.Uri: "URI",
    fields.Metadata: "object of the provider's own",
    fields.Ref: "reference",
    fields.Listed: "array",
    fields.Part: "object",
}
"""What a kind of field is called; one that is not here is called by the name of its class."""


def _kind(kind: type[fields.Member]) -> str:
    return _TYPES.get(kind) or re.sub(r"(?<!^)([A-Z])", r" \1", kind.__name__).lower()


def _type(field: fields.Member) -> tuple[str, str]:
    """Return the type of a member, and its values or what it refers to."""
    if isinstance(field, fields.Listed):
        kind, values = _type(field.inner)
        return f"array of: {kind}", values
    if isinstance(field, fields.Ref):
        return "reference", f"to {code(field.type)}"
    if isinstance(field, fields.Part):
        return "object", ", ".join(map(code, field.schema.members))
    words = ", ".join(map(code, getattr(field, "words", ())))
    most = getattr(field, "most", None)
    return _kind(type(field)), words or (f"at most {most} characters" if most else "")


def settings_page() -> str:
    """Return the page of flags and variables."""
    rows = [
        [code(settings.flag(row)), code(settings.variable(row)), _default(row.default), row.metadata["help"]]
        for row in dataclass_fields(Settings)
    ]
    commands = (ready_command, operations_command)
    return (
        f"{NOTE}# Settings\n\n"
        "A flag of `mockroster serve` comes before its variable, the variable before the default.\n"
        "There is no settings file.\n"
        "`--client` may be given several times; its variable takes one client a line.\n"
        "`--no-auth` takes no value; its variable takes `true` or `false`.\n"
        "A value that will not do ends `serve` with exit code 2 and a sentence, before the port is bound.\n"
        "A `MOCKROSTER_` variable that is not in this table is warned of.\n\n"
        + table(("Flag", "Variable", "Default", "What it is"), rows)
        + "\n`mockroster.create_app` and `mockroster.Server` take the same settings by name: "
        "`Server(students=50, no_auth=True)`.\n"
        + "".join(f"\n## mockroster {command.name}\n\n{_command(command)}" for command in commands)
    )


def _default(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(code(":".join(one)) for one in value)
    return "none" if value is None else code(str(value).lower() if isinstance(value, bool) else value)


def _command(command: click.Command) -> str:
    rows = [
        [code(" or ".join(one.opts)) if isinstance(one, click.Option) else code(one.human_readable_name), _help(one)]
        for one in command.params
    ]
    about = "\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    return f"{about}\n\n{table(('Argument', 'What it is'), rows)}"


def _help(parameter: click.Parameter) -> str:
    return (parameter.help or "") if isinstance(parameter, click.Option) else "optional" * (not parameter.required)


_PLAIN: Mapping[int, str] = {
    405: "the path is there, and the method is not one of those in `Allow`",
    413: "the body is larger than 16 MB; it is not read",
    415: "a write has a `Content-Type` that is not JSON",
    429: "nothing yet: mockroster does not limit rates",
    500: "mockroster failed, or its data break the standard; its log says where",
}
"""Statuses that have no exception of ours."""

_TOKEN_ERRORS: Rows = (
    ("401", "`invalid_client`", "no credentials, an unknown client or a wrong secret"),
    ("400", "`invalid_request`", "the body cannot be read, `grant_type` is missing, or a parameter contradicts itself"),
    ("400", "`unsupported_grant_type`", "`grant_type` is not `client_credentials`"),
    ("400", "`invalid_scope`", "a scope that there is not"),
)


def errors_page() -> str:
    """Return the page of failures and warnings."""
    raised = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, errors.RequestError)]
    ours = [one for one in raised if one is not errors.RequestError]
    rows = [[str(one.code), *_minors(one, one.code or 0), _lower(sentence(one))] for one in ours]
    rows += [[str(status), *_minors(Exception, status), when] for status, when in _PLAIN.items()]
    warnings = (
        ("200", code(UNKNOWN_SORT), "`sort` names a member that the records do not have; the order is the default one"),
        ("200", code(UNKNOWN_SELECTION), "`fields` names a member that the records do not have; all members come"),
    )
    head = ("HTTP status", *(f"`imsx_codeMinor` in {_digits(version)}" for version in CODE_MINOR), "When")
    examples = {
        version: error_information(version, errors.UnknownObject(), 404, "no user has the sourcedId 'x'", "getUser")
        for version in CODE_MINOR
    }
    remark = "sort: users have no member 'nam'; the order is the default one"
    notice = notice_information([Notice(UNKNOWN_SORT, remark)], "getAllUsers")
    return (
        f"{NOTE}# Errors\n\n"
        "Every failure has a JSON body with status information.\n"
        "`imsx_description` is written for the person who mends the client:\n"
        "it names the member, the value and what would be right.\n"
        "In 1.1 some values of `imsx_codeMinor` have a blank and some an underscore: so has the standard.\n\n"
        + table(head, sorted(rows, key=lambda row: row[0]))
        + "".join(f"\nIn {_digits(version)}:\n\n```json\n{_json(one)}\n```\n" for version, one in examples.items())
        + "\n`imsx_messageRefIdentifier` is the same for the same message, so that two answers can be compared.\n\n"
        "## Warnings\n\n"
        f"In {' and '.join(map(_digits, sorted(WARNING)))} a warning stands beside the data of a 200, after them.\n\n"
        + table(("HTTP status", "`imsx_codeMinor`", "When"), warnings)
        + f"\n```json\n{_json(notice)}\n```\n\n"
        "## The token endpoint\n\n"
        "It answers in the form of RFC 6749: an object with `error` and `error_description`.\n\n"
        + table(("HTTP status", "`error`", "When"), _TOKEN_ERRORS)
    )


def _minors(error: type[Exception], status: int) -> list[str]:
    """Return the name of a failure in each version; what is a warning in one is no failure there."""
    shown = errors.UnprocessableRecord({}) if error is errors.UnprocessableRecord else error()
    names = {version: code_minor(version, shown, status) for version in CODE_MINOR}
    if error is errors.UnknownSelection:
        names |= dict.fromkeys(WARNING, None)
    return [code(name) if name else "none" for name in names.values()]


def _lower(text: str) -> str:
    return text if text.startswith("`") else text[0].lower() + text[1:]


def _json(document: Any) -> str:
    return json.dumps(document, indent=2)


def writes() -> str:
    """Return the page of what a write may look like."""
    written = {
        operation.resource.collection: operation.resource
        for service in SERVICES
        for operation in service.all_operations
        if operation.kind == "put"
    }
    fillers = [
        [code(f"{collection}.{member}"), _lower(sentence(fill)).removeprefix("return ")]
        for collection, members in FILLERS.items()
        for member, fill in members.items()
        if collection in written and member in written[collection].schema.members
    ]
    forms = [
        [
            _names(one, written.values()),
            _lower(sentence(one.accept)).removeprefix("return ").replace("`missing`", "nothing"),
        ]
        for one in _lenient()
    ]
    owned = "".join(
        f"- the {code(others)} of a {code(written[collection].name)} go with it\n"
        for collection, (others, _) in OWNED.items()
    )
    return (
        f"{NOTE}# Writes\n\n"
        f"{_listed(written)} can be written.\n"
        "PUT creates (201) or replaces (200 in 1.1, 201 in 1.2), DELETE takes out (204).\n"
        'The body is wrapped: `{"lineItem": {…}}`; the answer has none.\n'
        "`sourcedId` may be left out; one that differs from the path is a 422.\n"
        "`status` is `active` unless given, `dateLastModified` is always the time of the write.\n"
        "A reference to a record that is not there is a 422 that names the member; so is an unknown member.\n\n"
        'POST, in 1.2, creates many at once, all or none: `{"results": [{…}, {…}]}`.\n'
        "Each needs a `sourcedId` of the client's; the answer has `sourcedIdPairs`,\n"
        "which say under which one each is kept.\n\n"
        "## What is filled in\n\nA member that a version of the standard demands, and that the body leaves out:\n\n"
        + table(("Member", "Is filled with"), fillers)
        + "\nWhere there is nothing to fill it with, the write is a 422.\n"
        f"{_agreed()} must be what is found; anything else is a 422.\n\n"
        "## What is accepted\n\n"
        "A client may send these forms; what is stored and read back is in the form of the standard.\n\n"
        + table(("Type", "Becomes"), forms)
        + "\n## What a DELETE does\n\n"
        "The record is gone: a single read of it is a 404, and no collection shows it.\n"
        "Nothing keeps a record from being deleted;\n"
        "an optional reference to it is dropped, a required one stays.\n\n" + owned
    )


def _agreed() -> str:
    """Return the members for which what is found is the only right value."""
    return " and ".join(code(f"{collection}.{member}") for collection, members in AGREED.items() for member in members)


def _lenient() -> Iterator[type[fields.Member]]:
    """Yield each kind of field that accepts more than the standard has."""
    for one in vars(fields).values():
        is_kind = inspect.isclass(one) and issubclass(one, fields.Member) and one not in {fields.Member, fields.Part}
        if is_kind and "accept" in vars(one):
            yield one


def _names(kind: type[fields.Member], resources: Iterable[Resource]) -> str:
    """Return what a kind of field is called, with the members of that kind."""
    everywhere = fields.RecordSchema().members
    found = [
        code(f"{resource.name}.{name}")
        for resource in resources
        for name, field in resource.schema.members.items()
        if type(field) is kind and name not in everywhere
    ]
    return f"{_kind(kind)} ({', '.join(found)})" if found else _kind(kind)


def _listed(collections: Mapping[str, Resource]) -> str:
    *first, last = [code(one) for one in collections]
    return f"{', '.join(first)} and {last}"


def versions() -> str:
    """Return the page of what a version computes and what it cannot show."""
    derived = [
        [_digits(version), code(f"{collection}.{member}"), _lower(sentence(derive)).removeprefix("return ")]
        for version, collections in DERIVED.items()
        for collection, members in collections.items()
        for member, derive in members.items()
    ]
    hidden = [
        [_digits(version), code(collection), _hiding(test)]
        for version, collections in HIDDEN.items()
        for collection, test in collections.items()
    ]
    known = {version: _members(version) for version in CODE_MINOR}
    lost = [
        [_digits(version), code(collection), ", ".join(map(code, sorted(members)))]
        for version, collections in known.items()
        for collection in sorted(collections)
        if (members := _elsewhere(known, version, collection) - collections[collection])
    ]
    return (
        f"{NOTE}# One record, two versions\n\n"
        "There is one set of records; each version shows it in its own way.\n"
        "What is written through one version is there in the other.\n\n"
        "## What is computed\n\n" + table(("Version", "Member", "Is"), derived) + "\n## What is not shown\n\n"
        "A record that a version has no way to show is not there for that version; its counts leave it out too.\n\n"
        + table(("Version", "Collection", "A record is left out when"), hidden)
        + "\n## Members that only the other version has\n\n"
        "A version does not show these; a PUT through it keeps what they held.\n\n"
        + table(("Version", "Collection", "Does not show"), lost)
    )


def _members(version: str) -> dict[str, set[str]]:
    """Return the members of each collection that a version has."""
    services = [service for service in SERVICES if service.version == version]
    models = services[0].operations[0].resource.model.referable.values()
    return {resource.collection: set(resource.schema.members) for resource in models}


def _elsewhere(known: Mapping[str, Mapping[str, set[str]]], version: str, collection: str) -> set[str]:
    """Return the members that other versions have in a collection."""
    return {member for other, one in known.items() if other != version for member in one.get(collection, ())}


def _hiding(test: Callable[[Record], bool]) -> str:
    """Return when a test is true: a test that was made for a member is described by what it was made of."""
    made_of = inspect.getclosurevars(test).nonlocals
    if "member" in made_of:
        return f"its {code(made_of['member'])} is not one of {', '.join(map(code, made_of['words']))}"
    return _lower(sentence(test)).removeprefix("tell whether ").replace("a result", "it")


KINDS = {
    "data": "What the sandbox shows",
    "access": "Tokens and permission",
    "reply": "Status, headers, envelope, members",
    "wire": "Bytes and their timing",
    "provider": "Bundles that imitate a vendor",
}


def scenarios_page() -> str:
    """Return the page of the catalogue."""
    rows = [(found, described(found)) for found in scenarios().values()]
    parts = [NOTE, "# Scenarios\n\n"]
    parts.append(
        f"{len(rows)} scenarios, by where they act. "
        "How one is chosen is in [drive an unchanged client](../how-to/drive-an-unchanged-client.md); "
        "where each was seen is in [the quirks table](quirks.md), by its rows.\n"
    )
    for kind, title in KINDS.items():
        parts.append(f"\n## {title}\n")
        parts += [_scenario(found, row) for found, row in rows if row["kind"] == kind]
    return "".join(parts)


def _scenario(found: type[Scenario], row: Mapping[str, Any]) -> str:
    """Return what the catalogue says of one scenario."""
    text = f"\n### {row['name']}\n\n{row['description'].replace('``', '`')}\n"
    if issubclass(found, Provider):
        text += "Its parts: " + ", ".join(map(code, found.parts)) + ".\n"
    if row["source"]:
        text += f"Source: {row['source'].replace('``', '`')}\n"
    given = [
        [code(one["name"]), one["type"], code(_plain(one["default"])), one["help"] + _values(one)]
        for one in row["parameters"]
    ]
    return text + ("\n" + table(["Parameter", "Type", "Default", "What it is"], given) if given else "")


def _plain(default: Any) -> Any:
    return "|".join(map(str, default)) if isinstance(default, list) else default


def _values(one: Mapping[str, Any]) -> str:
    return ": " + ", ".join(map(code, one["values"])) if "values" in one else ""


def switchboard() -> str:
    """Return the page of the routes below ``/__admin``."""
    rows = [[method, code(f"/__admin{path}"), sentence(view)] for (method, path), view in ROUTES.items()]
    text = "# Switchboard\n\nEach route is also there below `/sandboxes/<name>`, for that sandbox.\n\n"
    return NOTE + text + table(["Method", "Path", "What it does"], rows)


_NEEDS = {"Y": "required", "N": "optional", "D": "in delta files only"}


def csv_page() -> str:
    """Return the page of the files of OneRoster CSV, both versions beside each other."""
    text = (
        f"{NOTE}# CSV files\n\n"
        "The files of a OneRoster CSV set beside its `manifest.csv`, and their columns in the order of the standard.\n"
        f"Columns of one's own follow at the right end and are called {code(METADATA + 'name')}.\n"
        "[Use fixture files](../how-to/use-fixture-files.md) says how sets are read and written, and what gets lost.\n"
    )
    names = dict.fromkeys(name for binding in reversed(BINDINGS.values()) for name in binding.by_name)
    return text + "".join(_csv_file(name) for name in sorted(names))


def _csv_file(name: str) -> str:
    files = {number: binding.by_name[name] for number, binding in BINDINGS.items() if name in binding.by_name}
    newest = [*files.values()][-1]
    columns = dict.fromkeys(column for file in (newest, *files.values()) for column in file.by_name)
    rows = [_csv_row(column, files) for column in columns]
    of = f"Each row is one of the {code(newest.resource.collection)}."
    if isinstance(newest, JoinedFile):
        of = f"The rows make up the member {code(newest.join.member)} of {code(newest.resource.collection)}."
    return f"\n## {name}.csv\n\n{of}\n\n{table(('Column', *BINDINGS, 'Format', 'Stands for'), rows)}"


def _csv_row(name: str, files: Mapping[str, File]) -> list[str]:
    found = {number: file.by_name[name] for number, file in files.items() if name in file.by_name}
    column = [*found.values()][-1]
    needs = [_NEEDS[found[number].need] if number in found else "" for number in BINDINGS]
    withdrawn = "; withdrawn in 1.2.1" if column.is_withdrawn else ""
    return [code(name), *needs, column.format + withdrawn, code(column.member) if column.member else ""]


def counts(made: Mapping[int, Records]) -> str:
    """Return the page of how many records a district has."""
    head = ("Records", *(f"{size:,} students" for size in made))
    rows = [[code(kind), *(f"{len(one[kind]):,}" for one in made.values())] for kind in made[SIZES[0]]]
    rows.append(["all together", *(f"{sum(map(len, one.values())):,}" for one in made.values())])
    rows.append(["of them `tobedeleted`", *(f"{_gone(one):,}" for one in made.values())])
    schools = [["schools", *(str(_count(one["orgs"], "type", "school")) for one in made.values())]]
    roles = ("student", "teacher", "parent", "guardian", "relative", "aide", "proctor")
    people = [[f"users who are {role}", *(f"{_roles(one, role):,}" for one in made.values())] for role in roles]
    return (
        f"{NOTE}# Counts\n\n"
        f"Counted in the districts of seed {SEED} on {MEASURED_ON.date()} (`--now {MEASURED_ON.date()}`).\n"
        "Another day changes a few of these numbers a little: enrollments, and what is due and so has results.\n\n"
        + table(head, rows)
        + "\n"
        + table(head, schools + people)
    )


def _gone(made: Records) -> int:
    return sum(_count(rows, "status", "tobedeleted") for rows in made.values())


def _count(rows: Sequence[Record], member: str, value: str) -> int:
    return sum(row[member] == value for row in rows)


def _roles(made: Records, role: str) -> int:
    return sum(any(one["role"] == role for one in user["roles"]) for user in made["users"])


_STYLE = "<style>text{font:12px sans-serif;fill:#222}.n{fill:#555}</style>"


def sessions_picture(made: Records) -> str:
    """Return a picture of this school year: year, semesters, terms, grading periods, one row each."""
    rows = [row for row in made["academicSessions"] if row["startDate"] >= "2025-08-01"]
    first, width, height = datetime(2025, 8, 1, tzinfo=UTC), 730, 26
    kinds = {"schoolYear": "#dbe7f3", "semester": "#c3d8ec", "term": "#a9c8e4", "gradingPeriod": "#8fb8dc"}
    boxes = []
    for row in rows:
        start, end = (
            (datetime.fromisoformat(row[name]).replace(tzinfo=UTC) - first).days * 2
            for name in ("startDate", "endDate")
        )
        top = list(kinds).index(row["type"]) * height + 20
        colour = kinds[row["type"]]
        label = row["title"].partition(",")[0].replace("Grading Period", "GP")
        boxes.append(
            f'<rect x="{start}" y="{top}" width="{end - start}" height="{height}" fill="{colour}" stroke="#fff"/>'
            f'<text x="{(start + end) / 2:g}" y="{top + 17}" text-anchor="middle">{label}</text>'
        )
        if row["type"] == "gradingPeriod":
            boxes.append(f'<text class="n" x="{start}" y="14">{row["startDate"][5:]}</text>')
    return _svg(width, 20 + height * len(kinds), "The sessions of one school year", boxes)


def records_picture(made: Records) -> str:
    """Return a picture of how many records of each kind a district has."""
    most = max(map(len, made.values()))
    bars = []
    for place, (kind, rows) in enumerate(made.items()):
        top, length = place * 22, round(480 * len(rows) / most)
        bars.append(
            f'<text x="130" y="{top + 15}" text-anchor="end">{kind}</text>'
            f'<rect x="138" y="{top + 3}" width="{max(length, 1)}" height="16" fill="#8fb8dc"/>'
            f'<text class="n" x="{144 + length}" y="{top + 15}">{len(rows):,}</text>'
        )
    return _svg(700, len(made) * 22 + 4, "Records of a district of 1,000 students, by kind", bars)


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">'
    return "\n".join([head, f"<title>{title}</title>", _STYLE, *parts, "</svg>", ""])


if __name__ == "__main__":
    sys.exit(main())
