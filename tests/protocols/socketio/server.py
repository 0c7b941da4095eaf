"""A foreign server in memory, of which each test says what it says: Engine.IO over polling and WebSockets."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import NetloomError
from netloom.links.http.websocket import WebSocket
from netloom.links.http.websocket_handshake import accept_key
from netloom.links.memory import MemoryNetwork
from netloom.serving import Serving
from netloom.toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from netloom.attempts import Attempt
    from netloom.links.stream import Stream
    from netloom.records import Record

OPEN = '0{"sid":"abc","upgrades":["websocket"],"pingInterval":10000,"pingTimeout":5000,"maxPayload":1000}'
LONE = OPEN.replace('["websocket"]', "[]")


class Scripted:
    """`polls` are the answers to requests, one after the other, None: never; `asked` are their heads and bodies.

    A WebSocket is given to `talk`; without one it is refused.
    """

    def __init__(self, polls: list[bytes | None], talk: Callable[[WebSocket], Awaitable[None]] | None) -> None:
        self.network = MemoryNetwork()
        self.asked: list[tuple[str, bytes]] = []
        self.port = 0
        self._polls = list(polls)
        self._talk = talk

    async def attend(self, link: Stream) -> None:
        """One connection."""
        with contextlib.suppress(NetloomError):
            while not link.at_eof:
                head = (await link.read_until(b"\r\n\r\n")).decode("latin-1")
                if "upgrade: websocket" in head.lower():
                    await self._upgrade(link, head)
                    return
                size = next((line for line in head.lower().split("\r\n") if line.startswith("content-length: ")), " 0")
                self.asked.append((head, await link.read_exactly(int(size.rpartition(" ")[2]))))
                answer = self._polls.pop(0) if self._polls else b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"
                if answer is None:
                    await link.read()
                    return
                if not answer:
                    return
                await link.write(answer)

    async def _upgrade(self, link: Stream, head: str) -> None:
        self.asked.append((head, b""))
        if self._talk is None:
            await link.write(b"HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\n")
            return
        key = next(line for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key")).split(": ")[1]
        await link.write(
            b"HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            + f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode()
        )
        socket = WebSocket(link, client=False)
        await self._talk(socket)
        await socket.end()

    def attempt(self, path: str = "", **options: str) -> Attempt:
        """A client's try at it, with a deadline where none is among the options."""
        deadline = float(options.pop("deadline", 30.0))

        async def drop(record: Record) -> None:
            raise AssertionError(f"nobody asked for {record}")

        endpoint = Endpoint.parse(f"socketio://127.0.0.1:{self.port}{path}").with_options(options.items())
        return Toolbox(drop, network=self.network).attempt(endpoint, deadline)


def ok(payload: str | bytes, status: int = 200) -> bytes:
    """An answer to a request."""
    body = payload.encode() if isinstance(payload, str) else payload
    return b"HTTP/1.1 %d OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body


@contextlib.asynccontextmanager
async def scripted(
    *polls: bytes | None, talk: Callable[[WebSocket], Awaitable[None]] | None = None
) -> AsyncIterator[Scripted]:
    """The server, on a network of its own."""
    made = Scripted(list(polls), talk)

    async def attend(link: Any) -> None:
        await made.attend(link)

    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(attend)], network=made.network) as serving:
        made.port = serving.endpoint.port or 0
        yield made


def saying(*script: str | bytes) -> Callable[[WebSocket], Awaitable[None]]:
    """A conversation: what begins with `>` is awaited from the client, the rest is said."""

    async def talk(socket: WebSocket) -> None:
        for line in script:
            if isinstance(line, str) and line.startswith(">"):
                message = await socket.receive()
                assert message == line[1:], f"{message!r} instead of {line[1:]!r}"
            else:
                await socket.send(line)

    return talk
