"""The yardsticks: a Flask application that answers with fixed bodies, on our own server or on granian.

``serving.py`` runs it: ``bare.py own PORT FOLDER`` reads what is sent to ``/NAME`` and answers with the file of that
name, on the server of mockroster and on its event loop, as mockroster answers. ``bare.py granian PORT FOLDER`` is the
fixed yardstick: granian with four threads, the fastest server of WSGI applications that we know.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

GRANIAN_THREADS = 4


class Bare(Flask):
    """A Flask application whose requests are all quick."""

    def is_quick(self, environ: dict[str, Any]) -> bool:
        """Return True: a fixed body takes no time."""
        del environ
        return True


def application(folder: Path) -> Bare:
    """Return the application."""
    app = Bare(__name__, static_folder=None)
    bodies = {path.name: path.read_bytes() for path in folder.iterdir()}

    @app.get("/<name>")
    def read(name: str) -> Response:
        return Response(bodies[name], content_type="application/json")

    @app.route("/<name>", methods=["POST", "PUT"])
    def write(name: str) -> Response:
        request.get_data()
        return Response(bodies[name], content_type="application/json")

    return app


async def serve_by_own(port: int, folder: Path) -> None:
    """Serve by mockroster's server until the process is ended."""
    from mockroster.serving.listen import listen
    from mockroster.serving.server import HttpServer

    await HttpServer(application(folder), listen("127.0.0.1", port)).start()
    await asyncio.Event().wait()


def serve_by_granian(port: int, folder: Path) -> None:
    """Serve by granian until the process is ended; the application is made in its worker."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "bare",
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=GRANIAN_THREADS,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=1,
    ).serve(target_loader=partial(application, folder), wrap_loader=False)


if __name__ == "__main__":
    kind, number, bodies_folder = sys.argv[1:]
    if kind == "own":
        asyncio.run(serve_by_own(int(number), Path(bodies_folder)))
    else:
        serve_by_granian(int(number), Path(bodies_folder))
