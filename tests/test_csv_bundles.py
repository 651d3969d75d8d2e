"""Generated CSV sets, each with one thing changed: the loader says as much of them as an independent judge does.

``make test`` takes a third of the changes, another third for each version and mode; ``TEST_BUNDLES=all``
takes all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import chain, islice

import pytest
from conftest import NOW
from csv_generator import MUTATIONS, Mutation, Package, dialects, intervals, manifests, package, rows
from csv_oracle import RULES, WARNED, Rows, violations
from csv_sets import TINY

from mockroster.district import district
from mockroster.errors import UnreadableFixtures
from mockroster.fixtures.read.assembly import assemble
from mockroster.fixtures.read.csv.bundle import read
from mockroster.fixtures.read.raw import Fault
from mockroster.fixtures.write.export import Export
from mockroster.roster.record import Record
from mockroster.roster.store import Roster

SETS = [(number, mode) for number in ("1.1", "1.2") for mode in ("bulk", "delta")]

STEP = 1 if os.environ.get("TEST_BUNDLES") == "all" else 3

by_set = pytest.mark.parametrize(("number", "mode"), SETS)


@cache
def base(number: str, mode: str) -> Roster:
    """Return the records that a set is laid over: none for bulk, those of the bulk set for a delta."""
    if mode == "bulk":
        return Roster.of({})
    return Roster.of(assemble([read("base", named(package(number, "bulk").files()))], NOW).records)


def named(files: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    """Return files as the loader gets them."""
    return [(f"{name}.csv", content) for name, content in files.items()]


@cache
def before(number: str, mode: str) -> Rows:
    """Return the rows of the set that a set is laid over."""
    sheets = {} if mode == "bulk" else package(number, "bulk").sheets
    return {
        name: {row[0]: dict(zip(sheet.header, row, strict=True)) for row in sheet.rows}
        for name, sheet in sheets.items()
    }


def faults(number: str, mode: str, files: Mapping[str, bytes]) -> list[Fault]:
    """Return what the loader says of a set."""
    try:
        return assemble([read("set", named(files))], NOW, base(number, mode)).faults
    except UnreadableFixtures as error:
        return [Fault("set", None, "", str(error))]


def share(number: str, mode: str, kind: Callable[[Package], Iterator[Mutation]]) -> Iterator[Mutation]:
    """Return the changes of a kind that are tried of a set."""
    start = SETS.index((number, mode)) % STEP
    return islice(kind(package(number, mode)), start, None, STEP)


def disagreement(number: str, mode: str, changed: Package) -> str:
    """Return what loader and judge see otherwise in a set; nothing where they agree."""
    files = changed.files()
    broken = {one.rule for one in violations(files, before(number, mode))}
    found = faults(number, mode, files)
    is_refused = any(fault.severity == "error" for fault in found)
    if broken and not found:
        return f"breaks {sorted(broken)}, and nothing is said of it"
    if broken - WARNED and not is_refused:
        return f"breaks {sorted(broken)}, and is only warned of: {found[0]}"
    return f"keeps every rule, and is refused: {found[0]}" if is_refused and not broken else ""


@by_set
@pytest.mark.parametrize("is_full", [True, False], ids=["full", "sparse"])
def test_a_set_of_all_files(number: str, mode: str, is_full: bool) -> None:
    """A set of all files, with all fields or only those that must be, keeps every rule and loads without a word."""
    files = package(number, mode, is_full=is_full).files()

    found = [str(fault) for fault in faults(number, mode, files)]

    assert (violations(files, before(number, mode)), found) == ([], [])


@by_set
@pytest.mark.parametrize("kind", MUTATIONS, ids=lambda kind: kind.__name__)
def test_one_change(number: str, mode: str, kind: Callable[[Package], Iterator[Mutation]]) -> None:
    """A set with one change is refused, or warned of, if and only if it breaks a rule."""
    wrong = {label: disagreement(number, mode, changed) for label, changed in share(number, mode, kind)}

    assert {label: said for label, said in wrong.items() if said} == {}


def test_every_rule_is_broken() -> None:
    """There is no rule that none of the changes breaks."""
    changes = (islice(kind(package("1.2", mode)), 0, None, 4) for kind in MUTATIONS for mode in ("bulk", "delta"))
    few = (kind(package("1.2", "bulk")) for kind in (rows, dialects, intervals, manifests))

    found = {
        one.rule
        for _, changed in chain.from_iterable([*changes, *few])
        for one in violations(changed.files(), before(changed.binding.number, changed.mode))
    }

    assert found == RULES.keys()


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_our_sample_keeps_every_rule(version: str) -> None:
    """The bundles that come with the project are as the binding wants them."""
    files = {path.stem: path.read_bytes() for path in TINY[version].iterdir()}

    assert violations(files) == []


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_generated_district_keeps_every_rule(version: str) -> None:
    """An exported district follows the CSV binding in every cell."""
    tables = {name: [Record(row) for row in rows] for name, rows in district(7, 40, NOW).items()}
    export = Export(tables, "csv", version)

    files = {name.removesuffix(".csv"): b"".join(pieces) for name, pieces in export.files()}

    assert violations(files) == []
