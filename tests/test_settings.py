"""Settings: flags before the environment before defaults, and a sentence for whatever is wrong."""

from __future__ import annotations

import os
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from mockroster.durations import duration, short
from mockroster.errors import ConfigurationError
from mockroster.parsing import redacted_url, store_url
from mockroster.settings import Settings, flag, load_settings, parse_settings, unknown_variables, variable

SAMPLES: dict[str, tuple[str, str]] = {
    "host": ("0.0.0.0", "::1"),  # noqa: S104
    "port": ("1", "65535"),
    "seed": ("0", "7"),
    "students": ("1", "5000"),
    "profile": ("roster-only", "district"),
    "base_url": ("https://a.example", "http://b.example:81/x"),
    "now": ("2026-01-15T08:00:00Z", "2020-02-29"),
    "store": ("redis://localhost:6379/0?prefix=ci-", "unix:///run/redis.sock"),
    "wait_for_store": ("30s", "PT1M"),
    "store_expiry": ("1d", "P30D"),
}
"""Two good values for each setting that takes one text."""


def wrong(flags: dict[str, str], **environment: str) -> str:
    """Return the sentence for settings that will not do."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(flags, environment)
    assert caught.value.exit_code == 2
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_defaults() -> None:
    """Without flags and variables the settings are those that INTERFACE names."""
    settings = load_settings({}, {})

    assert settings == Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.seed, settings.students, settings.profile) == (42, 1000, "district")
    assert settings.client == (("mockroster", "mockroster-secret"),)
    assert settings.no_auth is False
    assert settings.base_url is settings.now is settings.url_file is settings.tls_cert is settings.tls_key is None


@pytest.mark.parametrize("name", SAMPLES)
def test_flag_before_environment_before_default(name: str) -> None:
    """Each setting is a flag and a variable; the flag wins."""
    by_flag, by_variable = SAMPLES[name]
    environment = {f"MOCKROSTER_{name.upper()}": by_variable}

    only_flag = getattr(load_settings({name: by_flag}, {}), name)
    only_variable = getattr(load_settings({}, environment), name)
    both = getattr(load_settings({name: by_flag}, environment), name)

    assert only_flag == both
    assert only_variable != only_flag
    assert only_variable != getattr(Settings(), name) or by_variable == "district"


@pytest.mark.parametrize("row", fields(Settings), ids=lambda row: row.name)
def test_names(row) -> None:
    """Flag and variable of a setting follow from its name."""
    assert flag(row) == "--" + row.name.replace("_", "-")
    assert variable(row) == "MOCKROSTER_" + row.name.upper()
    assert row.metadata["help"]


@pytest.mark.parametrize("text", ["", " ", "\n", "\t \n"])
def test_empty_variable_counts_as_unset(text: str) -> None:
    """An empty variable, as compose files make them, is no value."""
    environment = {variable(row): text for row in fields(Settings)}

    assert load_settings({}, environment) == Settings()


def test_repeatable_setting() -> None:
    """--client can be repeated, and its variable takes one value a line; the flags replace the variable's."""
    environment = {"MOCKROSTER_CLIENT": "a:1\n  b:2:3 \n\n"}

    from_variable = load_settings({}, environment).client
    from_flags = load_settings({"client": ("c:4", "d:5")}, environment).client

    assert from_variable == (("a", "1"), ("b", "2:3"))
    assert from_flags == (("c", "4"), ("d", "5"))


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("1", True),
        ("true", True),
        ("YES", True),
        ("on", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("off", False),
    ],
)
def test_switch(text: str, truth: bool) -> None:
    """A switch is set by its flag, or by a variable as people write truth values."""
    assert load_settings({}, {"MOCKROSTER_NO_AUTH": text}).no_auth is truth
    assert load_settings({"no_auth": True}, {"MOCKROSTER_NO_AUTH": text}).no_auth is True


def test_moments() -> None:
    """--now is any ISO 8601 date or time, in UTC where it names no zone."""
    assert load_settings({"now": "2026-01-15T10:00:00+02:00"}, {}).now == datetime(2026, 1, 15, 8, tzinfo=UTC)
    assert load_settings({"now": "2026-01-15"}, {}).now == datetime(2026, 1, 15, tzinfo=UTC)


