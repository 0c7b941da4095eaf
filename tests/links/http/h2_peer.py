"""A client of HTTP/2 that does as a test says."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import h2.config
import h2.connection
import h2.events
import h2.settings

from netloom.errors import (
    ConnectionLost,
)
from netloom.links.http.messages import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.stream import Stream
    from tests.links.http.lab import Place


PRIOR: Any = "2-prior"


def ask(method: str = "GET", target: str = "/", *headers: tuple[str, str], protocol: str = "") -> Request:
    return Request(method=method, target=target, authority="a", headers=headers, protocol=protocol)


class Peer:
    """A client of HTTP/2 that does as a test says."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        config = h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)
        self.engine = h2.connection.H2Connection(config)
        self.engine.initiate_connection()
        self.events: list[h2.events.Event] = []

    async def flush(self) -> None:
        await self.stream.write(self.engine.data_to_send())

    async def hear(self, wanted: type[h2.events.Event]) -> Any:
        """The next event of a kind."""
        while True:
            for event in self.events:
                if isinstance(event, wanted):
                    self.events.remove(event)
                    return event
            data = await self.stream.read()
            if not data:
                raise ConnectionLost("closed")
            self.events += self.engine.receive_data(data)
            await self.flush()

    def request(self, number: int, *fields: tuple[str, str], end: bool = True) -> None:
        usual = {":method": "GET", ":scheme": "http", ":authority": "a", ":path": "/"}
        headers = [(name, value) for name, value in (usual | dict(fields)).items() if value]
        self.engine.send_headers(number, headers, end_stream=end)


@contextlib.asynccontextmanager
async def meeting(place: Place) -> AsyncIterator[Peer]:
    peer = Peer(await place.stream())
    await peer.flush()
    try:
        yield peer
    finally:
        peer.stream.abort()


async def ended(peer: Peer) -> int:
    """The code with which the server says goodbye."""
    with contextlib.suppress(ConnectionLost):
        event = await asyncio.wait_for(peer.hear(h2.events.ConnectionTerminated), 60.0)
        return int(event.error_code)
    return -1


async def still_serves(place: Place) -> None:
    connection = await place.client(PRIOR)
    assert (await connection.request(ask())).response.status == 200
    await connection.close()
