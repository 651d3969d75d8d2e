"""A scenario that answers with a response of the tester's choice, on any path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
from werkzeug.wrappers import Response

from mockroster.errors import ConfigurationError
from mockroster.render.answer import JSON
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, InjectedError
from mockroster.standard.versions import SERVICES

MOST_BODY = 1024 * 1024
"""The largest body in bytes."""

MOST_TEMPLATES = 100
"""The most templates in a body. Each is replaced by a parameter of the path, which may be long."""

_TEXT = "text/plain; charset=utf-8"
_TYPE = "Content-Type"
MOST_HEADERS = 64 * 1024
"""The most characters of all headers."""

_SET_BY_SERVER = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers that describe how the server sends the body."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_WITHOUT_BODY = frozenset({204, 304})
_PARAMETER = re.compile(r"\{([A-Za-z]+)\}")
_NAMES = {
    name for service in SERVICES for operation in service.all_operations for name in _PARAMETER.findall(operation.path)
}
_TEMPLATE = re.compile(rf"\{{({'|'.join(sorted(_NAMES))})\}}")
"""The parameters of all paths of the standard, in braces."""


@dataclass(frozen=True)
class Respond(ReplyScenario):
    """Every request gets the same response, with the status, headers and body of your choice.

    It acts on any path, served or not, before credentials are checked. In the body, ``{sourcedId}`` stands for the
    parameter of the path, and so do the other parameters by their names in the standard, such as ``{classSourcedId}``.
    In JSON, headers are an object, and a body that is an object is sent as ``application/json``.

    Source: RFC 9110, sections 6 and 15.
    """

    name = "respond"
    acts_on_any_path: ClassVar[bool] = True
    status: int = parameter(200, "HTTP status", least=200, most=599)
    headers: tuple[str, ...] = parameter((), "headers, such as X-Note: first")
    body: str = parameter("", "text of the body, 1 MB at most; text/plain unless a header says otherwise")

    def __post_init__(self) -> None:
        """Refuse headers and bodies that cannot be sent."""
        for header in self.headers:
            _check_header(header)
        if sum(map(len, self.headers)) > MOST_HEADERS:
            raise ConfigurationError(f"respond:headers: they have more than {MOST_HEADERS} characters")
        size = len(self.body.encode(errors="replace"))
        if size > MOST_BODY:
            raise ConfigurationError(f"respond:body: it has {size} bytes; {MOST_BODY} are the most")
        if len(_TEMPLATE.findall(self.body)) > MOST_TEMPLATES:
            raise ConfigurationError(f"respond:body: it has more than {MOST_TEMPLATES} templates such as {{sourcedId}}")
        if self.body and self.status in _WITHOUT_BODY:
            raise ConfigurationError(f"respond:body: a response with the status {self.status} has no body")

    @classmethod
    def plain_members(cls, members: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return headers as a list, and a body that is an object or an array as JSON text."""
        headers, body = members.get("headers"), members.get("body")
        if isinstance(headers, Mapping):
            headers = [*_header_lines(headers)]
        if isinstance(body, dict | list):
            body = orjson.dumps(body).decode()
            if not any(_header_name(line) == _TYPE.lower() for line in headers or () if isinstance(line, str)):
                headers = [*(headers or ()), f"{_TYPE}: {JSON}"]
        plain = {name: value for name, value in members.items() if name not in {"headers", "body"}}
        if headers or members.get("headers", {}) != {}:
            plain["headers"] = headers
        return plain | ({"body": body} if "body" in members else {})

    def before(self, exchange: Exchange) -> Response:
        """Return the response."""
        response = InjectedError(status=self.status, content_type=_TEXT)
        for header in self.headers:
            name, _, value = header.partition(":")
            if name.strip().lower() == _TYPE.lower():
                response.headers[_TYPE] = value.strip()
            else:
                response.headers.add(name.strip(), value.strip())
        type_ = response.mimetype or ""
        is_json = type_ == JSON or type_.endswith("+json")
        response.set_data(_fill(self.body, exchange.path, is_json=is_json).encode(errors="replace"))
        if self.status in _WITHOUT_BODY:
            del response.headers["Content-Length"]
            del response.headers[_TYPE]
        return response


def _header_lines(headers: Mapping[str, Any]) -> Iterator[Any]:
    """Yield a line for each header of a JSON object, several for an array."""
    for name, value in headers.items():
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, str | int | float) or isinstance(item, bool):
                raise ConfigurationError(
                    f"respond:headers: {name[:80]} must be a string, a number or an array of these"
                )
            if not _NAME.fullmatch(name):
                raise ConfigurationError(f"respond:headers: {name[:80]!r} is not the name of a header")
            yield f"{name}: {item}"


def _header_name(header: str) -> str:
    return header.partition(":")[0].strip().lower()


def _check_header(header: str) -> None:
    name, colon, value = header.partition(":")
    if not colon or not _NAME.fullmatch(name.strip()):
        raise ConfigurationError(f"respond:headers: {header[:80]!r} is not a header such as X-Note: first")
    if name.strip().lower() in _SET_BY_SERVER:
        raise ConfigurationError(f"respond:headers: {name.strip()} is set by the server; leave it out")
    if not _VALUE.fullmatch(value):
        raise ConfigurationError(
            f"respond:headers: the value of {name.strip()[:80]} has a line break or a character beyond Latin-1"
        )


def _fill(body: str, path: Mapping[str, str], *, is_json: bool) -> str:
    """Replace the templates of a body; in JSON the values are inside strings."""

    def value_of(template: re.Match[str]) -> str:
        value = path.get(template[1])
        if value is None:
            return template[0]
        return orjson.dumps(value).decode()[1:-1] if is_json else value

    return _TEMPLATE.sub(value_of, body) if path else body
