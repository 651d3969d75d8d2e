"""Clients that keep a copy from one run to the next, and clients of the policies: V18 to V25."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from independent_clients.base import Case, Copy, Row, Toy, repeated, rows
from mockroster.client.http import Answer
from mockroster.client.sandbox import Sandbox

ROSTER = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics")
FAILURES = frozenset({500, 503})


def newest(found: list[Row], before: str = "") -> str:
    """Return the newest ``dateLastModified`` of rows, or a later one of before."""
    return max([before, *(row["dateLastModified"] for row in found)])


def since(watermark: str) -> str:
    """Return the filter of a delta."""
    return f"dateLastModified>='{watermark}'"


def reads_changes(toy: Toy) -> Iterator[None]:
    """Keep the newest dateLastModified received, and read newer records."""
    watermark = newest(toy.walk("/users"))
    yield
    toy.walk("/users", filter=since(watermark))


def keeps_the_start(toy: Toy) -> Iterator[None]:
    """Keep the start time of the run, and read newer records."""
    watermark = toy.time.text()
    toy.walk("/users")
    yield
    toy.walk("/users", filter=since(watermark))


def keeps_the_end(toy: Toy) -> Iterator[None]:
    """Keep the time at which the run ended, so that changes during the run are lost."""
    for _ in toy.pages("/users"):
        toy.wait(30)
    watermark = toy.time.text()
    yield
    toy.walk("/users", filter=since(watermark))


def nightly(toy: Toy, watermark: str) -> tuple[bool, str]:
    """Read the changes of users and enrollments; return whether all went well, and the newest change seen."""
    found = toy.walk("/users", filter=since(watermark))

    def enrollments() -> Answer:
        return toy.get("/enrollments", limit=1000, offset=0, sort="sourcedId", filter=since(watermark))

    answer = repeated(toy, enrollments, (3, 30), FAILURES)
    if answer.status_code != 200:
        return False, newest(found, watermark)
    return True, newest([*found, *rows(answer)], watermark)


def first_night(toy: Toy) -> str:
    """Read users and enrollments, and return the newest change."""
    return newest([*toy.walk("/users"), *toy.walk("/enrollments", limit=1000)])


def keeps_the_watermark_of_success(toy: Toy) -> Iterator[None]:
    """Move the watermark after runs that went well."""
    watermark = first_night(toy)
    for _ in range(2):
        yield
        well, seen = nightly(toy, watermark)
        watermark = seen if well else watermark


def moves_the_watermark_always(toy: Toy) -> Iterator[None]:
    """Move the watermark after every run."""
    watermark = first_night(toy)
    for _ in range(2):
        yield
        _, watermark = nightly(toy, watermark)


def reads_active_changes(toy: Toy) -> Iterator[None]:
    """Read newer active records, which hides all deletions."""
    watermark = newest(toy.walk("/users"))
    yield
    toy.walk("/users", filter=f"{since(watermark)} AND status='active'")


def whole(toy: Toy) -> Copy:
    """Read the roster."""
    return {name: {row["sourcedId"]: row for row in toy.walk(f"/{name}", limit=1000)} for name in ROSTER}


def active(copy: Copy) -> Copy:
    """Return a copy without records that are to be deleted."""
    return {
        name: {key: row for key, row in records.items() if row["status"] == "active"} for name, records in copy.items()
    }


def watermark_of(copy: Copy) -> str:
    """Return the newest change of a copy."""
    return max(newest([*records.values()]) for records in copy.values())


def changes(toy: Toy, watermark: str) -> Iterator[tuple[str, Row]]:
    """Yield each changed record and the name of its collection."""
    for name in ROSTER:
        for row in toy.walk(f"/{name}", limit=1000, filter=since(watermark)):
            yield name, row


def apply(copy: Copy, name: str, row: Row) -> None:
    """Store an active record, and drop another."""
    if row["status"] == "active":
        copy[name][row["sourcedId"]] = row
    else:
        copy[name].pop(row["sourcedId"], None)


def drops_the_deleted(toy: Toy) -> Iterator[None]:
    """Apply every change, deletions too."""
    seen = whole(toy)
    watermark, copy = watermark_of(seen), active(seen)
    for _ in range(1):
        yield
        for name, row in [*changes(toy, watermark)]:
            apply(copy, name, row)
    toy.copy = copy


def marks_the_deleted(toy: Toy) -> Iterator[None]:
    """Keep deleted records with the status that the server gave them."""
    copy = whole(toy)
    watermark = watermark_of(copy)
    yield
    for name, row in [*changes(toy, watermark)]:
        copy[name][row["sourcedId"]] = row
    toy.copy = copy


def overlooks_deletions(toy: Toy) -> Iterator[None]:
    """Apply changes of active records, and leave the deleted ones as they were."""
    seen = whole(toy)
    watermark, copy = watermark_of(seen), active(seen)
    yield
    for name, row in [*changes(toy, watermark)]:
        if row["status"] == "active":
            copy[name][row["sourcedId"]] = row
    toy.copy = copy


def replaces_its_copy(toy: Toy) -> Iterator[None]:
    """Replace the copy by the response."""
    whole(toy)
    yield
    toy.copy = active(whole(toy))


def only_adds(toy: Toy) -> Iterator[None]:
    """Add new records to the copy, and never remove any."""
    copy = active(whole(toy))
    yield
    for name, records in active(whole(toy)).items():
        copy[name] |= records
    toy.copy = copy


def revives(toy: Toy) -> Iterator[None]:
    """Apply every change, whether or not the record was deleted before."""
    seen = whole(toy)
    watermark, copy = watermark_of(seen), active(seen)
    for _ in range(2):
        yield
        found = [*changes(toy, watermark)]
        for name, row in found:
            apply(copy, name, row)
        watermark = newest([row for _, row in found], watermark)
    toy.copy = copy


def buries(toy: Toy) -> Iterator[None]:
    """Never store a record again that was deleted once."""
    seen, dead = whole(toy), set()
    watermark, copy = watermark_of(seen), active(seen)
    for _ in range(2):
        yield
        found = [*changes(toy, watermark)]
        for name, row in found:
            key = (name, row["sourcedId"])
            if row["status"] != "active":
                dead.add(key)
            if key not in dead or row["status"] != "active":
                apply(copy, name, row)
        watermark = newest([row for _, row in found], watermark)
    toy.copy = copy


def makes_new_records(toy: Toy) -> Iterator[None]:
    """Store a record that comes back under an id of the client's own."""
    seen, dead = whole(toy), set()
    watermark, copy = watermark_of(seen), active(seen)
    for _ in range(2):
        yield
        found = [*changes(toy, watermark)]
        for name, row in found:
            if name == "users" and row["sourcedId"] in dead:
                row = {**row, "sourcedId": f"{row['sourcedId']}-again"}  # noqa: PLW2901
            elif row["status"] != "active":
                dead.add(row["sourcedId"])
            apply(copy, name, row)
        watermark = newest([row for _, row in found], watermark)
    toy.copy = copy


