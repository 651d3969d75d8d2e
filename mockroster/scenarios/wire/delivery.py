"""Deliver the body of a response in steps.

The body is returned as ``Steps``, so that the server waits without blocking a thread, and stops waiting when the client
disconnects. A timed body keeps its complete bytes, so that scenarios that change the bytes can come in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from werkzeug.wrappers import Response

from mockroster.delivery import Close, Step, Steps, Wait

Play = Callable[[bytes], Iterator[Step]]


class TimedBody(Steps):
    """A body with its delivery and delay in seconds."""

    def __init__(self, body: bytes, play: Play, delay: float = 0.0) -> None:
        super().__init__(_delay(body, play, delay))
        self.body = body
        self.play = play
        self.delay = delay


def full_body(response: Response) -> bytes:
    """Return the complete body of a response, also of a timed one."""
    content = response.response
    return content.body if isinstance(content, TimedBody) else response.get_data()


def with_body(response: Response, body: bytes) -> Response:
    """Replace the body and Content-Length, and keep the delivery."""
    content = response.response
    if isinstance(content, TimedBody):
        response.response = TimedBody(body, content.play, content.delay)
        response.headers["Content-Length"] = str(len(body))
    else:
        response.set_data(body)
    return response


def play_body(response: Response, play: Play) -> Response | None:
    """Deliver the body by ``play``. Return ``None`` for a response without a body."""
    body = full_body(response)
    return with_timed_body(response, body, play) if body else None


def with_timed_body(response: Response, body: bytes, play: Play, delay: float = 0.0) -> Response:
    """Replace the body, deliver it by ``play``, and add ``delay`` seconds to its delay."""
    content = response.response
    earlier = content.delay if isinstance(content, TimedBody) else 0.0
    response.response = TimedBody(body, play, earlier + delay)  # type: ignore[assignment]
    if body or "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(body))
    return response


def _delay(body: bytes, play: Play, delay: float) -> Iterator[Step]:
    if delay:
        yield Wait(delay)
    yield from play(body)


def at_once(body: bytes) -> Iterator[Step]:
    """Yield the body."""
    yield body


def in_pieces(body: bytes, size: int, pause: float) -> Iterator[Step]:
    """Yield the body in pieces, with pauses between them."""
    for start in range(0, len(body), size):
        if start and pause:
            yield Wait(pause)
        yield body[start : start + size]


def stall(body: bytes, share: float, silence: float) -> Iterator[Step]:
    """Yield a part of the body, wait, and close the connection."""
    yield body[: int(len(body) * share)]
    if silence:
        yield Wait(silence)
    yield Close()
