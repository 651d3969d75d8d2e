"""A version of the standard is its folder and one line: a version 1.3 that does not exist is added and asked."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from mockroster.standard.conversion import Expressible, Inexpressible
from mockroster.standard.fields import Listed, Part, Vocabulary
from mockroster.standard.model import Resource
from mockroster.standard.neutral import NEUTRAL, is_told_whole
from mockroster.standard.v1p2.models import Role
from mockroster.standard.versions import MODELS, VERSIONS

PACKAGE = Path(__file__).parents[1] / "mockroster"
TOY = Path(__file__).parent / "versions" / "v1p3"
IN_1P1, IN_1P2, IN_1P3 = "/ims/oneroster/v1p1", "/ims/oneroster/rostering/v1p2", "/ims/oneroster/v1p3"
ORGS = [
    {"sourcedId": "s", "name": "North", "type": "school", "identifier": "1", "motto": "Onwards"},
    {"sourcedId": "v", "name": "Cloud", "type": "virtual", "identifier": "2", "motto": "Upwards"},
]
USER = {
    "sourcedId": "u",
    "givenName": "Ann",
    "familyName": "Lee",
    "username": "ann",
    "roles": [{"roleType": "primary", "role": "student", "org": "s"}],
}
BADGE = {"sourcedId": "b", "title": "Swimmer", "user": "u"}
GETS = {
    "badges": f"{IN_1P3}/badges?filter=user%3D'u'",
    "orgs of 1.1": f"{IN_1P1}/orgs",
    "orgs of 1.2": f"{IN_1P2}/orgs",
    "orgs of 1.3": f"{IN_1P3}/orgs?sort=motto",
    "user of 1.3": f"{IN_1P3}/users/u",
    "filtered by motto": f"{IN_1P3}/orgs?filter=motto%3D'Upwards'",
    "missing in 1.2": f"{IN_1P2}/orgs/v",
    "missing in 1.3": f"{IN_1P3}/orgs/nobody",
    "no path of 1.3": f"{IN_1P3}/nothing",
    "openapi": "/openapi/v1p3.json",
    "json of 1.2": "/__admin/export?format=json&version=1.2",
    "json of 1.3": "/__admin/export?format=json&version=1.3",
    "csv of 1.2": "/__admin/export?format=csv&version=1.2",
    "csv of 1.3": "/__admin/export?format=csv&version=1.3",
    "object in 1.3": f"/scenarios/error-style:style=object{IN_1P3}/orgs/nobody",
    "flat in 1.3": f"/scenarios/error-style:style=flat{IN_1P3}/orgs/nobody",
    "only 1.3": f"/scenarios/only-endpoints:version=1.3{IN_1P3}/orgs",
    "none but 1.3": f"/scenarios/only-endpoints:version=1.3{IN_1P2}/orgs",
    "old roles in 1.3": f"/scenarios/both-role-styles{IN_1P3}/users/u",
    "none is virtual": f"/scenarios/orphan-enrollments{IN_1P3}/orgs",
}
ASKS = """
import json, sys
from base64 import b64encode
from mockroster import Server
from mockroster.client.sandbox import Sandbox

asked = json.load(sys.stdin)
with Server(students=1, no_auth=True, fixtures=(json.dumps(asked["fixtures"]),)) as server:
    sandbox = Sandbox.at(server.url)
    answers = {}
    for name, path in asked["gets"].items():
        answer = sandbox.get(path)
        answers[name] = {"status": answer.status_code, "body": b64encode(answer.content).decode()}
    sandbox.delete("users", "u")
    answers["badges left"] = sandbox.records("badges")
    sandbox.put("orgs", "s", {**asked["fixtures"]["orgs"][0], "motto": "Backwards"})
    answers["client"] = {
        "stored": sandbox.record("orgs", "s"), "base_urls": sandbox.base_urls, "url": sandbox.url,
    }
