"""The values of the port as bytes for the store. The Lua scripts decode some of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from struct import Struct, pack, unpack_from
from typing import Any

import orjson

from mockroster.errors import SandboxFull
from mockroster.state.changes import Batch, Cell, Change, Content, Key
from mockroster.state.values import Arrival, Completion, Counter, Entry, Head, Json, Moment

_MICROSECOND = timedelta(microseconds=1)
_CELL = Struct(">QII")
_ENTRY = Struct(">QIII")
_LENGTH = Struct(">I")


def dumps(value: Any) -> bytes:
    """Return a value as JSON; the texts may have lone surrogates."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()


def loads(document: bytes) -> Any:
    """Decode the result of ``dumps``."""
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError:
        return json.loads(document)


def encode_name(name: str) -> bytes:
    """Return a name or key as bytes."""
    return name.encode("utf-8", "surrogatepass")


def decode_name(name: bytes) -> str:
    """Decode the result of ``encode_name``."""
    return name.decode("utf-8", "surrogatepass")


def microseconds(duration: timedelta) -> int:
    """Return a duration as a whole number."""
    return duration // _MICROSECOND


def expiry(seconds: float | None) -> str:
    """Return a number of seconds in microseconds; the empty text stands for never."""
    return "" if seconds is None else str(int(seconds * 1_000_000))


def head_of(reply: Sequence[bytes]) -> Head:
    """Return the head that the store replies."""
    generation, revision, clock, scenarios, runs = reply[:5]
    return Head(int(generation), int(revision), timedelta(microseconds=int(clock)), _texts(scenarios), _texts(runs))


@lru_cache(256)
def _texts(document: bytes) -> tuple[str, ...]:
    return tuple(loads(document))


# Batches and contents.


def encode_batch(batch: Batch) -> tuple[bytes, int]:
    """Return a batch as bytes, and the place of its first change counted from 1."""
    header = dumps([batch.revision, batch.at.isoformat(), batch.cause, batch.client])
    return _LENGTH.pack(len(header)) + header + encode_changes(batch.changes), _LENGTH.size + len(header) + 1


def decode_batch(blob: bytes) -> Batch:
    """Decode the result of ``encode_batch``."""
    (length,) = _LENGTH.unpack_from(blob)
    end = _LENGTH.size + length
    revision, at, cause, client = loads(blob[_LENGTH.size : end])
    return Batch(revision, datetime.fromisoformat(at), cause, decode_changes(blob, end), client)


def encode_changes(changes: Iterable[Change]) -> bytes:
    """Return changes as bytes."""
    return _join_rows((_field(change.key), change.before or b"", change.after or b"") for change in changes)


def decode_changes(blob: bytes, at: int = 0) -> tuple[Change, ...]:
    """Decode the result of ``encode_changes``, from a position on."""
    return tuple(Change(*_key(field), before or None, after or None) for field, before, after in _split(blob, 3, at))


def encode_content(content: Content) -> bytes:
    """Return a content as bytes."""
    return _join_rows(
        (_field(key), cell.start or b"", cell.now or b"", cell.cause.encode()) for key, cell in content.items()
    )


def decode_cells(cells: Mapping[bytes, bytes]) -> dict[Key, Cell]:
    """Return the content that the store holds as a hash."""
    content = {}
    for field, value in sorted(cells.items(), key=_place):
        _, before, after = _CELL.unpack_from(value)
        first, second = _CELL.size + before, _CELL.size + before + after
        cell = Cell(value[_CELL.size : first] or None, value[first:second] or None, value[second:].decode())
        content[_key(field)] = cell
    return content


def _place(item: tuple[bytes, bytes]) -> bytes:
    """Return the place of a cell in the order of creation."""
    return item[1][:8]


def _field(key: Key) -> bytes:
    return encode_name(f"{key[0]}\0{key[1]}")


def _key(field: bytes) -> Key:
    collection, _, sourced_id = decode_name(field).partition("\0")
    return collection, sourced_id


