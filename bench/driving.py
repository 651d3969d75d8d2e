"""Driving a server with wrk."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cases import Case
from serving import Server

_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Driven:
    """What came of it."""

    rate: float
    """Requests a second."""

    p99: float
    """The 99th percentile of latency, in ms."""

    cpu: float
    """What the server used of the CPU for a request, in microseconds: what a busy machine says most reliably."""


@dataclass(frozen=True)
class Drive:
    """How hard, and for how long."""

    connections: int
    seconds: int
    folder: Path
    """For what wrk reads."""

    def run(self, server: Server, case: Case, path: str) -> Driven:
        """Drive a server; anything but success ends it all."""
        script = self.folder / "case.lua"
        script.write_text(_script(server, case, path))
        flags = ["-t1", f"-c{self.connections}", f"-d{self.seconds}s", "--latency", "--timeout", "20s"]
        used = server.cpu()
        said = subprocess.run(
            ["wrk", *flags, "-s", str(script), server.url], capture_output=True, text=True, check=True, timeout=120
        ).stdout
        used = server.cpu() - used
        total = re.search(r"(\d+) requests in", said)
        rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
        p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", said)
        if "Non-2xx" in said or "Socket errors" in said or not (rate and p99 and total):
            raise SystemExit(f"bench: {server.name}: {case.title}: {said}")
        return Driven(float(rate[1]), float(p99[1]) * _MILLISECONDS[p99[2]], used / max(int(total[1]), 1) * 1_000_000)


def _script(server: Server, case: Case, path: str) -> str:
    """Return what wrk sends, as Lua; JSON strings are Lua strings too where nothing is escaped but quotes."""
    headers = server.headers | ({"Content-Type": case.kind} if case.body else {})
    lines = [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items()]
    lines += [f"wrk.method = {json.dumps(case.method)}"]
    if case.body:
        lines.append(f"wrk.body = {json.dumps(case.body, ensure_ascii=False)}")
    paths = case.paths if case.paths and path == case.path else (path,)
    lines += [
        f"local paths = {{{', '.join(map(json.dumps, paths))}}}",
        "local place = 0",
        "request = function()",
        "  place = place % #paths + 1",
        "  return wrk.format(nil, paths[place])",
        "end",
    ]
    return "\n".join(lines)