def distrusts_emptiness(toy: Toy) -> Iterator[None]:
    """Keep the copy when most of a collection has disappeared."""
    copy = active(whole(toy))
    yield
    for name, records in active(whole(toy)).items():
        if len(records) * 2 >= len(copy[name]):
            copy[name] = records
    toy.copy = copy


def reads_on_at_nulls(toy: Toy) -> Iterator[None]:
    """Read users and enrollments in both runs, whatever optional members hold."""
    for path in ("/users", "/enrollments", "/courses"):
        toy.walk(path, limit=500)
    yield
    for path in ("/users", "/enrollments", "/courses"):
        toy.walk(path, limit=500)


def dies_of_nulls(toy: Toy) -> Iterator[None]:
    """End the run at the first null."""
    for path in ("/users", "/enrollments", "/courses"):
        toy.walk(path, limit=500)
    yield
    for path in ("/users", "/enrollments", "/courses"):
        for page in toy.pages(path, limit=500):
            if any(None in row.values() for row in page):
                return


SCOPE = "https://purl.imsglobal.org/spec/or/v1p1/scope"
CORE = f"{SCOPE}/roster-core.readonly"


def reads_the_core(toy: Toy) -> None:
    """Read as much as shows which scopes are needed."""
    for path in ("/orgs", "/courses", "/classes", "/users"):
        toy.walk(path, limit=1000)


