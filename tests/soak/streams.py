"""Byte streams that hardly any server expects: mutations of the raw-socket cases, and plain noise.

A stream depends on the seed and its number alone, so that each can be sent again by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from wire.case import LIVE
from wire.table import CASES

LONGEST = 6 * 1024
"""Bytes of a case that is mutated, at most; larger ones would only make the run longer."""

_PATIENT = (b"slow", b"empty-reply")
"""Scenarios whose answers take time or do not come."""

_TOKENS = (
    *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b"\0", b":", b";", b",", b"%", b"%2F", b"//", b"?", b"#", b"*"),
    *(b"\xff", b"\xc3\xa9", b"\xe2\x82", b"HTTP/1.0", b"HTTP/1.1", b"HTTP/2.0", b"GET ", b"PUT ", b"HEAD ", b"PRI "),
    *(b"Content-Length: 5\r\n", b"Content-Length: 99999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: a\r\n"),
    *(b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"Upgrade: h2c\r\n"),
    *(b"0\r\n\r\n", b"5\r\nhello\r\n", b"fffffffffffffffff\r\n", b"-1", b"0x10", b"\x16\x03\x01", b'{"category":{}}'),
)

Mutation = Callable[[Random, bytes], bytes]


def corpus() -> tuple[bytes, ...]:
    """Return what the cases send, as far as it is short and answered at once."""
    sent = (b"".join(step for step in case.steps if isinstance(step, bytes)) for case in CASES)
    return tuple(data for data in sent if len(data) <= LONGEST and not any(word in data for word in _PATIENT))


def stream(seed: int, number: int, known: Sequence[bytes]) -> bytes:
    """Return the stream of this number."""
    random = Random(f"{seed}/{number}")
    kind = random.random()
    if kind < 0.08:
        return random.randbytes(random.randrange(1, 300))
    if kind < 0.12:
        return b"".join(random.choices(_TOKENS, k=random.randrange(1, 40)))
    data = b"".join(random.choices(known, k=random.choice((1, 1, 1, 1, 2, 3))))
    for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3, 5, 8))):
        data = random.choice(_MUTATIONS)(random, data)
    return data + LIVE if random.random() < 0.2 else data


def _place(random: Random, data: bytes) -> tuple[int, int]:
    """Return the bounds of a part, which is more often short than long."""
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.choice((1, 1, 2, 4, 8, 32, 128)))


def _flip(random: Random, data: bytes) -> bytes:
    if not data:
        return b"\x80"
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << random.randrange(8))]) + data[place + 1 :]


def _insert(random: Random, data: bytes) -> bytes:
    start, _ = _place(random, data)
    return data[:start] + random.choice(_TOKENS) + data[start:]


def _insert_noise(random: Random, data: bytes) -> bytes:
    start, _ = _place(random, data)
    return data[:start] + random.randbytes(random.randrange(1, 9)) + data[start:]


def _replace(random: Random, data: bytes) -> bytes:
    start, end = _place(random, data)
    return data[:start] + random.choice(_TOKENS) + data[end:]


def _delete(random: Random, data: bytes) -> bytes:
    start, end = _place(random, data)
    return data[:start] + data[end:]


def _repeat(random: Random, data: bytes) -> bytes:
    start, end = _place(random, data)
    return data[:start] + data[start:end] * random.choice((2, 2, 3, 50)) + data[end:]


def _truncate(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _swap_lines(random: Random, data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    first, second = random.randrange(len(lines)), random.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\r\n".join(lines)


def _change_case(random: Random, data: bytes) -> bytes:
    start, end = _place(random, data)
    return data[:start] + data[start:end].swapcase() + data[end:]


def _change_number(random: Random, data: bytes) -> bytes:
    digits = [place for place, byte in enumerate(data) if 48 <= byte <= 57]
    if not digits:
        return data
    place = random.choice(digits)
    return data[:place] + random.choice((b"0", b"9", b"-1", b"00", b"18446744073709551616", b"")) + data[place + 1 :]


_MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _insert, _insert_noise, _replace, _delete, _repeat, _truncate, _swap_lines, _change_case, _change_number),
)
