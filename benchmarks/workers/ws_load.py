"""WebSockets by the hundred, for any server, with Socket.IO upon them or without: frames are made beforehand.

A closed loop: the next message goes out when the last, or the last so many, have come to everybody who is to hear.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast

import uvloop

from benchmarks.workers import Watch, attend

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 30.0
"""Seconds after which what hasn't come counts as lost."""
MASK = b"\x37\xfa\x21\x3d"
"""A client masks what it says (RFC 6455 §5.3); nobody else reads along here, so one mask will do."""
TEXT, BINARY = 0x81, 0x82


def frame(opcode: int, payload: bytes, *, masked: bool) -> bytes:
    """A whole message (RFC 6455 §5.2)."""
    size, bit = len(payload), 0x80 * masked
    if size < 126:
        head = bytes((opcode, bit | size))
    elif size < 1 << 16:
        head = bytes((opcode, bit | 126)) + size.to_bytes(2)
    else:
        head = bytes((opcode, bit | 127)) + size.to_bytes(8)
    if not masked:
        return head + payload
    key = int.from_bytes((MASK * (size // 4 + 1))[:size])
    return head + MASK + (int.from_bytes(payload) ^ key).to_bytes(size)


class Socket(asyncio.Protocol):
    """A connection. Until the handshake is over what comes is an answer of HTTP; then `take` gets it."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.take: Callable[[bytes], None] = self.greeted
        self.came = b""
        self.closing = False
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.inbox: asyncio.Queue[str] = asyncio.Queue()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(
            f"GET {self.target} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def greeted(self, data: bytes) -> None:
        self.came += data
        head, found, rest = self.came.partition(b"\r\n\r\n")
        if not found:
            return
        if not head.startswith(b"HTTP/1.1 101") or b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" not in head:
            self.ready.set_exception(AssertionError(f"no WebSocket: {head!r}"))
            return
        self.take, self.came = self.read, b""
        self.ready.set_result(None)
        if rest:
            self.read(rest)

    def read(self, data: bytes) -> None:
        """Short texts, one by one, for a dialogue before the slice."""
        self.came += data
        while len(self.came) > 1:
            size, start = self.came[1], 2
            if size == 126:
                size, start = int.from_bytes(self.came[2:4]), 4
            if len(self.came) < start + size:
                return
            self.inbox.put_nowait(self.came[start : start + size].decode())
            self.came = self.came[start + size :]

    def say(self, text: str) -> None:
        self.transport.write(frame(TEXT, text.encode(), masked=True))

    def data_received(self, data: bytes) -> None:
        self.take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"the server hung up: {exc}"))

    def close(self) -> None:
        self.transport.write(frame(0x88, b"\x03\xe8", masked=True))
        self.transport.close()


class Flow:
    """`speaker` says one message over and over, and each of `hearers` hears what is expected, byte by byte."""

    def __init__(self, speaker: Socket, hearers: list[Socket], said: bytes, heard: bytes, window: int) -> None:
        self.speaker = speaker
        self.hearers = hearers
        self.said = said
        self.heard = heard
        self.window = window
        self.fan = len(hearers)
        self.sent = self.arrived = 0
        self.going = True
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.many = heard * (2 + (1 << 18) // len(heard))

    def begin(self) -> None:
        for hearer in self.hearers:
            hearer.take = self.exact()
        self.send(self.window)

    def send(self, count: int) -> None:
        self.sent += count
        self.speaker.transport.write(self.said if count == 1 else self.said * count)

    def exact(self) -> Callable[[bytes], None]:
        size, many = len(self.heard), self.many
        offset = 0

        def take(data: bytes) -> None:
            nonlocal offset
            end = offset + len(data)
            if many[offset:end] != data:
                if not self.over.done():
                    self.over.set_exception(
                        AssertionError(f"{data[:200]!r} came, {offset} bytes into {self.heard[:80]!r}")
                    )
                return
            count, offset = divmod(end, size)
            self.arrive(count)

        return take

    def arrive(self, count: int) -> None:
        self.arrived += count
        if self.going:
            more = self.window - (self.sent - self.arrived // self.fan)
            if more > 0:
                self.send(more)
        else:
            self.check()

    def stop(self) -> None:
        self.going = False
        self.check()

    def check(self) -> None:
        if not self.going and self.arrived == self.sent * self.fan and not self.over.done():
            self.over.set_result(None)


async def connected(port: int, target: str, count: int) -> list[Socket]:
    """So many WebSockets, some at once."""
    made = [Socket(target) for _ in range(count)]
    left = iter(made)
    loop = asyncio.get_running_loop()

    async def some() -> None:
        for socket in left:
            await loop.create_connection(lambda socket=socket: socket, "127.0.0.1", port)  # type: ignore[misc]
            await socket.ready

    await asyncio.gather(*[some() for _ in range(20)])
    return made


async def echoes(port: int, number: int, size: int, window: int) -> list[Flow]:
    """Each connection hears its own messages again."""
    payload = b"x" * size if size < 1024 else bytes(range(256)) * (size // 256)
    opcode = TEXT if size < 1024 else BINARY
    said, heard = (frame(opcode, payload, masked=masked) for masked in (True, False))
    return [Flow(socket, [socket], said, heard, window) for socket in await connected(port, "/", number)]


async def events(port: int, number: int, fan: int, size: int, window: int) -> list[Flow]:
    """Socket.IO: each speaker publishes to a topic of its own, to which `fan` sockets have subscribed."""
    made = await connected(port, "/socket.io/?EIO=4&transport=websocket", number * (fan + 1))
    await asyncio.gather(*[join(socket) for socket in made])
    flows = []
    for n in range(number):
        speaker, *hearers = made[n * (fan + 1) : (n + 1) * (fan + 1)]
        topic, payload = f"bench{n:04}", "x" * size
        await asyncio.gather(*[subscribe(hearer, topic) for hearer in hearers])
        said = json.dumps(["publish", topic, payload], separators=(",", ":"))
        heard = "42" + json.dumps([topic, payload], separators=(",", ":"))
        speaker.say(f"421{said}")
        answer = await speaker.inbox.get()
        if not answer.startswith("431[") or json.loads(answer[3:])[0]["status"] != "ok":
            raise AssertionError(f"publish was answered with {answer}")
        for hearer in hearers:
            if (came := await hearer.inbox.get()) != heard:
                raise AssertionError(f"{came} came, and not {heard}")
        flows.append(
            Flow(
                speaker,
                hearers,
                frame(TEXT, f"42{said}".encode(), masked=True),
                frame(TEXT, heard.encode(), masked=False),
                window,
            )
        )
    return flows


async def join(socket: Socket) -> None:
    """Engine.IO's OPEN, then CONNECT to the root namespace."""
    opened = await socket.inbox.get()
    socket.say("40")
    answer = await socket.inbox.get()
    if not opened.startswith("0{") or not answer.startswith("40{"):
        raise AssertionError(f"{opened} {answer}")


async def subscribe(socket: Socket, topic: str) -> None:
    socket.say(f'420["subscribe","{topic}"]')
    answer = await socket.inbox.get()
    if not answer.startswith("430[") or json.loads(answer[3:])[0]["status"] != "ok":
        raise AssertionError(f"subscribe was answered with {answer}")


async def run(seconds: float, what: str, pids: list[int], **given: Any) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        flows = await (events(**given) if what == "events" else echoes(**given))
    watch = Watch(pids)
    for flow in flows:
        flow.begin()
    await asyncio.sleep(seconds)
    for flow in flows:
        flow.stop()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*[flow.over for flow in flows])
    found = watch.read(sum(flow.arrived for flow in flows))
    for socket in {socket for flow in flows for socket in (flow.speaker, *flow.hearers)}:
        socket.close()
    await asyncio.sleep(0.05)
    return {**found, "least": min(flow.arrived for flow in flows)}


def work(**request: Any) -> dict[str, Any]:
    """One slice."""
    return uvloop.run(run(**request))


attend(work)
