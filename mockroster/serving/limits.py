"""The bounds of the server, all in one place."""

from __future__ import annotations

from dataclasses import dataclass

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes are in bytes, times in seconds. Whatever goes beyond one of them is refused or ended, and logged."""

    target_bytes: int = 16 * KIBIBYTE
    """The request target; a longer one is 414."""

    header_bytes: int = 64 * KIBIBYTE
    """All header lines of a request; more is 431."""

    header_count: int = 100
    """Header lines of a request; more is 431."""

    body_bytes: int = 16 * MEBIBYTE
    """A request body; a larger one is 413, unread."""

    buffered_bytes: int = 256 * MEBIBYTE
    """Request bodies of all connections together; beyond it a body is 503."""

    chunk_line_bytes: int = 256
    """The size line of a chunk, extensions included."""

    trailer_bytes: int = 8 * KIBIBYTE
    """Trailers after a chunked body."""

    pipelined_bytes: int = 128 * KIBIBYTE
    """Bytes of later requests that are read while a request is answered; then reading pauses."""

    write_bytes: int = 256 * KIBIBYTE
    """Bytes of a response that wait for a slow reader."""

    drain_bytes: int = 32 * MEBIBYTE
    """Bytes that are read and dropped after a refusal, so that the client can read it."""

    head_seconds: float = 10.0
    """From the first byte of a request to the end of its headers; then 408."""

    tls_seconds: float = 10.0
    """For a TLS handshake."""

    body_seconds: float = 30.0
    """Between two parts of a request body; then 408."""

    body_bytes_per_second: int = 8 * KIBIBYTE
    """The slowest rate of a whole body, beyond ``body_seconds``; slower is 408."""

    idle_seconds: float = 75.0
    """Between two requests of a connection."""

    write_seconds: float = 30.0
    """Without any progress of a response that waits for its reader."""

    drain_seconds: float = 5.0
    """For reading and dropping after a refusal."""

    stop_seconds: float = 0.75
    """For finishing what is under way when the server stops."""

    connections: int = 4096
    """Connections at a time; one more is 503."""

    threads: int = 8
    """Threads for long work."""
