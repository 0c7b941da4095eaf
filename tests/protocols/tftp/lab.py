"""A TFTP server of ours in memory, and peers that say any packets, over a way that loses, repeats and delays."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Self

from netloom.accounts import Accounts
from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.links.datagrams import Datagrams
from netloom.links.dial import Dialler
from netloom.links.memory import MemoryDatagrams, MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.trace import Trace
from netloom.options import split
from netloom.protocols.tftp.client import Client
from netloom.serving import Serving
from netloom.wire.tftp import packets

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Callable, Mapping

    from netloom.links.datagrams import Peer
    from netloom.records import AccessRecord
    from netloom.wire.tftp.packets import Packet

HELLO = b"Hello from the loom.\n"
BIG = bytes(range(256)) * 1000 + b"end"
TREE = {"hello.txt": HELLO, "big.bin": BIG, "sub/a.txt": b"a\nb\r\nc", "even.bin": b"x" * 1024, "empty": b""}
STRANGER = "203.0.113.66"


class Way(MemoryNetwork):
    """A network in memory whose clients are from `host`; `trouble` decides what becomes of each datagram."""

    def __init__(self, host: str = "127.0.0.1", trouble: random.Random | None = None) -> None:
        super().__init__()
        self.host = host
        self.trouble = trouble
        self.sent: list[tuple[int, int, bytes]] = []
        self.lose: Callable[[bytes], bool] = lambda _: False

    def _own(self, family: Any) -> Any:
        return socket.AF_INET, (self.host, next(self._ports))

    async def datagrams(self, remote: Any, local: Any, factory: Any, options: Any) -> MemoryDatagrams:
        if local is not None and not local[1][1]:
            local = local[0], (local[1][0], next(self._ports))
        made = await super().datagrams(remote, local, factory, options)
        assert isinstance(made, MemoryDatagrams)
        self._trouble(made)
        return made

    async def roaming(self, remote: Any, factory: Any, options: Any) -> MemoryDatagrams:
        made = await super().roaming(remote, factory, options)
        self._trouble(made)
        return made

    def _trouble(self, made: MemoryDatagrams) -> None:
        real = made.sendto

        def sendto(data: Any, addr: Any = None) -> None:
            aim = addr[1] if addr is not None else made.remote[1][1] if made.remote is not None else 0
            self.sent.append((made.own[1][1], aim, bytes(data)))
            if self.lose(bytes(data)):
                return
            if self.trouble is None:
                real(data, addr)
                return
            loop = asyncio.get_running_loop()
            for _ in range(self.trouble.choice((1, 1, 1, 1, 1, 1, 0, 2))):
                # What is as late as another comes after it: timers of one moment have no order
                late = self.trouble.choice((0.001, 0.001, 0.001, 0.03)) + len(self.sent) * 1e-9
                loop.call_later(late, _if_open, made, real, data, addr)

        made.sendto = sendto  # type: ignore[method-assign]  # what a way does to datagrams

    def heard(self, port: int) -> list[Packet]:
        """What was sent to a port."""
        return [packets.parse(data) for _, to, data in self.sent if to == port]


def _if_open(made: MemoryDatagrams, real: Callable[..., None], data: bytes, addr: Any) -> None:
    if not made.is_closing():
        real(data, addr)


class Lab:
    """`async with Lab(…) as lab`: a server in memory."""

    def __init__(
        self,
        options: str = "",
        *,
        network: Way | None = None,
        content: Files | None = None,
        files: Mapping[str, bytes] = TREE,
        accounts: Accounts | None = None,
    ) -> None:
        self.network = network or Way()
        self.files = content if content is not None else Files(files=dict(files))
        self.access: list[AccessRecord] = []
        self.serving = Serving(
            [Endpoint.parse(f"tftp://127.0.0.1:69#{options}")],
            [self.files],
            accounts if accounts is not None else Accounts(),
            network=self.network,
            report=self.access.append,
        )

    async def __aenter__(self) -> Self:
        await self.serving.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.serving.stop(0.0)

    async def read(self, path: str) -> bytes:
        """What stands there now."""
        return b"".join([chunk async for chunk in self.files.read(path)])

    def client(self, path: str = "", options: str = "") -> tuple[Client, Dialler]:
        """A client of ours."""
        return client(self.network, f"tftp://127.0.0.1{path}#{options}".rstrip("#"))

    async def get(self, path: str, options: str = "") -> bytes:
        """A file, as a client of ours gets it."""
        made, dial = self.client(path, options)
        try:
            reply = await made.get("")
            return b"".join([chunk async for chunk in reply.chunks()])
        finally:
            await dial.close()

    async def put(self, path: str, *chunks: bytes, options: str = "") -> dict[str, Any]:
        made, dial = self.client(path, options)
        try:
            return (await made.put("", body(*chunks))).meta
        finally:
            await dial.close()

    async def raw(self) -> Raw:
        """A peer that says what it is told to."""
        link = Datagrams(asyncio.get_running_loop())
        await self.network.datagrams(None, (socket.AF_INET, (self.network.host, 0)), lambda: link, LinkOptions())
        return Raw(link)


class Raw:
    """One peer's socket."""

    def __init__(self, link: Datagrams, server: Peer = ("127.0.0.1", 69)) -> None:
        self.link = link
        self.server = server

    async def say(self, packet: Packet | bytes, port: int | None = None) -> None:
        """A packet, to where the transfer is, or to another port of the server."""
        place = self.server if port is None else ("127.0.0.1", port)
        await self.link.send(packet if isinstance(packet, bytes) else packets.emit(packet), place)

    async def hear(self, seconds: float = 100.0) -> Packet:
        """The next packet; what is said goes to where it came from, from then on."""
        async with asyncio.timeout(seconds):
            data, self.server = await self.link.receive_from()
        return packets.parse(data)

    async def ask(self, packet: Packet | bytes) -> Packet:
        await self.say(packet)
        return await self.hear()

    async def silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        try:
            await self.hear(seconds)
        except TimeoutError:
            return True
        return False


def client(network: MemoryNetwork, url: str) -> tuple[Client, Dialler]:
    endpoint = Endpoint.parse(url)
    if endpoint.port is None:
        endpoint = endpoint.replace(port=69)
    link_options, own = split(endpoint, Client.Options)
    dial = Dialler(network, endpoint, link_options, Trace(network.clock))
    return Client(dial, endpoint, own), dial


async def body(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
