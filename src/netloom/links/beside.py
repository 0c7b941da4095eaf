"""Further sockets of a conversation that stands: FTP's data connections, TFTP's transfers (RFC 959 §3.2, RFC 1350 §4).

At both sides they go through the same network, with the same options and faults as the first, and go when it goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from netloom.errors import ConnectionLost, Unsupported, UsageError
from netloom.links import sockets
from netloom.links.datagrams import Datagrams
from netloom.links.network import SockAddr, show
from netloom.links.proxy import chain, through
from netloom.links.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netloom.links.dial import Dialler
    from netloom.links.dressing import Dressing
    from netloom.links.network import Listening, Network
    from netloom.links.options import LinkOptions
    from netloom.links.trace import Trace

_MAPPED = "::ffff:"  # RFC 4291 §2.5.5.2

Dress = Callable[[Stream, SockAddr], asyncio.Protocol]
"""Puts layers under a stream to an address: gives what its transport talks to."""


class Waiting:
    """Listens for one connection, which has to come from one host: whoever else comes is turned away.

    `address` is where it listens.
    """

    def __init__(self, host: str, dress: Dress, trace: Trace | None = None) -> None:
        self.address: SockAddr = (None, None)
        self._host = host
        self._dress = dress
        self._trace = trace
        self._options: LinkOptions | None = None
        self._listening: Listening | None = None
        self._came: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()

    async def open(self, network: Network, place: SockAddr, options: LinkOptions) -> Waiting:
        """Listen there. Raises UsageError, CapabilityError."""
        self._options = options
        self._listening = await network.listen(place, lambda: _Arrival(self), options)
        self.address = self._listening.address
        return self

    async def accept(self) -> Stream:
        """The connection, once it stands. Nobody else can come by then. Raises ConnectionLost once this is closed."""
        return await asyncio.shield(self._came)

    def arrived(self, transport: asyncio.Transport) -> None:
        """Somebody has connected."""
        peer = transport.get_extra_info("peername")
        if self._came.done() or not isinstance(peer, tuple) or peer[0] != self._host:
            transport.abort()
            return
        self._stop()
        if self._options is not None and sockets.wanted(self._options):
            sockets.after_accepting(transport.get_extra_info("socket"), self._options)
        address = self.address[0], peer
        stream = Stream(asyncio.get_running_loop(), self._trace)
        stream.peer = show(address)
        top = self._dress(stream, address)
        transport.set_protocol(top)
        top.connection_made(transport)
        self._came.set_result(stream)

    def abort(self) -> None:
        """Stop listening; who came goes, too."""
        self._stop()
        if not self._came.done():
            self._came.set_exception(ConnectionLost("nobody is waited for any more"))
            self._came.exception()  # it may be that nobody hears of it
        elif self._came.exception() is None:
            self._came.result().abort()

    def _stop(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()


class _Arrival(asyncio.Protocol):
    """What stands above a transport until it is known whose it is."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._waiting.arrived(transport)  # type: ignore[arg-type]  # a stream transport always


class _Link(Protocol):
    """What can be let go of."""

    def abort(self) -> None: ...


