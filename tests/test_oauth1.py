"""A request signed by OAuth 1.0a is let in, whatever its address looks like; oauthlib's client is the other side."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from oauthlib.oauth1 import Client as Signer
from states import alone
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from mockroster.auth.oauth1 import verify
from mockroster.errors import NotAuthenticated
from mockroster.sandbox.credentials import Client, Credentials

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
SECRET = "s3cret&with %2B+ünï"
BASE = "http://127.0.0.1:8080/ims/oneroster/v1p1"

URLS = [
    f"{BASE}/users",
    f"{BASE}/users/",
    f"{BASE}/students/?limit=5",
    f"{BASE}//classes/c1//students",
    "http://127.0.0.1:8080//ims/oneroster/v1p1/users",
    "http://127.0.0.1:8080/",
    "http://localhost/users",
    "http://localhost:80/users",
    "https://localhost:443/users",
    "https://localhost:80/users",
    "https://Example.ORG:8443/Users",
    "http://[::1]:8080/users",
    f"{BASE}/users?filter=role='student'",
    f"{BASE}/users?filter=role%3D%27student%27",
    f"{BASE}/users?filter=role='student'%20AND%20status='active'&sort=familyName&orderBy=asc",
    f"{BASE}/users?filter=familyName='O''Hara'+AND+status='active'",
    f"{BASE}/users?filter=dateLastModified%3E'2026-01-01T00:00:00.000Z'",
    f"{BASE}/users?filter=email='a%2Bb@x.org'",
    f"{BASE}/users?limit=5&limit=5&limit=10&a=&b&%C3%A4=%E2%82%AC",
    f"{BASE}/users?fields=sourcedId,role&limit%20=5",
    f"{BASE}/users?a=~-._!*'()%2A%21",
    f"{BASE}/users/%C3%BCser%20one",
    f"{BASE}/users/a'b(c)!*",
    f"{BASE}/users/a%27b%28c%29%21%2A",
    f"{BASE}/users/a$b,c;d=e@f:g+h&i",
    f"{BASE}/users/a%24b%2Cc%3Bd%3De%40f%3Ag%2Bh%26i",
    f"{BASE}/users/100%25~x",
    "http://127.0.0.1:8080/scenarios/flaky:every=3;empty-school/ims/oneroster/v1p1/users",
]


def arrive(url: str, headers: dict[str, str], body: str = "", *, method: str = "GET", raw: bool = False) -> Request:
    """Return the request as it arrives behind the WSGI edge: the path decoded and normalised, its original kept.

    ``raw`` is a server that also gives the path as it was sent; granian does not.
    """
    parts = urlsplit(url)
    environ = EnvironBuilder(method=method, data=body.encode(), headers=list(headers.items())).get_environ()
    path = unquote_to_bytes(parts.path).decode("latin-1")
    environ |= {
        "HTTP_HOST": parts.netloc,
        "wsgi.url_scheme": parts.scheme,
        "QUERY_STRING": parts.query,
        "mockroster.path": path,
        "PATH_INFO": "/" + path.strip("/").replace("//", "/"),
    }
    del environ["REQUEST_URI"], environ["RAW_URI"]
    if raw:
        environ["REQUEST_URI"] = f"{parts.path}?{parts.query}"
    return Request(environ)


def signer(method: str = "HMAC-SHA1", place: str = "AUTH_HEADER", secret: str = SECRET) -> Signer:
    """Return a client of oauthlib that signs at ``NOW``."""
    return Signer(
        "dis trict",
        client_secret=secret,
        signature_method=method,
        signature_type=place,
        timestamp=str(int(NOW.timestamp())),
    )


def known() -> Credentials:
    """Return credentials with the client that signs."""
    return Credentials({"dis trict": Client("dis trict", SECRET)}, state=alone())


@pytest.mark.parametrize("raw", [False, True], ids=["decoded path", "raw path"])
@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
@pytest.mark.parametrize("url", URLS)
def test_every_address_can_be_signed(url: str, method: str, raw: bool) -> None:
    """Both methods, over ports, slashes, quotes, blanks, plus signs, repeated parameters and other alphabets."""
    _, headers, _ = signer(method).sign(url)

    client_id = verify(arrive(url, headers, raw=raw), known(), NOW)

    assert client_id == "dis trict"


@pytest.mark.parametrize("url", URLS)
def test_wrong_secret_opens_no_address(url: str) -> None:
    """Trying several spellings of a path lets no wrong secret in."""
    _, headers, _ = signer(secret="wrong").sign(url)

    with pytest.raises(NotAuthenticated):
        verify(arrive(url, headers), known(), NOW)


@pytest.mark.parametrize("url", URLS)
def test_signature_in_the_query_is_accepted(url: str) -> None:
    """The protocol parameters may be in the query string instead of the header."""
    signed, headers, _ = signer(place="QUERY").sign(url)

    client_id = verify(arrive(signed, headers), known(), NOW)

    assert client_id == "dis trict"


def test_raw_characters_count_as_their_encoded_form() -> None:
    """A client may send ``>`` and ``"`` raw and sign them as if they were encoded, for both decode to the same."""
    _, headers, _ = signer().sign(f"{BASE}/users?filter=score%3E%225%22")

    client_id = verify(arrive(f'{BASE}/users?filter=score>"5"', headers), known(), NOW)

    assert client_id == "dis trict"


