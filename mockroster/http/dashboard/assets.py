"""The scripts and the style sheet of the dashboard."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from mockroster.http.dashboard.pages import protect

_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}


class Asset(NamedTuple):
    """A file of the dashboard, with its headers."""

    content: bytes
    content_type: str
    tag: str


def show(name: str) -> Response:
    """Return a file of the dashboard; a browser validates its cached copy at each use."""
    asset = _assets().get(name)
    if asset is None:
        raise NotFound
    response = Response(asset.content, content_type=asset.content_type)
    response.set_etag(asset.tag)
    response.headers["Cache-Control"] = "no-cache"
    protect(response)
    return response.make_conditional(request.environ)


@cache
def _assets() -> dict[str, Asset]:
    folder = files("mockroster.http.dashboard").joinpath("static")
    return {file.name: _asset(file.name, file.read_bytes()) for file in folder.iterdir() if "." in file.name}


def _asset(name: str, content: bytes) -> Asset:
    return Asset(content, _TYPES[name.rpartition(".")[2]], sha256(content).hexdigest()[:16])
