"""How ``mockroster serve`` serves: granian, one process for the data, blocking threads.

granian runs a supervisor, which is this process, and one worker, which makes the district, waits for its own first good
answer and then says where it is. (The supervisor must not start threads: it forks.)
"""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from mockroster import logs
from mockroster.errors import ConfigurationError
from mockroster.ready import Readiness, wait
from mockroster.scenarios.spec import canonical
from mockroster.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from mockroster.roster.store import Roster

THREADS = 256
"""Threads that answer, at most; granian starts one when a request finds none free, and ends it after 30 idle seconds.

A request that waits (``slow``, a client that sends its body slowly) keeps its thread, so there must be more threads
than requests that wait. Measured by ``bench/waiting.py`` on a busy machine with two cores, hence rough: pages of 100
users a second at 16 connections, and a quick request behind 100 that wait for 2 s, in another sandbox.

======== ======= ============== =======================
threads  pages/s quick one      resident, idle and then
======== ======= ============== =======================
4        2,040   50 s           95, 100 MB
16       2,080   12 s           95, 106 MB
64       1,790   1.9 s          95, 112 MB
128      2,170   at most 60 ms  95, 115 MB
256      2,030   at most 25 ms  95, 116 MB
======== ======= ============== =======================

The price is paid by many connections that compute at once: with 64 of them there is no difference, with 256 of them 256
threads give 750 pages a second, 64 give 1,860."""

LONGEST_START = 60.0
"""Seconds after which the worker no longer waits for its own first answer."""

Announce = Callable[[str, Settings, Readiness], None]
"""Told the URL, the settings and what ``/readyz`` says."""

Progress = Callable[[Settings], AbstractContextManager[None]]
"""Is round about the making of the records."""


def serve(settings: Settings, progress: Progress, announce: Announce) -> None:
    """Serve until SIGTERM or Ctrl-C.

    The worker makes its records within ``progress``, and calls ``announce`` once it answers; both are functions of a
    module.

    Raises ``ConfigurationError`` before anything is bound where address, port, certificate, scenario, fixtures or the
    file for the URL will not do.
    """
    canonical(settings.scenario)
    roster = _fixtures(settings) if settings.fixtures else None
    port = _usable_port(settings.host, settings.port)
    scheme = "https" if settings.tls_cert else "http"
    url = f"{scheme}://{reachable(settings.host)}:{port}"
    server = _granian(settings, port)
    if settings.url_file:
        _remove(settings.url_file)
    try:
        server.serve(target_loader=partial(_application, settings, url, progress, announce, roster), wrap_loader=False)
    finally:
        if settings.url_file:
            _remove(settings.url_file)


def _remove(url_file: Path) -> None:
    """Remove the file in which the URL is: whoever finds it must find a server."""
    try:
        url_file.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"--url-file {url_file}: cannot be written anew: {error.strerror}") from None


def _fixtures(settings: Settings) -> Roster:
    """Read the fixtures while nothing is bound yet; the worker, which is forked, has the records then."""
    from mockroster.sandbox.opening import records_of

    return records_of(settings)


def _granian(settings: Settings, port: int) -> Any:
    """Return the server, not yet started."""
    from granian import Granian
    from granian.constants import Interfaces, SSLProtocols
    from granian.log import LogLevels

    try:
        return Granian(
            "mockroster",
            address=settings.host,
            port=port,
            interface=Interfaces.WSGI,
            blocking_threads=THREADS,
            websockets=False,
            log_level=LogLevels.error,
            log_dictconfig=logs.configuration(settings.log_format),
            ssl_cert=settings.tls_cert,
            ssl_key=settings.tls_key,
            ssl_protocol_min=SSLProtocols.tls12,
            workers_kill_timeout=1,
        )
    except (ValueError, OSError) as error:
        raise ConfigurationError(
            f"--tls-cert, --tls-key: they cannot be used as a PEM certificate and its key: {error}"
        ) from None


def _application(settings: Settings, url: str, progress: Progress, announce: Announce, roster: Roster | None) -> Flask:
    """Make the application; runs in the worker, so that only one process holds the data."""
    from mockroster.web.app import create_app

    with progress(settings):
        app = create_app(settings, roster)
    app.request_log = logs.request_log(settings.log_format)
    if settings.reload:
        from mockroster.sandbox.reloading import Watch

        Watch(settings, app.sandboxes).start()
    # Until now everything was there to stay; what requests make is not.
    gc.freeze()
    gc.enable()
    Thread(target=_announce, args=(url, settings, announce), daemon=True).start()
    return app


def _announce(url: str, settings: Settings, announce: Announce) -> None:
    """Wait for the first answer, then tell the world."""
    from mockroster.scenarios.catalogue import scenarios

    readiness = wait(url, LONGEST_START)
    if readiness is None:
        sys.stderr.write(f"mockroster: no answer at {url} for {LONGEST_START:.0f} s\n")
        return
    if settings.url_file:
        try:
            _write_whole(settings.url_file, url + "\n")
        except OSError as error:
            sys.stderr.write(f"mockroster: --url-file {settings.url_file}: cannot be written: {error.strerror}\n")
    announce(url, settings, readiness)
    # The first request with a scenario should not have to wait for the import of all.
    scenarios()


def _write_whole(path: Path, text: str) -> None:
    """Write a file in one step, so that whoever waits for it never reads half of it."""
    draft = path.with_name(path.name + ".part")
    draft.write_text(text)
    draft.replace(path)


def _usable_port(host: str, port: int) -> int:
    """Return the port to listen on, a free one for 0.

    granian shares ports between processes, so that a port in use would go unnoticed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise ConfigurationError(f"--host {host} --port {port}: cannot listen there: {reason}") from None
        found: int = probe.getsockname()[1]
        return found


def reachable(host: str) -> str:
    """Return the host part of a URL that reaches the server from this machine."""
    with suppress(KeyError):
        return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}[host]  # noqa: S104
    return f"[{host}]" if ":" in host else host
