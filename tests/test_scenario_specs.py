"""The grammar of scenarios: texts and JSON objects mean the same, and the canonical text holds everything."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockroster.errors import ConfigurationError
from mockroster.parameters import fields_of
from mockroster.scenarios import catalogue
from mockroster.scenarios.aim import METHODS, Aim
from mockroster.scenarios.base import Provider, ReplyScenario, Scenario, parameter
from mockroster.scenarios.catalogue import scenarios
from mockroster.scenarios.spec import active_scenarios, canonical, parse_scenarios

NAMES = sorted(name for name, scenario in scenarios().items() if not issubclass(scenario, Provider))
TEXT = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["a;b", "1,2", "x|y", "me@path=here", "50%", "%3B", "%253b", " a ", "line\n", "~", "a=b", "a:b", "@", "%"]
)


def value_of(hint: Any, metadata: Any) -> st.SearchStrategy[Any]:
    """Return the values that a parameter may have."""
    least, most = metadata["least"], metadata["most"]
    if hint is int:
        return st.integers(least if least is not None else -99, most if most is not None else 10**6)
    if hint is float:
        return st.floats(least if least is not None else -99, most if most is not None else 10**6, allow_nan=False)
    words = st.sampled_from(metadata["words"]) if metadata["words"] else TEXT
    return words if hint is str else st.lists(words, min_size=1, max_size=3)


def members_of(owner: type, **forced: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return some parameters of a class, as JSON has them."""
    known = {name: forced.get(name, value_of(hint, field.metadata)) for name, (hint, field) in fields_of(owner).items()}
    return st.fixed_dictionaries({}, optional=known)


