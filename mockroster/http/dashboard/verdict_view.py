"""The view Verdict: what the rules say of the client, what it has read, and its runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from mockroster.http.admin import runs, verdict
from mockroster.http.dashboard import pages

_ORDER = ("fail", "pass", "skip", "omit")
"""The outcomes, the most important first."""

_LEVELS = ("must", "should", "policy")


def show() -> Response:
    """Return the page for the ``run`` and ``client`` in the address."""
    chosen = {name: text for name in ("run", "client") if (text := request.args.get(name, "").strip())}
    document = pages.shown(verdict.show({**chosen, "format": "json"}))
    counts = Counter(rule["outcome"] for rule in document["rules"])
    return pages.page(
        "verdict.html",
        view="verdict",
        runs=pages.shown(runs.show())["runs"],
        run=chosen.get("run", ""),
        judged=chosen.get("client", ""),
        document=document,
        counts=[(outcome, counts[outcome]) for outcome in _ORDER],
        rules=sorted(document["rules"], key=_rank),
        query=request.query_string.decode("latin-1"),
    )


def _rank(rule: Mapping[str, Any]) -> tuple[int, int, str]:
    return _ORDER.index(rule["outcome"]), _LEVELS.index(rule["level"]), rule["id"]