print(json.dumps(answers))
"""


def add_version(folder: Path) -> list[str]:
    """Copy the package, add the folder of the version and a line to the list, and return the files that changed."""
    copy = folder / "mockroster"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(TOY, copy / "standard" / "v1p3")
    registry = copy / "standard" / "versions.py"
    text = registry.read_text("utf-8")
    registry.write_text(text.replace('    "v1p2",\n', '    "v1p2",\n    "v1p3",\n'), "utf-8")
    return [
        path.relative_to(copy).as_posix()
        for path in sorted(copy.rglob("*.py"))
        if not (old := PACKAGE / path.relative_to(copy)).exists() or old.read_bytes() != path.read_bytes()
    ]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a server with the version answers, and what the Python client says of it."""
    folder = tmp_path_factory.mktemp("with-1.3")
    changed = add_version(folder)
    assert changed == ["standard/v1p3/__init__.py", "standard/v1p3/csv.py", "standard/versions.py"]
    asked = {"fixtures": {"orgs": ORGS, "users": [USER], "badges": [BADGE]}, "gets": GETS}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{ASKS}"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def body(answers: dict[str, Any], name: str, status: int = 200) -> Any:
    """Return the JSON of an answer."""
    assert answers[name]["status"] == status, (name, b64decode(answers[name]["body"]))
    return json.loads(b64decode(answers[name]["body"]))


def rows(answers: dict[str, Any], name: str) -> list[dict[str, str]]:
    """Return the rows of ``orgs.csv`` of a bundle."""
    with zipfile.ZipFile(io.BytesIO(b64decode(answers[name]["body"]))) as bundle:
        return list(csv.DictReader(io.StringIO(bundle.read("orgs.csv").decode())))


def test_it_is_served(answers: dict[str, Any]) -> None:
    """The member that it alone has is shown, sorted and filtered by, and references lead to its own paths."""
    orgs = body(answers, "orgs of 1.3")["orgs"]
    user = body(answers, "user of 1.3")["user"]

    assert [(org["type"], org["motto"]) for org in orgs] == [("school", "Onwards"), ("virtual", "Upwards")]
    assert [org["sourcedId"] for org in body(answers, "filtered by motto")["orgs"]] == ["v"]
    assert user["roles"][0]["org"]["href"].endswith(f"{IN_1P3}/orgs/s")


@pytest.mark.parametrize("name", ["orgs of 1.1", "orgs of 1.2"])
def test_other_versions_do_not_have_its_word_and_member(answers: dict[str, Any], name: str) -> None:
    """A record with a word that a version does not have is not there for it; the member is not shown."""
    orgs = body(answers, name)["orgs"]

    assert [org["sourcedId"] for org in orgs] == ["s"]
    assert "motto" not in orgs[0]


def test_its_own_model(answers: dict[str, Any]) -> None:
    """A model that no other version has is loaded, served and exported, and a record goes with its owner."""
    badge = body(answers, "badges")["badges"][0]

    assert (badge["title"], badge["user"]["href"][-len(f"{IN_1P3}/users/u") :]) == ("Swimmer", f"{IN_1P3}/users/u")
    assert body(answers, "json of 1.3")["badges"][0]["title"] == "Swimmer"
    assert "badges" not in body(answers, "json of 1.2")
    assert answers["badges left"] == []


def test_errors(answers: dict[str, Any]) -> None:
    """The error that it calls otherwise has its name, in every style of errors too; 1.2 keeps its own."""

    def minor(name: str) -> str:
        found = body(answers, name, 404)
        return str(found["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"])

    assert minor("missing in 1.3") == minor("no path of 1.3") == "no_such_object"
    assert minor("missing in 1.2") == "unknownobject"
    assert minor("object in 1.3") == "unknownobject"
    assert body(answers, "flat in 1.3", 404)["CodeMinor"] == "unknown object"


def test_openapi(answers: dict[str, Any]) -> None:
    """The document has the member, the word, and the status that a PUT has in this version."""
    document = body(answers, "openapi")
    org = document["components"]["schemas"]["Org"]["properties"]

    assert org["motto"]["type"] == "string"
    assert "virtual" in org["type"]["anyOf"][0]["enum"]
    assert {"201", "204"} <= document["paths"]["/results/{sourcedId}"]["put"]["responses"].keys()


def test_export(answers: dict[str, Any]) -> None:
    """An export in its shape is whole; one in that of 1.2 lacks what 1.2 does not have."""
    newest, older = body(answers, "json of 1.3")["orgs"], body(answers, "json of 1.2")["orgs"]

    assert {org["sourcedId"]: org["motto"] for org in newest} == {"s": "Onwards", "v": "Upwards"}
    assert [(org["sourcedId"], "motto" in org) for org in older] == [("s", False)]


