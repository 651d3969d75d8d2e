"""No credential is shown, wherever a client has put it: by its name in any form, by its value in any encoding."""

from __future__ import annotations

import base64
import html
import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from conftest import make_app, plain_environment, served
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from tenants import CLIENT, V1P1, Tenant, create_sandbox, tenant

from mockroster.sandbox.encodings import decoded, layers, text_of
from mockroster.sandbox.journal_view import MOST_TEXT
from mockroster.sandbox.redaction import REDACTED, Redactor
from mockroster.sandbox.secret_names import SECRET_NAMES, is_secret, mentions_secret

STRANGE = "pr0d-Secret+/=9"
"""A secret that no server knows, as somebody sends who aims a client of production at the mock."""

ISSUED = "kT9vQ2xZ7mB4nL8pR1sD6wF3gH5jY0cA-_uEoIiWeXy"
KNOWN = "s3cr3t-of-a-client"
STRANGER = Redactor((), lambda _: False)
REDACTOR = Redactor((KNOWN, "s3cret"), lambda text: text == ISSUED)

NAMES = [
    *("client_secret", "clientSecret", "CLIENT-SECRET", "client_secret[]", "client_secret[0]", "oauth[client_secret]"),
    *("client secret", "password", "api_key", "apiKey", "X-Api-Key", "X-Auth-Token", "access_token", "refresh_token"),
    *("oauth_signature", "client_assertion", "Ocp-Apim-Subscription-Key", "id_token", "secret2", "ns:clientSecret"),
]
OPEN_NAMES = ["client_id", "token_type", "oauth_signature_method", "oauth_consumer_key", "limit", "sourcedId", "passed"]


def escaped(text: str) -> str:
    """Return a text with each character that is no letter as JSON may write it."""
    return "".join(one if one.isalnum() else f"\\u{ord(one):04x}" for one in text)


def entities(text: str) -> str:
    """Return a text with each character that is no letter as XML may write it."""
    return "".join(one if one.isalnum() else f"&#x{ord(one):x};" for one in text)


def everything(text: str) -> str:
    """Return a text with every byte percent-encoded."""
    return "".join(f"%{byte:02x}" for byte in text.encode())


def plain(text: str) -> str:
    """Return a text as it is."""
    return text


FORMS: dict[str, Callable[[str, str], str]] = {
    "form": lambda name, value: f"a=1&{quote(name, safe='')}={quote(value, safe='')}&b=2",
    "form-raw": lambda name, value: f"a=1&{name}={value}&b=2",
    "form-first": lambda name, value: f"{{x=1&{name}={value}",
    "form-encoded-whole": lambda name, value: f"a=1&{everything(name)}={everything(value)}&b=2",
    "form-twice": lambda name, value: f"next={quote(quote(f'/x?{name}={quote(value)}&c=3'), safe='')}&b=2",
    "json": lambda name, value: json.dumps({"a": 1, name: value, "b": 2}),
    "json-dense": lambda name, value: json.dumps({name: value}, separators=(",", ":")),
    "json-escaped": lambda name, value: f'{{"{escaped(name)}": "{escaped(value)}", "b": 2}}',
    "json-list": lambda name, value: json.dumps({name: [value, {"x": value}], "b": 2}),
    "json-object": lambda name, value: json.dumps({name: {"value": value, "y": "}]"}, "b": 2}),
    "json-in-json": lambda name, value: json.dumps({"body": json.dumps({name: value}), "b": 2}),
    "json-in-form": lambda name, value: f"a=1&json={quote(json.dumps({name: value}), safe='')}&b=2",
    "json-pairs": lambda name, value: json.dumps({"fields": [{"name": name, "value": value}], "b": 2}),
    "python": lambda name, value: str({"a": 1, name: value}),
    "json-cut": lambda name, value: json.dumps({"a": 1, name: value})[:-2],
    "yaml": lambda name, value: f"a: 1\n{name}: {value}\nb: 2",
    "xml": lambda name, value: f"<r><{xml(name)}>{html.escape(value)}</{xml(name)}><b>2</b></r>",
    "xml-deep": lambda name, value: f"<r><{xml(name)} x='1'><v>{html.escape(value)}</v></{xml(name)}><b>2</b></r>",
    "xml-cdata": lambda name, value: f"<r><{xml(name)}><![CDATA[{value}]]></{xml(name)}><b>2</b></r>",
    "xml-attribute": lambda name, value: f'<r {xml(name)}="{entities(value)}" b="2"/>',
    "xml-parameter": lambda name, value: f'<r><p name="{name}">{html.escape(value)}</p><b>2</b></r>',
    "multipart": lambda name, value: (
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\nContent-Type: text/plain\r\n\r\n{value}\r\n'
        '--x\r\nContent-Disposition: form-data; name="b"\r\n\r\n2\r\n--x--'
    ),
}


