"""What a sandbox now holds, as a fixture document or as a OneRoster CSV bundle."""

from __future__ import annotations

from flask import g, request
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.errors import MalformedRequest, unknown
from mockroster.exporting.export import FORMATS, TYPES, VERSIONS, Export
from mockroster.roster.relations import with_tombstones
from mockroster.sandbox.sandbox import Sandbox
from mockroster.settings import one_of

_PARAMETERS = {"format": FORMATS, "version": VERSIONS}

_ENDINGS = {"json": "json", "yaml": "yaml", "csv": "zip"}


@long_work
def show() -> Response:
    """Answer with all records; ``format`` is json, yaml or csv (a zip), ``version`` 1.1 or 1.2."""
    here: Sandbox = g.sandbox
    asked = {"format": "json", "version": "1.2", **_parameters()}
    overlay = here.overlay
    with overlay.lock:
        tables = with_tombstones(overlay)
    content = Export(tables, asked["format"], asked["version"]).document()
    response = Response(content, content_type=TYPES[asked["format"]])
    response.headers["Content-Disposition"] = f'attachment; filename="{here.name}.{_ENDINGS[asked["format"]]}"'
    return response


def _parameters() -> dict[str, str]:
    """Return the query parameters. Raises ``MalformedRequest``, which names the one that is wrong."""
    found: dict[str, str] = {}
    for name, texts in request.args.lists():
        if name not in _PARAMETERS:
            raise MalformedRequest(unknown(name, "a parameter", _PARAMETERS))
        if len(texts) > 1:
            raise MalformedRequest(f"{name} is given {len(texts)} times; once will do")
        try:
            found[name] = one_of(*_PARAMETERS[name])(texts[0])
        except ValueError as problem:
            raise MalformedRequest(f"{name}: {texts[0][:80]!r} is not {problem}") from None
    return found
