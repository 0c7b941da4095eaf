"""MQTT clients by the hundred, for any broker: packets are made beforehand, and what comes is compared with them.

Nothing is lost and nothing waits without end, because it is a closed loop: a publisher sends the next message when
the last, or the last so many, have arrived at their subscribers.
"""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING, Any, cast

import uvloop

from benchmarks.workers import Watch, attend

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "127.0.0.1"
PAYLOAD = bytes(range(64))
PATIENCE = 30.0
"""Seconds after which what hasn't come counts as lost."""
_CONNACK, _SUBACK, _PINGRESP = b"\x20\2\0\0", b"\x90\3\0\1", b"\xd0\0"
_IDS = 1000


def text(words: str) -> bytes:
    return struct.pack("!H", len(words)) + words.encode()


def packet(first: int, body: bytes) -> bytes:
    """Two bytes of length are enough here."""
    size = len(body)
    return bytes((first, size)) + body if size < 128 else bytes((first, size & 127 | 128, size >> 7)) + body


class Client(asyncio.Protocol):
    """One connection. `take` is given what comes once the client has connected, and subscribed if it does."""

    def __init__(self, name: str, topic: str = "", qos: int = 0) -> None:
        self.name = name
        self.topic = topic
        self.qos = qos
        self.take: Callable[[bytes], None] = self.greeted
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.came = b""
        self.closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        body = text("MQTT") + b"\4\2" + struct.pack("!H", 600) + text(self.name)
        if self.topic:
            self.due = _CONNACK + _SUBACK + bytes((self.qos,))
            subscribe = packet(0x82, b"\0\1" + text(self.topic) + bytes((self.qos,)))
        else:
            self.due, subscribe = _CONNACK, b""
        self.transport.write(packet(0x10, body) + subscribe)

    def greeted(self, data: bytes) -> None:
        """CONNACK and SUBACK."""
        self.came += data
        if self.came == self.due:
            self.came = b""
            self.ready.set_result(None)
        elif not self.due.startswith(self.came):
            self.ready.set_exception(AssertionError(f"{self.came!r}, and not {self.due!r}"))

    def data_received(self, data: bytes) -> None:
        self.take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"the broker hung up: {exc}"))
        elif not self.closing:
            self.take = _lost

    def close(self) -> None:
        self.closing = True
        self.transport.write(b"\xe0\0")
        self.transport.close()


def _lost(_: bytes) -> None:
    raise ConnectionError("the broker hung up")


async def connect(port: int, clients: list[Client], at_once: int = 50) -> None:
    """Connect them all, so many at once."""
    left = iter(clients)
    loop = asyncio.get_running_loop()

    async def some() -> None:
        for client in left:
            await loop.create_connection(lambda made=client: made, HOST, port)  # type: ignore[misc]
            await client.ready

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*[some() for _ in range(at_once)])


