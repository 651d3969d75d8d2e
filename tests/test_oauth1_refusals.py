"""A signed request is refused by 400 when it cannot be read and by 401 when it is not good (RFC 5849, section 3.2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import Client as Signer
from states import alone
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from mockroster.auth.oauth1 import verify
from mockroster.errors import MalformedRequest, NotAuthenticated
from mockroster.sandbox.credentials import WINDOW, Client, Credentials
from mockroster.state.memory import MemoryStore
from mockroster.state.values import Moment

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())
URL = "http://localhost/users"
RIGHT = "hunter2"
GOOD = {
    "oauth_consumer_key": "c",
    "oauth_signature_method": "HMAC-SHA1",
    "oauth_signature": "x",
    "oauth_timestamp": str(STAMP),
    "oauth_nonce": "n",
}


def known() -> Credentials:
    """Return credentials with the client ``c``."""
    return Credentials({"c": Client("c", RIGHT)}, state=alone())


def arrive(authorization: str, query: str = "", **environ: str) -> Request:
    """Return a GET of ``URL`` with that header."""
    made = EnvironBuilder(path="/users", base_url="http://localhost/").get_environ()
    return Request(made | {"HTTP_AUTHORIZATION": authorization, "QUERY_STRING": query} | environ)


def header(parameters: dict[str, str]) -> str:
    """Return an Authorization header with these parameters."""
    return "OAuth " + ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in parameters.items())


def signed(*, secret: str = RIGHT, nonce: str = "n", seconds: int = 0) -> Request:
    """Return a request signed so many seconds after ``NOW``."""
    signer = Signer("c", client_secret=secret, nonce=nonce, timestamp=str(STAMP + seconds))
    return arrive(signer.sign(URL)[1]["Authorization"])


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("blank", [False, True])
def test_missing_parameter_is_malformed(name: str, blank: bool) -> None:
    """Each of the five is needed, and is named when it is missing or blank."""
    parameters = {key: value for key, value in GOOD.items() if key != name} | ({name: ""} if blank else {})

    with pytest.raises(MalformedRequest) as caught:
        verify(arrive(header(parameters)), known(), NOW)

    assert name in str(caught.value.description)


@pytest.mark.parametrize("name", GOOD)
def test_doubled_parameter_is_malformed(name: str) -> None:
    """A protocol parameter may be there once, in one place."""
    twice = f'{header(GOOD)}, {name}="{GOOD[name]}"'

    for request in (arrive(twice), arrive(header(GOOD), query=f"{name}=x")):
        with pytest.raises(MalformedRequest, match=name):
            verify(request, known(), NOW)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("oauth_signature_method", "PLAINTEXT", "HMAC-SHA1, HMAC-SHA256"),
        ("oauth_signature_method", "RSA-SHA1", "HMAC-SHA1, HMAC-SHA256"),
        ("oauth_signature_method", "hmac-sha1", "HMAC-SHA1, HMAC-SHA256"),
        ("oauth_version", "2.0", "1.0"),
        ("oauth_token", "t", "key and secret only"),
        ("oauth_timestamp", "now", "seconds since 1970"),
        ("oauth_timestamp", "-1", "seconds since 1970"),
        ("oauth_timestamp", "1.5", "seconds since 1970"),
        ("oauth_timestamp", "٣", "seconds since 1970"),
        ("oauth_timestamp", "9" * 5000, "seconds since 1970"),
    ],
)
def test_unsupported_parameter_is_malformed(name: str, value: str, said: str) -> None:
    """The description says what would be right."""
    request = arrive(header(GOOD | {name: value}))

    with pytest.raises(MalformedRequest) as caught:
        verify(request, known(), NOW)

    assert said in str(caught.value.description)


@pytest.mark.parametrize(
    "authorization", ["OAuth", "OAuth x", 'OAuth oauth_nonce="n', "OAuth ,,,", "OAuth =", 'OAuth "\\']
)
def test_unreadable_header_is_malformed(authorization: str) -> None:
    """Text after the scheme must be parameters."""
    request = arrive(authorization)

    with pytest.raises(MalformedRequest):
        verify(request, known(), NOW)


@pytest.mark.parametrize("host", ["localhost:x", "[", "localhost:99999", ":8080"])
def test_unreadable_host_is_malformed(host: str) -> None:
    """The Host header is part of the signature base string."""
    request = arrive(header(GOOD), HTTP_HOST=host)

    with pytest.raises(MalformedRequest, match="Host"):
        verify(request, known(), NOW)


def test_unknown_key_is_refused_with_the_nearest() -> None:
    """The description names the key that was sent."""
    credentials = Credentials({"mockroster": Client("mockroster", "s")}, state=alone())
    request = arrive(header(GOOD | {"oauth_consumer_key": "mockrooster"}))

    with pytest.raises(NotAuthenticated, match=r"'mockrooster'; did you mean 'mockroster'\?"):
        verify(request, credentials, NOW)


@pytest.mark.parametrize("seconds", [-601, 601, -86400, 10**9])
def test_timestamp_outside_the_window_is_refused(seconds: int) -> None:
    """Ten minutes either way, and the description has both times."""
    request = signed(seconds=seconds)

    with pytest.raises(NotAuthenticated, match=f"{STAMP + seconds}; it is now {STAMP}"):
        verify(request, known(), NOW)


@pytest.mark.parametrize("seconds", [-600, 0, 600])
def test_timestamp_inside_the_window_is_accepted(seconds: int) -> None:
    """Clocks may differ by ten minutes either way."""
    request = signed(seconds=seconds)

    client_id = verify(request, known(), NOW)

    assert client_id == "c"


def test_wrong_signature_is_refused_with_the_base_string() -> None:
    """A developer can compare it with the client's own; no secret stands in it."""
    request = signed(secret="wrong")

    with pytest.raises(NotAuthenticated) as caught:
        verify(request, known(), NOW)

    description = str(caught.value.description)
    assert "GET&http%3A%2F%2Flocalhost%2Fusers&oauth_consumer_key%3Dc%26oauth_nonce%3Dn" in description
    assert RIGHT not in description
    assert "oauth_signature%3D" not in description


