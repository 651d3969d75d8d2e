"""Scenarios that end the connection before the response is complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from werkzeug.wrappers import Response

from mockroster.delivery import Close, Reset, Step
from mockroster.scenarios.base import WireScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.wire.delivery import full_body, play_body, stall, with_timed_body


@dataclass(frozen=True)
class CutBody(WireScenario):
    """The connection is closed in the middle of the body: it is shorter than Content-Length.

    Source: RFC 9112, section 8 (incomplete messages).
    """

    name = "cut-body"
    percent: int = parameter(50, "percentage of the body that is sent", least=0, most=99)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Send a part of the body and close."""
        return play_body(response, partial(stall, share=self.percent / 100, silence=0.0))


@dataclass(frozen=True)
class EmptyReply(WireScenario):
    """The connection is closed without an answer, not even a status line, after the request was carried out.

    Source: RFC 9110, section 9.2.2 (a connection that is closed before the answer).
    """

    name = "empty-reply"

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Close before the first byte."""
        return with_timed_body(response, full_body(response), _close_at_once)


@dataclass(frozen=True)
class ConnectionReset(WireScenario):
    """The connection is reset (TCP RST) after the request was carried out, before the response or in its body.

    Source: row 141 of the quirks table; RFC 9293, section 3.5.2 (reset generation).
    """

    name = "reset"
    after: int = parameter(0, "bytes of the body sent before the reset; 0: no headers either", least=0, most=10**9)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Send the bytes and reset the connection."""
        return with_timed_body(response, full_body(response), partial(_reset_after, size=self.after))


def _close_at_once(body: bytes) -> Iterator[Step]:
    del body
    yield Close()


def _reset_after(body: bytes, size: int) -> Iterator[Step]:
    if size:
        yield body[:size]
    yield Reset()