def xml(name: str) -> str:
    """Return a name that an element may have."""
    return name.replace("[]", "").replace("[0]", "").replace("[", ".").replace("]", "").replace(" ", "_")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_by_name(form: str, name: str) -> None:
    """A secret that nobody knows is found by its name, in each form that clients were seen to send, and more."""
    if form in {"yaml", "form-raw", "form-first", "xml-parameter"} and " " in name:
        pytest.skip("such a name cannot be written in this form")

    shown = STRANGER.text(FORMS[form](name, STRANGE))

    assert REDACTED in shown
    assert not any(STRANGE[:11] in layer.text for layer in layers(shown)), shown


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", OPEN_NAMES)
def test_what_is_no_secret_stays(form: str, name: str) -> None:
    """Values without a name of a credential are shown unchanged."""
    text = FORMS[form](name, "mockroster")

    assert STRANGER.text(text) == text


@pytest.mark.parametrize("form", [one for one in FORMS if one not in {"form-first", "json-cut"}])
def test_what_stands_beside_a_secret_stays(form: str) -> None:
    """Only the secret goes: the parameter that comes after it is still shown."""
    shown = STRANGER.text(FORMS[form]("client_secret", "abc"))

    assert ("2" in shown) == ("2" in FORMS[form]("client_secret", "abc"))


@pytest.mark.parametrize(
    "encode",
    [
        plain,
        quote,
        everything,
        lambda text: quote(everything(text), safe=""),
        lambda text: quote(quote(everything(text), safe=""), safe=""),
        escaped,
        entities,
        lambda text: json.dumps({"a": json.dumps([text])}),
        lambda text: f"https://{text}:x@h/",
        lambda text: f"x={text}.y",
    ],
)
@pytest.mark.parametrize("secret", [KNOWN, ISSUED])
def test_by_value(encode: Callable[[str], str], secret: str) -> None:
    """A secret that is known is found under any name and none, in any encoding."""
    for text in (f"a=1&unheard-of={encode(secret)}&b=2", f"/x/{encode(secret)}/y", encode(secret)):
        for shown in (REDACTOR.text(text), REDACTOR.path(text)):
            assert REDACTED in shown
            assert not any(secret in layer.text for layer in layers(shown)), shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/users/s3cret/classes", f"/users/{REDACTED}/classes"),
        ("/users/s3cretary", "/users/s3cretary"),
        ("my_s3cret", "my_s3cret"),
        ("/x;token=abc;y=1/z", f"/x;token={REDACTED};y=1/z"),
        ("/x/api_key=abc/z", f"/x/api_key={REDACTED}/z"),
        ("/ims/oneroster/v1p1/users", "/ims/oneroster/v1p1/users"),
    ],
)
def test_paths(text: str, shown: str) -> None:
    """In a path a secret ends with its segment, and a short one is a word by itself."""
    assert REDACTOR.path(text) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("authorization", "Bearer abc", f"Bearer {REDACTED}"),
        ("proxy-authorization", "Basic abc", f"Basic {REDACTED}"),
        ("x-vendor-authorization", "abc def", REDACTED),
        ("x-api-key", "abc", REDACTED),
        ("x-auth-token", "abc", REDACTED),
        ("set-cookie", "a=b", REDACTED),
        ("referer", "http://h/x?token=abc&y=1", f"http://h/x?token={REDACTED}&y=1"),
        ("x-forwarded-user", KNOWN, REDACTED),
        ("x-original-url", f"/x?a={quote(KNOWN)}", f"/x?a={REDACTED}"),
        ("x-note", "Bearer abcdefgh12", f"Bearer {REDACTED}"),
        ("accept", "application/json;q=0.9", "application/json;q=0.9"),
    ],
)
def test_headers(name: str, value: str, shown: str) -> None:
    """A header is redacted by its name, by a name of a secret in it, and by known values."""
    assert REDACTOR.headers({name: value}) == {name: shown}


