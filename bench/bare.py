"""The yardstick: a Flask application that answers with fixed bodies, on the same server with the same settings.

``serving.py`` runs it: ``bare.py PORT FOLDER`` reads what is sent to ``/NAME`` and answers with the file of that name.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from flask import Flask, Response, request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from mockroster.server import THREADS


def application(folder: Path) -> Flask:
    """Return the application; runs in the worker."""
    app = Flask(__name__, static_folder=None)
    bodies = {path.name: path.read_bytes() for path in folder.iterdir()}

    @app.get("/<name>")
    def read(name: str) -> Response:
        return Response(bodies[name], content_type="application/json")

    @app.route("/<name>", methods=["POST", "PUT"])
    def write(name: str) -> Response:
        request.get_data()
        return Response(bodies[name], content_type="application/json")

    return app


if __name__ == "__main__":
    Granian(
        "bare",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=1,
    ).serve(target_loader=partial(application, Path(sys.argv[2])), wrap_loader=False)
