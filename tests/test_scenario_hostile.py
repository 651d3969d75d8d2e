"""Scenarios about text and ids that are hard to bear, as a client sees them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache
from urllib.parse import quote, unquote, urlsplit

import pytest
from conftest import Api, connected, make_app
from seen import EITHER, V1P1, V1P2, Seen, by_base_path, references
from worlds import GRADEBOOK, ROSTERING, named, rows

VERSIONS = pytest.mark.parametrize("paths", EITHER, ids=["v1p1", "v1p2"])

SPECS = {
    "duplicate-ids": "classes",
    "duplicate-ids:share=1": "users",
    "hostile-text": "users",
    "hostile-text:share=1,kinds=rtl|long,length=1000": "orgs",
    "hostile-ids": "orgs",
    "hostile-ids:kinds=slash": "resources",
}
"""By text: a collection that the scenario changes."""

Through = Callable[[str], Seen]


@pytest.fixture(scope="module")
def through(api: Api) -> Through:
    """Return a function that returns a client by scenario."""
    return cache(lambda spec: Seen(api, spec))


@pytest.fixture(scope="module")
def plain(through: Through) -> Seen:
    """Return a client without a scenario."""
    return through("")


@VERSIONS
@pytest.mark.parametrize(("spec", "collection"), SPECS.items(), ids=str)
def test_answers_and_is_named(through: Through, plain: Seen, spec: str, collection: str, paths: dict[str, str]) -> None:
    """Every collection answers, the one that changes says so, and without the scenario nothing says anything."""
    touched = named(through(spec).get(paths[collection]))

    assert touched == spec.partition(":")[0]
    assert all(through(spec).rows(path) for path in paths.values())
    assert named(plain.get(paths[collection])) is None


@pytest.mark.parametrize(("spec", "collection"), SPECS.items(), ids=str)
def test_base_path_shows_the_same(api: Api, through: Through, spec: str, collection: str) -> None:
    """A client that can change nothing but its base URL sees the same rows."""
    response = by_base_path(api, spec, f"{V1P2[collection]}?limit=100000")

    assert named(response) == spec.partition(":")[0]
    found = [row["sourcedId"] for row in rows(response)]
    assert found == [row["sourcedId"] for row in through(spec).rows(V1P2[collection])]


@VERSIONS
@pytest.mark.parametrize("spec", SPECS)
def test_references_do_not_dangle(through: Through, spec: str, paths: dict[str, str]) -> None:
    """Every reference leads somewhere."""
    lost = through(spec).dangling(paths)

    assert lost == {}


@VERSIONS
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_duplicate_ids_are_counted(through: Through, plain: Seen, share: float, paths: dict[str, str]) -> None:
    """A share of the teachers and classes occurs twice, and a walk in pages meets both rows."""
    seen = through(f"duplicate-ids:share={share}")
    teachers = len(plain.rows(paths["users"].replace("users", "teachers")))
    wanted = {"users": round(share * teachers), "classes": round(share * len(plain.rows(paths["classes"])))}

    for collection, number in wanted.items():
        walked = [
            row["sourcedId"]
            for offset in range(0, 10_000, 100)
            for row in rows(seen.get(f"{paths[collection]}?limit=100&offset={offset}"))
        ]

        counts = Counter(walked)
        assert set(counts.values()) == {1, 2}
        assert sum(number == 2 for number in counts.values()) == max(number, 1)
        assert seen.get(paths[collection]).headers["X-Total-Count"] == str(len(walked))
        assert set(counts) == plain.ids(paths[collection])


def test_duplicate_teachers_are_in_two_schools(through: Through) -> None:
    """The two rows of a teacher name different schools, and each school has the teacher."""
    seen = through("duplicate-ids")
    all_schools = seen.ids(V1P1["orgs"].replace("orgs", "schools"))
    twice = [name for name, number in Counter(r["sourcedId"] for r in seen.rows(V1P1["users"])).items() if number > 1]

    for name in twice:
        here, there = [row for row in seen.rows(V1P1["users"]) if row["sourcedId"] == name]
        schools = [{org["sourcedId"] for org in row["orgs"]} & all_schools for row in (here, there)]
        assert all(schools)
        assert schools[0].isdisjoint(schools[1])
        assert here["username"] == there["username"]
        for school in schools[0] | schools[1]:
            assert name in seen.ids(V1P1["orgs"].replace("orgs", f"schools/{school}/teachers"))
        assert seen.one(f"{V1P1['users']}/{name}") in (here, there)


def test_duplicate_classes_are_in_two_years(through: Through) -> None:
    """The two rows of a class differ in nothing but their terms, which are those of two school years."""
    seen = through("duplicate-ids")
    years = {row["sourcedId"]: row["schoolYear"] for row in seen.rows(V1P2["academicSessions"])}
    counts = Counter(row["sourcedId"] for row in seen.rows(V1P2["classes"]))

    for name in (name for name, number in counts.items() if number > 1):
        here, there = [row for row in seen.rows(V1P2["classes"]) if row["sourcedId"] == name]
        assert {years[term["sourcedId"]] for row in (here, there) for term in row["terms"]} == {"2025", "2026"}
        assert {**here, "terms": None} == {**there, "terms": None}


@VERSIONS
@pytest.mark.parametrize("collection", V1P1)
def test_hostile_text_changes_text_only(through: Through, plain: Seen, collection: str, paths: dict[str, str]) -> None:
    """Half of the records that hold text hold hostile text, none of it with control characters."""
    before, after = plain.rows(paths[collection]), through("hostile-text").rows(paths[collection])

    changed = [(old, row) for old, row in zip(before, after, strict=True) if row != old]

    members = {name for old, row in changed for name in row if row[name] != old[name]}
    texts = [row[name] for old, row in changed for name in row if row[name] != old[name]]
    assert members <= TEXT_MEMBERS
    assert not [text for text in texts if any(unicodedata.category(character) == "Cc" for character in text)]
    if collection not in {"enrollments", "demographics", "results"}:
        assert len(changed) == max(round(0.5 * len(before)), 1)


TEXT_MEMBERS = {
    *("name", "title", "description", "comment", "location", "classCode", "courseCode"),
    *("givenName", "familyName", "middleName"),
    *("preferredFirstName", "preferredMiddleName", "preferredLastName"),
}

KINDS = {
    "rtl": lambda text: any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text),
    "combining": lambda text: any(unicodedata.combining(character) for character in text),
    "emoji": lambda text: "\U0001f469\u200d\U0001f3eb" in text,
    "quotes": lambda text: "'" in text and '"' in text,
    "markup": lambda text: "<script>" in text and "&" in text,
    "punctuation": lambda text: all(character in text for character in "`\\:*?\"<>|'#,%&"),
    "formula": lambda text: text.startswith("="),
    "long": lambda text: len(text) == 300,
}


@pytest.mark.parametrize(("kind", "is_so"), KINDS.items(), ids=KINDS)
def test_hostile_text_kinds(through: Through, plain: Seen, kind: str, is_so: Callable[[str], bool]) -> None:
    """Each kind can be had by itself; what the text was can still be found in it, and every name is another."""
    seen = through(f"hostile-text:share=1,kinds={kind}")

    for old, row in zip(plain.rows(V1P1["classes"]), seen.rows(V1P1["classes"]), strict=True):
        assert is_so(row["title"])
        assert is_so(row["classCode"])
        assert old["title"] in row["title"]
        assert seen.one(f"{V1P1['classes']}/{row['sourcedId']}") == row


@pytest.mark.parametrize("length", [51, 1000])
def test_hostile_text_length(through: Through, length: int) -> None:
    """A long text is as long as was said."""
    users = through(f"hostile-text:share=1,kinds=long,length={length}").rows(V1P2["users"])

    assert {len(row["familyName"]) for row in users} == {length}


def test_hostile_text_can_be_filtered(through: Through) -> None:
    """A filter finds a name that holds quotes, with each quote doubled."""
    seen = through("hostile-text:share=1,kinds=quotes")
    title = seen.rows(V1P1["courses"])[0]["title"]
    doubled = quote(title.replace("'", "''"), safe="")

    assert seen.rows(f"{V1P1['courses']}?filter=title='{doubled}'")


@VERSIONS
def test_hostile_ids_are_hostile(through: Through, plain: Seen, paths: dict[str, str]) -> None:
    """Every id holds a blank, percent sign or slash."""
    seen = through("hostile-ids")

    for path in paths.values():
        ids = seen.ids(path)
        assert not ids & plain.ids(path)
        assert len(ids) == len(plain.ids(path))
        assert all(set(one) & set(" %/") for one in ids)
    for name in ("enrollments", "classes", "users"):
        assert [one for one in seen.ids(paths[name]) if "/" in one]


@VERSIONS
def test_hostile_ids_are_found_by_their_href(through: Through, paths: dict[str, str]) -> None:
    """Every reference escapes the id, and a read of its href answers with that record."""
    seen = through("hostile-ids")

    for path in paths.values():
        for row in seen.rows(path)[:8]:
            assert seen.one(f"{path}/{quote(row['sourcedId'], safe='')}") == row
            for ref in list(references(row))[:4]:
                assert urlsplit(ref["href"]).path.endswith("/" + quote(ref["sourcedId"], safe=""))
                assert seen.one(ref["href"])["sourcedId"] == ref["sourcedId"]


@pytest.mark.parametrize("base", [V1P1["orgs"].removesuffix("/orgs"), ROSTERING])
def test_hostile_ids_in_nested_paths(through: Through, plain: Seen, base: str) -> None:
    """Nested reads by the escaped ids answer as many rows as without the scenario, and their links come back."""
    seen = through("hostile-ids")
    for old, row in list(zip(plain.rows(f"{base}/classes"), seen.rows(f"{base}/classes"), strict=True))[:8]:
        before, path = f"{base}/classes/{old['sourcedId']}", f"{base}/classes/{quote(row['sourcedId'], safe='')}"

        response = seen.get(f"{path}/students?limit=1")

        assert len(seen.rows(f"{path}/students")) == len(plain.rows(f"{before}/students"))
        assert len(seen.rows(f"{path}/teachers")) == len(plain.rows(f"{before}/teachers")) > 0
        following = response.headers["Link"].partition(">")[0].removeprefix("<")
        assert unquote(urlsplit(following).path) == unquote(f"{path}/students")
        assert rows(seen.get(following)) == seen.rows(f"{path}/students")[1:2]


def test_hostile_ids_of_demographics_are_those_of_users(through: Through) -> None:
    """Demographics are still those of a user."""
    seen = through("hostile-ids")

    assert seen.ids(V1P2["demographics"]) <= seen.ids(V1P2["users"])


@pytest.mark.parametrize(
    ("kind", "is_so"),
    [
        ("slash", lambda one: "/" in one),
        ("blank", lambda one: " " in one.strip()),
        ("edge", lambda one: one.endswith(" ")),
        ("percent", lambda one: "%20" in one),
    ],
)
def test_hostile_ids_kinds(through: Through, kind: str, is_so: Callable[[str], bool]) -> None:
    """Each kind can be had by itself."""
    seen = through(f"hostile-ids:kinds={kind}")

    assert all(is_so(one) for one in seen.ids(f"{GRADEBOOK}/results"))
    assert all(is_so(one) for one in seen.ids(V1P1["users"]))


def test_true_ids_are_unknown(through: Through, plain: Seen) -> None:
    """A read by the true id is a 404 that names the scenario."""
    user = plain.rows(V1P1["users"])[0]["sourcedId"]

    response = through("hostile-ids").get(f"{V1P1['users']}/{user}")

    assert (response.status_code, named(response)) == (404, "hostile-ids")


def test_ids_that_are_too_long_stay(fresh: Api) -> None:
    """An id that has no room for more is as ever: no id has more than 255 characters."""
    long = "x" * 254
    fresh.put(f"/categories/{long}", {"category": {"title": "Long"}})

    ids = Seen(fresh, "hostile-ids").ids(V1P1["categories"])

    assert long in ids or f"{long} " in ids
    assert max(map(len, ids)) <= 255


def test_the_same_seed_spoils_the_same() -> None:
    """Two servers of the same seed answer alike, another seed answers otherwise."""
    texts = []
    for seed in (1, 1, 2):
        seen = Seen(connected(make_app(students=3, seed=seed)), "hostile-text;duplicate-ids;no-email;bad-grades")
        texts.append(seen.get(f"{V1P1['users']}?limit=1000").text)

    assert texts[0] == texts[1] != texts[2]
