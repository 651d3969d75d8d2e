"""The connection to the server: one round trip for each operation, and errors as exceptions of the port."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    MasterDownError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)
from redis.retry import Retry

from mockroster.errors import (
    HistoryTruncated,
    MockrosterError,
    SandboxDropped,
    SandboxFull,
    StoreUnavailable,
    WriteConflict,
)
from mockroster.state.redis.address import Address
from mockroster.state.redis.circuit import Circuit
from mockroster.state.redis.connection import CONNECTIONS
from mockroster.state.redis.script import Scripts
from mockroster.state.values import MAX_SNAPSHOTS

CONNECT_SECONDS = 0.4
ANSWER_SECONDS = 1.4
"""The most seconds to wait for a connection and for an answer: together less than two."""

PATIENT_SECONDS = 10.0
"""The same for an answer to an operation on all records of a sandbox, or with more than ``_MUCH``."""

_MUCH = 1 << 20
"""Bytes."""

_ON_ALL_RECORDS = frozenset({"rewind", "rebase", "snapshot_save", "snapshot_delete", "drop"})

Argument = bytes | str | int
Reply: TypeAlias = "list[Any]"

_T = TypeVar("_T")

_LIMITED = re.compile(r"\b(?:READONLY|MISCONF|MASTERDOWN|BUSY|NOREPLICAS|NOAUTH|NOPERM)\b")
"""Replies of a server that is there but cannot serve now."""


class ValueChanged(MockrosterError):
    """A counter has another value than the one to replace."""

    def __init__(self, value: bytes) -> None:
        super().__init__("the value was changed meanwhile")
        self.value = value


class Link:
    """Calls operations of the scripts."""

    def __init__(self, address: Address, scripts: Scripts, on_return: Callable[[], None]) -> None:
        """``on_return`` is called once the server answers again."""
        self._address = address
        self._scripts = scripts
        self.client = client_of(address)
        self._patient = client_of(address, PATIENT_SECONDS)
        self._probe = client_of(address)
        self._circuit = Circuit(address.shown, self._is_reachable, on_return)

    def run(self, operation: str, creation: str = "", *arguments: Argument) -> Reply:
        """Return the results of an operation. Raises the errors of the port."""
        self._circuit.check()
        is_large = operation in _ON_ALL_RECORDS or any(
            len(argument) > _MUCH for argument in arguments if type(argument) is bytes
        )
        client = self._patient if is_large else self.client
        reply = self._guarded(lambda: self._evaluate(client, operation, creation, *arguments))
        if reply[0]:
            raise _error(reply)
        return reply

    def read(self, build: Callable[[Any], None]) -> Reply:
        """Return the replies to several commands, which ``build`` adds to a pipeline and which run as one.

        They may be large.
        """
        self._circuit.check()

        def run() -> Reply:
            with self._patient.pipeline(transaction=True) as pipeline:
                build(pipeline)
                return pipeline.execute()

        return self._guarded(run)

    def check(self) -> None:
        """Raise ``StoreUnavailable`` if the server does not answer."""
        self._circuit.check()
        self._guarded(self.client.ping)

    def close(self) -> None:
        """Close all connections."""
        self._circuit.end()
        self.client.close()
        self._patient.close()
        self._probe.close()

    def _evaluate(self, client: redis.Redis, operation: str, *arguments: Argument) -> Reply:
        script = self._scripts.of(operation)
        try:
            return client.execute_command("EVALSHA", script.digest, 0, operation, *arguments)  # type: ignore[no-any-return,no-untyped-call]
        except NoScriptError:
            return client.execute_command("EVAL", script.text, 0, operation, *arguments)  # type: ignore[no-any-return,no-untyped-call]

    def _guarded(self, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except (AuthenticationError, BusyLoadingError, ReadOnlyError, NoPermissionError, MasterDownError) as error:
            raise self._unavailable(error) from None
        except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
            raise self._circuit.open(str(error)) from None
        except OutOfMemoryError:
            raise self._full() from None
        except ResponseError as error:
            if "OOM " in str(error):
                raise self._full() from None
            if _LIMITED.search(str(error)):
                raise self._unavailable(error) from None
            raise

    def _unavailable(self, error: Exception) -> StoreUnavailable:
        return StoreUnavailable(f"the store {self._address.shown} does not serve now: {error}")

    def _full(self) -> SandboxFull:
        return SandboxFull(
            f"the store {self._address.shown} is full (its maxmemory); reset or drop sandboxes that are not needed"
        )

    def _is_reachable(self) -> bool:
        return bool(self._probe.ping())


def client_of(address: Address, seconds: float = ANSWER_SECONDS) -> redis.Redis:
    """Return a client that never tries again by itself: a write whose answer is lost may have been done."""
    client = redis.Redis.from_url(
        address.url,
        protocol=2,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
    )
    pool = client.connection_pool
    pool.connection_class = CONNECTIONS.get(pool.connection_class, pool.connection_class)
    return client


def _error(reply: Sequence[Any]) -> Exception:
    """Return the exception for an error reply."""
    code, *details = reply
    return _ERRORS[code](*details)


def _full_of_snapshots(names: Sequence[bytes]) -> SandboxFull:
    listed = ", ".join(name.decode() for name in names)
    return SandboxFull(f"this sandbox has {MAX_SNAPSHOTS} snapshots, which is the most; delete one of {listed}")


_ERRORS: dict[int, Callable[..., Exception]] = {
    1: lambda: SandboxDropped("this sandbox was dropped"),
    2: lambda revision: WriteConflict(int(revision)),
    3: lambda weight: SandboxFull(
        f"this sandbox has taken in {int(weight):,} bytes; POST /__admin/reset makes it as at start"
    ),
    4: lambda weight: SandboxFull(f"all sandboxes together hold {int(weight):,} bytes; drop those that are not needed"),
    5: lambda oldest: HistoryTruncated(int(oldest)),
    6: _full_of_snapshots,
    7: lambda key, value: TypeError(f"the counter {key.decode()!r} holds {value!r}, not a whole number"),
    8: ValueChanged,
}
"""The exceptions for error replies; the numbers are those of ``base.lua``."""
