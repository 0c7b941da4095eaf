"""Layers pass everything through, both ways, and take their place under what is on top."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from netloom.errors import ConnectError
from netloom.links.datagrams import Datagrams
from netloom.links.layer import DatagramLayer, Layer
from netloom.links.memory import MemoryNetwork, pair
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.virtual import run


class Noted(Layer):
    """Notes what passes."""

    def __init__(self, upper: asyncio.Protocol) -> None:
        super().__init__(upper)
        self.seen: list[tuple[str, bytes]] = []

    def data_received(self, data: bytes) -> None:
        self.seen.append(("in", data))
        super().data_received(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.seen.append(("out", bytes(data)))
        super().write(data)


class OnTop(Noted):
    """One that sees the plaintext."""

    on_top = True


async def streams(between: type[Noted]) -> tuple[Stream, Stream, Noted]:
    """Two joined streams, the first with a layer under it."""
    loop = asyncio.get_running_loop()
    ours, theirs = Stream(loop), Stream(loop)
    layer = between(ours)
    pair(layer, theirs)
    return ours, theirs, layer


def test_everything_passes_both_ways() -> None:
    async def main() -> None:
        ours, theirs, layer = await streams(Noted)
        await ours.write(b"warp")
        assert await theirs.read_exactly(4) == b"warp"
        await theirs.write(b"weft")
        assert await ours.read_exactly(4) == b"weft"
        assert layer.seen == [("out", b"warp"), ("in", b"weft")]
        assert ours.info("peername") == layer.lower.get_extra_info("peername")
        await ours.write_eof()
        assert await theirs.read() == b""
        await theirs.close()
        assert await ours.read() == b""
        await ours.close()

    run(main())


def test_back_pressure_passes() -> None:
    async def main() -> None:
        ours, theirs, _ = await streams(Noted)
        await ours.write(b"x" * 1_000_000)  # more than the other stream holds: it stops reading
        await asyncio.sleep(1)
        writing = asyncio.ensure_future(ours.write(b"x" * 1_000_000))
        await asyncio.sleep(1)
        assert not writing.done()
        assert len(await theirs.read_exactly(2_000_000)) == 2_000_000
        await writing
        ours.abort()
        theirs.abort()
        await asyncio.sleep(1)

    run(main())


def test_a_layer_put_in_later_goes_under_what_is_on_top() -> None:
    async def main() -> None:
        ours, theirs, top = await streams(OnTop)
        below = Noted.under(ours)
        assert isinstance(below, Noted)
        assert ours.transport is top
        assert top.lower is below
        await ours.write(b"shed")
        assert await theirs.read_exactly(4) == b"shed"
        assert top.seen == below.seen == [("out", b"shed")]
        below_nothing_on_top = Noted.under(theirs)
        assert theirs.transport is below_nothing_on_top
        ours.abort()
        theirs.abort()
        await asyncio.sleep(1)

    run(main())


def test_whatever_a_transport_can_is_passed_on() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        client, server = Stream(loop), Stream(loop)
        bottom, _ = pair(Layer(client), server)
        layer = client.transport
        assert isinstance(layer, Layer)
        assert layer.get_protocol() is client
        assert layer.get_write_buffer_size() == 0
        assert layer.can_write_eof()
        assert layer.is_reading()
        layer.pause_reading()
        assert not bottom.is_reading()
        layer.resume_reading()
        assert bottom.is_reading()
        layer.set_write_buffer_limits(1, 0)
        layer.writelines([b"a", b"b"])
        assert await server.read() == b"ab"
        layer.pause_writing()
        writing = asyncio.ensure_future(client.write(b"c"))
        await asyncio.sleep(1)
        assert not writing.done()
        layer.resume_writing()
        await writing
        assert not layer.is_closing()
        layer.abort()
        assert layer.is_closing()
        await client.close()

    run(main())


def test_errors_of_datagrams_pass() -> None:
    async def main() -> None:
        link = Datagrams(asyncio.get_running_loop())
        link.peer = "127.0.0.1:9"
        await MemoryNetwork().datagrams((2, ("127.0.0.1", 9)), None, lambda: DatagramLayer(link), LinkOptions())
        assert isinstance(link.transport, DatagramLayer)
        await link.send(b"x")
        with pytest.raises(ConnectError):
            await link.receive()
        await link.close()

    run(main())


def test_datagrams_pass() -> None:
    class Upper(asyncio.DatagramProtocol):
        """Keeps what comes."""

        def __init__(self) -> None:
            self.got: list[Any] = []

        def datagram_received(self, data: bytes, addr: Any) -> None:
            self.got.append(data)

    async def main() -> None:
        network, upper, peer = MemoryNetwork(), Upper(), Upper()
        one = (2, ("127.0.0.1", 5))
        layer = DatagramLayer(upper)
        await network.datagrams(None, one, lambda: peer, LinkOptions())
        await network.datagrams(one, None, lambda: layer, LinkOptions())
        layer.sendto(b"pick")
        network.sockets["127.0.0.1", 5].sendto(b"beat", layer.get_extra_info("sockname"))
        await asyncio.sleep(1)
        assert (peer.got, upper.got) == ([b"pick"], [b"beat"])
        layer.close()
        assert layer.is_closing()
        layer.abort()
        network.sockets["127.0.0.1", 5].close()
        await asyncio.sleep(1)

    run(main())