def test_base_url_without_the_slash_at_its_end() -> None:
    """A slash at the end of --base-url does not count."""
    assert load_settings({"base_url": "https://a.example/x/"}, {}).base_url == "https://a.example/x"


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("port", "eighty", "from 0 to 65535"),
        ("port", "65536", "from 0 to 65535"),
        ("port", "-1", "from 0 to 65535"),
        ("port", "8080.0", "from 0 to 65535"),
        ("students", "0", "from 1 to"),
        ("students", "many", "from 1 to"),
        ("students", "9" * 30, "from 1 to"),
        ("seed", "-1", "from 0 to"),
        ("seed", "٣", "from 0 to"),
        ("profile", "distict", "'district'"),
        ("profile", "roster", "roster-only"),
        ("base_url", "sis.example.org", "https://sis.example.org"),
        ("base_url", "ftp://sis.example.org", "https://sis.example.org"),
        ("base_url", "https://a.example/?x=1", "without a query"),
        ("base_url", "https://a.example:x", "https://sis.example.org"),
        ("base_url", 'https://a.example/"><script>', "https://sis.example.org"),
        ("now", "tomorrow", "2026-01-15T08:00:00Z"),
        ("now", "2026-13-01", "2026-01-15T08:00:00Z"),
        ("now", "0001-01-01T00:00:00+12:00", ""),
        ("tls_cert", "/nowhere/cert.pem", "file that is there"),
        ("tls_key", "/nowhere/key.pem", "file that is there"),
        ("tls_cert", "x" * 300, "file that is there"),
        ("url_file", "x" * 300, "the path of a file"),
        ("url_file", f"{'x' * 300}/url", "in a folder that is there"),
        ("url_file", "/nowhere/url", "in a folder that is there"),
        ("url_file", "/tmp", "the path of a file"),  # noqa: S108
    ],
)
def test_value_that_will_not_do(name: str, text: str, right: str) -> None:
    """A wrong value, from flag or variable, is one sentence that names it, shows it and says what would be right."""
    by_flag = wrong({name: text})
    by_variable = wrong({}, **{f"MOCKROSTER_{name.upper()}": text})

    assert by_flag.startswith("--" + name.replace("_", "-"))
    assert by_variable.startswith(f"MOCKROSTER_{name.upper()}")
    for sentence in (by_flag, by_variable):
        assert text[:20] in sentence
        assert right in sentence


@pytest.mark.parametrize(
    "name", ["host", "port", "profile", "admin_token", "token_key", "base_url", "now", "url_file", "tls_cert"]
)
def test_empty_flag(name: str) -> None:
    """A flag without a value is refused, not passed over: it would leave open what somebody meant to guard."""
    assert wrong({name: ""}, **{f"MOCKROSTER_{name.upper()}": "x"}).startswith(
        f"--{name.replace('_', '-')}: '' is not "
    )


@pytest.mark.parametrize("name", ["scenario", "fixtures"])
def test_empty_value_among_several(name: str) -> None:
    """So is an empty value of a flag that may be repeated."""
    assert wrong({name: ("x", "")}) == f"--{name}: '' is not a value; leave it out for none"


def test_url_file_that_is_no_file(tmp_path: Path) -> None:
    """A pipe, as a device, is not replaced by a file; a file is, also one that a link leads to."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "url").touch()
    (tmp_path / "link").symlink_to(tmp_path / "url")

    assert "the path of a file that can be written" in wrong({"url_file": str(tmp_path / "pipe")})
    assert "the path of a file that can be written" in wrong({"url_file": os.devnull})
    for name, meant in (("url", "url"), ("link", "url"), ("new", "new")):
        assert load_settings({"url_file": str(tmp_path / name)}, {}).url_file == tmp_path / meant


def test_url_file_in_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be written is refused before anything starts."""
    monkeypatch.setattr(os, "access", lambda *_: False)

    assert "the path of a file that can be written" in wrong({"url_file": str(tmp_path / "url")})


@pytest.mark.parametrize("text", ["nonsense", ":secret", "id:", ":"])
def test_client_that_will_not_do(text: str) -> None:
    """A client is ID:SECRET; an invalid value may be a secret and is not shown."""
    sentence = wrong({"client": ("a:b", text)})

    assert "ID:SECRET" in sentence
    assert "nonsense" not in sentence


