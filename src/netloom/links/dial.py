"""The dialler: from an endpoint to a link, by name resolution, Happy Eyeballs, proxies and TLS, each step traced."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from netloom.errors import Phase, UsageError
from netloom.links.beside import DialledBeside
from netloom.links.datagrams import Datagrams
from netloom.links.eyeballs import race
from netloom.links.faults import dress
from netloom.links.introducing import introduce
from netloom.links.network import Network, SockAddr, describe, show, unix
from netloom.links.proxy import chain, through
from netloom.links.resolve import ascii_name, take_turns
from netloom.links.stream import Stream
from netloom.registry import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from netloom.endpoint import Endpoint
    from netloom.links.icmp import IcmpLink
    from netloom.links.options import LinkOptions
    from netloom.links.tls import TLSLayer
    from netloom.links.trace import Trace
    from netloom.packet.recording import Recording
    from netloom.wire.proxy_protocol import Proxied

C = TypeVar("C")


class Dialler:
    """What a client is given instead of a socket. It owns every link that it opened, and `close()` lets go of them.

    `endpoint` has its port. A client that needs another place names another endpoint.
    """

    def __init__(
        self,
        network: Network,
        endpoint: Endpoint,
        options: LinkOptions,
        trace: Trace,
        *,
        recording: Recording | None = None,
    ) -> None:
        self.network = network
        self.endpoint = endpoint
        self.options = options
        self.trace = trace
        self.recording = recording
        self.faults = dress.of_client(endpoint, settle(endpoint)[1].over, options) if options.fault else None
        self.speaks_for: Proxied | None = None
        """Whose connections they are, where a PROXY header is to tell: ours, unless something else is said."""
        self._links: list[Stream | Datagrams] = []
        self._extra: list[Callable[[], None]] = []

    async def stream(
        self, endpoint: Endpoint | None = None, *, alpn: Sequence[str] = (), plain: bool = False
    ) -> Stream:
        """A connected stream, secured where the scheme says so (`plain` leaves that to the caller, as STARTTLS does).

        Raises ResolveError, ConnectError, TLSError.
        """
        declared, scheme, place = settle(endpoint or self.endpoint)
        over = "tcp" if declared.name == "unix" else scheme.over
        if over == "udp":
            raise UsageError(f"{place.scheme}:// is spoken in datagrams, not over a stream")
        hops = chain(self.options, place)
        stream = await (through(self, hops, place) if hops else self.direct(place))
        if self.options.send_proxy:
            await introduce(stream, self.options.send_proxy, self.speaks_for)
        if over == "tls" and not plain:
            await self.secure(stream, alpn=alpn, endpoint=place)
        return stream

    async def tcp(self, host: str, port: int) -> Stream:
        """A plain connected stream to any host and port, through the same proxies, taps and faults."""
        place = self.endpoint.replace(host=host, port=port, socket="", zone="")
        hops = chain(self.options, place)
        return await (through(self, hops, place) if hops else self.direct(place))

    async def secure(
        self,
        stream: Stream,
        *,
        alpn: Sequence[str] = (),
        endpoint: Endpoint | None = None,
        resume: Stream | None = None,
    ) -> TLSLayer:
        """TLS over a stream that stands: at once, or after STARTTLS. The session of `resume`, which has TLS to the same
        server, is offered again."""
        from netloom.links.tls import ClientTLS, secure

        options = self.options
        place = endpoint or self.endpoint
        name = options.sni or (ascii_name(place.host) if place.host else "localhost")
        config = ClientTLS(
            verify=options.verify,
            ca=options.ca,
            cert=options.cert,
            key=options.key,
            minimum=options.tls_minimum,
            alpn=tuple(options.alpn.split(";")) if options.alpn else tuple(alpn),
        )
        key_log = self.recording.secret if self.recording is not None else None
        return await secure(stream, name, config, key_log, resume=resume.info("tls") if resume is not None else None)

    def beside(self, stream: Stream) -> DialledBeside:
        """Where the further connections of a conversation come from, whose first one stands."""
        return DialledBeside(self, stream)

    async def datagrams(self, endpoint: Endpoint | None = None) -> Datagrams:
        """A datagram socket that is connected to the endpoint. Where its scheme `moves`, the host may answer from
        other ports, too, and be spoken to there."""
        _, scheme, place = settle(endpoint or self.endpoint)
        self.trace.enter(Phase.RESOLVE)
        addresses = await self._addresses(place)
        self.trace.enter(Phase.CONNECT)
        # An address of a family that goes nowhere fails at once: then the next is taken.
        link = await race(
            addresses, self._open_moving if scheme.moves else self._open, Datagrams.abort, self.trace, describe
        )
        self.trace.peer = link.peer
        self._links.append(link)
        return link

    async def icmp(self, endpoint: Endpoint | None = None) -> IcmpLink:
        """Where ICMP messages to the endpoint and back pass. Raises CapabilityError where the kernel doesn't let us."""
        _, _, place = settle(endpoint or self.endpoint)
        self.trace.enter(Phase.RESOLVE)
        addresses = await self._addresses(place)
        self.trace.enter(Phase.CONNECT)
        link = await race(addresses, self._open_icmp, Datagrams.abort, self.trace, describe)
        self.trace.peer = link.peer
        self._links.append(link)
        return link

    async def conversation(self, endpoint: Endpoint, begin: Callable[[Datagrams], Awaitable[C]]) -> C:
        """What `begin` makes of a datagram socket that is connected to the endpoint, of the first address where it can.

        For protocols that make a connection of datagrams, and see to what is shown of it themselves.
        """
        self.trace.enter(Phase.RESOLVE)
        addresses = await self._addresses(endpoint)
        self.trace.enter(Phase.CONNECT)

        async def attempt(address: SockAddr) -> tuple[C, Datagrams]:
            link = await self._open(address, encrypted=True)
            try:
                return await begin(link), link
            except BaseException:
                link.abort()
                raise

        made, link = await race(addresses, attempt, lambda pair: pair[1].abort(), self.trace, describe)
        self.trace.peer = link.peer
        self._links.append(link)
        return made

    async def close(self) -> None:
        """Let go of every link that is still open; returns once the transports have gone."""
        if self.let_go():
            await asyncio.sleep(0)

    def let_go(self) -> bool:
        """The same without waiting: the transports go on the loop's next turn. False where none was open."""
        links, self._links = self._links, []
        for extra in self._extra:
            extra()
        for link in links:
            link.abort()
        return bool(links)

    def unread(self) -> bytes:
        """How that begins which a peer said last and nobody took: it may tell what the peer speaks."""
        streams = [link for link in self._links if isinstance(link, Stream)]
        return next((said for stream in reversed(streams) if (said := stream.peek()[:64])), b"")

    def set_idle(self, seconds: float | None) -> None:
        """From now on, every link bears this many seconds of silence (None: any)."""
        for link in self._links:
            link.set_idle(seconds)

    def adopt(self, link: Stream) -> Stream:
        """Take a stream that something else made (a channel, a tunnel) into the attempt's care."""
        self._links.append(link)
        return link

    def also_close(self, action: Callable[[], None]) -> None:
        """Something else that has to go when the attempt ends."""
        self._extra.append(action)

    async def direct(self, place: Endpoint) -> Stream:
        """A plain stream without any proxy."""
        trace = self.trace
        if place.socket:
            addresses = [unix(place.socket)]
        else:
            trace.enter(Phase.RESOLVE)
            addresses = await self._addresses(place)
        return await self.reach(addresses)

    async def reach(self, addresses: list[SockAddr]) -> Stream:
        """A plain stream to the first of some addresses that answers."""
        trace = self.trace
        trace.enter(Phase.CONNECT)
        link = await race(addresses, self._connect, Stream.abort, trace, describe)
        trace.peer = link.peer
        self._links.append(link)
        return link

    async def _connect(self, address: SockAddr) -> Stream:
        made = Stream(asyncio.get_running_loop(), self.trace, idle=self.options.idle)
        made.peer = show(address)
        await self.network.connect(address, self.tapped(made, address), self.options)
        return made

    async def _open(self, address: SockAddr, *, encrypted: bool = False) -> Datagrams:
        made = Datagrams(asyncio.get_running_loop(), self.trace, idle=self.options.idle)
        made.peer = show(address)
        tapped = self._tapped_datagrams(made, address, shown=not encrypted)
        await self.network.datagrams(address, None, tapped, self.options)
        return made

    async def _open_moving(self, address: SockAddr) -> Datagrams:
        made = Datagrams(asyncio.get_running_loop(), self.trace, idle=self.options.idle)
        made.peer = show(address)
        await self.network.roaming(address, self._tapped_datagrams(made, address), self.options)
        return made

    async def _open_icmp(self, address: SockAddr) -> IcmpLink:
        from netloom.links.icmp import IcmpLink

        made = IcmpLink(asyncio.get_running_loop(), self.trace, idle=self.options.idle)
        made.peer = describe(address)[1]
        await self.network.icmp(address, None, self._tapped_datagrams(made, address), self.options)
        return made

    async def _addresses(self, place: Endpoint) -> list[SockAddr]:
        if place.port is None:
            raise UsageError(
                f"{place.scheme}:// has no usual port: {place} needs one", hint=f"{place.scheme}://{place.host}:PORT"
            )
        if not place.host or place.host == "*":
            host = "127.0.0.1" if self.options.family != "6" else "::1"
        else:
            host = place.host
        if not self.options.resolve:
            return await self.network.resolve(host, place.port, self.options.family, place.zone)
        found: list[SockAddr] = []
        for text in self.options.resolve.split(";"):
            found += await self.network.resolve(text, place.port, self.options.family, "")
        return take_turns(found)

    def tapped(self, made: Stream, address: SockAddr) -> Callable[[], asyncio.Protocol]:
        """The stream under the layers that were asked for: none, as a rule."""
        top: asyncio.Protocol = made
        if self.trace.dialogue is not None:
            from netloom.links.tap import DialogueLayer

            top = DialogueLayer(top, self.trace.dialogue())
        if self.recording is not None:
            from netloom.links.tap import TapLayer

            top = TapLayer(top, self.recording, address)
        top = dress.stream(top, self.faults, "client")
        return lambda: top

    def _tapped_datagrams(
        self, made: Datagrams, address: SockAddr, *, shown: bool = True
    ) -> Callable[[], asyncio.DatagramProtocol]:
        top: asyncio.DatagramProtocol = made
        if shown and self.trace.dialogue is not None:
            from netloom.links.tap import DatagramDialogue

            top = DatagramDialogue(top, self.trace.dialogue())
        if self.recording is not None:
            from netloom.links.tap import DatagramTap

            top = DatagramTap(top, self.recording, address, made.kind)
        top = dress.datagrams(top, self.faults, "client")
        return lambda: top
