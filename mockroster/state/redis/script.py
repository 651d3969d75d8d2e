"""The Lua script with all operations. Each operation is one call of it, so it is atomic and one round trip."""

from __future__ import annotations

from hashlib import sha1
from importlib.resources import files

from mockroster.state.values import DEFAULT, MAX_SNAPSHOTS, Limits

PARTS = ("base", "content", "counters", "journal", "parts", "log", "sandbox")

TIME = "local t = redis.call('TIME') return t[1] * 1000000 + t[2]"
"""Lua that returns the time of the store in microseconds."""


class Script:
    """The text of the script for one prefix and set of bounds, and its digest, by which a server knows it."""

    def __init__(self, prefix: str, limits: Limits, ttl: int, time: str = TIME) -> None:
        folder = files(__package__) / "lua"
        bounds = ", ".join(f"{name} = {value}" for name, value in _bounds(limits).items())
        constants = f"local P, TTL, DEFAULT = '{prefix}', {ttl}, '{DEFAULT}'\nlocal LIMIT = {{{bounds}}}\n"
        body = "\n".join((folder / f"{part}.lua").read_text("utf-8") for part in PARTS)
        self.text = constants + body.replace("@NOW@", time)
        self.digest = sha1(self.text.encode(), usedforsecurity=False).hexdigest()


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