@pytest.mark.parametrize("text", ["two words", "line\nbreak", "schlüssel"])
def test_admin_token_that_no_header_can_bear(text: str) -> None:
    """The token is sent in a header; an invalid value is not shown."""
    sentence = wrong({"admin_token": text})

    assert sentence == "--admin-token: the value is not a token of printable ASCII without a blank"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("localhost:6379", "redis://HOST:PORT/DATABASE, rediss:// for TLS, or unix:///PATH"),
        ("http://user:hidden@localhost", "redis://HOST:PORT/DATABASE"),
        ("redis://:hidden@", "redis://HOST:PORT/DATABASE"),
        ("redis://:hidden@store:port", "redis://HOST:PORT/DATABASE"),
        ("redis://:hidden@store/first", "redis://HOST:PORT/DATABASE"),
        ("redis://:hid den@store", "redis://HOST:PORT/DATABASE"),
        ("unix://", "unix:///PATH"),
        ("redis://:hidden@store?prefix=a/b", "its prefix must be at most 64 of A-Z a-z 0-9 . _ : -"),
        ("redis://:hidden@store?prefx=a", "'prefx', which is none of"),
        ("redis://:hidden@store?prefx=a", "did you mean 'prefix'?"),
    ],
)
def test_store_that_will_not_do(text: str, right: str) -> None:
    """The URL of a store is refused with the right forms, and its password is not shown."""
    sentence = wrong({"store": text})

    assert sentence.startswith("--store: the value is not ")
    assert right in sentence
    assert "hid" not in sentence


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://store:6379/0?prefix=ci-", "redis://store:6379/0?prefix=ci-"),
        ("redis://:hidden@store:6379/0", "redis://…@store:6379/0"),
        ("rediss://user:hid@den@store", "rediss://…@store"),
        ("unix://:hidden@/run/redis.sock?db=1", "unix://…@/run/redis.sock?db=1"),
    ],
)
def test_store_as_it_is_shown(url: str, shown: str) -> None:
    """A URL is shown without user name and password."""
    assert store_url(url) == url
    assert redacted_url(url) == shown


def test_durations() -> None:
    """A duration is ISO 8601 or short, and has bounds."""
    assert load_settings({"wait_for_store": "PT1M30S"}, {}).wait_for_store == timedelta(seconds=90)
    assert load_settings({}, {"MOCKROSTER_STORE_EXPIRY": "2d"}).store_expiry == timedelta(days=2)
    assert Settings(**parse_settings({"store_expiry": timedelta(hours=90)})).store_expiry == timedelta(hours=90)
    assert wrong({"store_expiry": "5s"}) == (
        "--store-expiry: '5s' is not a duration from 1m to 3650d, such as P1D, 90m or 5s"
    )
    assert "from 0s to 1d" in wrong({"wait_for_store": "soon"})


@pytest.mark.parametrize(
    "span", ["0s", "7d", "90m", "36h", "5s", "250ms", "1500ms", "86401s", "P1DT1S", "PT0.25S", "0.25s"]
)
def test_durations_in_short(span: str) -> None:
    """A duration is written in the largest unit that holds it, and reads as the same."""
    assert duration(short(duration(span))) == duration(span)
    assert span.startswith(("P", "0.")) or short(duration(span)) == span


def test_workers_without_a_store() -> None:
    """Several processes need a store."""
    assert wrong({"workers": "3"}) == (
        "--workers 3: several processes share their state in a store; name one by --store URL"
    )
    assert load_settings({"workers": "3", "store": "redis://localhost"}, {}).workers == 3
    assert "from 1 to 64" in wrong({"workers": "65"})


def test_switch_that_will_not_do() -> None:
    """A switch is true or false."""
    assert "true or false" in wrong({}, MOCKROSTER_NO_AUTH="maybe")


def test_settings_that_contradict_each_other(tmp_path: Path) -> None:
    """A certificate needs its key, and an id can be given to one client only."""
    file = tmp_path / "cert.pem"
    file.write_text("x")

    assert "--tls-key" in wrong({"tls_cert": str(file)})
    assert "--tls-cert" in wrong({"tls_key": str(file)})
    assert "--client" in wrong({"client": ("a:1", "a:2")})


