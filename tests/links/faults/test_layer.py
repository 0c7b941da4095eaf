"""Faults that are asked for really act: on streams and datagrams, on both sides, under TLS too."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost, Phase, Status
from netloom.links.faults.layer import FaultLayer
from netloom.links.faults.plan import Faults
from netloom.links.memory import MemoryNetwork, pair
from netloom.links.stream import Stream
from netloom.links.virtual import run
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.worlds import Certificates, elapsed, record

if TYPE_CHECKING:
    from pathlib import Path


async def asked(where: str, options: str, message: str = "hello\n", server: str = "", **fields: Any) -> Any:
    """Ask an echo server in memory, with faults on our side or on its."""
    network = MemoryNetwork()
    scheme = where.partition(":")[0]
    async with Serving([Endpoint.parse(f"{where}#{server}" if server else where)], network=network):
        return await record(network, "send", f"{scheme}://127.0.0.1:4242#{options}", message, **fields)


@pytest.mark.parametrize("scheme", ["tcp", "udp"])
@pytest.mark.parametrize("side", ["client", "server"])
def test_latency(scheme: str, side: str) -> None:
    async def main() -> None:
        ours, theirs = ("reply=some,fault=latency:1.5", "") if side == "client" else ("reply=some", "fault=latency:1.5")
        found = await asked(f"{scheme}://127.0.0.1:4242", ours, server=theirs)
        assert found.body == b"hello\n"
        assert elapsed() == pytest.approx(1.5)
        assert found.phases["first_byte"] == pytest.approx(1.5)

    run(main())


@pytest.mark.parametrize(("after", "phase"), [(0, Phase.FIRST_BYTE), (3, Phase.TRANSFER)])
def test_reset_of_a_stream(after: int, phase: Phase) -> None:
    async def main() -> None:
        found = await asked("tcp://127.0.0.1:4242", f"reply=line,fault=reset:{after}")
        assert (found.status, found.phase) == (Status.CLOSED, phase)
        assert "on purpose" in found.message

    run(main())


def test_reset_by_a_server() -> None:
    async def main() -> None:
        found = await asked("tcp://127.0.0.1:4242", "reply=line", server="fault=reset:3")
        assert found.status is Status.CLOSED
        assert "reset" in found.message

    run(main())


@pytest.mark.parametrize(("after", "phase"), [(0, Phase.FIRST_BYTE), (3, Phase.TRANSFER)])
def test_stall_of_a_stream(after: int, phase: Phase) -> None:
    async def main() -> None:
        found = await asked("tcp://127.0.0.1:4242", f"reply=line,fault=stall:{after}", deadline=9)
        assert (found.status, found.phase) == (Status.TIMEOUT, phase)
        assert elapsed() == pytest.approx(9)

    run(main())


def test_a_stalled_peer_does_not_end_either() -> None:
    async def main() -> None:
        async def bye(link: Stream) -> None:
            await link.write(b"bye")

        network = MemoryNetwork()
        async with Serving([Endpoint.parse("tcp://127.0.0.1:4242")], [Handler(bye)], network=network):
            found = await record(network, "send", "tcp://127.0.0.1:4242#reply=all,fault=stall:2,idle=4", "x")
        assert (found.status, found.phase) == (Status.TIMEOUT, Phase.TRANSFER)
        assert "silence" in found.message

    run(main())


@pytest.mark.parametrize(("options", "status"), [("fault=reset:0", Status.REFUSED), ("fault=stall:0", Status.TIMEOUT)])
def test_datagrams(options: str, status: Status) -> None:
    async def main() -> None:
        found = await asked("udp://127.0.0.1:4242", f"reply=some,{options}", deadline=9)
        assert (found.status, found.phase) == (status, Phase.FIRST_BYTE)

    run(main())


@pytest.mark.parametrize(("options", "later"), [("fault=reset:5", "refused"), ("fault=stall:5", "silence")])
def test_datagrams_pass_until_then(options: str, later: str) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse("udp://127.0.0.1:4242")], network=network):
            toolbox = Toolbox(_nobody, network=network)
            attempt = toolbox.attempt(Endpoint.parse(f"udp://127.0.0.1:4242#{options},idle=5"))
            async with attempt:
                link = await attempt.client.open()
                await link.send(b"12345")
                assert await link.receive() == b"12345"
                await link.send(b"12345")
                await link.receive()
            assert attempt.error is not None
            assert later in attempt.error.message

    run(main())


async def _nobody(record: object) -> None:
    """Nobody reads."""


@pytest.mark.parametrize("options", ["fault=reset:900", "fault=stall:900", "fault=reset:100"])
def test_under_tls(options: str, tmp_path: Path) -> None:
    """Faults are at the wire: they count ciphertext and break handshakes."""
    certificates = Certificates(tmp_path)

    async def main() -> None:
        found = await asked(
            f"tls://127.0.0.1:4242#cert={certificates.good}",
            f"reply=line,ca={certificates.ca},{options}",
            "x" * 2000 + "\n",
            deadline=9,
        )
        handshake = options == "fault=reset:100"
        expected = Status.TIMEOUT if "stall" in options else Status.TLS_ERROR if handshake else Status.CLOSED
        assert found.status in ({expected, Status.TLS_ERROR} if not handshake else {expected, Status.CLOSED})
        assert found.body is None

    run(main())


def test_latency_delays_the_end_and_keeps_the_order() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        client, server = Stream(loop), Stream(loop)
        pair(FaultLayer(client, Faults(["latency:2"]), "client"), server)
        heard = []

        async def hear() -> None:
            heard.extend([(loop.time(), chunk) async for chunk in client])
            heard.append((loop.time(), b"end"))

        hearing = asyncio.ensure_future(hear())
        await server.write(b"one")
        await asyncio.sleep(1)
        await server.write(b"two")
        await asyncio.sleep(0.5)
        await server.write_eof()
        await hearing
        assert heard == [(2.0, b"one"), (3.0, b"two"), (3.5, b"end")]

    run(main())


def test_what_was_under_way_arrives_when_the_connection_ends() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        client, server = Stream(loop), Stream(loop)
        pair(FaultLayer(client, Faults(["latency:50"]), "client"), server)
        await server.write(b"last words")
        await asyncio.sleep(1)
        server.abort()
        assert await client.read() == b"last words"
        with pytest.raises(ConnectionLost):
            await client.read()
        assert loop.time() == pytest.approx(1)

    run(main())


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1), st.integers(0, 100))
def test_as_many_bytes_as_were_asked_for_pass(pieces: list[bytes], after: int) -> None:
    whole = b"".join(pieces)

    async def main(fault: str) -> tuple[bytes, Stream]:
        loop = asyncio.get_running_loop()
        client, server = Stream(loop), Stream(loop)
        pair(FaultLayer(client, Faults([fault]), "client"), server)
        for piece in pieces:
            await server.write(piece)
        await asyncio.sleep(1)
        return client.peek(), client

    said, _ = run(main(f"stall:{after}"))
    assert said == whole[:after]
    said, client = run(main(f"reset:{after}"))
    assert said == whole[:after]
    assert (client._error is not None) == (len(whole) >= after)
