"""Compare the records of a sandbox with the copy in a request body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, request
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.errors import ConfigurationError, MalformedRequest
from mockroster.http.admin.copies import note_copy
from mockroster.render.answer import answer
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios import pipeline
from mockroster.standard.versions import VERSIONS


@long_work
def compare(query: Mapping[str, Any]) -> Response:
    """Compare the records with the roster in the body: a fixture document, a CSV file or a zip of either.

    `view` is `stored` or, as the active scenarios show the records, `shown`; `revision` goes back to an earlier state.
    """
    # Its readers of CSV and YAML would delay every start.
    from mockroster.judge.compare import compare as comparison
    from mockroster.judge.compare.body import side_of_body
    from mockroster.judge.compare.rows import Ignored
    from mockroster.judge.compare.sandbox_truth import SandboxTruth

    sandbox: Sandbox = g.sandbox
    is_shown = query["view"] == "shown"
    if is_shown and "revision" in query:
        raise MalformedRequest("revision: scenarios show the present records only; leave out view=shown")
    try:
        ignored = Ignored.parse(*(query[part].split(",") if part in query else () for part in ("ignore", "only_")))
    except ConfigurationError as error:
        raise MalformedRequest(str(error)) from None
    copy = side_of_body(request.mimetype, request.get_data())
    pipeline.refresh(sandbox)
    note_copy(sandbox, pipeline.shown_records(sandbox, request), copy)
    if "revision" in query:
        truth = SandboxTruth.at(sandbox, query["revision"])
    else:
        truth = SandboxTruth.now(sandbox, pipeline.shown_records(sandbox, request) if is_shown else sandbox.overlay)
    version = VERSIONS[query["version"]] if "version" in query else None
    result = comparison.compare(truth.side, copy, comparison.Options(version, ignored), truth.history)
    return answer(result.document())
