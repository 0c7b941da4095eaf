"""A server that says what it is told to say, and our client with it, in memory."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.links.memory import MemoryNetwork
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from netloom.wire.mqtt.emit import emit
from netloom.wire.mqtt.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from netloom.attempts import Attempt
    from netloom.links.stream import Stream
    from netloom.wire.mqtt.packets import Packet


class Server:
    """The server's side of one connection."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._reader = Reader("client")
        self._heard: list[Packet] = []

    async def hear(self) -> Any:
        """The client's next packet; None once it has gone."""
        while not self._heard:
            data = await self.stream.read()
            if not data:
                return None
            self._heard += list(self._reader.feed(data))
        return self._heard.pop(0)

    async def say(self, *said: Packet | bytes) -> None:
        """Packets, or bytes as they are."""
        version = self._reader.version
        await self.stream.write(b"".join(one if isinstance(one, bytes) else emit(one, version) for one in said))


@contextlib.asynccontextmanager
async def against(
    handle: Callable[[Server], Awaitable[None]],
) -> AsyncIterator[Callable[..., Attempt]]:
    """`attempt(path, **options)` tries our client with a server that a function plays."""

    async def attend(link: Any) -> None:
        await handle(Server(link))

    async def emit_record(record: object) -> None:
        raise AssertionError(f"nobody asked for {record}")

    network = MemoryNetwork()
    toolbox = Toolbox(emit_record, network=network)
    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(attend)], network=network) as serving:

        def attempt(path: str = "", **options: str) -> Attempt:
            chosen = ",".join(f"{name}={value}" for name, value in options.items())
            return toolbox.attempt(Endpoint.parse(f"mqtt://127.0.0.1:{serving.endpoint.port}{path}#{chosen}"), 5.0)

        yield attempt
