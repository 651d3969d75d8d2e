"""Response bodies as a sequence of steps: bytes, waits and abrupt ends.

A WSGI application may return ``Steps`` in place of an iterable of bytes. A server that understands them puts
``environ[DELIVERY]`` there, and executes the steps without blocking a thread during waits, as our server does.
Under any other server ``blocking(steps)`` does the same in the thread that sends the body.

This module imports nothing of mockroster's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Literal, TypeVar

DELIVERY = "mockroster.delivery"
"""The key in a WSGI environment of the ``Delivery`` of the response; absent under servers without support for steps."""

HEADERS = "mockroster.headers"
"""The key in a WSGI environment of all headers as a tuple of pairs of WSGI name and value.

A server that reads equal header lines on a connection builds the tuple once. Absent under other servers.
"""

Outcome = Literal["answered", "cut", "client-gone"]
"""The end of an exchange: complete, cut on purpose, or abandoned by the client."""

Subscribe = Callable[[Callable[[], None]], Callable[[], None]]
"""Registers a callback that may be called from any thread, and returns the function that removes it."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Send nothing for a number of seconds, or until ``subscribe`` reports a change."""

    seconds: float
    subscribe: Subscribe | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection without sending the rest; before the first byte, not even the head is sent."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset the connection (TCP RST) after the bytes sent so far have left the server."""


Step = bytes | Wait | Close | Reset

_Steps = TypeVar("_Steps", bound="Steps")


class Steps:
    """A response body as steps. The iterator must not block: it runs on the server's event loop.

    An empty piece of bytes sends the head alone.
    """

    body: bytes = b""
    """The whole body, if it is known in advance."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = iter(steps)
        self.on_close: list[Callable[[], object]] = []
        """Called by ``close``."""

    def __iter__(self: _Steps) -> _Steps:
        return self

    def __next__(self) -> Step:
        """Return the next step."""
        return next(self._steps)

    def close(self) -> None:
        """Close the iterator, as PEP 3333 requires for the iterable of a response."""
        close = getattr(self._steps, "close", None)
        if close is not None:
            close()
        for callback in self.on_close:
            callback()


class ObservedSteps(Steps):
    """Steps that report their outcome, for servers that do not."""

    def __init__(self, steps: Steps, on_end: Callable[[Outcome], None]) -> None:
        super().__init__(steps)
        self.body = steps.body
        self._outcome: Outcome = "client-gone"
        self._on_end: Callable[[Outcome], None] | None = on_end

    def __next__(self) -> Step:
        """Return the next step, and record the outcome after the last one."""
        try:
            step = super().__next__()
        except StopIteration:
            self._outcome = "answered"
            raise
        if isinstance(step, (Close, Reset)):
            self._outcome = "cut"
        return step

    def close(self) -> None:
        """Close the steps and report their end, once."""
        super().close()
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end(self._outcome)


@dataclass(slots=True)
class Delivery:
    """The callbacks of an application for one response."""

    on_end: list[Callable[[Outcome], None]] = field(default_factory=list)
    """Called when the exchange ends, before the last bytes of a complete response are sent.

    They run on the event loop and must be quick; if ``is_blocking``, they run in a thread.
    """

    is_blocking: bool = False
    """Whether the steps of the body, their end and ``on_end`` may wait for another process, and so need a thread."""

    is_ended: bool = False
    """Whether the exchange has ended."""


class ConnectionEnded(ConnectionAbortedError):
    """Raised while a body is sent, so that a server without support for steps closes the connection."""


def blocking(steps: Steps) -> Iterator[bytes]:
    """Yield the bytes of a body and block during waits, for servers without support for steps.

    ``Close`` ends a body that has begun: a server closes the connection of a body shorter than its Content-Length.
    Before the first byte, and for ``Reset``, this raises ``ConnectionEnded``.
    """
    has_begun = False
    try:
        for step in steps:
            if isinstance(step, bytes):
                has_begun = True
                yield step
            elif isinstance(step, Wait):
                _wait(step)
            elif isinstance(step, Close) and has_begun:
                return
            else:
                raise ConnectionEnded("the connection ends here")
    finally:
        steps.close()


def _wait(step: Wait) -> None:
    woken = Event()
    if step.subscribe is None:
        woken.wait(step.seconds)
        return
    cancel = step.subscribe(woken.set)
    try:
        woken.wait(step.seconds)
    finally:
        cancel()


View = TypeVar("View", bound=Callable[..., object])


def long_work(view: View) -> View:
    """Mark a view that would block the event loop, so that its requests run in a thread."""
    view.is_long = True  # type: ignore[attr-defined]
    return view


def is_long(view: Callable[..., object]) -> bool:
    """Return whether a view is marked by ``long_work``."""
    return getattr(view, "is_long", False)