def test_encoded_slash_needs_a_server_that_gives_the_raw_path() -> None:
    """``%2F`` in an id is lost when a path is decoded; where the server keeps it, the signature is good."""
    url = f"{BASE}/users/a%2Fb"
    _, headers, _ = signer().sign(url)

    client_id = verify(arrive(url, headers, raw=True), known(), NOW)

    assert client_id == "dis trict"


def test_absolute_request_line_is_understood() -> None:
    """The raw target may be absolute, as a proxy sends it."""
    _, headers, _ = signer().sign(f"{BASE}/users/a%2Fb?limit=5")
    request = arrive(f"{BASE}/users/a%2Fb?limit=5", headers)
    request.environ["RAW_URI"] = f"{BASE}/users/a%2Fb?limit=5"

    client_id = verify(request, known(), NOW)

    assert client_id == "dis trict"


def test_path_of_wsgi_serves_where_no_original_is_kept() -> None:
    """Without the edge's own key the path is SCRIPT_NAME and PATH_INFO."""
    _, headers, _ = signer().sign("http://localhost/sandboxes/a/users/%C3%BC")
    request = arrive("http://localhost/users/%C3%BC", headers)
    del request.environ["mockroster.path"]
    request.environ["SCRIPT_NAME"] = "/sandboxes/a"

    client_id = verify(request, known(), NOW)

    assert client_id == "dis trict"


def test_json_body_is_not_signed() -> None:
    """A PUT of JSON is verified by its address alone; the body hash that oauthlib adds does no harm."""
    url = f"{BASE}/lineItems/l1"
    _, headers, body = signer().sign(url, "PUT", '{"lineItem": {}}', {"Content-Type": "application/json"})

    client_id = verify(arrive(url, headers, body, method="PUT"), known(), NOW)

    assert client_id == "dis trict"


def test_form_body_is_signed() -> None:
    """The parameters of a form body are part of the base string, so that changing one breaks the signature."""
    url = f"{BASE}/x"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    _, headers, body = signer().sign(url, "POST", "b=%C3%BC+%2B&a=", form)

    client_id = verify(arrive(url, headers, body, method="POST"), known(), NOW)

    assert client_id == "dis trict"
    with pytest.raises(NotAuthenticated):
        verify(arrive(url, headers, body + "&c=1", method="POST"), known(), NOW)


def test_realm_is_allowed_and_not_signed() -> None:
    """A realm in the header is no part of the base string."""
    _, headers, _ = signer().sign(f"{BASE}/users", realm="http://x, y")

    client_id = verify(arrive(f"{BASE}/users", headers), known(), NOW)

    assert client_id == "dis trict"


@pytest.mark.parametrize(
    ("method", "signature"),
    [
        ("HMAC-SHA1", "%2BI4aQYttsvjKoAKQIKcIY9ju1AA%3D"),
        ("HMAC-SHA256", "SGkP38HPp5KLkg5avQyUSYxEg6zNBOb38tmb4UjidOw%3D"),
    ],
)
def test_signature_computed_by_hand_is_accepted(method: str, signature: str) -> None:
    """A base string written down by section 3.4.1 of RFC 5849 and signed by ``openssl dgst -hmac`` is what we compute.

    GET&http%3A%2F%2Fprovider.example.net%3A8080%2Fims%2Foneroster%2Fv1p1%2Fusers%2F&filter%3Drole%253D%2527student%2527
    %26limit%3D5%26oauth_consumer_key%3Ddpf43f3p2l4k3l03%26oauth_nonce%3Dkllo9940pd9333jh%26oauth_signature_method%3D…
    %26oauth_timestamp%3D1191242096%26sort%3DfamilyName%2520givenName, by the key ``kd94hf93k423kf44&``;
    there is no oauth_version.
    """
    header = (
        f'OAuth oauth_consumer_key="dpf43f3p2l4k3l03",oauth_nonce="kllo9940pd9333jh",oauth_timestamp=1191242096,\n\t'
        f'oauth_signature_method="{method}" , oauth_signature="{signature}"'
    ).replace("\n", "")
    url = "http://Provider.example.net:8080/ims/oneroster/v1p1/users/?sort=familyName+givenName&filter=role='student'&limit=5"
    credentials = Credentials({"dpf43f3p2l4k3l03": Client("dpf43f3p2l4k3l03", "kd94hf93k423kf44")}, state=alone())
    now = datetime.fromtimestamp(1191242096 + 599, UTC)

    client_id = verify(arrive(url, {"Authorization": header}), credentials, now)

    assert client_id == "dpf43f3p2l4k3l03"


def test_oauthlib_is_imported_with_the_first_signature_only() -> None:
    """It costs 46 ms, which a server that is never sent a signature should not pay at start."""
    program = "import sys, mockroster.auth.access; sys.exit('oauthlib' in sys.modules)"

    code = subprocess.run([sys.executable, "-c", program], check=False).returncode  # noqa: S603 # our own program

    assert code == 0


@pytest.mark.parametrize(
    ("signed", "sent"),
    [("a%2Fb", "a%2fb"), ("a%7Eb", "a~b"), ("%C3%A9", "%c3%a9"), ("a'b", "a%27b"), ("a/b", "a%2Fb")],
)
def test_raw_target_is_verified_exactly(signed: str, sent: str) -> None:
    """A signature over another spelling of the path is wrong if the server knows the raw target."""
    _, headers, _ = signer().sign(f"{BASE}/users/{signed}")

    with pytest.raises(NotAuthenticated):
        verify(arrive(f"{BASE}/users/{sent}", headers, raw=True), known(), NOW)
