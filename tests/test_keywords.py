"""The keyword arguments of the public functions as type checkers see them: all that the tables have, and no other.

mypy checks this module too: a ``type: ignore`` below is an error of ``make lint`` once the wrong call passes.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

import mockroster
from mockroster.errors import ConfigurationError, Refused
from mockroster.http.admin.models import NewSandbox
from mockroster.keywords import FilterKeywords, SandboxKeywords, SettingKeywords
from mockroster.sandbox.journal_view import FILTERS
from mockroster.settings import LOG_FORMATS, PROFILES, Settings

SETTINGS = get_type_hints(Settings)
KEYWORDS = get_type_hints(SettingKeywords)
WORDS = {"profile": PROFILES, "log_format": LOG_FORMATS}


def test_every_setting_is_a_keyword() -> None:
    """The keywords of ``Server`` and ``create_app`` are the settings, in the order of their table, and two plurals."""
    assert list(KEYWORDS) == [*[row.name for row in fields(Settings)], "scenarios", "clients"]


@pytest.mark.parametrize("name", [row.name for row in fields(Settings) if not row.metadata["many"]])
def test_keyword_takes_the_type_of_its_setting(name: str) -> None:
    """A keyword has at least the types of its setting, or the words that the setting may be."""
    hint = KEYWORDS[name]

    if get_origin(hint) is Literal:
        assert get_args(hint) == WORDS[name]
    else:
        assert set(get_args(SETTINGS[name]) or (SETTINGS[name],)) <= set(get_args(hint) or (hint,))


@pytest.mark.parametrize("name", [row.name for row in fields(Settings) if row.metadata["many"]])
def test_keyword_of_many_takes_a_sequence(name: str) -> None:
    """A keyword of several values takes a list or a tuple of what its setting holds."""
    held, given = get_args(SETTINGS[name])[0], get_args(KEYWORDS[name])[0]

    assert held == given or held in get_args(given)


def test_plural_names() -> None:
    """Scenarios, texts and objects, and clients may have the names that they have in JSON."""
    scenarios = ["no-link", {"scenario": "flaky", "every": 4, "at": {"path": "/users"}}]

    with mockroster.Server(students=1, scenarios=scenarios, clients=["a:b"]) as server:
        active = server.get("/__admin/scenarios").json()["active"]

        assert active == ["no-link", "flaky:every=4@path=/users"]
        assert server.client_id == "a"


def test_every_member_of_a_new_sandbox_is_a_keyword() -> None:
    """The keywords of ``sandbox()`` and of the mark are the members of ``POST /__admin/sandboxes``."""
    assert list(get_type_hints(SandboxKeywords)) == list(NewSandbox().fields)


def test_every_filter_is_a_keyword() -> None:
    """The keywords of ``requests`` are the filters of the journal."""
    assert tuple(get_type_hints(FilterKeywords)) == FILTERS


def test_a_typed_test_suite() -> None:
    """Keywords that a type checker accepts work, and others are refused with the nearest name."""
    with mockroster.Server(students=5, scenario=["flaky:every=1000"], now="2026-01-15T08:00:00Z") as server:
        with server.sandbox(students=3, clients={"a": "b"}, scenarios=[]) as sandbox:
            sandbox.get("/ims/oneroster/v1p1/orgs")

            assert sandbox.requests.count(method="GET", status=200) == 1
            with pytest.raises(ConfigurationError, match="did you mean 'path'"):
                sandbox.requests.find(paht="/orgs")  # type: ignore[call-arg]
        with pytest.raises(Refused, match="did you mean 'students'"):
            server.sandbox(studnets=3).__enter__()  # type: ignore[call-arg]
    with pytest.raises(ConfigurationError, match="did you mean 'students'"):
        mockroster.Server(studnets=5)  # type: ignore[call-arg]
    with pytest.raises(ConfigurationError, match="students: 'many'"):
        mockroster.create_app(students="many")  # type: ignore[arg-type]
