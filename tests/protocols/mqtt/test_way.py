"""Inside a WebSocket: both versions of HTTP, subprotocols, and packets that straddle messages (MQTT 5.0 §6)."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import PeerRefused, RemoteProtocolError
from netloom.links.http.client import open_http
from netloom.links.http.websocket_handshake import Wish, connect
from netloom.protocols.mqtt.way import open_way
from netloom.records import Message
from netloom.wire.mqtt.emit import emit
from netloom.wire.mqtt.packets import V5, ConnAck, Connect, Packet, Publish
from netloom.wire.mqtt.reader import Reader
from tests.protocols.mqtt.lab import Lab, lab
from tests.worlds import cancel_everywhere

if TYPE_CHECKING:
    from netloom.links.http.websocket import WebSocket

WS = "mqtt+ws://127.0.0.1:0"


async def opened(place: Lab, *subprotocols: str, target: str = "/mqtt", version: Any = "1.1") -> WebSocket:
    """A WebSocket that says what it is told."""
    connection = await open_http(place.attempt().dial, version=version)
    wish = Wish(target=target, authority="127.0.0.1", subprotocols=subprotocols, compress=False)
    return (await connect(connection, wish))[0]


@pytest.mark.parametrize("version", ["1.1", "2-prior"])
async def test_packets_straddle_messages(version: str) -> None:
    async with lab(WS) as place:
        socket = await opened(place, "x", "mqtt", version=version)
        assert socket.subprotocol == "mqtt"
        said = emit(Connect(client_id="ann"), V5) + b"\xc0\0" + emit(Publish(topic="a", payload=b"x" * 50), V5)
        for at in range(0, len(said), 7):
            await socket.send(said[at : at + 7])
        reader = Reader("server", version=V5)
        heard: list[Packet] = []
        async with place.bus.subscribe("a"):
            while len(heard) < 2:
                message = await socket.receive()
                assert isinstance(message, bytes)
                heard += list(reader.feed(message))
        assert isinstance(heard[0], ConnAck)
        await socket.stream.close()


async def test_a_text_message_ends_it() -> None:
    """MQTT-6.0.0-1."""
    async with lab(WS) as place:
        socket = await opened(place, "mqtt")
        await socket.send("text")
        assert await socket.receive() is None
        assert socket.close_code == 1003
        await socket.stream.close()


@pytest.mark.parametrize(
    ("subprotocols", "target", "code"), [((), "/mqtt", 400), (("x",), "/mqtt", 400), (("mqtt",), "/else", 404)]
)
async def test_refused(subprotocols: tuple[str, ...], target: str, code: int) -> None:
    """MQTT-6.0.0-3."""
    async with lab(WS) as place:
        with pytest.raises(PeerRefused) as caught:
            await opened(place, *subprotocols, target=target)
        assert caught.value.code == code


async def test_our_client_and_our_server() -> None:
    async with lab(WS) as place, place.bus.subscribe("a/b") as heard:
        for version in ("3.1.1", "5"):
            async with place.attempt("/a/b", qos="2", version=version) as attempt:
                await attempt.client.send(Message(payload=version.encode()))
            assert attempt.error is None
            assert (await anext(heard)).payload == version.encode()
        verbs = [(one.verb, one.target, one.status) for one in place.records if one.verb in ("GET", "CONNECT")]
        assert verbs[0] == ("GET", "/mqtt", "101")
        assert [verb for verb, _, _ in verbs] == ["GET", "CONNECT"] * 2


async def test_elsewhere() -> None:
    async with lab("mqtt+ws://127.0.0.1:0/broker") as place, place.bus.subscribe("a") as heard:
        async with place.attempt("/a", place="/broker") as attempt:
            await attempt.client.send(Message(payload=b"x"))
        assert attempt.error is None
        assert (await anext(heard)).payload == b"x"
        async with place.attempt("/a") as attempt:
            await attempt.client.send(Message(payload=b"x"))
        assert isinstance(attempt.error, PeerRefused)
        assert attempt.error.code == 404


async def test_one_that_speaks_something_else() -> None:
    async with lab("ws://127.0.0.1:0") as place:
        place.url = place.url.replace("ws://", "mqtt+ws://")
        attempt = place.attempt(place="/")
        with pytest.raises(RemoteProtocolError, match="mqtt"):
            await open_way(attempt.dial, attempt.endpoint, "/")
        await attempt.dial.close()


@pytest.mark.parametrize("url", ["mqtt://127.0.0.1:0", WS])
def test_whoever_is_cancelled_leaves_nothing(url: str) -> None:
    """At every turn of the loop, from dialling to the goodbye."""

    async def world():  # type: ignore[no-untyped-def]  # as cancel_everywhere has it
        stack = AsyncExitStack()
        place = await stack.enter_async_context(lab(url))
        place.bus.publish(Message(topic="a", payload=b"kept", retain=True))

        async def work() -> None:
            async with place.attempt("/a", qos="2", version="5") as attempt:
                async for _ in attempt.client.listen("/a"):
                    break
                await attempt.client.send(Message(payload=b"x"))
            assert attempt.error is None

        return work(), stack.aclose

    assert cancel_everywhere(world) > 20
