"""The limits of the server."""

from __future__ import annotations

from dataclasses import dataclass

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes are in bytes, times in seconds. Requests and connections above a limit are rejected and logged."""

    target_bytes: int = 16 * KIBIBYTE
    """The request target; above it: 414."""

    header_bytes: int = 64 * KIBIBYTE
    """All header lines of a request; above it: 431."""

    header_count: int = 100
    """The number of header lines of a request; above it: 431."""

    body_bytes: int = 16 * MEBIBYTE
    """A request body; above it: 413, without reading it."""

    buffered_bytes: int = 256 * MEBIBYTE
    """Request bodies of all connections together; above it: 503."""

    chunk_line_bytes: int = 256
    """The size line of a chunk, extensions included."""

    trailer_bytes: int = 8 * KIBIBYTE
    """Trailers after a chunked body."""

    pipelined_bytes: int = 128 * KIBIBYTE
    """Bytes of later requests that are read while a request is answered; then reading pauses."""

    write_bytes: int = 256 * KIBIBYTE
    """Bytes of a response that are buffered for a slow client."""

    drain_bytes: int = 32 * MEBIBYTE
    """Bytes that are read and discarded after a rejection, so that the client can read the response."""

    head_seconds: float = 10.0
    """From the first byte of a request to the end of its headers; then 408."""

    tls_seconds: float = 10.0
    """For a TLS handshake."""

    body_seconds: float = 30.0
    """Between two parts of a request body; then 408."""

    body_bytes_per_second: int = 8 * KIBIBYTE
    """The slowest rate of a whole body, beyond ``body_seconds``; below it: 408."""

    idle_seconds: float = 75.0
    """Between two requests of a connection."""

    write_seconds: float = 30.0
    """The time without progress of a response that the client does not read."""

    drain_seconds: float = 5.0
    """The time to read and discard after a rejection."""

    stop_seconds: float = 0.75
    """The time to finish current responses when the server stops."""

    connections: int = 4096
    """Simultaneous connections; above it: 503."""

    threads: int = 8
    """Threads for long work."""
