"""Connections that our server opens for others."""

from __future__ import annotations

import asyncio

import asyncssh
import pytest

from netloom.contents.echo import Echo
from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost
from netloom.links import virtual
from netloom.links.memory import MemoryNetwork, pair
from netloom.links.ssh.forward import TIME, forward
from netloom.links.ssh.handover import Handover
from netloom.links.stream import Stream
from netloom.serving import Serving


def below() -> Handover:
    loop = asyncio.get_running_loop()
    stream = Stream(loop)
    pair(stream, Stream(loop))
    return Handover.of(stream)


async def test_only_loopback_unless_told_otherwise() -> None:
    network = MemoryNetwork()
    network.names["inside"] = ["127.0.0.1", "10.0.0.1"]
    for host in ("10.0.0.1", "inside", "::ffff:10.0.0.1"):
        with pytest.raises(asyncssh.ChannelOpenError) as caught:
            await forward(network, below(), (host, 80), anywhere=False)
        assert caught.value.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED


async def test_what_cannot_be_reached() -> None:
    network = MemoryNetwork()
    for host in ("127.0.0.1", "nowhere.example"):
        with pytest.raises(asyncssh.ChannelOpenError) as caught:
            await forward(network, below(), (host, 80), anywhere=True)
        assert caught.value.code == asyncssh.OPEN_CONNECT_FAILED


def test_silence_is_bounded() -> None:
    async def scene() -> None:
        network = MemoryNetwork()
        network.silent.add(("127.0.0.1", 80))
        with pytest.raises(asyncssh.ChannelOpenError, match=f"no answer within {TIME:g} s"):
            await forward(network, below(), ("127.0.0.1", 80), anywhere=False)
        assert asyncio.get_running_loop().time() == pytest.approx(TIME)

    virtual.run(scene())


async def test_a_relay_lets_go_of_both_sides() -> None:
    network = MemoryNetwork()
    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Echo()], network=network) as serving:
        layer = below()
        ends, relay = await forward(network, layer, ("127.0.0.1", serving.endpoint.port or 0), anywhere=False)
        loop = asyncio.get_running_loop()
        client = Stream(loop)
        pair(client, ends.stream)
        task = asyncio.ensure_future(relay())
        await client.write(b"hello")
        assert await client.read_exactly(5) == b"hello"
        task.cancel()
        await asyncio.wait({task})
        with pytest.raises(ConnectionLost):
            await client.read()
