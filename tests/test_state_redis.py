"""The backend in Redis does what every backend must."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis_server import RedisServer
from state_behaviour import Backend, StateBehaviour

from mockroster.state.port import Store
from mockroster.state.redis import RedisStore
from mockroster.state.redis.address import Address
from mockroster.state.values import Limits


class TestRedis(StateBehaviour):
    """The behaviour of the port, in Redis."""

    @pytest.fixture
    def backend(self, redis_server: RedisServer) -> Iterator[Backend]:
        """Return the backend; each handle has connections of its own, as that of another process."""
        made: list[RedisStore] = []
        client = redis_server.client()
        clock = f"clock{redis_server.url()}"
        time = (
            f"local t = redis.call('TIME') return t[1] * 1000000 + t[2] + tonumber(redis.call('GET', '{clock}') or 0)"
        )

        def connect(limits: Limits) -> tuple[Store, Store]:
            address = Address.parse(redis_server.url())
            made.extend(RedisStore(address, limits, time=time) for _ in range(2))
            return made[-2], made[-1]

        def advance(seconds: float) -> None:
            client.incrby(clock, int(seconds * 1_000_000))

        yield Backend(connect, advance)
        for store in made:
            store.close()
        client.close()