def asks_for_what_it_reads(toy: Toy) -> None:
    """Ask for the scope of the roster, and read it."""
    toy.sign_in(CORE)
    reads_the_core(toy)


def asks_for_demographics(toy: Toy) -> None:
    """Ask for demographics, and read none."""
    toy.sign_in(f"{CORE} {SCOPE}/roster-demographics.readonly")
    reads_the_core(toy)


def asks_one_by_one(toy: Toy) -> None:
    """Send one request at a time."""
    for number in range(6):
        toy.get("/users", limit=1, offset=number, sort="sourcedId", fields="sourcedId")


def asks_for_all_at_once(toy: Toy) -> None:
    """Ask for the first page, and for all others at the same time."""
    total = int(toy.get("/users", limit=50, offset=0, sort="sourcedId").headers["X-Total-Count"])
    with ThreadPoolExecutor(16) as pool:
        list(
            pool.map(lambda offset: toy.get("/users", limit=50, offset=offset, sort="sourcedId"), range(50, total, 50))
        )


def a_student_leaves(sandbox: Sandbox) -> None:
    """Delete a student, with what the student owns."""
    sandbox.trigger("student-left")


def a_student_returns(sandbox: Sandbox) -> None:
    """Restore the student who left."""
    sandbox.trigger("student-returned")


def names_change(sandbox: Sandbox) -> None:
    """Correct three people."""
    sandbox.trigger("person-corrected", count=3)


def a_student_vanishes(sandbox: Sandbox) -> None:
    """Remove a student without a trace."""
    student = next(row for row in sandbox.records("users") if row["roles"][0]["role"] == "student")
    sandbox.delete("users", student["sourcedId"])


def enrollments_fail(sandbox: Sandbox) -> None:
    """Change the roster, and let the next run fail half way."""
    sandbox.trigger("student-enrolled")
    sandbox.use("server-error:status=503@path=/enrollments")


def all_is_well(sandbox: Sandbox) -> None:
    """Let the next run succeed."""
    sandbox.use()


def the_roster_empties(sandbox: Sandbox) -> None:
    """Show an empty district from now on."""
    sandbox.use("empty-district")


def nulls_appear(sandbox: Sandbox) -> None:
    """Show optional members without a value as null from now on."""
    sandbox.use("nulls")


FEW = 24
"""The size of a district that is compared within a tenth of a second."""

CASES = (
    Case("V18", reads_changes, keeps_the_end, nights=[names_change], rules="V18.seconds=5"),
    Case("V18", keeps_the_start, keeps_the_end, nights=[names_change], variant="start", rules="V18.seconds=5"),
    Case(
        "V19",
        keeps_the_watermark_of_success,
        moves_the_watermark_always,
        nights=[enrollments_fail, all_is_well],
        also=frozenset({"V18"}),
    ),
    Case("V20", reads_changes, reads_active_changes, nights=[a_student_leaves]),
    Case("V21", drops_the_deleted, overlooks_deletions, nights=[a_student_leaves], students=FEW),
    Case("V21", marks_the_deleted, overlooks_deletions, nights=[a_student_leaves], variant="marked", students=FEW),
    Case("V21", replaces_its_copy, only_adds, nights=[a_student_vanishes], variant="vanished", students=FEW),
    Case("V22", revives, buries, nights=[a_student_leaves, a_student_returns], students=FEW),
    Case(
        "V22", revives, makes_new_records, nights=[a_student_leaves, a_student_returns], variant="new-id", students=FEW
    ),
    Case("V23", distrusts_emptiness, replaces_its_copy, nights=[the_roster_empties], students=FEW, rules="V23=on"),
    Case("V24", reads_on_at_nulls, dies_of_nulls, nights=[nulls_appear], also=frozenset({"V01"}), variant="nulls"),
    Case("V24", asks_for_what_it_reads, asks_for_demographics, variant="scopes"),
    Case("V25", asks_one_by_one, asks_for_all_at_once, ("slow:ms=1000@query=limit=50,after=1",), rules="V25=on"),
)
