"""A stage for HTTP's tests: our server on a network in memory, a server that says what it is told, clients for both."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from netloom.accounts import Accounts
from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.links.dial import Dialler
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.trace import Trace
from netloom.options import split
from netloom.protocols.http.client import Client
from netloom.protocols.http.options import Options
from netloom.registry import settle
from netloom.serving import Serving

if TYPE_CHECKING:
    from netloom.records import AccessRecord


def options(**given: Any) -> Options:
    return Options(**given)


class Stage:
    """A network in memory. Hosts `a.test` and `b.test` are names of its only address."""

    def __init__(self) -> None:
        self.network = MemoryNetwork()
        self.network.names |= {"a.test": ["127.0.0.1"], "b.test": ["127.0.0.1"]}
        self.seen: list[AccessRecord] = []
        self._diallers: list[Dialler] = []

    def client(self, url: str) -> Client:
        """A client for an endpoint, as an attempt would make it."""
        _, _, endpoint = settle(Endpoint.parse(url))
        link, own = split(endpoint, Options)
        dialler = Dialler(self.network, endpoint, link, Trace(self.network.clock))
        self._diallers.append(dialler)
        return Client(dialler, endpoint, own)

    async def raw(self, url: str) -> Stream:
        """A stream to a server, for what no client of ours says."""
        _, _, endpoint = settle(Endpoint.parse(url))
        dialler = Dialler(self.network, endpoint, LinkOptions(), Trace(self.network.clock))
        self._diallers.append(dialler)
        return await dialler.stream(endpoint, plain=True)

    async def close(self) -> None:
        for dialler in self._diallers:
            await dialler.close()


@contextlib.asynccontextmanager
async def serving(
    content: Any = None, accounts: list[str] | Accounts | None = None, path: str = ""
) -> AsyncIterator[tuple[Stage, str]]:
    """Our server with a content, and its URL without a slash at the end."""
    stage = Stage()
    content = content if content is not None else Files(files={"hello.txt": b"hello\n"})
    known = accounts if isinstance(accounts, Accounts) else Accounts.from_texts(accounts or [])
    endpoint = Endpoint.parse(f"http://127.0.0.1:0{path}")
    async with Serving([endpoint], [content], known, network=stage.network, report=stage.seen.append) as server:
        try:
            yield stage, f"http://127.0.0.1:{server.endpoint.port}"
        finally:
            await stage.close()


Script = Callable[["Heard"], bytes]


class Heard:
    """One request as a scripted server read it."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self.first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        self.fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        self.body = body

    @property
    def method(self) -> str:
        return self.first.split(" ")[0]

    @property
    def target(self) -> str:
        return self.first.split(" ")[1]

    def field(self, name: str) -> str | None:
        return next((value for known, value in self.fields if known.lower() == name), None)


class Scripted:
    """A server that answers each request with the bytes that a function gives; empty bytes close the connection."""

    def __init__(self, stage: Stage, script: Script) -> None:
        self.heard: list[Heard] = []
        self.connections = 0
        self._script = script
        self._stage = stage
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self, port: int) -> None:
        loop = asyncio.get_running_loop()

        def accept() -> asyncio.Protocol:
            self.connections += 1
            stream = Stream(loop)
            loop.call_soon(lambda: self._start(stream))
            return stream

        self._stage.network.listeners[("127.0.0.1", port)] = accept

    def _start(self, stream: Stream) -> None:
        task = asyncio.get_running_loop().create_task(self._attend(stream))
        self._tasks.add(task)

    async def _attend(self, stream: Stream) -> None:
        with contextlib.suppress(Exception):
            while True:
                heard = await self._read(stream)
                self.heard.append(heard)
                said = self._script(heard)
                if not said:
                    break
                await stream.write(said)
                if b"connection: close" in said.lower():
                    break
        await stream.close()

    async def _read(self, stream: Stream) -> Heard:
        head = await stream.read_until(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        body = await stream.read_exactly(int(length[1])) if length else b""
        if re.search(rb"(?i)transfer-encoding: chunked", head):
            while size := int(await stream.read_line(), 16):
                body += await stream.read_exactly(size)
                await stream.read_line()
            await stream.read_line()
        return Heard(head, body)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


@contextlib.asynccontextmanager
async def scripted(script: Script, *ports: int) -> AsyncIterator[tuple[Stage, Scripted]]:
    """A scripted server on ports of a network in memory (80 without any)."""
    stage = Stage()
    server = Scripted(stage, script)
    for port in ports or (80,):
        await server.listen(port)
    try:
        yield stage, server
    finally:
        await stage.close()
        await server.stop()


def answer(status: int = 200, body: bytes = b"", **fields: str) -> bytes:
    """An answer as bytes; `_` in a field's name stands for `-`."""
    lines = [f"HTTP/1.1 {status} Words", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    if "transfer_encoding" not in fields and status not in (204, 304):
        lines.append(f"content-length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


async def collected(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