class ServedBeside:
    """The further sockets of a served connection, or of a socket of datagrams. `close` lets go of all of them.

    They wear what the first one wears, with its `number` among the faults' connections.
    """

    def __init__(
        self,
        network: Network,
        link: Stream | Datagrams,
        options: LinkOptions,
        dressing: Dressing,
        number: int | None = None,
    ) -> None:
        self._network = network
        self._link = link
        self._options = options
        self._dressing = dressing
        self._number = number
        self._links: set[_Link] = set()

    @property
    def here(self) -> str:
        """The address that the peer has come to; empty over a Unix socket."""
        return _host(self._link.info("sockname"))

    @property
    def there(self) -> str:
        """The peer's address; empty over a Unix socket."""
        return _host(self._link.info("peername"))

    async def listen(self, ports: Iterable[int] = (0,)) -> Waiting:
        """Wait for a connection of the same peer, on the address that it has come to, on the first of some ports that
        is free (0: the kernel chooses). Raises UsageError where none is, Unsupported over a Unix socket."""
        own, peer = self._places()
        made = Waiting(peer[1][0], self._dressed)
        problem: UsageError | None = None
        for port in ports:
            try:
                await made.open(self._network, (own[0], (own[1][0], port, *own[1][2:])), self._options)
            except UsageError as exc:
                problem = exc
                continue
            self._links.add(made)
            return made
        raise problem or UsageError("there is no port to listen on")

    async def dial(self, host: str, port: int) -> Stream:
        """Connect to a host, from the address that the peer knows. Raises ConnectError, Unsupported as above."""
        own, _ = self._places()
        family, (address, *_) = own
        options = self._options if "%" in address else msgspec.structs.replace(self._options, bind=address)
        place: SockAddr = (family, (host, port, *own[1][2:]))
        made = Stream(asyncio.get_running_loop(), None)
        made.peer = show(place)
        top = self._dressed(made, place)
        await self._network.connect(place, lambda: top, options)
        self._links.add(made)
        return made

    async def datagrams(self, peer: Any) -> Datagrams:
        """A datagram socket with a port of its own, connected to one peer of a socket that is open to all."""
        to = _address(peer)
        family, where = _address(self._link.info("sockname"))
        if family != to[0]:  # one for both families, and it is IPv4's turn
            where = ("0.0.0.0", 0)  # noqa: S104  # as wide as what it stands beside
        own: SockAddr = (to[0], (where[0], 0, *where[2:]))
        made = Datagrams(asyncio.get_running_loop())
        made.peer = show(to)
        top = self._dressing.datagrams(made, number=self._number)
        options = msgspec.structs.replace(self._options, multicast_group="")
        await self._network.datagrams(to, own, lambda: top, options)
        self._links.add(made)
        return made

    def drop(self, link: _Link | None) -> None:
        """Let go of one of them at once."""
        if link is not None:
            self._links.discard(link)
            link.abort()

    def close(self) -> None:
        """Let go of all that is left."""
        while self._links:
            self._links.pop().abort()

    def _places(self) -> tuple[SockAddr, SockAddr]:
        own, peer = self._link.info("sockname"), self._link.info("peername")
        if not isinstance(own, tuple) or not isinstance(peer, tuple):
            raise Unsupported("beside a Unix socket there are no further connections")
        return _address(own), _address(peer)

    def _dressed(self, stream: Stream, _: SockAddr) -> asyncio.Protocol:
        return self._dressing.stream(stream, self._number)


class DialledBeside:
    """The further connections of a conversation that was dialled: the dialler lets go of them."""

    def __init__(self, dial: Dialler, stream: Stream) -> None:
        self._dial = dial
        self._stream = stream

    async def dial(self, port: int, host: str = "") -> Stream:
        """A plain stream to another port of the peer: to the very address that answered, or through the same proxies.

        `host` is another one, where that is wanted. It isn't shown to decoders: it carries what they don't know.
        Raises ConnectError, Unsupported over a Unix socket.
        """
        dial = self._dial
        with self._aside():
            hops = chain(dial.options, dial.endpoint)
            if hops or host:
                changes = {"host": host, "zone": ""} if host else {}
                place = dial.endpoint.replace(port=port, **changes)
                return await (through(dial, hops, place) if hops else dial.direct(place))
            peer = self._stream.info("peername")
            if not isinstance(peer, tuple):
                raise Unsupported("beside a Unix socket there are no further connections")
            family, place = _address(peer)
            return await dial.reach([(family, (place[0], port, *place[2:]))])

    async def listen(self) -> Waiting:
        """Wait for a connection of the peer, on the address that it knows. Raises Unsupported through proxies."""
        dial = self._dial
        own, peer = self._stream.info("sockname"), self._stream.info("peername")
        if chain(dial.options, dial.endpoint) or not isinstance(own, tuple) or not isinstance(peer, tuple):
            raise Unsupported(
                "the peer can't connect to us through a proxy or beside a Unix socket", hint="let us connect: passive"
            )
        family, place = _address(own)
        made = Waiting(_host(peer), self._tapped, dial.trace)
        dial.also_close(made.abort)
        options = msgspec.structs.replace(dial.options, bind="")
        return await made.open(dial.network, (family, (place[0], 0, *place[2:])), options)

    def _tapped(self, stream: Stream, address: SockAddr) -> asyncio.Protocol:
        stream.set_idle(self._dial.options.idle)
        with self._aside():
            return self._dial.tapped(self._dial.adopt(stream), address)()

    @contextlib.contextmanager
    def _aside(self) -> Iterator[None]:
        """The attempt's record tells of the first connection, and so does its dialogue."""
        trace = self._dial.trace
        peer, dialogue = trace.peer, trace.dialogue
        trace.dialogue = None
        try:
            yield
        finally:
            trace.peer, trace.dialogue = peer, dialogue


def _address(place: tuple[Any, ...]) -> SockAddr:
    """A place of the socket module with its family. One of IPv4 that came to a socket for both families is IPv4's."""
    if ":" not in place[0]:
        return socket.AF_INET, place
    if place[0].startswith(_MAPPED):
        return socket.AF_INET, (place[0].removeprefix(_MAPPED), place[1])
    return socket.AF_INET6, place


def _host(place: Any) -> str:
    return str(_address(place)[1][0]) if isinstance(place, tuple) else ""