class Flow:
    """From one publisher to its subscribers: so many messages under way, at most."""

    def __init__(self, topic: str, qos: int, subscribers: int, window: int) -> None:
        self.publisher = Client(f"from-{topic}")
        self.subscribers = [Client(f"to-{topic}-{number}", topic, qos) for number in range(subscribers)]
        self.qos = qos
        self.window = window
        self.fan = subscribers
        self.sent = self.arrived = self.acknowledged = 0
        self.going = True
        self.wrong = ""
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if qos:
            self.packets = [packet(0x32, text(topic) + struct.pack("!H", n + 1) + PAYLOAD) for n in range(_IDS)]
            self.head = self.packets[0][: -len(PAYLOAD) - 2]
        else:
            self.packets = [packet(0x30, text(topic) + PAYLOAD)]
        self.size = len(self.packets[0])
        self.many = self.packets[0] * (1 + (1 << 18) // self.size)

    def begin(self) -> None:
        """The first messages."""
        self.publisher.take = self.acknowledgements
        for client in self.subscribers:
            client.take = self.confirmed(client) if self.qos else self.exact(client)
        self.send(self.window)

    def send(self, count: int) -> None:
        first, self.sent = self.sent, self.sent + count
        if not self.qos:
            self.publisher.transport.write(self.packets[0] * count)
        elif count == 1:
            self.publisher.transport.write(self.packets[first % _IDS])
        else:
            self.publisher.transport.write(b"".join([self.packets[n % _IDS] for n in range(first, first + count)]))

    def exact(self, client: Client) -> Callable[[bytes], None]:
        """QoS 0: the same bytes over and over, which are compared however they are cut."""
        size, many = self.size, self.many
        offset = 0

        def take(data: bytes) -> None:
            nonlocal offset
            end = offset + len(data)
            if not (end <= len(many) and many[offset:end] == data) and not self.matches(offset, data):
                self.fail(f"{client.name} was told {data[:200]!r}")
                return
            count, offset = divmod(end, size)
            self.arrive(count)

        return take

    def matches(self, offset: int, data: bytes) -> bool:
        return (self.packets[0] * (2 + len(data) // self.size))[offset : offset + len(data)] == data

    def confirmed(self, client: Client) -> Callable[[bytes], None]:
        """QoS 1: each has a packet id, and is acknowledged."""
        size, head = self.size, self.head
        at, tail = len(head), len(head) + 2
        rest = b""

        def take(data: bytes) -> None:
            nonlocal rest
            if rest:
                data = rest + data
            count = len(data) // size
            answers = []
            for start in range(0, count * size, size):
                if data[start : start + at] != head or data[start + tail : start + size] != PAYLOAD:
                    self.fail(f"{client.name} was told {data[start : start + size]!r}")
                    return
                answers.append(b"\x40\2" + data[start + at : start + tail])
            rest = data[count * size :]
            if answers:
                client.transport.write(b"".join(answers))
                self.arrive(count)

        return take

    def acknowledgements(self, data: bytes) -> None:
        """PUBACKs, which have to be there in the end; with QoS 0 the publisher hears nothing."""
        self.acknowledged += len(data)
        if not self.qos:
            self.fail(f"the publisher was told {data[:80]!r}")
        self.check()

    def arrive(self, count: int) -> None:
        self.arrived += count
        if self.going:
            # What all have counts as arrived; with one subscriber that is every message.
            more = self.window - (self.sent - self.arrived // self.fan)
            if more > 0:
                self.send(more)
        else:
            self.check()

    def stop(self) -> None:
        self.going = False
        self.check()

    def check(self) -> None:
        """Over, once everything has arrived and is acknowledged."""
        whole = self.arrived == self.sent * self.fan and self.acknowledged == 4 * self.sent * bool(self.qos)
        if not self.going and whole and not self.over.done():
            self.over.set_result(None)

    def fail(self, words: str) -> None:
        self.wrong = self.wrong or words
        if not self.over.done():
            self.over.set_exception(AssertionError(words))

    def close(self) -> None:
        for client in (self.publisher, *self.subscribers):
            client.close()


async def flows(
    *, port: int, number: int, fan: int, qos: int, window: int, seconds: float, pids: list[int]
) -> dict[str, Any]:
    """So many publishers, each with so many subscribers; the count is of messages told."""
    made = [Flow(f"bench/{n:04}/state", qos, fan, window) for n in range(number)]
    await connect(port, [client for flow in made for client in (*flow.subscribers, flow.publisher)])
    watch = Watch(pids)
    for flow in made:
        flow.begin()
    await asyncio.sleep(seconds)
    for flow in made:
        flow.stop()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*[flow.over for flow in made])
    found = watch.read(sum(flow.arrived for flow in made))
    for flow in made:
        flow.close()
    await asyncio.sleep(0)
    return {**found, "least": min(flow.arrived for flow in made)}


async def numbered(port: int, qos: int, count: int) -> dict[str, Any]:
    """Messages with a number each, to three subscribers, one of them with a wildcard: each once and in order."""
    topics = ("check/one", "check/+", "check/#")
    heard: list[list[int]] = [[] for _ in topics]
    clients = [Client(f"check-{n}", topic, qos) for n, topic in enumerate(topics)]
    publisher = Client("check-from")
    await connect(port, [*clients, publisher])
    over = asyncio.get_running_loop().create_future()
    head = text("check/one")
    size = len(packet(0x32 if qos else 0x30, head + b"\0\0" * qos + bytes(4)))

    def listener(client: Client, numbers: list[int]) -> Callable[[bytes], None]:
        def take(data: bytes) -> None:
            client.came += data
            while len(client.came) >= size:
                one, client.came = client.came[:size], client.came[size:]
                if one[0] != (0x32 if qos else 0x30) or one[2 : 2 + len(head)] != head:
                    raise AssertionError(f"{client.name} was told {one!r}")
                numbers.append(int.from_bytes(one[-4:]))
                if qos:
                    client.transport.write(b"\x40\2" + one[-6:-4])
            if all(len(them) >= count for them in heard) and not over.done():
                over.set_result(None)

        return take

    for client, numbers in zip(clients, heard, strict=True):
        client.take = listener(client, numbers)
    publisher.take = lambda _: None
    for number in range(count):
        packet_id = struct.pack("!H", number + 1) if qos else b""
        publisher.transport.write(packet(0x32 if qos else 0x30, head + packet_id + number.to_bytes(4)))
        if number % 10 == 9:
            await asyncio.sleep(0.001)
    async with asyncio.timeout(PATIENCE):
        await over
    for client in (*clients, publisher):
        client.close()
    await asyncio.sleep(0)
    return {"good": all(numbers == list(range(count)) for numbers in heard)}


class Holder:
    """Connections that are held over several questions, each subscribed to a topic of its own."""

    def __init__(self) -> None:
        self.held: list[Client] = []
        self.pinged = self.told = 0

    async def more(self, port: int, count: int, pids: list[int]) -> dict[str, Any]:
        """Connect and subscribe so many more."""
        base = len(self.held)
        made = [Client(f"held-{n}", f"held/{n:06}") for n in range(base, base + count)]
        watch = Watch(pids)
        await connect(port, made)
        self.held += made
        return watch.read(count)

    async def all(self, port: int) -> dict[str, Any]:
        """Does each still answer a ping, and hear what is told to it?"""
        publisher = Client("held-from")
        await connect(port, [publisher])
        answered = 0
        over = asyncio.get_running_loop().create_future()

        def listener(client: Client) -> Callable[[bytes], None]:
            due = {
                _PINGRESP + packet(0x30, text(client.topic) + PAYLOAD),
                packet(0x30, text(client.topic) + PAYLOAD) + _PINGRESP,
            }

            def take(data: bytes) -> None:
                nonlocal answered
                client.came += data
                if client.came in due:
                    client.came = b""
                    answered += 1
                    if answered == len(self.held):
                        over.set_result(None)

            return take

        for number, client in enumerate(self.held):
            client.take = listener(client)
            client.transport.write(b"\xc0\0")
            publisher.transport.write(packet(0x30, text(client.topic) + PAYLOAD))
            if number % 20 == 19:
                await asyncio.sleep(0.001)
        try:
            async with asyncio.timeout(PATIENCE):
                await over
        except TimeoutError:
            pass
        publisher.close()
        await asyncio.sleep(0)
        return {"answered": answered}

    def none(self) -> dict[str, Any]:
        for client in self.held:
            client.close()
        self.held.clear()
        return {"answered": 0}


LOOP = uvloop.new_event_loop()
HOLDER: list[Holder] = []


async def asked(what: str, **given: Any) -> dict[str, Any]:
    """One request."""
    if what == "flows":
        return await flows(**given)
    if what == "numbered":
        return await numbered(**given)
    if not HOLDER:
        HOLDER.append(Holder())
    holder = HOLDER[0]
    if what == "hold":
        return await holder.more(**given)
    if what == "held":
        return await holder.all(**given)
    return holder.none()


def work(**request: Any) -> dict[str, Any]:
    """One slice; the loop stands still in between."""
    return LOOP.run_until_complete(asked(**request))


attend(work)
