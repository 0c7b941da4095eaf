"""Run: commands at shells of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.accounts import Accounts
from netloom.endpoint import Endpoint, Secret
from netloom.errors import Status, Unsupported, UsageError
from netloom.serving import Serving
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@pytest.fixture
async def houses() -> AsyncIterator[list[Endpoint]]:
    """Two SSH servers that ann may use, known by their keys."""
    accounts = Accounts.from_texts(["ann:pw"])
    async with Serving([Endpoint.parse("ssh://127.0.0.1:0")] * 2, accounts=accounts) as serving:
        yield [
            endpoint.replace(user="ann", password=Secret("pw")).with_options(made.trust.items())
            for endpoint, made in zip(serving.endpoints, serving.records, strict=True)
        ]


async def test_what_it_says(houses: list[Endpoint]) -> None:
    found = await record(None, "run", houses[0], "echo warp and weft")
    assert (found.status, found.exit_status) == (Status.SUCCESS, 0)
    assert found.body == b"warp and weft\n"
    assert found.endpoint == f"ssh://ann@{houses[0].authority}"


async def test_an_exit_status_is_a_failure(houses: list[Endpoint]) -> None:
    found = await record(None, "run", houses[0], "echo before; exit 3")
    assert (found.status, found.exit_status) == (Status.REFUSED_BY_PEER, 3)
    assert found.message == "the command ended with exit status 3"
    assert found.body == b"before\n"


async def test_at_several_places(houses: list[Endpoint]) -> None:
    wrong = houses[1].replace(password=Secret("x"), path="/wrong")
    found: list[Any] = await records(None, "run", houses[0], "echo x", on=[houses[1], wrong])
    by_place = {made.endpoint: made.status for made in found}
    assert by_place == {
        str(houses[0]): Status.SUCCESS, str(houses[1]): Status.SUCCESS, str(wrong): Status.UNAUTHENTICATED,
    }  # fmt: skip


async def test_what_cant_be_meant(houses: list[Endpoint]) -> None:
    with pytest.raises(UsageError, match="command"):
        await record(None, "run", houses[0], "")
    with pytest.raises(Unsupported, match="tcp has no run"):
        await record(None, "run", "tcp://127.0.0.1:9", "x")
    with pytest.raises(Unsupported, match="tcp has no run"):
        await record(None, "run", houses[0], "echo x", on="tcp://127.0.0.1:9")
