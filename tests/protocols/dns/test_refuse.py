"""A name server that is told to say no."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import record

PLACE = "dns://127.0.0.1:5353"


async def answers(fault: str, *asked: str) -> list[Any]:
    network = MemoryNetwork()
    async with Serving([Endpoint.parse(f"{PLACE}#fault={fault}")], network=network):
        return [await record(network, "get", f"{PLACE}/{each}") for each in asked]


@pytest.mark.parametrize("code", ["SERVFAIL", "refused", "NXDOMAIN", "FORMERR", "NOTIMP"])
@pytest.mark.parametrize("options", ["", "#transport=tcp"])
def test_each_code(code: str, options: str) -> None:
    async def main() -> None:
        (found,) = await answers(f"refuse:{code}", f"example.test?type=A{options}")
        assert found.status is Status.REFUSED_BY_PEER
        assert code.upper() in found.message

    run(main())


def test_fails_twice_and_then_succeeds() -> None:
    async def main() -> None:
        found = await answers("refuse:SERVFAIL:times=2", *["example.test?type=SOA"] * 3)
        assert [each.status is Status.SUCCESS for each in found] == [False, False, True]

    run(main())


def test_only_for_some_names() -> None:
    async def main() -> None:
        found = await answers("refuse:REFUSED:target=www.*", "www.example.test?type=A", "example.test?type=SOA")
        assert [each.status is Status.SUCCESS for each in found] == [False, True]

    run(main())


def test_a_truncated_answer_is_asked_for_again_over_tcp() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        seen: list[Any] = []
        endpoint = Endpoint.parse(f"{PLACE}#fault=refuse:TRUNCATED")
        async with Serving([endpoint], network=network, report=seen.append):
            found = await record(network, "get", f"{PLACE}/example.test?type=SOA")
        assert found.status is Status.SUCCESS
        assert len(seen) == 2

    run(main())


def test_what_is_kept_ready_is_refused_as_well() -> None:
    async def main() -> None:
        found = await answers("refuse:SERVFAIL:times=1:chance=1", *["example.test?type=SOA"] * 2)
        assert [each.status is Status.SUCCESS for each in found] == [False, True]

    run(main())
