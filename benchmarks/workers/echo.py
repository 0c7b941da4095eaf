"""Echo clients, one a library: send a message, read it back whole, and go on until the slice is over."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from time import perf_counter
from typing import Any, cast

from benchmarks.workers import Watch, attend

HOST = "127.0.0.1"
SIDE, PORT = sys.argv[1], int(sys.argv[2])

# `go(message, until)` gives how many round trips there were, and what came back at last.
Go = Callable[[bytes, float], Awaitable[tuple[int, bytes]]]


class Raw(asyncio.Protocol):
    """Callbacks on the transport and nothing else: the most that the event loop gives."""

    def __init__(self) -> None:
        self.message = self.last = b""
        self.until = 0.0
        self.size = self.trips = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.size += len(data)
        self.last = data
        if self.size >= len(self.message):
            self.size = 0
            self.trips += 1
            if perf_counter() < self.until:
                self.transport.write(self.message)
            else:
                self.transport.abort()
                self.over.set_result(None)

    async def go(self, message: bytes, until: float) -> tuple[int, bytes]:
        self.message, self.until, self.size, self.trips = message, until, 0, 0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport.write(message)
        await self.over
        return self.trips, message if message.endswith(self.last) else self.last


async def raw() -> Go:
    return (await asyncio.get_running_loop().create_connection(Raw, HOST, PORT))[1].go


async def ours() -> Go:
    from netloom.links.stream import Stream

    loop = asyncio.get_running_loop()
    _, stream = await loop.create_connection(lambda: Stream(loop), HOST, PORT)

    async def go(message: bytes, until: float) -> tuple[int, bytes]:
        trips, size, answer = 0, len(message), b""
        while perf_counter() < until:
            await stream.write(message)
            answer = await stream.read_exactly(size)
            trips += 1
        stream.abort()
        return trips, answer

    return go


async def streams() -> Go:
    reader, writer = await asyncio.open_connection(HOST, PORT, limit=256 * 1024)

    async def go(message: bytes, until: float) -> tuple[int, bytes]:
        trips, size, answer = 0, len(message), b""
        while perf_counter() < until:
            writer.write(message)
            await writer.drain()
            answer = await reader.readexactly(size)
            trips += 1
        writer.transport.abort()
        return trips, answer

    return go


async def tornado() -> Go:
    from tornado.tcpclient import TCPClient

    stream = await TCPClient().connect(HOST, PORT)
    stream.set_nodelay(True)

    async def go(message: bytes, until: float) -> tuple[int, bytes]:
        trips, size, answer = 0, len(message), b""
        while perf_counter() < until:
            await stream.write(message)
            answer = await stream.read_bytes(size)
            trips += 1
        stream.close()
        return trips, answer

    return go


async def anyio() -> Go:
    import anyio as library

    stream = await library.connect_tcp(HOST, PORT)

    async def go(message: bytes, until: float) -> tuple[int, bytes]:
        trips, size, answer = 0, len(message), b""
        while perf_counter() < until:
            await stream.send(message)
            answer = await stream.receive(size)
            while len(answer) < size:
                answer += await stream.receive(size - len(answer))
            trips += 1
        await stream.aclose()
        return trips, answer

    return go


async def on_asyncio(
    connect: Callable[[], Awaitable[Go]], message: bytes, connections: int, seconds: float
) -> dict[str, Any]:
    """A slice over so many connections at once; connecting isn't timed."""
    going = [await connect() for _ in range(connections)]
    watch = Watch()
    until = perf_counter() + seconds
    results = await asyncio.gather(*[go(message, until) for go in going])
    return _done(watch, message, results)


def on_trio(message: bytes, connections: int, seconds: float) -> dict[str, Any]:
    import trio

    async def main() -> dict[str, Any]:
        streams = [await trio.open_tcp_stream(HOST, PORT) for _ in range(connections)]
        results: list[tuple[int, bytes]] = []

        async def go(stream: trio.SocketStream) -> None:
            trips, size, answer = 0, len(message), b""
            while perf_counter() < until:
                await stream.send_all(message)
                answer = await stream.receive_some(size)
                while len(answer) < size:
                    answer += await stream.receive_some(size - len(answer))
                trips += 1
            results.append((trips, answer))

        watch = Watch()
        until = perf_counter() + seconds
        async with trio.open_nursery() as nursery:
            for stream in streams:
                nursery.start_soon(go, stream)
        made = _done(watch, message, results)
        for stream in streams:
            await stream.aclose()
        return made

    return trio.run(main)


def on_twisted(message: bytes, connections: int, seconds: float) -> dict[str, Any]:
    """Its reactor runs once a process, so that a slice is a turn of a reactor that goes on."""
    from twisted.internet import defer, endpoints, protocol
    from twisted.internet import reactor as installed

    reactor: Any = installed
    connect: Any = endpoints.connectProtocol

    class Echo(protocol.Protocol):
        def connectionMade(self) -> None:  # noqa: N802  # Twisted's name
            self.wire = cast("Any", self.transport)
            self.wire.setTcpNoDelay(True)
            self.chunks: list[bytes] = []
            self.size = self.trips = 0
            self.last = b""
            self.over: defer.Deferred[None] = defer.Deferred()

        def dataReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
            self.chunks.append(data)
            self.size += len(data)
            if self.size < len(message):
                return
            self.last = b"".join(self.chunks)
            self.chunks.clear()
            self.size = 0
            self.trips += 1
            if perf_counter() < until:
                self.wire.write(message)
            else:
                self.wire.abortConnection()
                self.over.callback(None)

    until = 0.0

    async def main() -> dict[str, Any]:
        nonlocal until
        going: list[Any] = []
        for _ in range(connections):
            going.append(await connect(endpoints.TCP4ClientEndpoint(reactor, HOST, PORT), Echo()))  # noqa: PERF401  # one by one
        watch = Watch()
        until = perf_counter() + seconds
        for echo in going:
            echo.transport.write(message)
        await defer.gatherResults([echo.over for echo in going])
        return _done(watch, message, [(echo.trips, echo.last) for echo in going])

    found: list[Any] = []

    def finish(result: Any) -> None:
        found.append(result)
        reactor.crash()

    defer.ensureDeferred(main()).addBoth(finish)
    reactor.run(installSignalHandlers=False)
    return cast("dict[str, Any]", found[0])


def _done(watch: Watch, message: bytes, results: list[tuple[int, bytes]]) -> dict[str, Any]:
    right = all(answer == message for _, answer in results)
    return {
        **watch.read(sum(trips for trips, _ in results)),
        "right": right,
        "least": min(trips for trips, _ in results),
    }


def work(size: int, connections: int, seconds: float) -> dict[str, Any]:
    """One slice."""
    message = bytes(range(256)) * (size // 256) if size >= 256 else bytes(range(size))
    library, _, loop = SIDE.partition("+")
    if library == "trio":
        return on_trio(message, connections, seconds)
    if library == "twisted":
        return on_twisted(message, connections, seconds)
    main: Coroutine[Any, Any, dict[str, Any]] = on_asyncio(_CONNECT[library], message, connections, seconds)
    if loop == "uvloop":
        import uvloop

        return uvloop.run(main)
    return asyncio.run(main)


_CONNECT: dict[str, Callable[[], Awaitable[Go]]] = {
    "raw": raw,
    "netloom": ours,
    "streams": streams,
    "tornado": tornado,
    "anyio": anyio,
}

attend(work)