def test_csv(answers: dict[str, Any]) -> None:
    """The column stands in its CSV file only."""
    newest, older = rows(answers, "csv of 1.3"), rows(answers, "csv of 1.2")

    assert [(row["sourcedId"], row["type"], row["motto"]) for row in newest] == [
        ("s", "school", "Onwards"),
        ("v", "virtual", "Upwards"),
    ]
    assert [row["sourcedId"] for row in older] == ["s"]
    assert "motto" not in older[0]


def test_scenarios(answers: dict[str, Any]) -> None:
    """Scenarios that ask for a version know it, and those that rewrite records and rows act in it."""
    user = body(answers, "old roles in 1.3")["user"]

    assert len(body(answers, "only 1.3")["orgs"]) == 2
    assert answers["none but 1.3"]["status"] == 404
    assert (user["role"], [org["sourcedId"] for org in user["orgs"]]) == ("student", ["s"])
    assert len(user["roles"]) == 1
    assert answers["none is virtual"]["status"] == 200


def test_client(answers: dict[str, Any]) -> None:
    """The Python client writes and reads the member, and knows the base URL."""
    client = answers["client"]

    assert client["stored"]["motto"] == "Backwards"
    assert client["base_urls"]["v1p3"] == f"{client['url']}{IN_1P3}"


def test_no_module_outside_knows_a_version() -> None:
    """Outside of ``standard`` nothing imports the package of a version, or compares the name or number of one."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name.startswith("standard/"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            constants = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
            is_compared = isinstance(node, ast.Compare) and {"v1p1", "v1p2", "1.1", "1.2"} & {
                value for value in constants if isinstance(value, str)
            }
            if re.search(r"\bv1p\d\b", module) or is_compared:
                found.append(name)

    assert found == []


def test_the_newest_version_tells_records_whole() -> None:
    """1.2 shows every neutral record as it is; 1.1 does not."""
    assert [version.number for version in VERSIONS if is_told_whole(version)] == ["1.2"]


def test_neutral_references() -> None:
    """It is required where a version demands it and cannot compute it, and leads to its owner where any says so."""
    line_item = {reference.member: reference for reference in NEUTRAL["lineItems"].references}
    (own,) = NEUTRAL["demographics"].references

    assert line_item["category"].is_required
    assert not line_item["gradingPeriod"].is_required  # 1.1 computes it from the academicSession where there is none
    assert next(one for one in NEUTRAL["courses"].references if one.member == "org").is_required  # in 1.1 only
    assert [name for name, reference in line_item.items() if reference.is_owner] == ["class"]
    assert (own.member, own.collection, own.is_identity) == ("sourcedId", "users", True)
    assert {(one.member, one.inside) for one in NEUTRAL["users"].references if one.inside} == {("roles", "org")}


def test_a_word_that_only_one_version_has() -> None:
    """Values without a word in a version are omitted from lists and parts, and a required member is left empty."""
    older = Listed(Vocabulary(("a", "b")))
    parts = Listed(Part(Role))

    assert Expressible("roles", older)({"roles": ["a", "c"]}) == ["a"]
    assert Expressible("roles", older)({"roles": ["c"]}) is None
    assert Inexpressible("type", Vocabulary(("a",)))({"type": "c"})
    assert Inexpressible("roles", parts)({"roles": [{"roleType": "primary", "role": "captain", "org": "o"}]})
    assert not Inexpressible("roles", parts)({"roles": [{"roleType": "primary", "role": "student", "org": "o"}]})


@pytest.mark.parametrize("resource", [model for models in MODELS.values() for model in models.values()], ids=str)
def test_references_of_a_model_are_neutral_too(resource: Resource) -> None:
    """Each reference of a model is one of the neutral model, unless it is of a shape that the version alone has."""
    shape = VERSIONS[resource.version].conversion.shapes.get(resource.collection)
    own = shape.members.keys() if shape else set()
    neutral = {(reference.member, reference.collection) for reference in NEUTRAL[resource.collection].references}

    stated = {(one.member, one.collection) for one in resource.references if one.member not in own}

    assert stated <= neutral