def _join_rows(rows: Iterable[tuple[bytes, ...]]) -> bytes:
    """Return rows of texts as bytes: for each its lengths, then its texts."""
    pieces: list[bytes] = []
    for row in rows:
        pieces.append(pack(f">{len(row)}I", *map(len, row)))
        pieces += row
    return b"".join(pieces)


def _split(blob: bytes, many: int, at: int) -> Iterable[list[bytes]]:
    """Yield the rows that ``_join_rows`` has joined."""
    form = f">{many}I"
    while at < len(blob):
        lengths = unpack_from(form, blob, at)
        at += 4 * many
        row = []
        for length in lengths:
            row.append(blob[at : at + length])
            at += length
        yield row


# Counters.


def encode_value(key: str, value: Json, limit: int) -> bytes:
    """Return a value as JSON. Raises ``SandboxFull`` above the bound."""
    document = dumps(value)
    if len(document) > limit and not (isinstance(value, int) and not isinstance(value, bool)):
        raise SandboxFull(f"the value of the counter {key!r} has {len(document):,} bytes; {limit:,} are the most")
    return document


def encode_counters(counters: Mapping[str, Counter], limit: int) -> bytes:
    """Return counters as bytes."""
    return _join_rows(
        (encode_name(key), encode_value(key, counter.value, limit), expiry(counter.expires).encode())
        for key, counter in counters.items()
    )


def decode_counters(saved: Sequence[bytes]) -> dict[str, Counter]:
    """Return the counters that the store has saved: key, value and microseconds in turn."""
    return {
        decode_name(key): Counter(loads(value), int(left) / 1_000_000 if left else None)
        for key, value, left in zip(saved[::3], saved[1::3], saved[2::3], strict=True)
    }


def decode_moment(clock: str, scenarios: str, cells: Mapping[bytes, bytes], saved: Sequence[bytes]) -> Moment:
    """Return the moment of a snapshot."""
    content, counters = decode_cells(cells), decode_counters(saved)
    return Moment(content, timedelta(microseconds=int(clock)), tuple(json.loads(scenarios)), counters)


def snapshot_of(text: str) -> tuple[bytes, str]:
    """Return name and number of a snapshot that ``Moment.snapshot`` names."""
    number, _, name = text.partition(" ")
    return encode_name(name), number


# Journal.


def encode_arrival(arrival: Arrival) -> bytes:
    """Return an arrival as bytes."""
    query, at = arrival.query.decode("latin-1"), arrival.at.isoformat()
    return dumps([arrival.method, arrival.path, query, arrival.headers, arrival.operation, at])


def encode_completion(completion: Completion) -> bytes:
    """Return a completion as bytes; its bodies follow its other members."""
    members = dumps(
        [
            completion.status,
            completion.ms,
            completion.outcome,
            completion.client,
            completion.scenarios,
            completion.rows,
            completion.response_headers,
            completion.fact.decode("latin-1"),
            completion.runs,
            completion.operation,
        ]
    )
    return _join_rows([(members, completion.body, completion.response_body)])


def decode_entry(sequence: bytes, value: bytes) -> Entry:
    """Return an entry of the journal."""
    position, _, clock, arrival = _ENTRY.unpack_from(value)
    first = _ENTRY.size + clock
    offset = timedelta(microseconds=int(value[_ENTRY.size : first]))
    method, path, query, headers, operation, at = loads(value[first : first + arrival])
    return Entry(
        int(sequence),
        position,
        Arrival(method, path, query.encode("latin-1"), _pairs(headers), operation, datetime.fromisoformat(at)),
        _completion(value, first + arrival),
        offset,
    )


def _completion(value: bytes, at: int) -> Completion | None:
    rows = [*_split(value, 3, at)]
    if not rows:
        return None
    members, body, response_body = rows[0]
    status, ms, outcome, client, scenarios, number, headers, fact, runs, operation = loads(members)
    return Completion(
        status,
        ms,
        outcome,
        body,
        client,
        tuple(scenarios),
        number,
        _pairs(headers),
        response_body,
        fact.encode("latin-1"),
        tuple(runs),
        operation,
    )


def _pairs(rows: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple([(name, value) for name, value in rows])