def test_refusal_carries_a_challenge() -> None:
    """A 401 says by which scheme one may enter."""
    with pytest.raises(NotAuthenticated) as caught:
        verify(signed(secret="wrong"), known(), NOW)

    assert ("WWW-Authenticate", 'OAuth realm="mockroster"') in caught.value.get_headers()


def test_used_nonce_is_refused() -> None:
    """The same signed request cannot be sent twice."""
    credentials = known()
    verify(signed(), credentials, NOW)

    with pytest.raises(NotAuthenticated, match="nonce 'n' was used"):
        verify(signed(), credentials, NOW + timedelta(seconds=599))


def test_wrong_signature_does_not_use_up_its_nonce() -> None:
    """A failed attempt, perhaps a stranger's, does not shut out the right one."""
    credentials = known()
    with pytest.raises(NotAuthenticated):
        verify(signed(secret="wrong"), credentials, NOW)

    client_id = verify(signed(), credentials, NOW)

    assert client_id == "c"


def test_nonce_is_new_for_another_client_or_second() -> None:
    """A nonce is unique among the requests of a client and a timestamp (RFC 5849, section 3.3)."""
    credentials = known()
    requests = [(client, second, "n") for client in "ab" for second in (STAMP, STAMP + 1)]

    first = [credentials.first_use(*request, NOW) for request in requests]
    again = [credentials.first_use(*request, NOW) for request in requests]

    assert first == [True] * 4
    assert again == [False] * 4


@pytest.mark.parametrize("offset", [-WINDOW, 0, WINDOW])
def test_nonce_is_kept_for_as_long_as_its_timestamp_is_accepted(offset: int) -> None:
    """A request cannot be sent again while its timestamp is good; then its nonce is forgotten."""
    clock = Mock(return_value=0.0)
    store = MemoryStore(monotonic=clock)
    made = store.registry.create("one", b"{}", Moment({}, timedelta(0), (), {}))
    assert made is not None
    credentials = Credentials({}, state=store.sandbox(made.creation))
    nonce = ("c", STAMP + offset, "n")
    credentials.first_use(*nonce, NOW)

    clock.return_value = float(WINDOW + offset)
    kept = not credentials.first_use(*nonce, NOW)
    clock.return_value += 2
    forgotten = credentials.first_use(*nonce, NOW)

    assert (kept, forgotten) == (True, True)


def test_one_of_many_threads_is_first() -> None:
    """A nonce that arrives on several threads at once is new to one of them."""
    credentials = known()

    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(lambda _: credentials.first_use("c", STAMP, "n", NOW), range(500)))

    assert sum(first) == 1


WIRE = st.text(st.characters(max_codepoint=255))
PARAMETERS = st.dictionaries(st.sampled_from([*GOOD, "oauth_version", "oauth_token", "realm"]), st.text())


@given(
    authorization=WIRE | WIRE.map("OAuth ".__add__) | PARAMETERS.map(lambda some: header(GOOD | some)),
    query=WIRE,
    path=WIRE,
    host=WIRE,
)
def test_whatever_the_text_only_the_documented_errors_are_raised(
    authorization: str, query: str, path: str, host: str
) -> None:
    """Any header, query, path or Host gets a 400 or a 401."""
    request = arrive(authorization, query, HTTP_HOST=host, **{"mockroster.path": path, "RAW_URI": path})

    with pytest.raises((MalformedRequest, NotAuthenticated)):
        verify(request, known(), NOW)
