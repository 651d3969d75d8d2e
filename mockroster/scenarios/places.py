"""The places where scenarios act, which are the groups of the catalogue and the packages of built-in scenarios."""

from __future__ import annotations

from collections.abc import Mapping

from mockroster.scenarios.base import Scenario, Stage

PLACES: Mapping[str, str] = {
    "access": "Access: credentials, scopes, endpoints, methods and limits",
    "token": "Token: the token endpoint and the tokens it issues",
    "data": "Data: the records that reads return, and the effects of writes",
    "paging": "Paging: size, order, counts and links of pages",
    "query": "Query: filter, sort and fields",
    "body": "Body: status, envelope, members, values and errors of responses",
    "wire": "Wire: headers, bytes, timing and the end of the connection",
    "provider": "Providers: bundles that imitate a vendor",
}
"""The heading of each place, in the order of a request."""

_BY_STAGE: Mapping[Stage, str] = {
    "access": "access",
    "data": "data",
    "reply": "body",
    "wire": "wire",
    "provider": "provider",
}


def place_of(scenario: type[Scenario]) -> str:
    """Return the place of a scenario: that of its package here, or else that of its base class."""
    package, _, rest = scenario.__module__.partition(f"{__package__}.")
    place = rest.partition(".")[0]
    return place if not package and place in PLACES else _BY_STAGE[scenario.stage]
