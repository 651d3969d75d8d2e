"""A store whose name nobody looks up in time is away like any other."""

from __future__ import annotations

import socket
import time
from threading import Event
from typing import Any

import pytest
from conftest import Replicas, connected
from patience import PATIENCE, at_most
from redis_server import RedisServer
from werkzeug.test import Client

from mockroster.errors import StoreUnavailable
from mockroster.state.redis import connect

pytestmark = pytest.mark.servers


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Return an event; once it is set, no name is looked up before it is cleared again."""
    stuck, look_up = Event(), socket.getaddrinfo

    def wait(*arguments: Any, **keywords: Any) -> Any:
        end = time.monotonic() + PATIENCE
        while stuck.is_set() and time.monotonic() < end:
            Event().wait(0.02)
        return look_up(*arguments, **keywords)

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    return stuck


def test_at_the_start(slow_names: Event, redis_server: RedisServer) -> None:
    """A server that starts does not wait for the look-up either."""
    slow_names.set()
    began = time.monotonic()

    with pytest.raises(StoreUnavailable, match=r"the look-up of 127\.0\.0\.1 and a connection to it take too long"):
        connect(redis_server.url())

    took = time.monotonic() - began
    slow_names.clear()
    assert took < at_most(2)


def test_in_the_middle(slow_names: Event, replicas: Replicas, redis_server: RedisServer) -> None:
    """A connection that is lost is answered by 503 within 2 seconds, and made again when there are names again."""
    (app,) = replicas(1, redis_server.url())
    api = connected(app)
    assert api.get("/orgs").status_code == 200
    slow_names.set()
    with redis_server.client() as client:
        client.client_kill_filter(_type="normal", skipme=True)

    began = time.monotonic()
    answer = api.get("/orgs")
    took = time.monotonic() - began
    slow_names.clear()

    end = time.monotonic() + PATIENCE
    while Client(app).get("/readyz").status_code != 200:
        assert time.monotonic() < end
        Event().wait(0.01)
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text
    assert took < at_most(2)
