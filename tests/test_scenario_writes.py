"""Records written by a client or the switchboard are shown as written, whatever data scenario is active."""

from __future__ import annotations

import pytest
from conftest import Api
from seen import V1P1, V1P2, Json, Seen

from mockroster.scenarios.base import DataScenario
from mockroster.scenarios.catalogue import scenarios

ADMIN = "http://localhost/__admin/records"
DATA = sorted(name for name, scenario in scenarios().items() if issubclass(scenario, DataScenario))
SPECS = [*DATA, "empty-school;hostile-text:share=1;deleted-status:share=1", "no-roles:share=1;hostile-ids"]


def written(api: Api) -> dict[str, str]:
    """Write new records and over those that were there, by both versions and the switchboard; return ids by path."""
    item, user = api.rows("/lineItems")[0], api.rows("/users")[-1]
    class_, result = item["class"]["sourcedId"], api.rows("/results")[0]
    body = {"title": "Over", "assignDate": item["assignDate"], "dueDate": item["dueDate"], "class": class_}
    done = [
        api.put("/categories/new", {"category": {"title": "New"}}),
        api.put(f"http://localhost{V1P2['lineItems']}/{item['sourcedId']}", {"lineItem": body}),
        api.put(f"/results/{result['sourcedId']}", {"result": {**result, "comment": "Over"}}),
        api.put(f"{ADMIN}/users/{user['sourcedId']}", {**user, "givenName": "Over"}),
        api.put(f"{ADMIN}/classes/new", {**api.rows("/classes")[0], "sourcedId": "new", "title": "New"}),
    ]
    assert {response.status_code for response in done} <= {200, 201}
    return {
        "categories": "new",
        "lineItems": item["sourcedId"],
        "results": result["sourcedId"],
        "users": user["sourcedId"],
        "classes": "new",
    }


def without_stamp(record: Json) -> Json:
    """Return a record without the member that is the server's to write."""
    return {name: value for name, value in record.items() if name != "dateLastModified"}


@pytest.mark.parametrize("spec", SPECS)
def test_writes_are_shown_as_written(fresh: Api, spec: str) -> None:
    """A written record is there once, in single reads and collections, as without the scenario."""
    ids = written(fresh)
    plain, seen = Seen(fresh, ""), Seen(fresh, spec)

    for collection, name in ids.items():
        for path in (V1P1[collection], V1P2[collection]):
            expected = plain.one(f"{path}/{name}")
            shown = seen.one(f"{path}/{name}")
            assert (shown if spec != "stale-dates" else without_stamp(shown)) == (
                expected if spec != "stale-dates" else without_stamp(expected)
            )
            assert [row for row in seen.rows(path) if row["sourcedId"] == name] == [shown]


def test_what_was_written_stands_in_its_place(fresh: Api) -> None:
    """A record that was written over keeps its place among the others, a new one comes last."""
    ids = written(fresh)
    plain, seen = Seen(fresh, ""), Seen(fresh, "hostile-text:share=1")

    for path in (V1P1["lineItems"], V1P2["categories"], V1P1["users"]):
        assert [row["sourcedId"] for row in seen.rows(path)] == [row["sourcedId"] for row in plain.rows(path)]
    assert seen.rows(V1P1["categories"])[-1]["sourcedId"] == ids["categories"]
    renamed = Seen(fresh, "hostile-ids").rows(V1P1["lineItems"])
    assert renamed[0]["sourcedId"] == ids["lineItems"]


def test_what_was_not_written_goes_through(fresh: Api) -> None:
    """The scenario still changes what the sandbox started with."""
    ids = written(fresh)
    plain, seen = Seen(fresh, ""), Seen(fresh, "hostile-text:share=1")

    pairs = zip(plain.rows(V1P1["lineItems"]), seen.rows(V1P1["lineItems"]), strict=True)

    assert {old["sourcedId"] for old, new in pairs if old["title"] == new["title"]} == {ids["lineItems"]}


def test_references_to_what_was_written(fresh: Api) -> None:
    """Under other ids what refers to a written record still finds it."""
    ids = written(fresh)
    seen = Seen(fresh, "hostile-ids")

    results = [row for row in seen.rows(V1P1["results"]) if row["lineItem"]["sourcedId"] == ids["lineItems"]]

    assert results
    assert seen.one(results[0]["lineItem"]["href"])["title"] == "Over"


def test_a_deleted_record_stays_gone(fresh: Api) -> None:
    """A deleted record is in no view."""
    gone = fresh.rows("/results")[0]["sourcedId"]
    fresh.delete(f"/results/{gone}")

    assert gone not in Seen(fresh, "hostile-text").ids(V1P1["results"])


def test_stale_dates_of_writes(fresh: Api) -> None:
    """``dateLastModified`` is the server's to write: under stale dates that of a write is stale too."""
    written(fresh)

    dates = {row["dateLastModified"] for row in Seen(fresh, "stale-dates").rows(V1P1["lineItems"])}

    assert max(dates) == "2025-01-15T00:00:00.000Z"


def test_deleted_status_is_of_late(fresh: Api) -> None:
    """Every row that is tobedeleted says that it became so within the days, also those that were before."""
    plain, seen = Seen(fresh, ""), Seen(fresh, "deleted-status:days=3")

    old = [row for row in plain.rows(V1P1["users"]) if row["status"] == "tobedeleted"]
    dates = [
        row["dateLastModified"] for path in V1P2.values() for row in seen.rows(path) if row["status"] == "tobedeleted"
    ]

    assert min(row["dateLastModified"] for row in old) < "2026-01-12"
    assert all("2026-01-12T00:00:00.000Z" <= date <= "2026-01-15T00:00:00.000Z" for date in dates)
