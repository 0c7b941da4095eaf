"""The probe: what a specialist reads first."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.errors import Status
from netloom.links.virtual import run as virtual
from netloom.wire.coap import codes
from netloom.wire.coap.message import Message, uint
from tests.protocols.coap.lab import answer, large, liar, place, served
from tests.worlds import record


def test_a_server_of_ours() -> None:
    async def main() -> None:
        async with served() as network:
            found = await record(network, "probe", place("/sensors/temperature"))
            assert found.status is Status.SUCCESS
            assert found.summary.startswith("10 resources, 10 observable · 2.05 text/plain: 21.5 · ping ")
            facts = found.facts
            assert facts["discovery"] == facts["code"] == "2.05"
            assert "/fan" in facts["resources"]
            assert facts["types"][:2] == ["uptime", "text"]
            assert facts["ping"] >= 0
            assert facts["size"] == 4
            found = await record(network, "probe", place("?rt=nothing"))
            assert found.facts["count"] == 10

    virtual(main())


def test_a_body_in_blocks() -> None:
    async def main() -> None:
        async with served(large()) as network:
            found = await record(network, "probe", place("/text/of/many/pages"))
            assert (found.facts["size"], found.facts["block"]) == (5000, 1024)

    virtual(main())


def test_a_server_that_knows_little() -> None:
    async def main() -> None:
        async with liar(lambda asked, _: [answer(asked, b"", codes.NOT_FOUND)] if asked.code else []) as (network, _):
            found = await record(network, "probe", place("#patience=1,retries=1"))
            assert found.status is Status.SUCCESS
            assert found.summary == "no discovery (4.04)"
            assert found.facts["repeated"] == 1, "the ping"
            assert "ping" not in found.facts

    virtual(main())


@pytest.mark.parametrize(
    ("say", "status"),
    [
        (lambda asked, _: [Message(codes.RST, codes.EMPTY, asked.id)], Status.REFUSED_BY_PEER),
        (lambda asked, _: [b"\0"], Status.PROTOCOL_ERROR),
        (lambda asked, _: [], Status.TIMEOUT),
    ],
)
def test_no_server(say: Any, status: Status) -> None:
    async def main() -> None:
        async with liar(say) as (network, _):
            assert (await record(network, "probe", place(), deadline=10)).status is status

    virtual(main())


def test_a_resource_that_is_not_there() -> None:
    async def main() -> None:
        async with served() as network:
            found = await record(network, "probe", place("/nothing"))
            assert (found.status, found.facts["code"]) == (Status.REFUSED_BY_PEER, "4.04")
            assert found.summary.startswith("10 resources")

    virtual(main())


def test_a_server_that_wants_an_echo() -> None:
    async def main() -> None:
        def say(asked: Message, number: int) -> list[Message | bytes]:
            if not asked.code:
                return [Message(codes.RST, codes.EMPTY, asked.id)]
            if asked.value(codes.ECHO) is None:
                return [answer(asked, b"", codes.UNAUTHORIZED, (codes.ECHO, b"prove it"))]
            return [answer(asked, b"</a>", codes.CONTENT, (codes.CONTENT_FORMAT, uint(40)))]

        async with liar(say) as (network, _):
            found = await record(network, "probe", place())
            assert found.facts["challenged"] is True
            assert found.summary.startswith("1 resource · ping")

    virtual(main())
