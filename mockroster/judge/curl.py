"""A request as a line to paste into a shell, without credentials."""

from __future__ import annotations

from collections.abc import Callable
from shlex import quote
from urllib.parse import quote as quote_url

from mockroster.judge.fact import COPY, METHODS, TOKEN, Fact, Flag, operations


def curl(fact: Fact, root: str, redact: Callable[[str], str]) -> str:
    """Return the curl line of a request; ``root`` is the address of the sandbox."""
    begin, _, query = redact(fact.text).partition("?")
    if fact.operation < COPY:
        service, operation = operations()[fact.operation]
        values = begin.split("/") if len(operation.parameters) > 1 else [begin]
        path = service.base + operation.path
        for name, value in zip(operation.parameters, values, strict=False):
            path = path.replace(f"{{{name}}}", quote_url(value, safe=""))
    else:
        path = quote_url(begin, safe="/%:;=,~!$'()*+@")
    parameters = [quote_url(query, safe="=&,.'<>!~ ").replace(" ", "%20")] if query else []
    if fact.flags & Flag.LIMIT and fact.limit >= 0:
        parameters.append(f"limit={fact.limit}")
    if fact.start > 0:
        parameters.append(f"offset={fact.start}")
    return line(METHODS[fact.method], root + path, "&".join(parameters), is_token=fact.operation == TOKEN)


def line(method: str, url: str, query: str, *, is_token: bool = False) -> str:
    """Return a curl line."""
    words = ["curl"]
    if is_token:
        words += ["-u", '"$CLIENT_ID:$CLIENT_SECRET"', "-d", "grant_type=client_credentials"]
    else:
        words += ["-X", method] if method != "GET" else []
        words += ["-H", '"Authorization: Bearer $TOKEN"']
    return " ".join([*words, quote(f"{url}?{query}" if query else url)])
