"""Judge the client of a sandbox by its requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import g, request
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.errors import ConfigurationError, MalformedRequest
from mockroster.http.admin.address import root
from mockroster.http.admin.requests import mistakes_in
from mockroster.http.admin.runs import facts_of
from mockroster.render.answer import answer
from mockroster.sandbox.journal_view import RedactedEntry
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.values import EVERYTHING, RunFacts

if TYPE_CHECKING:
    from mockroster.judge.fact import Fact

_SEPARATOR = ";"
_MOST_SEQUENCES = 20


@long_work
def show(query: Mapping[str, Any]) -> Response:
    """Judge the client by the requests of a run, or by all since the last reset: JSON, JUnit XML or a page.

    `rules` switches rules on or off and sets their numbers: `V25=on;V10.repeats=3`.
    """
    # The rules and their reports would delay the first call of the switchboard.
    from mockroster.judge.report.junit import junit
    from mockroster.judge.report.page import page

    document = _document(g.sandbox, query)
    if query["format"] == "junit":
        return Response(junit(document, query["fail_on"]), content_type="application/xml; charset=utf-8")
    if query["format"] == "html":
        response = Response(page(document), content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        return response
    return answer(document)


def _document(sandbox: Sandbox, query: Mapping[str, Any]) -> dict[str, Any]:
    from mockroster.judge.coverage import coverage
    from mockroster.judge.thresholds import parse_choice
    from mockroster.judge.verdict import document, judge

    name, client = query.get("run"), query.get("client")
    try:
        choice = parse_choice(text for text in query.get("rules", "").split(_SEPARATOR) if text.strip())
    except ConfigurationError as error:
        raise MalformedRequest(str(error)) from None
    run = sandbox.state.runs.read(EVERYTHING) or RunFacts() if name is None else facts_of(sandbox, name)
    verdict = judge(run.facts, choice, client, run.dropped)
    describe = _describer(sandbox, root(request.environ))
    data = sandbox.data
    read = coverage(verdict.facts, data.overlay, data.result_cache)
    return document(
        verdict,
        describe,
        run=name,
        client=client,
        coverage={collection: covered.document() for collection, covered in read.items()},
        mistakes=_mistakes(sandbox, verdict.facts, describe),
    )


def _describer(sandbox: Sandbox, root_url: str) -> Callable[[Fact], str]:
    """Return what writes a request as a curl line: as the journal has it, or else from its fact."""
    from mockroster.judge.curl import curl, line
    from mockroster.judge.fact import TOKEN

    entries = {entry.sequence: entry for entry in sandbox.state.journal.read().entries}

    def describe(fact: Fact) -> str:
        entry = entries.get(fact.sequence)
        if entry is None:
            return curl(fact, root_url, sandbox.redactor.text)
        shown = RedactedEntry(entry, sandbox.redactor)
        return line(shown.method, root_url + shown.path, shown.query, is_token=fact.operation == TOKEN)

    return describe


def _mistakes(sandbox: Sandbox, facts: Sequence[Fact], describe: Callable[[Fact], str]) -> list[dict[str, Any]]:
    """Return the mistakes that the server ignored, each with its requests."""
    from mockroster.judge.fact import COPY, Flag, operations

    mistakes = mistakes_in(sandbox)
    notes: dict[tuple[int, str], list[str]] = {}
    found: dict[str, list[Fact]] = {}
    counts: Counter[str] = Counter()
    for fact in facts:
        if fact.operation >= COPY or fact.status != 200 or fact.flags & Flag.SHORTENED:
            continue
        query = fact.text.partition("?")[2]
        key = fact.operation, query
        if key not in notes and len(notes) < _MOST_QUERIES:
            pairs = [(name, value) for name, _, value in (part.partition("=") for part in query.split("&"))]
            notes[key] = [sandbox.redactor.text(note) for note in mistakes.notes(*operations()[fact.operation], pairs)]
        for note in notes.get(key, ()):
            counts[note] += 1
            requests = found.setdefault(note, [])
            if len(requests) < _MOST_SEQUENCES:
                requests.append(fact)
    return [
        {
            "sentence": note,
            "count": counts[note],
            "sequences": [fact.sequence for fact in requests],
            "curl": describe(requests[0]),
        }
        for note, requests in found.items()
    ]


_MOST_QUERIES = 2000
"""The most different queries that are looked at for mistakes."""
