"""What a sandbox now holds, as a fixture document or as a OneRoster CSV bundle."""

from __future__ import annotations

from flask import g
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.fixtures.write.export import DEFAULT_VERSION, FORMATS, TYPES, VERSIONS, Export
from mockroster.http.admin.answers import parameters
from mockroster.roster.relations import with_tombstones
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios import pipeline
from mockroster.settings import one_of

_PARAMETERS = {"format": one_of(*FORMATS), "version": one_of(*VERSIONS)}

_ENDINGS = {"json": "json", "yaml": "yaml", "csv": "zip"}


@long_work
def show() -> Response:
    """Answer with all records; ``format`` is json, yaml or csv (a zip), ``version`` 1.1 or 1.2."""
    here: Sandbox = g.sandbox
    asked = {"format": "json", "version": DEFAULT_VERSION, **parameters(_PARAMETERS)}
    pipeline.refresh(here)
    overlay = here.overlay
    with overlay.exclusive():
        tables = with_tombstones(overlay)
    content = Export(tables, asked["format"], asked["version"]).document()
    response = Response(content, content_type=TYPES[asked["format"]])
    response.headers["Content-Disposition"] = f'attachment; filename="{here.name}.{_ENDINGS[asked["format"]]}"'
    return response
