"""Long polling: answer a request once something has happened in its sandbox, without holding a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from werkzeug.wrappers import Response

from mockroster.delivery import Step, Steps, Wait
from mockroster.errors import RequestError
from mockroster.render.answer import JSON
from mockroster.state.port import SandboxState
from mockroster.state.watcher import WATCHER

_RENDERING = 60.0
"""Seconds after which rendering a body times out."""

Look = Callable[[], bytes | None]


def long_poll(state: SandboxState, look: Look, last: Callable[[], bytes], seconds: float) -> Response:
    """Return the JSON of ``look``, now or after a change, or the JSON of ``last`` when the time is over.

    The first ``look`` runs here, later ones on the thread of the watcher. Both functions must do without the request.
    """
    found = look()
    if found is None and seconds > 0:
        return stepwise(Steps(_steps(state, look, last, seconds)), JSON)
    return Response(last() if found is None else found, content_type=JSON)


def stepwise(steps: Steps, content_type: str) -> Response:
    """Return a response whose body is sent in steps."""
    response = Response(content_type=content_type)
    response.response = steps  # type: ignore[assignment]
    return response


def _steps(state: SandboxState, look: Look, last: Callable[[], bytes], seconds: float) -> Iterator[Step]:
    bodies: list[bytes] = []
    errors: list[RequestError] = []

    def check(make: Look) -> bool:
        try:
            body = make()
        except RequestError as error:
            errors.append(error)
            return True
        if body is not None:
            bodies.append(body)
        return body is not None

    yield Wait(seconds, lambda wake: WATCHER.watch(state, lambda: check(look), wake))
    if not bodies and not errors:
        yield Wait(_RENDERING, lambda wake: WATCHER.watch(state, lambda: check(last), wake))
    if errors:
        raise errors[0]
    yield bodies[0]
