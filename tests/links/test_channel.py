"""Raw links as clients and servers: sending, what is read back, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.contents.bus import Bus
from netloom.contents.echo import Echo
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import elapsed, record

if TYPE_CHECKING:
    from netloom.links.stream import Stream

STREAMS = ["tcp://127.0.0.1:4242", "unix:///s"]
ALL = [*STREAMS, "udp://127.0.0.1:4242"]


async def talk(where: str, content: Any, options: str, message: str = "hello\n", **fields: Any) -> Any:
    network = MemoryNetwork()
    async with Serving([Endpoint.parse(where)], [content], network=network):
        return await record(network, "send", f"{where}#{options}" if options else where, message, **fields)


@pytest.mark.parametrize("where", ALL)
@pytest.mark.parametrize("reply", ["some", "line", "all"])
def test_what_is_read_back(where: str, reply: str) -> None:
    found = run(talk(where, Echo(), f"reply={reply}"))
    assert found.status is Status.SUCCESS
    assert found.body == b"hello\n"
    assert found.size == 6


@pytest.mark.parametrize("where", ALL)
def test_nothing_is_read_back_by_default(where: str) -> None:
    heard: list[bytes] = []

    async def hear(link: Any) -> None:
        heard.append(await link.read())

    found = run(talk(where, Handler(hear), ""))
    assert (found.status, found.body) == (Status.SUCCESS, None)
    assert heard == [b"hello\n"]


@pytest.mark.parametrize("where", STREAMS)
def test_a_line_and_no_more(where: str) -> None:
    async def two(link: Stream) -> None:
        await link.write(b"one\ntwo\n")
        await link.read()

    assert run(talk(where, Handler(two), "reply=line")).body == b"one\n"


@pytest.mark.parametrize("where", STREAMS)
def test_all_until_the_end(where: str) -> None:
    async def slowly(link: Stream) -> None:
        import asyncio

        assert await link.read() == b"hello\n"
        assert await link.read() == b"", "our side has ended"
        for _ in range(3):
            await asyncio.sleep(20)
            await link.write(b"x" * 1000)

    async def main() -> None:
        found = await talk(where, Handler(slowly), "reply=all", deadline=25)
        assert found.size == 3000
        assert elapsed() == pytest.approx(60)
        assert found.phases["first_byte"] == pytest.approx(20)

    run(main())


@pytest.mark.parametrize("where", STREAMS)
def test_an_empty_answer(where: str) -> None:
    async def nothing(link: Stream) -> None:
        await link.read()

    for reply in ("all", "some"):
        found = run(talk(where, Handler(nothing), f"reply={reply}"))
        assert (found.status, found.body) == (Status.SUCCESS, b"")


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_more_than_fits_on_the_way(scheme: str) -> None:
    """An echo begins to answer before it has heard everything: whoever only writes meanwhile would wait for ever."""
    with netloom.serve(f"{scheme}://127.0.0.1:0") as server:
        trust = [f"ca={server.records[0].trust['ca']}"] if scheme == "tls" else []
        big = "x" * 20_000_000
        found = netloom.send(server.endpoint, big, options=["reply=all", *trust], deadline=60).one()
    assert found.body == big.encode()


def test_lines_of_a_bus() -> None:
    async def main() -> None:
        import asyncio

        network = MemoryNetwork()
        bus = Bus()
        heard: list[bytes] = []

        async def hear() -> None:
            async with bus.subscribe("#") as messages:
                async for message in messages:
                    heard.append(message.payload)  # noqa: PERF401  # it is cancelled in the middle

        hearing = asyncio.ensure_future(hear())
        async with Serving([Endpoint.parse(where) for where in ALL], [bus], network=network):
            for where in ALL:
                await record(network, "send", where, "hello\n")
            await asyncio.sleep(1)
        hearing.cancel()
        await asyncio.wait({hearing})
        assert heard == [b"hello", b"hello", b"hello\n"]

    run(main())


@pytest.mark.parametrize("where", ALL)
def test_where_it_spends_its_time(where: str) -> None:
    found = run(talk(where, Echo(), "reply=some"))
    assert {Phase.CONNECT.value, Phase.REQUEST.value, Phase.FIRST_BYTE.value} <= set(found.phases)
