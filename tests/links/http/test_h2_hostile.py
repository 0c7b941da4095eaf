"""Mutated and arbitrary bytes at both sides of HTTP/2: nothing but the ways that are meant comes of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.settings

from netloom.errors import RemoteProtocolError
from netloom.links.http.h2_client import H2Client
from netloom.links.http.h2_connection import H2Protocol
from netloom.links.http.limits import DEFAULT
from netloom.links.memory import pair
from netloom.links.stream import Stream
from tests.fuzzing import COUNT, hammer

if TYPE_CHECKING:
    from h2.events import RequestReceived

    from netloom.errors import NetloomError


class Listening(H2Protocol):
    """A server that only looks."""

    failure: NetloomError | None = None

    def requested(self, event: RequestReceived) -> None:
        assert event.headers

    def ended(self, error: NetloomError) -> None:
        self.failure = error


def client_says() -> list[bytes]:
    engine = h2.connection.H2Connection(h2.config.H2Configuration())
    engine.initiate_connection()
    engine.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1000})
    fields = [(":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "/x"), ("cookie", "a=b")]
    engine.send_headers(1, fields)
    engine.send_data(1, b"x" * 100, pad_length=5)
    engine.send_headers(3, [*fields, ("te", "trailers")], priority_weight=7, end_stream=True)
    engine.send_headers(1, [("x-trailer", "y")], end_stream=True)
    engine.ping(b"12345678")
    engine.increment_flow_control_window(1000)
    engine.reset_stream(3)
    return [engine.data_to_send()]


def server_says() -> list[bytes]:
    client = h2.connection.H2Connection(h2.config.H2Configuration())
    client.initiate_connection()
    client.send_headers(
        1, [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/")], end_stream=True
    )
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    server.initiate_connection()
    server.receive_data(client.data_to_send())
    server.send_headers(1, [(":status", "103"), ("link", "x")])
    server.send_headers(1, [(":status", "200"), ("server", "y")])
    server.send_data(1, b"hello")
    server.send_headers(1, [("x-trailer", "y")], end_stream=True)
    return [server.data_to_send()]


async def fed(data: bytes, *, client: bool) -> None:
    """Raises what the protocol ended with, where it was the peer's doing."""
    loop = asyncio.get_running_loop()
    ours, theirs = Stream(loop), Stream(loop)
    pair(ours, theirs)
    protocol: H2Client | Listening
    if client:
        protocol = H2Client(ours, DEFAULT, None)
        protocol.begin()
        fields = [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/")]
        await protocol.open(fields, end=True)
    else:
        protocol = Listening(ours, DEFAULT, None, client=False)
        protocol.begin()
    protocol.data_received(data)
    await asyncio.sleep(0)
    ours.abort()
    theirs.abort()
    await asyncio.sleep(0)
    if isinstance(protocol.failure, RemoteProtocolError):
        raise protocol.failure


def test_at_a_server() -> None:
    with asyncio.Runner() as runner:
        hammer(lambda data: runner.run(fed(data, client=False)), client_says(), COUNT // 4)


def test_at_a_client() -> None:
    with asyncio.Runner() as runner:
        hammer(lambda data: runner.run(fed(data, client=True)), server_says(), COUNT // 4)
