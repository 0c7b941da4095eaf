"""Routes are values: a listener is given some, and none of them changes."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.links.route import Route
from netloom.registry import settle


async def _nobody(link: object, content: object, context: object) -> None:
    """Serves nothing."""


def test_a_route_is_a_value() -> None:
    declared, scheme, endpoint = settle(Endpoint.parse("tcp://127.0.0.1:0"))
    route = Route(declared=declared, scheme=scheme, endpoint=endpoint, content=None, options=None, serve=_nobody)
    assert route.report is None
    with pytest.raises(AttributeError):
        route.content = "another"  # type: ignore[misc]  # that is the point
