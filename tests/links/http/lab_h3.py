"""HTTP/3 in memory: a server whose handler a test gives, and peers that say whatever a test wants."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost
from netloom.links.authority import Authority
from netloom.links.datagrams import Datagrams
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.quic.client import dial_quic
from netloom.links.quic.configuration import Windows
from netloom.links.quic.server import Acceptor, configured
from netloom.links.tls import ServerTLS
from netloom.wire.http3 import frames, qpack, varint
from tests.links.http.lab import Options, Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.errors import NetloomError
    from netloom.links.faults.line import Line
    from netloom.links.http.h3_client import H3Connection
    from netloom.links.quic.link import QuicLink
    from tests.links.http.lab import Handler

WINDOWS = Windows(connection=1 << 20, stream=1 << 18)
SETTINGS = varint.emit(0) + frames.emit(frames.SETTINGS, b"")
"""How a control stream begins."""
GET = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", b"/")]


@functools.cache
def authority() -> Authority:
    return Authority.create()


@functools.cache
def ca() -> str:
    """The file with whom clients trust."""
    with tempfile.NamedTemporaryFile(suffix=".pem", delete=False) as file:
        file.write(authority().certificate_pem)
    atexit.register(Path(file.name).unlink, missing_ok=True)
    return file.name


def tls(**named: Any) -> ServerTLS:
    issued = authority().issue(["localhost", "127.0.0.1"])
    return ServerTLS(issued.cert_pem, issued.key_pem, alpn=("h2", "http/1.1"), **named)


def shown() -> Callable[[Line | None], ServerTLS]:
    """One certificate, whoever comes."""
    own = tls()
    return lambda line: own


class Http3(Options, frozen=True, kw_only=True):
    """What the listener looks for."""

    http3: str = "only"


class H3Place(Place):
    """A server of HTTP/3."""

    async def h3(self, **options: Any) -> H3Connection:
        """Our own client's connection."""
        return await self.client("3", **{"ca": ca(), **options})  # type: ignore[return-value]  # what version 3 gives

    async def raw(self, **options: Any) -> Peer:
        """A client that says what a test wants."""
        link, datagrams = await dial_quic(self.dialler(**{"ca": ca(), **options}), None, ("h3",), WINDOWS)
        made = Peer(link)
        made.socket = datagrams
        return made


@contextlib.asynccontextmanager
async def serving_h3(handler: Handler, options: Http3 | None = None, **link: Any) -> AsyncIterator[H3Place]:
    """One route with one handler, over QUIC in memory."""
    place = H3Place(MemoryNetwork(), LinkOptions(**link))
    await place.open([place.route(handler, "https://127.0.0.1:0", options=options or Http3())], tls())
    try:
        yield place
    finally:
        await place.listener.close(1.0)


class Peer:
    """One end of a QUIC connection. `said` is what came, by stream; `ended`, `reset` and `stopped` tell of streams."""

    def __init__(self, link: QuicLink) -> None:
        self.link = link
        self.socket: Datagrams | None = None
        self.said: dict[int, bytes] = {}
        self.ended: set[int] = set()
        self.reset: dict[int, int] = {}
        self.stopped: dict[int, int] = {}
        self.error: NetloomError | None = None
        self._changed = asyncio.Event()
        link.attach(self)

    # What the link calls

    def stream_data(self, number: int, data: bytes, *, end: bool) -> None:
        self.said[number] = self.said.get(number, b"") + data
        if end:
            self.ended.add(number)
        self._changed.set()

    def stream_reset(self, number: int, code: int) -> None:
        self.reset[number] = code
        self._changed.set()

    def stop_sending(self, number: int, code: int) -> None:
        self.stopped[number] = code
        self._changed.set()

    def sent(self) -> None:
        pass

    def lost(self, error: NetloomError) -> None:
        self.error = error
        self._changed.set()

    # What a test says

    def begin(self, data: bytes = SETTINGS) -> int:
        """A stream in one direction: the control stream, unless it begins otherwise."""
        number = self.link.engine.get_next_available_stream_id(is_unidirectional=True)
        return self.send(number, data)

    def ask(self, data: bytes, *, end: bool = True) -> int:
        """A stream in both directions."""
        return self.send(self.link.engine.get_next_available_stream_id(), data, end=end)

    def send(self, number: int, data: bytes, *, end: bool = False) -> int:
        self.link.engine.send_stream_data(number, data, end)
        self.link.flush()
        return number

    async def until(self, done: Callable[[], Any]) -> None:
        """Wait until it is so, or the connection is gone."""
        while not done():
            if self.error is not None:
                raise ConnectionLost("it has gone", hint=self.error.message)
            self._changed.clear()
            await self._changed.wait()

    async def gone(self) -> str:
        """Wait until the other end has closed; what it said."""
        while self.error is None:
            self._changed.clear()
            await self._changed.wait()
        return self.error.message

    def answer(self, number: int) -> list[tuple[int, Any]]:
        """The frames of an answer; fields are decoded."""
        found = frames.Frames(1 << 20).feed(self.said.get(number, b""))
        return [(kind, qpack.parse(data, 1 << 20) if kind == frames.HEADERS else data) for kind, data in found]

    async def answered(self, number: int) -> tuple[int, bytes]:
        """Wait for the end of an answer: its status and its body."""
        await self.until(lambda: number in self.ended)
        parts = self.answer(number)
        fields = next(dict(payload) for kind, payload in parts if kind == frames.HEADERS)
        return int(fields[b":status"]), b"".join(payload for kind, payload in parts if kind == frames.DATA)


def head(fields: list[tuple[bytes, bytes]] | None = None, **more: bytes) -> bytes:
    """HEADERS of a request for `/`, or of other fields."""
    said = list(fields if fields is not None else GET)
    said += [(name.replace("_", "-").encode(), value) for name, value in more.items()]
    return frames.emit(frames.HEADERS, qpack.emit(said))


def answer(status: int = 200, body: bytes = b"", **more: bytes) -> bytes:
    """HEADERS of an answer, and DATA where there is a body."""
    said = head([(b":status", b"%d" % status)], **more)
    return said + (frames.emit(frames.DATA, body) if body else b"")


class Hostile:
    """A server of QUIC whose connections a test speaks for."""

    def __init__(self, network: MemoryNetwork) -> None:
        self.network = network
        self.peers: list[Peer] = []
        self.came = asyncio.Event()
        self.endpoint = Endpoint.parse("https://127.0.0.1:0")
        self._acceptor: Acceptor
        self._datagrams: Datagrams

    async def open(self) -> None:
        self._datagrams = Datagrams(asyncio.get_running_loop())
        await self.network.datagrams(None, (2, ("127.0.0.1", 0)), lambda: self._datagrams, LinkOptions())
        self._acceptor = Acceptor(self._datagrams, configured(shown(), 30.0), self._accept)
        self._datagrams.attach(self._acceptor)
        self.endpoint = Endpoint.parse(f"https://127.0.0.1:{self._datagrams.info('sockname')[1]}")

    def _accept(self, link: QuicLink) -> bool:
        self.peers.append(Peer(link))
        self.came.set()
        return True

    def close(self) -> None:
        self._acceptor.close()
        self._datagrams.abort()


@contextlib.asynccontextmanager
async def hostile() -> AsyncIterator[tuple[H3Place, Hostile]]:
    """A server that says what a test wants, and a place whose clients go there."""
    place = H3Place(MemoryNetwork(), LinkOptions())
    server = Hostile(place.network)  # type: ignore[arg-type]  # it is in memory
    await server.open()
    place.endpoint = server.endpoint
    try:
        yield place, server
    finally:
        server.close()