PATHS = st.lists(st.builds(str.__add__, st.sampled_from(["/", "*", "/*"]), TEXT), min_size=1, max_size=3)
WORDS = st.lists(TEXT.filter(bool), min_size=1, max_size=3)
AIMS = members_of(Aim, path=PATHS, query=WORDS, client=WORDS)


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a scenario as JSON has it."""
    name = draw(st.sampled_from(NAMES))
    scenario = scenarios()[name]
    item: dict[str, Any] = {"scenario": name, **draw(members_of(scenario))}
    return item | ({"at": draw(AIMS)} if draw(st.booleans()) else {})


def parsed(item: Any) -> tuple[Scenario, Aim | None]:
    """Return scenario and aim of one item, which its canonical text must repeat."""
    (text,) = canonical([item])
    (active,) = parse_scenarios([text])
    assert active.text == text
    return active.scenario, active.aims[0].aim if active.aims else None


@given(items())
@example({"scenario": "static-bearer", "token": "a;b,c|d@path=/x~%3B%", "at": {"path": ["/a|b", "/c;d"]}})
@example({"scenario": "static-bearer", "token": " \n"})
def test_round_trip(item: dict[str, Any]) -> None:
    """The canonical text of an object means the object, and is its own canonical text."""
    try:
        (text,) = canonical([item])
    except ConfigurationError:
        assert hasattr(scenarios()[item["scenario"]], "__post_init__")  # it has rules of its own for a text
        return

    scenario, aim = parsed(item)

    assert canonical([text]) == (text,)
    assert not set("\t\r\n") & set(text)
    given_values = {name: value for name, value in item.items() if name not in {"scenario", "at"}}
    assert {name: value for name, value in asdict(scenario).items() if name in given_values} == _tuples(given_values)
    wanted = _tuples(item.get("at", {}))
    assert {name: value for name, value in asdict(aim or Aim()).items() if name in wanted} == wanted


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


@given(st.text(max_size=60) | st.from_regex(r"(flaky|slow)(:[a-z]+=.{0,9})?(@[a-z]+=.{0,9}(,[a-z]+=.{0,9})?)?"))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """Any text has a canonical form that is stable, or is refused with a sentence."""
    try:
        texts = canonical([text])
    except ConfigurationError:
        return

    assert canonical(texts) == texts
    assert canonical([";".join(texts)]) == texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" flaky : every = 3 , status = 502 @path=/users , times = 2 ", "flaky:every=3,status=502@path=/users,times=2"),
        ("flaky:status=502,every=3", "flaky:every=3,status=502"),
        ("flaky@times=2,method=get|post,path=/users", "flaky@path=/users,method=GET|POST,times=2"),
        ("flaky@rate=.5", "flaky@rate=0.5"),
        ("flaky:every=007", "flaky:every=7"),
        ("static-bearer:token=me@example.org", "static-bearer:token=me@example.org"),
        ("static-bearer:token=%40path=x%3b%2C", "static-bearer:token=%40path=x%3B%2C"),
        ("static-bearer:token=100%", "static-bearer:token=100%"),
        ("static-bearer:token=a|b", "static-bearer:token=a|b"),
        ("slow@client=a%7Cb|c@d=e", "slow@client=a%7Cb|c%40d=e"),
        ("slow@path=/users/%7Ex", "slow@path=/users/~x"),
    ],
)
def test_canonical_text(text: str, expected: str) -> None:
    """A canonical text has no blanks, the order of the documentation, and only the escapes that it needs."""
    assert canonical([text]) == (expected,)


def test_object_and_text_are_equal() -> None:
    """The object form is written as the text with the same content, and numbers may be strings."""
    item = {"scenario": "server-error", "status": "502", "at": {"path": "/users", "times": 2, "method": ["get"]}}

    assert canonical([item]) == ("server-error:status=502@path=/users,method=GET,times=2",)


def test_equal_texts_act_once() -> None:
    """Texts that differ in blanks and order only are one scenario."""
    found = active_scenarios(
        ("flaky:every=2,status=500@times=1,path=/users", "flaky: status=500,every=2@path=/users,times=1")
    )

    assert [active.text for active in found.scenarios] == ["flaky:every=2,status=500@path=/users,times=1"]


def test_provider_is_one_text_whose_aim_counts_once() -> None:
    """A provider keeps its name in the canonical text, and its parts share the counter of its aim."""
    parts = parse_scenarios(["aeries@path=/users,times=1"])
    bare = parse_scenarios(["aeries"])

    assert canonical(["aeries@times=1,path=/users"]) == ("aeries@path=/users,times=1",)
    assert [part.scenario for part in parts] == [part.scenario for part in bare]
    assert {counted.text for part in parts for counted in part.aims} == {"aeries@path=/users,times=1"}
    assert len({part.text for part in (*parts, *bare)}) == 2 * len(bare)


REFUSED = [
    ("flaky@pth=/users", "the aim of flaky has no key 'pth'; did you mean 'path'?"),
    ("flaky@zzz=/users", "it has path, method, query, client, after, every, times, rate"),
    ("flaky@Path=/users", "did you mean 'path'?"),
    ("flaky@", "does not begin with one of path="),
    ("flaky@path=/users,path=/orgs", "path is given twice"),
    ("flaky@path=/users,times", "'times' is not key=value"),
    ("flaky@every=0", "flaky@every: '0' is not a whole number of at least 1"),
    ("flaky@times=0", "flaky@times: '0' is not a whole number of at least 1"),
    ("flaky@after=-1", "flaky@after: '-1' is not a whole number of at least 0"),
    ("flaky@rate=1.5", "flaky@rate: '1.5' is not a number of at least 0 and at most 1"),
    ("flaky@rate=nan", "flaky@rate: 'nan' is not a number"),
    ("flaky@method=GTE", "flaky@method: 'GTE' is not one of GET, HEAD, POST"),
    ("flaky@path=users", "did you mean '/users'?"),
    ("flaky@path=/users|", "flaky@path: a value is empty"),
    ("flaky@client=", "flaky@client: a value is empty"),
    ("flaky@times=1_0", "flaky@times: '1_0' is not a whole number"),
    ("flaky@times=\u0663", "flaky@times: '\u0663' is not a whole number"),
    ("flaky:every=1_0", "flaky:every: '1_0' is not a whole number"),
    ("flaky:every=" + "9" * 400, "999' is not a whole number of at least 1"),
    ("flaky@times=" + "9" * 5000, "999' is not a whole number of at least 1"),
    ("flaky@rate=0.\u0665", "flaky@rate: '0.\u0665' is not a number"),
    ("respond:body=\udcff", "'respond:body=\\udcff' has bytes that are not UTF-8"),
    ("?", "there is no scenario '?'; `mockroster scenarios` lists all"),
    ("flakky:x", "there is no scenario 'flakky'; did you mean 'flaky'?"),
    ("flakky:every=1,every=2", "there is no scenario 'flakky'; did you mean 'flaky'?"),
    ("nulls:every=2@path=/users", "nulls has no parameter 'every'"),
    ("flakky@path=/users", "there is no scenario 'flakky'; did you mean 'flaky'?"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refused_texts(text: str, message: str) -> None:
    """A wrong aim is refused with the key, the value and what would be right."""
    with pytest.raises(ConfigurationError) as refusal:
        canonical([text])

    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({}, "an object such as"),
        ({"scenario": 5}, "an object such as"),
        ({"scenario": "flakky"}, "did you mean 'flaky'?"),
        ({"scenario": "flaky:every=3"}, "'flaky:every=3' is not a name such as 'flaky'; in an object, parameters"),
        ({"scenario": "flaky@times=1"}, "is not a name such as 'flaky'; in an object, parameters are members, and"),
        ({"scenario": "flaky;slow"}, "'flaky;slow' is not a name such as 'flaky'"),
        ({"scenario": ":"}, "':' is not a name such as 'flaky'"),
        ({"scenario": "flaky", "at": {"times": "1_0"}}, "flaky@times: '1_0' is not a whole number"),
        ({"scenario": "flaky", "evry": 3}, "flaky has no parameter 'evry'; did you mean 'every'?"),
        ({"scenario": "flaky", "every": True}, "flaky:every: true is not a string or a number"),
        ({"scenario": "flaky", "every": [3]}, "flaky:every: [3] is not a string or a number"),
        ({"scenario": "flaky", "every": 1.5}, "'1.5' is not a whole number"),
        ({"scenario": "flaky", "every": None}, "flaky:every: null is not a string or a number"),
        ({"scenario": "nulls", "members": []}, "the array is empty"),
        ({"scenario": "nulls", "members": [{}]}, "an array of strings"),
        ({"scenario": "flaky", "at": "path=/users"}, "at must be an object"),
        ({"scenario": "flaky", "at": {"pth": "/users"}}, "did you mean 'path'?"),
        ({"scenario": "flaky", "at": {"times": 0}}, "flaky@times: '0' is not a whole number of at least 1"),
        ({"scenario": "flaky", "at": {"method": "FETCH"}}, "is not one of GET"),
        ({"scenario": "flaky", "at": {"path": "/users|/orgs", "client": ""}}, "a value is empty"),
    ],
)
def test_refused_objects(item: dict[str, Any], message: str) -> None:
    """A wrong object is refused as a wrong text is."""
    with pytest.raises(ConfigurationError) as refusal:
        canonical([item])

    assert message in str(refusal.value)


@pytest.mark.parametrize("name", ["scenario", "at"])
def test_parameters_that_json_needs_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario of another package cannot have a parameter with a name that the JSON form uses."""

    class Point:
        """An entry point."""

        value = "other.package"
        name = "other"

        @staticmethod
        def load() -> type[Scenario]:
            """Return a scenario with that parameter."""
            namespace = {"__annotations__": {name: "str"}, name: parameter("x", "anything"), "name": "other-one"}
            return dataclass(frozen=True)(type("Other", (ReplyScenario,), namespace))

    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: [Point()])

    with pytest.raises(ConfigurationError, match=f"'other-one' of other.package has a parameter '{name}'"):
        catalogue._load.__wrapped__()


def test_methods_are_those_of_http() -> None:
    """The methods of an aim are upper case, so that a lower-case one can be accepted."""
    assert all(method == method.upper() for method in METHODS)
    assert [field.name for field in fields(Aim)] == [
        *("path", "method", "query", "client"),
        *("after", "every", "times", "rate"),
    ]
