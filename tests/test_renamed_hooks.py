"""Hooks and classes of the scenario API by their former names, which work for one release."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import make_app
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from mockroster.http.lifecycle import Application
from mockroster.query.parameters import Query
from mockroster.scenarios.access.credentials import StaticBearer
from mockroster.scenarios.aim import ActiveScenario
from mockroster.scenarios.base import AccessScenario, ReplyScenario, Scenario
from mockroster.scenarios.pipeline import Pipeline
from mockroster.scenarios.rng import Rng


@pytest.fixture(scope="module")
def application() -> Application:
    """Return an application with a small district."""
    app = make_app(students=1, no_auth=True)
    assert isinstance(app, Application)
    return app


def pipeline(application: Application, scenario: Scenario) -> Pipeline:
    """Return the pipeline of a request in which a single scenario is active."""
    request = Request(EnvironBuilder().get_environ())
    active = (ActiveScenario(scenario.name, scenario),)
    return Pipeline(active, request, None, {}, application.sandboxes.default)


HOOKS: dict[str, tuple[type[Scenario], str, Callable[[Pipeline, Any], Any]]] = {
    "at_token": (AccessScenario, "on_token_request", lambda run, _: run.on_token_request()),
    "issued": (AccessScenario, "on_token_response", lambda run, _: run.on_token_response(Response())),
    "decide": (AccessScenario, "authorize", lambda run, _: run.authorize()),
    "admitted": (ReplyScenario, "before_operation", lambda run, _: run.before_operation()),
    "instead": (ReplyScenario, "replace_operation", lambda run, operation: run.replace_operation(operation)),
    "reread": (ReplyScenario, "transform_query", lambda run, _: run.transform_query(Query(()))),
}
"""The base, the present name and a call of each renamed hook."""


@pytest.mark.parametrize("former", HOOKS)
def test_former_hook_is_called(application: Application, former: str) -> None:
    """A class that defines a hook by its former name warns and is called."""
    base, present, call = HOOKS[former]
    operation, calls = next(iter(application.operations.values())), []

    def hook(self: Scenario, exchange: Any, *given: Any) -> Any:
        calls.append(exchange.text)
        return given[0] if given else None

    with pytest.warns(DeprecationWarning, match=f"{former} is now called {present}"):
        scenario = type("Old", (base,), {"name": "old", former: hook})
    call(pipeline(application, scenario()), operation)

    assert calls == ["old"]


def test_former_hook_reaches_its_parent() -> None:
    """A class that overrides a hook by its former name can call its parent's by that name."""
    with pytest.warns(DeprecationWarning, match="at_token is now called on_token_request"):

        class Old(StaticBearer):
            name = "old"

            def at_token(self, exchange: Any) -> Any:
                return super().at_token(exchange)  # type: ignore[misc] # a former name is not declared

    class Exchange:
        request = Request(EnvironBuilder("/token").get_environ())

        def failure(self, *answer: Any) -> Any:
            return answer[0]

    with pytest.warns(DeprecationWarning, match="at_token is now called on_token_request"):
        status: Any = Old().on_token_request(Exchange())  # type: ignore[arg-type] # all that the hook uses

    assert status == 404


def test_present_names_do_not_warn(recwarn: pytest.WarningsRecorder) -> None:
    """A subclass of a class with a former name may define the hook by its present name."""
    with pytest.warns(DeprecationWarning, match="decide is now called authorize"):
        old = type("Old", (AccessScenario,), {"decide": lambda *_: False})

    new = type("New", (old,), {"authorize": lambda *_: True})

    assert new().authorize(None)
    assert not recwarn.list


def test_former_class_names() -> None:
    """``Chance``, ``Ordered`` and ``exchange.chance`` are there by their former names, and warn."""
    from mockroster.scenarios.exchange import Exchange, InjectedError

    with pytest.warns(DeprecationWarning, match=r"rng\.Rng"):
        from mockroster.scenarios.chance import Chance
    with pytest.warns(DeprecationWarning, match="InjectedError"):
        from mockroster.scenarios.exchange import Ordered
    exchange = Exchange.__new__(Exchange)
    exchange.__dict__["rng"] = Rng("key")
    with pytest.warns(DeprecationWarning, match=r"exchange\.rng"):
        chance = exchange.chance

    assert (Chance, Ordered) == (Rng, InjectedError)
    assert chance is exchange.rng
