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
from netloom.links.faults.way import HELD
from netloom.links.memory import MemoryNetwork, pair
from netloom.links.stream import Stream
from netloom.links.virtual import run
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.worlds import LOOPS, Certificates, elapsed, on_loop, record

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


class TestBackpressure:
    """Both sides are told to wait while too much is held back, and go on after."""

    @pytest.mark.parametrize("to", ["client", "server"])
    def test_a_writer_waits_for_what_is_held_back(self, to: str) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            client, server, faults = Stream(loop), Stream(loop), Faults([f"stall:to={to}"])
            pair(client, FaultLayer(server, faults, "server"))
            speaker, hearer = (server, client) if to == "client" else (client, server)
            size = 3 * HELD["stream"]

            async def speak() -> None:
                for _ in range(size // 1024):
                    await speaker.write(bytes(1024))
                await speaker.write_eof()

            speaking = asyncio.ensure_future(speak())
            await asyncio.sleep(60)
            assert not speaking.done()
            assert not hearer.peek()
            faults.remove("stall")
            heard = 0
            while data := await hearer.read():
                heard += len(data)
            assert heard == size
            await speaking

        run(main())

    def test_a_reader_that_waits_makes_the_speaker_wait(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            client, server = Stream(loop), Stream(loop)
            pair(client, FaultLayer(server, Faults(["latency:1:to=both"]), "server"))

            async def speak() -> None:
                for _ in range(4096):
                    await client.write(bytes(1024))
                await client.write_eof()

            speaking = asyncio.ensure_future(speak())
            await asyncio.sleep(60)
            assert not speaking.done()
            heard = 0
            while data := await server.read():
                heard += len(data)
            assert heard == 4096 * 1024
            await speaking

        run(main())


class TestEnds:
    def test_what_is_late_is_said_before_the_end(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            client, server = Stream(loop), Stream(loop)
            pair(client, FaultLayer(server, Faults(["latency:5"]), "server"))
            await server.write(b"bye")
            await server.close()
            assert loop.time() == 5
            assert await client.read() == b"bye"
            assert await client.read() == b""

        run(main())

    def test_a_half_that_has_ended_leaves_the_other(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            client, server = Stream(loop), Stream(loop)
            pair(client, FaultLayer(server, Faults(["latency:5:to=both"]), "server"))
            await client.write(b"ask")
            await client.write_eof()
            assert await server.read() == b"ask"
            assert await server.read() == b""
            await server.write(b"answer")
            assert await client.read() == b"answer"
            assert loop.time() == 10
            await server.close()
            assert await client.read() == b""

        run(main())

    def test_who_closes_hears_nothing_more(self) -> None:
        async def main() -> None:
            heard: list[bytes] = []

            class Hears(asyncio.Protocol):
                def data_received(self, data: bytes) -> None:
                    heard.append(data)

            loop = asyncio.get_running_loop()
            client = Stream(loop)
            layer = FaultLayer(Hears(), Faults(["latency:5:to=both"]), "server")
            pair(client, layer)
            await client.write(b"one")
            await asyncio.sleep(1)
            layer.close()
            await client.write(b"two")
            await asyncio.sleep(20)
            assert heard == []

        run(main())

    def test_what_is_late_is_said_before_a_limit_ends_it(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            client, server = Stream(loop), Stream(loop)
            pair(client, FaultLayer(server, Faults(["limit:3", "latency:9"]), "server"))
            await server.write(b"12345")
            assert await client.read() == b"123"
            assert await client.read() == b""
            assert await server.read() == b""

        run(main())

    def test_who_has_closed_says_nothing_more(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            client, faults = Stream(loop), Faults(["stall"])
            layer = FaultLayer(asyncio.Protocol(), faults, "server")
            pair(client, layer)
            layer.write(b"one")
            layer.close()
            layer.write(b"two")
            faults.remove("stall")
            assert await client.read() == b"one"
            assert await client.read() == b""

        run(main())

    def test_a_reset_is_one_for_the_peer_and_for_us(self) -> None:
        async def main() -> None:
            lost: list[tuple[str, Exception | None]] = []

            class Hears(asyncio.Protocol):
                def __init__(self, name: str) -> None:
                    self.name = name

                def connection_lost(self, exc: Exception | None) -> None:
                    lost.append((self.name, exc))

            transport, _ = pair(Hears("peer"), FaultLayer(Hears("ours"), Faults(["reset"]), "server"))
            transport.write(b"x")
            await asyncio.sleep(1)
            transport.write(b"x")
            await asyncio.sleep(1)
            assert lost == []
            other, _ = pair(Hears("peer"), FaultLayer(Hears("ours"), Faults(["reset:to=server"]), "server"))
            other.write(b"x")
            await asyncio.sleep(1)
            (ours, error), (peer, reset) = lost
            assert (ours, peer) == ("ours", "peer")
            assert isinstance(error, ConnectionLost)
            assert isinstance(reset, ConnectionResetError)

        run(main())

    def test_what_is_late_is_dropped_where_we_break_off(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            client, server = Stream(loop), Stream(loop)
            pair(client, FaultLayer(server, Faults(["latency:5:to=both"]), "server"))
            await client.write(b"x")
            await server.write(b"y")
            await asyncio.sleep(1)
            server.abort()
            await asyncio.sleep(9)
            assert not server.peek()
            with pytest.raises(ConnectionLost):
                await client.read()

        run(main())

    @pytest.mark.parametrize("scheme", ["tcp", "tls"])
    def test_a_server_stops_in_time_with_connections_that_stall(self, scheme: str) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            serving = Serving([Endpoint.parse(f"{scheme}://127.0.0.1:4242#fault=stall:2000:to=both")], network=network)
            await serving.start()
            asking = asyncio.ensure_future(
                record(network, "send", f"{scheme}://127.0.0.1:4242#reply=all,verify=no", "x" * 5000, deadline=99)
            )
            await asyncio.sleep(1)
            await serving.stop(3.0)
            assert elapsed() <= 4.1
            assert (await asking).status is not Status.SUCCESS

        run(main())


@pytest.mark.parametrize("kind", LOOPS)
class TestOnRealSockets:
    def test_what_passes_before_a_reset_arrives(self, kind: str) -> None:
        async def main() -> None:
            async with Serving([Endpoint.parse("tcp://127.0.0.1:0#fault=reset:5")]) as serving:
                reader, writer = await asyncio.open_connection("127.0.0.1", serving.endpoint.port)
                writer.write(b"1234567")
                assert await reader.readexactly(5) == b"12345"
                with pytest.raises(ConnectionResetError):
                    await reader.read()
                writer.close()

        on_loop(kind, main())

    def test_a_limit_is_an_end_in_order(self, kind: str) -> None:
        async def main() -> None:
            async with Serving([Endpoint.parse("tcp://127.0.0.1:0#fault=limit:5")]) as serving:
                reader, writer = await asyncio.open_connection("127.0.0.1", serving.endpoint.port)
                writer.write(b"1234567")
                assert await reader.read() == b"12345"
                writer.close()

        on_loop(kind, main())

    def test_rejected(self, kind: str) -> None:
        async def main() -> None:
            async with Serving([Endpoint.parse("tcp://127.0.0.1:0#fault=reject:1")]) as serving:
                found = [
                    await record(None, "send", f"{serving.endpoint}#reply=line", "x\n", deadline=5) for _ in range(2)
                ]
                assert [each.status for each in found] == [Status.CLOSED, Status.SUCCESS]

        on_loop(kind, main())

    def test_much_that_is_slow(self, kind: str) -> None:
        async def main() -> None:
            async with Serving([Endpoint.parse("tcp://127.0.0.1:0#fault=latency:20ms:to=both")]) as serving:
                reader, writer = await asyncio.open_connection("127.0.0.1", serving.endpoint.port)
                said = bytes(range(256)) * 20_000
                writer.write(said)
                writer.write_eof()
                assert await reader.read() == said
                writer.close()

        on_loop(kind, main())

    def test_lifted_while_it_stands(self, kind: str) -> None:
        async def main() -> None:
            faults = Faults(["stall"], changes=True)
            async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], faults=faults) as serving:
                reader, writer = await asyncio.open_connection("127.0.0.1", serving.endpoint.port)
                writer.write(b"hello")
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(reader.read(1), 0.05)
                faults.remove("stall")
                assert await reader.readexactly(5) == b"hello"
                writer.close()

        on_loop(kind, main())


def test_a_recording_shows_what_our_side_really_heard(tmp_path: Path) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        file = tmp_path / "heard.pcapng"
        async with Serving([Endpoint.parse("tcp://127.0.0.1:4242")], network=network):
            await record(
                network,
                "send",
                "tcp://127.0.0.1:4242#reply=line,fault=corrupt:1:after=2",
                "hello\n",
                record=str(file),
                deadline=3,
            )
        assert b"hello\n" in file.read_bytes()
        assert file.read_bytes().count(b"he") == 2
        assert file.read_bytes().count(b"hello") == 1

    run(main())
