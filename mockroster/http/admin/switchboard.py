"""The routes below ``/__admin``; each is also there below ``/sandboxes/<name>``. A new route is a handler and a row."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from mockroster.http.admin import (
    changes,
    clock,
    compare,
    compare_models,
    events,
    export,
    health,
    journal_models,
    models,
    records,
    requests,
    runs,
    sandboxes,
    scenarios,
    snapshots,
    stream,
    timeline_models,
    verdict,
    verdict_models,
)
from mockroster.http.admin.guard import Guard
from mockroster.http.admin.route import Answer, Route
from mockroster.http.flask_tuning import LazyRule, Routes
from mockroster.render.answer import JSON

_DONE = Answer("done", media_types=())

_RECORD = "/records/<collection>/<path:sourced_id>"
_UPLOADS = (JSON, "application/yaml", "text/csv", "application/zip")
_EXPORT = (JSON, "application/yaml", "application/zip")

ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/health",
        handler=health.overview,
        answers={200: Answer("the state of the sandbox", models.Health)},
        is_open=True,
    ),
    Route(
        method="GET",
        path="/scenarios",
        handler=scenarios.show,
        answers={200: Answer("the scenarios", models.ActiveScenarios)},
    ),
    Route(
        method="PUT",
        path="/scenarios",
        handler=scenarios.choose,
        body=models.ScenarioChoice,
        answers={200: Answer("the scenarios", models.ActiveScenarios)},
    ),
    Route(method="DELETE", path="/scenarios", handler=scenarios.clear, answers={204: _DONE}),
    Route(
        method="GET",
        path="/sandboxes",
        handler=sandboxes.show,
        answers={200: Answer("the sandboxes", models.SandboxList)},
    ),
    Route(
        method="POST",
        path="/sandboxes",
        handler=sandboxes.make,
        body=models.NewSandbox,
        answers={201: Answer("the new sandbox", models.SandboxCard)},
        refusals=(409, 422, 507),
    ),
    Route(
        method="DELETE",
        path="/sandboxes/<name>",
        handler=sandboxes.drop,
        answers={204: _DONE},
        refusals=(404,),
    ),
    Route(method="POST", path="/reset", handler=sandboxes.reset, answers={204: _DONE}),
    Route(
        method="GET",
        path="/requests",
        handler=requests.show,
        query=journal_models.JournalSearch,
        answers={200: Answer("the requests", journal_models.Journal)},
    ),
    Route(method="DELETE", path="/requests", handler=requests.clear, answers={204: _DONE}),
    Route(
        method="POST",
        path="/requests/find",
        handler=requests.find,
        body=journal_models.JournalSearch,
        answers={200: Answer("the requests", journal_models.Journal)},
    ),
    Route(
        method="POST",
        path="/requests/count",
        handler=requests.count,
        body=journal_models.JournalCount,
        answers={200: Answer("the number of requests", journal_models.RequestCount)},
    ),
    Route(
        method="GET",
        path="/requests/unmatched",
        handler=requests.unmatched,
        query=journal_models.JournalList,
        answers={200: Answer("the requests", journal_models.UnmatchedRequests)},
    ),
    Route(
        method="GET",
        path="/runs",
        handler=runs.show,
        answers={200: Answer("the runs", verdict_models.Runs)},
    ),
    Route(
        method="POST",
        path="/runs",
        handler=runs.begin,
        body=verdict_models.NewRun,
        answers={201: Answer("the new run", verdict_models.RunRow)},
        refusals=(409,),
    ),
    Route(
        method="PATCH",
        path="/runs/<name>",
        handler=runs.end,
        body=verdict_models.RunEnd,
        answers={200: Answer("the run", verdict_models.RunRow)},
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/verdict",
        handler=verdict.show,
        query=verdict_models.VerdictQuery,
        answers={
            200: Answer("the verdict", verdict_models.Verdict, (JSON, "application/xml", "text/html")),
        },
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/stream",
        handler=stream.show,
        answers={200: Answer("the events", media_types=("text/event-stream",))},
    ),
    Route(
        method="GET",
        path="/events",
        handler=events.show,
        answers={200: Answer("the events", timeline_models.EventCatalogue)},
    ),
    Route(
        method="POST",
        path="/events",
        handler=events.trigger,
        body=timeline_models.EventRequest,
        answers={200: Answer("what happened", timeline_models.Occurrences)},
        refusals=(409, 507),
    ),
    Route(
        method="POST",
        path="/days",
        handler=events.pass_days,
        body=timeline_models.DaysRequest,
        answers={200: Answer("the days have passed", timeline_models.DaysPassed)},
        refusals=(409, 507),
    ),
    Route(
        method="GET",
        path="/changes",
        handler=changes.show,
        query=models.ChangesQuery,
        answers={200: Answer("the changes", models.Changes)},
        refusals=(410,),
    ),
    Route(
        method="GET",
        path="/snapshots",
        handler=snapshots.show,
        answers={200: Answer("the snapshots", models.Snapshots)},
    ),
    Route(
        method="PUT",
        path="/snapshots/<name>",
        handler=snapshots.save,
        answers={
            200: Answer("the name is moved", models.SnapshotRow),
            201: Answer("the snapshot is new", models.SnapshotRow),
        },
        refusals=(507,),
    ),
    Route(
        method="POST",
        path="/snapshots/<name>/restore",
        handler=snapshots.restore,
        answers={200: Answer("the new revision", models.Revision)},
        refusals=(404,),
    ),
    Route(
        method="DELETE",
        path="/snapshots/<name>",
        handler=snapshots.delete,
        answers={204: _DONE},
        refusals=(404,),
    ),
    Route(method="GET", path="/clock", handler=clock.show, answers={200: Answer("the time", models.Clock)}),
    Route(
        method="PUT",
        path="/clock",
        handler=clock.change,
        body=models.ClockChange,
        answers={200: Answer("the time", models.Clock)},
    ),
    Route(
        method="GET",
        path="/records/<collection>",
        handler=records.show,
        query=models.RecordsQuery,
        answers={200: Answer("a page of records", models.RecordPage)},
        refusals=(404,),
    ),
    Route(
        method="GET",
        path=_RECORD,
        handler=records.single,
        query=models.RecordQuery,
        answers={200: Answer("the record", models.RecordDocument)},
        refusals=(404,),
    ),
    Route(
        method="PUT",
        path=_RECORD,
        handler=records.put,
        body=models.RecordDocument,
        answers={
            200: Answer("the record is replaced", models.RecordDocument),
            201: Answer("the record is created", models.RecordDocument),
        },
        refusals=(404, 422, 507),
    ),
    Route(
        method="PATCH",
        path=_RECORD,
        handler=records.change,
        query=models.RecordQuery,
        body=models.RecordChanges,
        body_types=records.PATCHES,
        answers={200: Answer("the changed record", models.RecordDocument)},
        refusals=(404, 415, 422, 507),
    ),
    Route(
        method="DELETE",
        path=_RECORD,
        handler=records.delete,
        query=models.DeleteQuery,
        answers={204: _DONE},
        refusals=(404, 507),
    ),
    Route(
        method="POST",
        path="/records",
        handler=records.merge,
        uploads=_UPLOADS,
        answers={200: Answer("the records are merged", models.MergeResult)},
        refusals=(422, 507),
    ),
    Route(
        method="GET",
        path="/export",
        handler=export.show,
        query=models.ExportQuery,
        answers={200: Answer("the fixtures", media_types=_EXPORT)},
        refusals=(410,),
    ),
    Route(
        method="POST",
        path="/compare",
        handler=compare.compare,
        query=compare_models.CompareQuery,
        uploads=_UPLOADS,
        answers={200: Answer("the differences", compare_models.Comparison)},
        refusals=(410,),
    ),
)
"""Every route, in the order of the documentation."""


def routes(views: dict[str, Callable[..., Any]], guard: Guard) -> Routes:
    """Return the routes, and add their views; all but those that are open need the guard's token."""
    table = Routes()
    for route in ROUTES:
        endpoint = f"__admin.{route.method} {route.path}".replace(".", " ")
        views[endpoint] = _view(route, guard)
        table.add(LazyRule(f"/__admin{route.path}", endpoint=endpoint, methods=[route.method]))
    return table


def _view(route: Route, guard: Guard) -> Callable[..., Response]:
    """Return the view of a route: check the token, validate the request, call the handler."""

    @wraps(route.handler)
    def view(**variables: str) -> Response:
        if not route.is_open:
            guard.check_token(request)
        return route.call(**variables)

    return view