def test_answers() -> None:
    """The answer of a token endpoint is shown without its token."""
    answer = json.dumps({"access_token": ISSUED, "token_type": "Bearer", "expires_in": 3600, "scope": "x"})
    headers = {"Content-Type": "application/json", "Set-Cookie": "a=b"}

    assert json.loads(STRANGER.text(answer)) == {**json.loads(answer), "access_token": REDACTED}
    assert STRANGER.headers(headers) == {**headers, "Set-Cookie": REDACTED}


@given(st.text(), st.sampled_from(["", "%", "&", "\\", "client_secret=", '"token":', "<secret>", "://a:"]))
def test_any_text_can_be_shown(text: str, before: str) -> None:
    """Redaction takes any text, leaves one without credentials alone, and redacts once and for all."""
    shown = REDACTOR.text(before + text)

    assert REDACTOR.text(shown) == shown
    if not mentions_secret(layers(before + text)[-1].text) and "://" not in before + text:
        assert shown == before + text or REDACTED in shown


@given(st.text(), st.integers(0, 3))
def test_layers_lead_back(text: str, times: int) -> None:
    """Text that was encoded several times is decoded layer by layer, and each layer is mapped back."""
    encoded = text
    for _ in range(times):
        encoded = quote(encoded, safe="")

    found = layers(encoded)

    assert text.encode(errors="replace").decode() in [layer.text for layer in found] or times == 0
    for layer in found:
        assert len(layer.starts) == len(layer.text) + 1
        assert layer.place(0, len(layer.text)) == (0, len(encoded))
        assert list(layer.starts) == sorted(layer.starts)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_of_json(encoding: str) -> None:
    """JSON in each of its encodings is decoded, so that secrets in it are found."""
    document = json.dumps({"client_secret": STRANGE}, ensure_ascii=False)

    assert text_of(document.encode(encoding)) == document


def test_one_list_of_names() -> None:
    """Each name of the list is one, in whatever spelling, and is found by the quick look."""
    for name in SECRET_NAMES:
        assert is_secret(name)
        assert is_secret(f"X-{name.upper()}[]")
        assert is_secret(quote(f"my_{name}"))
        assert mentions_secret(f"x {name.upper()} y")


# In a server.


def sent_secrets(here: Tenant, secret: str) -> None:
    """Send a secret in each way of the above."""
    path = f"{V1P1}/orgs"
    for name in ("client_secret", "clientSecret", "api_key", "unheard-of"):
        for form in FORMS.values():
            body = form(name, secret)
            here.send("POST", "/oauth2/token", data=body.encode(), content_type="application/json")
        for encoding in ("utf-8-sig", "utf-16", "utf-16-le"):
            here.send("POST", "/oauth2/token", data=json.dumps({name: secret}).encode(encoding))
        here.get(f"{path}?{quote(name)}={quote(secret)}")
        here.get(f"{path}?x={quote(quote(quote(f'{name}={secret}'), safe=''), safe='')}")
        here.get(path, headers={f"X-{name}": secret, "X-Api-Key": secret, "Referer": f"http://h/?{name}={secret}"})
    here.get(f"{path}/{quote(secret, safe='')}")
    basic = base64.b64encode(f"{CLIENT[0]}:{secret}".encode()).decode()
    here.get(f"{path}?x={quote(basic)}")
    here.send("PUT", f"{V1P1}/categories/c", data=("x" * 4090 + secret).encode(), content_type="text/plain")


def test_nothing_known_is_in_the_journal(app: Flask) -> None:
    """Secrets of clients and tokens are nowhere in the journal, however they were sent, and no filter finds them."""
    here = tenant(app).enter()
    token, secret = here.bearer, CLIENT[1]

    sent_secrets(here, secret)
    sent_secrets(here, token)

    journal = here.admin("GET", "/requests")
    text = journal.text + "".join(layer.text for layer in layers(journal.text))
    assert len(journal.get_json()["requests"]) > 200
    for known in (secret, token, secret[:12], token[:12], base64.b64encode(f"mockroster:{secret}".encode()).decode()):
        assert known not in text
    for filters in ({"query": secret}, {"header": f"x-api-key: {secret}"}, {"path": f"*{token}*"}):
        assert here.admin("POST", "/requests/count", filters).get_json() == {"count": 0}


