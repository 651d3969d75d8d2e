"""Run ``mockroster serve``, from the bound port to the last response: in this process, or in workers."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import ssl
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import socket
from threading import Thread
from types import FrameType
from typing import TYPE_CHECKING

from mockroster.errors import ConfigurationError
from mockroster.logs import drop_lines_nobody_reads
from mockroster.ready import Readiness
from mockroster.scenarios.spec import canonical
from mockroster.serving.limits import Limits
from mockroster.serving.listen import listen, reachable
from mockroster.serving.server import HttpServer
from mockroster.settings import Settings
from mockroster.timeline.plan import plan_of

if TYPE_CHECKING:
    from mockroster.http.lifecycle import Application
    from mockroster.roster.store import Roster
    from mockroster.sandbox.reloading import Watch
    from mockroster.serving.sharing import Load
    from mockroster.serving.worker import OnReady

log = logging.getLogger("mockroster")

_SWITCH_SECONDS = 0.001
"""The time that a thread may hold the interpreter while the event loop waits."""

Announce = Callable[[str, Settings, Readiness], None]
"""Called with the URL, the settings and the readiness once the server answers."""

Progress = Callable[[Settings], AbstractContextManager[None]]
"""Returns the context manager for the generation of records."""


def serve(settings: Settings, progress: Progress, announce: Announce) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises ``ConfigurationError`` for an invalid scenario, plan, fixture or certificate before a socket is bound, and
    for an unusable address or URL file before records are generated.
    """
    scenarios = canonical(settings.scenario)
    plan_of(settings.calendar)
    if settings.workers > 1 and not hasattr(os, "fork"):
        raise ConfigurationError(f"--workers {settings.workers}: this system cannot share a port by fork; start one")
    _open_standard_streams()
    if settings.store:
        _check_store(settings)
    roster = _records(settings, scenarios) if settings.fixtures else None
    tls = tls_context(settings)
    sockets = listen(settings.host, settings.port)
    try:
        if settings.url_file:
            _remove(settings.url_file)
        url = f"{'https' if tls else 'http'}://{reachable(settings.host)}:{sockets[0].getsockname()[1]}"
        with progress(settings):
            site = _Site(settings, roster or _records(settings, scenarios), sockets, tls)
        on_ready = partial(_announce, url, settings, announce)
        if settings.workers == 1:
            site.serve(on_ready)
        else:
            from mockroster.serving.supervisor import Supervisor

            drop_lines_nobody_reads()
            # The workers share the records: memory that none of them writes to is not copied.
            gc.freeze()
            Supervisor(settings.workers, site.serve, on_ready, forwards_hang_up=settings.reload).run()
    finally:
        for listening in sockets:
            listening.close()
        if settings.url_file:
            _remove(settings.url_file)


def _open_standard_streams() -> None:
    """Open the standard streams that the caller has closed, so that no socket or pipe takes their numbers."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


@dataclass(frozen=True, slots=True)
class _Site:
    """The settings, records and sockets that all processes of a server have in common."""

    settings: Settings
    roster: Roster
    sockets: Sequence[socket]
    tls: ssl.SSLContext | None

    def serve(self, on_ready: OnReady, load: Load | None = None) -> None:
        """Serve in this process until a signal; ``load`` is given if other processes serve on the same sockets."""
        application = _application(self.settings, self.roster)
        watch = _watch(self.settings, application)
        _start_days(self.settings, application)
        # All objects up to here live as long as the process; those of requests do not.
        gc.freeze()
        gc.enable()
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            asyncio.run(self._serve(application, watch, on_ready, load))
        finally:
            if application.request_log is not None:
                application.request_log.close()
            application.sandboxes.store.close()

    async def _serve(self, application: Application, watch: Watch | None, on_ready: OnReady, load: Load | None) -> None:
        stopped = asyncio.Event()
        _install_signal_handlers(asyncio.get_running_loop(), stopped, watch)
        server = HttpServer(
            application,
            self.sockets,
            limits=Limits(connections=self.settings.max_connections),
            tls=self.tls,
            refusal_body=application.refusal_body,
            load=load,
        )
        await server.start()
        report = partial(_report_readiness, application, on_ready)
        Thread(target=report, name="mockroster-announce", daemon=True).start()
        await stopped.wait()
        await server.stop()


def _report_readiness(application: Application, on_ready: OnReady) -> None:
    """Report that the server answers, and import the scenarios, so that the first request with one need not wait."""
    from mockroster.scenarios.catalogue import scenarios

    sandbox = application.sandboxes.default
    on_ready(Readiness(sandbox.seed, sandbox.overlay.counts()))
    try:
        scenarios()
    except OSError as error:
        log.warning("the scenarios are imported at their first use: %s", error.strerror)


def _install_signal_handlers(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event, watch: Watch | None) -> None:
    """Stop at SIGTERM and SIGINT; at SIGHUP reload watched fixtures, or log that it is ignored.

    ``signal.signal`` in place of ``loop.add_signal_handler``, which Windows does not have.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        loop.call_soon_threadsafe(stopped.set)

    def hang_up(number: int, frame: FrameType | None) -> None:
        del number, frame
        if watch is None:
            log.warning("SIGHUP is ignored; with --reload it reads the fixtures again")
        else:
            watch.wake()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, hang_up)


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """Return the TLS context of the settings, or ``None`` without TLS. Raises ``ConfigurationError``."""
    if settings.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:
        raise ConfigurationError(
            f"--tls-cert, --tls-key: they cannot be used as a PEM certificate and its key: {error}"
        ) from None
    return context


def _remove(url_file: Path) -> None:
    """Remove the URL file: it must exist only while the server runs."""
    try:
        url_file.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"--url-file {url_file}: cannot be written anew: {error.strerror}") from None


def _check_store(settings: Settings) -> None:
    """Wait for the store, before a socket is bound."""
    from mockroster.sandbox.opening import check_store

    check_store(settings)


def _records(settings: Settings, scenarios: tuple[str, ...]) -> Roster:
    """Return the records of the fixtures, or the generated district."""
    from mockroster.sandbox.bootstrap import records_of, shared_records

    return shared_records(settings, scenarios) if settings.store else records_of(settings)


def _application(settings: Settings, roster: Roster) -> Application:
    from mockroster import logs
    from mockroster.http.app import create_app

    application = create_app(settings, roster)
    application.request_log = logs.request_log(settings.log_format)
    return application


def _watch(settings: Settings, application: Application) -> Watch | None:
    if not settings.reload:
        return None
    from mockroster.sandbox.reloading import Watch

    watch = Watch(settings, application.sandboxes)
    watch.start()
    return watch


def _start_days(settings: Settings, application: Application) -> None:
    """Start the days of the sandbox ``default``, if ``--day-every`` is set."""
    if settings.day_every is None:
        return
    from mockroster.timeline.daily import day_ticker

    day_ticker(application.sandboxes.default, application.config["PLAN"], settings.day_every).start()


def _announce(url: str, settings: Settings, announce: Announce, readiness: Readiness) -> None:
    """Announce that the server is ready; the server continues after a write error."""
    if settings.url_file:
        try:
            _write_atomically(settings.url_file, url + "\n")
        except OSError as error:
            log.warning("--url-file %s: cannot be written: %s", settings.url_file, error.strerror)
    try:
        announce(url, settings, readiness)
    except OSError as error:
        log.warning("the ready line cannot be written: %s", error.strerror)


def _write_atomically(path: Path, text: str) -> None:
    """Write a file in one step, so that no reader sees a part of it."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text)
    temporary.replace(path)
