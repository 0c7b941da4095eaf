"""The small parts of links: layers, traces, the virtual clock, the network in memory, channels, standard streams."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import ConnectError, Phase, UsageError
from netloom.links import network
from netloom.links.channel import RawDecoder
from netloom.links.layer import DatagramLayer, Layer
from netloom.links.memory import MemoryNetwork, pair
from netloom.links.options import LinkOptions
from netloom.links.stdio import StandardStreams
from netloom.links.stream import Stream
from netloom.links.trace import Trace
from netloom.links.virtual import run

OPTIONS = LinkOptions()


class Doubling(Layer):
    """Says everything twice."""

    def write(self, data: Any) -> None:
        super().write(bytes(data) * 2)


class OnTop(Doubling):
    on_top = True


class TestLayers:
    def test_one_at_the_bottom_and_one_put_under_later(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            client, server = Stream(loop), Stream(loop)
            pair(OnTop(client), server)
            Doubling.under(client)
            assert type(client.transport) is OnTop, "what is on top stays there"
            await client.write(b"x")
            assert await server.read() == b"xxxx"
            await server.write(b"y")
            assert await client.read() == b"y"

        run(main())

    def test_it_passes_everything_through(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            client, server = Stream(loop), Stream(loop)
            bottom, _ = pair(Layer(client), server)
            layer = client.transport
            assert isinstance(layer, Layer)
            assert layer.get_protocol() is client
            assert layer.get_extra_info("peername") == ("127.0.0.1", 1)
            assert layer.get_write_buffer_size() == 0
            assert layer.can_write_eof()
            assert layer.is_reading()
            layer.pause_reading()
            assert not bottom.is_reading()
            layer.resume_reading()
            layer.set_write_buffer_limits(1, 0)
            layer.writelines([b"a", b"b"])
            assert await server.read() == b"ab"
            layer.pause_writing()
            writing = asyncio.ensure_future(client.write(b"c"))
            await asyncio.sleep(1)
            assert not writing.done()
            layer.resume_writing()
            await writing
            layer.write_eof()
            assert await server.read() == b"c"
            assert await server.read() == b""
            assert not layer.is_closing()
            layer.abort()
            assert layer.is_closing()
            await client.close()

        run(main())

    def test_datagrams(self) -> None:
        async def main() -> None:
            from netloom.links.datagrams import Datagrams

            loop = asyncio.get_running_loop()
            world = MemoryNetwork()
            link = Datagrams(loop)
            link.peer = "127.0.0.1:9"
            place = (socket.AF_INET, ("127.0.0.1", 9))
            await world.datagrams(place, None, lambda: DatagramLayer(link), OPTIONS)
            assert isinstance(link.transport, DatagramLayer)
            assert link.info("peername") == ("127.0.0.1", 9)
            await link.send(b"x")
            with pytest.raises(ConnectError):
                await link.receive()
            assert not link.transport.is_closing()
            link.abort()
            assert link.transport.is_closing()
            await link.close()

        run(main())


@given(st.lists(st.tuples(st.sampled_from([*Phase, None]), st.floats(0, 10))))
def test_phases_are_disjoint_and_add_up(steps: list[tuple[Phase | None, float]]) -> None:
    now = 0.0
    trace = Trace(lambda: now)
    expected: dict[str, float] = {}
    for phase, seconds in steps:
        trace.enter(phase)
        now += seconds
        if phase is not None:
            expected[phase.value] = expected.get(phase.value, 0.0) + seconds
    assert trace.phases() == pytest.approx(expected)
    assert trace.tls is None


class TestVirtualClock:
    def test_it_jumps(self) -> None:
        async def main() -> float:
            await asyncio.sleep(86_400)
            return asyncio.get_running_loop().time()

        assert run(main()) == 86_400

    def test_timers_keep_their_order(self) -> None:
        async def main() -> list[int]:
            done: list[int] = []

            async def after(seconds: int) -> None:
                await asyncio.sleep(seconds)
                done.append(seconds)

            await asyncio.gather(*(after(n) for n in (3, 1, 2)))
            return done

        assert run(main()) == [1, 2, 3]

    def test_waiting_for_ever_is_told(self) -> None:
        async def main() -> None:
            await asyncio.get_running_loop().create_future()

        with pytest.raises(RuntimeError, match="would hang for ever"):
            run(main())


class TestMemoryNetwork:
    def test_places_are_taken_once(self) -> None:
        async def main() -> None:
            world = MemoryNetwork()
            for place in ((socket.AF_INET, ("127.0.0.1", 9)), (socket.AF_UNIX, "/s")):
                listening = await world.listen(place, asyncio.Protocol, OPTIONS)
                with pytest.raises(UsageError, match="in use"):
                    await world.listen(place, asyncio.Protocol, OPTIONS)
                listening.close()
                await world.listen(place, asyncio.Protocol, OPTIONS)

        run(main())

    def test_ports_are_chosen(self) -> None:
        async def main() -> None:
            world = MemoryNetwork()
            places = [
                (await world.listen((socket.AF_INET6, ("::1", 0, 0, 0)), asyncio.Protocol, OPTIONS)).address
                for _ in range(3)
            ]
            assert len({place[1][1] for place in places}) == 3
            assert {place[1][0] for place in places} == {"::1"}

        run(main())

    def test_connecting_takes_as_long_as_it_is_told(self) -> None:
        async def main() -> None:
            world = MemoryNetwork()
            world.connect_delay = 2.5
            with pytest.raises(ConnectError, match="refused"):
                await world.connect((socket.AF_INET, ("127.0.0.1", 9)), asyncio.Protocol, OPTIONS)
            assert asyncio.get_running_loop().time() == 2.5

        run(main())

    def test_a_datagram_from_a_stranger_does_not_reach_a_connected_socket(self) -> None:
        async def main() -> None:
            heard: list[bytes] = []

            class Hears(asyncio.DatagramProtocol):
                def datagram_received(self, data: bytes, addr: Any) -> None:
                    heard.append(data)

            world = MemoryNetwork()
            server = (socket.AF_INET, ("127.0.0.1", 9))
            await world.datagrams(None, server, Hears, OPTIONS)
            connected = await world.datagrams(server, None, Hears, OPTIONS)
            stranger = await world.datagrams(None, (socket.AF_INET, ("127.0.0.1", 8)), Hears, OPTIONS)
            stranger.sendto(b"x", connected.get_extra_info("sockname"))
            await asyncio.sleep(1)
            assert heard == []

        run(main())


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ((socket.AF_INET, ("127.0.0.1", 80)), "127.0.0.1:80"),
        ((socket.AF_INET6, ("::1", 80, 0, 0)), "[::1]:80"),
        (network.unix("/run/x"), "/run/x"),
        (network.unix("@name"), "@name"),
    ],
)
def test_addresses_in_words(address: Any, shown: str) -> None:
    assert network.show(address) == shown


@given(st.binary(max_size=200), st.sampled_from(["client", "server"]))
def test_raw_bytes_in_words(data: bytes, sender: str) -> None:
    (said,) = RawDecoder().feed(sender, data)
    assert said.size == len(data)
    assert said.sender == sender
    assert said.words.isprintable() or not data
    assert len(said.words) < 400


class TestStandardStreams:
    async def test_what_is_piped_in(self) -> None:
        out, into = os.pipe()
        shown: list[bytes] = []
        streams = StandardStreams(out, shown.append)
        os.write(into, b"hello")
        assert await streams.read() == b"hello"
        os.close(into)
        assert await streams.read() == b""
        await streams.write(b"there")
        await streams.write_eof()
        assert shown == [b"there"]
        os.close(out)

    async def test_one_that_cannot_be_read_is_at_its_end(self) -> None:
        out, into = os.pipe()
        os.close(out)
        os.close(into)
        assert await StandardStreams(out, lambda _: None).read() == b""