def test_secrets_of_a_sandbox_and_of_the_server(app: Flask) -> None:
    """A sandbox with clients of its own shows neither their secrets nor those of the server."""
    here = create_sandbox(app, clients={"mine": "my own secret, long"}).enter(("mine", "my own secret, long"))

    here.get(f"{V1P1}/orgs?a=my+own+secret,+long&b=my%20own%20secret%2C%20long&c={CLIENT[1]}")

    entry = here.admin("GET", "/requests").get_json()["requests"][0]
    assert entry["query"] == f"a={REDACTED}&b={REDACTED}&c={REDACTED}"


def test_the_admin_token_is_not_shown() -> None:
    """The admin token is a secret of the server, wherever a client sends it."""
    app = make_app(students=2, admin_token="open-sesame-42")
    here = Tenant(app).enter()

    here.get(f"{V1P1}/orgs?x=open-sesame-42", headers={"X-Other": "open-sesame-42"})

    bearing = {"Authorization": "Bearer open-sesame-42"}
    text = here.send("GET", "/__admin/requests", headers=bearing).text
    assert "open-sesame" not in text
    assert f"x={REDACTED}" in text


def test_a_secret_at_the_cut_is_not_shown_in_part(app: Flask) -> None:
    """Of a secret that stands where a long text is cut, not even the beginning is shown."""
    here = tenant(app).enter()

    for back in range(1, len(CLIENT[1])):
        here.get(f"{V1P1}/orgs?x={'y' * (MOST_TEXT - 2 - back)}{CLIENT[1]}")

    for entry in here.admin("GET", "/requests?method=GET").get_json()["requests"]:
        assert CLIENT[1][:4] not in entry["query"]
        assert len(entry["query"]) <= MOST_TEXT


def test_nothing_is_in_the_log() -> None:
    """Neither query nor path of a line of the log has a secret or a token."""
    with served("--students", "2", environment=plain_environment()) as server:
        basic = base64.b64encode(":".join(CLIENT).encode()).decode()
        answer = server.ask("POST", "/oauth2/token?grant_type=client_credentials", Authorization=f"Basic {basic}")
        token = json.loads(answer[2])["access_token"]
        for secret in (token, CLIENT[1]):
            server.ask("GET", f"{V1P1}/orgs/{secret}?x={everything(secret)}&api_key=abcdefgh")
        _, _, log = server.end()

    assert f"/orgs/{REDACTED}?x={REDACTED}&api_key={REDACTED}" in log
    lines = "".join(line for line in log.splitlines() if " ms " in line)
    assert token not in lines
    assert CLIENT[1] not in lines


def test_a_failure_is_logged_without_secrets(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log line of a failure names the path without secrets."""
    app = make_app(students=2, no_auth=True)
    app.testing = False
    endpoint = "v1p1.getOrg"

    def fail(**_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(app.view_functions, endpoint, fail)
    monkeypatch.setattr(logging.getLogger("mockroster"), "propagate", True)

    response = Tenant(app).get(f"{V1P1}/orgs/{CLIENT[1]}")

    assert response.status_code == 500
    assert f"/orgs/{REDACTED} failed" in caplog.text
    assert CLIENT[1] not in caplog.text


@pytest.mark.parametrize(
    ("length", "alone", "inside"),
    [(5, False, False), (6, True, False), (11, True, False), (12, True, True), (13, True, True)],
)
def test_known_secrets_of_any_length(length: int, alone: bool, inside: bool) -> None:
    """A known secret of six characters is hidden where it stands alone, one of twelve within a word as well."""
    secret = "q7Lw9ZxR2vBtK"[:length]
    redactor = Redactor((secret,), lambda _: False)

    seen = [redactor.text(text) for text in (f"see {secret} there", f"see my{secret}too there")]

    assert [secret not in text for text in seen] == [alone, inside]


@pytest.mark.parametrize(
    "escaped_name", ["client%5Fsecret", "client\\u005fsecret", "client&#95;secret", "client_secret"]
)
def test_names_with_one_kind_of_escape(escaped_name: str) -> None:
    """A name is known for that of a credential however its characters are escaped."""
    assert decoded(escaped_name) == "client_secret"
    assert is_secret(escaped_name)