def test_variables_of_kubernetes() -> None:
    """Variables that Kubernetes sets for a service of our name are ignored, without a warning."""
    environment = {
        "MOCKROSTER_PORT": "tcp://10.0.0.7:8080",
        "MOCKROSTER_SERVICE_HOST": "10.0.0.7",
        "MOCKROSTER_SERVICE_PORT": "8080",
        "MOCKROSTER_SERVICE_PORT_HTTP": "8080",
        "MOCKROSTER_PORT_8080_TCP": "tcp://10.0.0.7:8080",
        "MOCKROSTER_PORT_8080_TCP_PROTO": "tcp",
        "MOCKROSTER_PORT_8080_TCP_PORT": "8080",
        "MOCKROSTER_PORT_8080_TCP_ADDR": "10.0.0.7",
    }

    assert load_settings({}, environment).port == 8080
    assert load_settings({"port": "9"}, environment).port == 9
    assert list(unknown_variables(environment)) == []


def test_unknown_variable() -> None:
    """A MOCKROSTER_ variable that is no setting is warned of, with the nearest name; others are not our business."""
    environment = {
        "MOCKROSTER_STUDENT": "5",
        "MOCKROSTER_XYZZY": "",
        "HOME": "/",
        "MOCKROSTER": "1",
        "MOCKROSTER_SEED": "1",
    }

    warnings = list(unknown_variables(environment))

    assert len(warnings) == 2
    assert "MOCKROSTER_STUDENT " in warnings[0]
    assert "'MOCKROSTER_STUDENTS'" in warnings[0]
    assert "MOCKROSTER_XYZZY" in warnings[1]


def test_settings_cannot_be_changed() -> None:
    """Settings are frozen."""
    with pytest.raises(AttributeError):
        Settings().port = 1  # type: ignore[misc]


def test_folder_of_fixtures_without_any(tmp_path: Path) -> None:
    """The variable may name a folder with nothing in it, as an image does for whoever mounts none."""
    empty = load_settings({}, {"MOCKROSTER_FIXTURES": str(tmp_path)}).fixtures
    (tmp_path / "school.yaml").touch()

    assert empty == ()
    assert load_settings({}, {"MOCKROSTER_FIXTURES": str(tmp_path)}).fixtures == (str(tmp_path),)


@pytest.mark.parametrize("text", [f'{{"orgs": [], "users": [{" " * 300}]}}', f"# {'x' * 300}\norgs: []"])
def test_document_longer_than_a_path_can_be(text: str) -> None:
    """A document in the variable is one, however long its lines are."""
    assert load_settings({}, {"MOCKROSTER_FIXTURES": text}).fixtures == (text,)


def test_path_of_fixtures_that_is_too_long() -> None:
    """A path that is longer than one can be is left to its reader, who refuses it by a sentence."""
    assert load_settings({}, {"MOCKROSTER_FIXTURES": "x" * 300}).fixtures == ("x" * 300,)


def test_folder_of_fixtures_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be read counts as one that holds something, for its reader to refuse it by a sentence."""
    monkeypatch.setattr(Path, "iterdir", Mock(side_effect=PermissionError))

    fixtures = load_settings({}, {"MOCKROSTER_FIXTURES": str(tmp_path)}).fixtures

    assert fixtures == (str(tmp_path),)


def test_settings_of_a_program() -> None:
    """A program gives values as Python has them, or as texts; each is held to the bounds of its flag."""
    values = {
        "students": 5,
        "seed": "7",
        "now": datetime(2026, 1, 15, tzinfo=UTC),
        "client": [("a", "b:c"), "d:e"],
        "scenario": ["no-link"],
        "no_auth": True,
        "base_url": None,
    }

    assert parse_settings(values) == {
        "students": 5,
        "seed": 7,
        "now": datetime(2026, 1, 15, tzinfo=UTC),
        "client": (("a", "b:c"), ("d", "e")),
        "scenario": ("no-link",),
        "no_auth": True,
        "base_url": None,
    }


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("studnets", 5, "'studnets' is not a setting; did you mean 'students'?"),
        ("students", True, "students: 'True' is not a whole number from 1 to 200000"),
        ("client", ["a"], "client: the value is not ID:SECRET"),
        ("client", ["\udcff:b"], "client: the value is not ID:SECRET in UTF-8"),
        ("log_format", "xml", "log_format: 'xml' is not one of text, json"),
    ],
)
def test_settings_of_a_program_that_will_not_do(name: str, value: object, sentence: str) -> None:
    """A wrong name or value is one sentence, by the name that a program uses."""
    with pytest.raises(ConfigurationError) as caught:
        parse_settings({name: value})

    assert str(caught.value) == sentence
