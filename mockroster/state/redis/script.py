"""The Lua scripts of all operations. Each operation is one call of one script, so it is atomic and one round trip.

Each call of a script first creates all of its functions, so scripts of frequent operations have few of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files

from mockroster.state.values import DEFAULT, MAX_SNAPSHOTS, Limits

_ALL = (
    "base",
    "content",
    "counters",
    "journal",
    "texts",
    "snapshots",
    "runs",
    "log",
    "rewind",
    "head",
    "registry",
    "dispatch",
)
_REQUEST = ("base", "journal", "runs", "head", "dispatch")
_COUNTERS = ("base", "counters", "dispatch")
_LOG = ("base", "content", "log", "dispatch")

_PARTS = {
    **dict.fromkeys(("head", "begin", "enter", "use", "find", "complete"), _REQUEST),
    **dict.fromkeys(("increment", "counter_get", "counter_set", "first_use", "acquire", "release"), _COUNTERS),
    **dict.fromkeys(("append", "log_read"), _LOG),
}
"""The files with the functions that an operation needs, where it does not need all."""

TIME = "local t = redis.call('TIME') return t[1] * 1000000 + t[2]"
"""Lua that returns the time of the store in microseconds."""


@dataclass(frozen=True, slots=True)
class Script:
    """The text of a script, and the digest by which a server finds it."""

    text: str
    digest: str


class Scripts:
    """The scripts for one prefix and set of bounds."""

    def __init__(self, prefix: str, limits: Limits, ttl: int, time: str = TIME) -> None:
        folder = files(__package__) / "lua"
        bounds = ", ".join(f"{name} = {value}" for name, value in _bounds(limits).items())
        constants = f"local P, TTL, DEFAULT = '{prefix}', {ttl}, '{DEFAULT}'\nlocal LIMIT = {{{bounds}}}\n"
        text = {part: (folder / f"{part}.lua").read_text("utf-8").replace("@NOW@", time) for part in _ALL}

        def script(parts: tuple[str, ...]) -> Script:
            whole = constants + "\n".join(map(text.__getitem__, parts))
            return Script(whole, sha1(whole.encode(), usedforsecurity=False).hexdigest())

        made = {parts: script(parts) for parts in {_ALL, *_PARTS.values()}}
        self._all = made[_ALL]
        self._scripts = {operation: made[parts] for operation, parts in _PARTS.items()}

    def of(self, operation: str) -> Script:
        """Return the script that has an operation."""
        return self._scripts.get(operation, self._all)


def _bounds(limits: Limits) -> dict[str, int]:
    return {
        "log": limits.log_weight,
        "log_changes": limits.log_changes,
        "content": limits.content_weight,
        "journal": limits.journal,
        "counters": limits.counters,
        "counters_weight": limits.counters_weight,
        "nonces": limits.nonces,
        "texts": limits.texts,
        "texts_weight": limits.texts_weight,
        "snapshots": MAX_SNAPSHOTS,
        "runs": limits.runs,
        "facts": limits.facts,
        "sandboxes": limits.sandboxes,
        "recipes": limits.recipes_weight,
        "all_logs": limits.all_logs_weight,
        "all_contents": limits.all_contents_weight,
        "all_journals": limits.all_journals_weight,
        "all_counters": limits.all_counters_weight,
        "all_nonces": limits.all_nonces,
        "all_texts": limits.all_texts_weight,
        "all_facts": limits.all_facts_weight,
    }
