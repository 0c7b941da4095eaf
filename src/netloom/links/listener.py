"""The one Listener: ports, TLS, limits, access records and graceful stop, for every protocol's server."""

from __future__ import annotations

import asyncio
import importlib
import logging
import socket
from collections import Counter
from typing import TYPE_CHECKING, Any

from netloom.errors import NetloomError, UsageError
from netloom.links import sockets
from netloom.links.context import HANDSHAKE, IDLE, Context
from netloom.links.datagrams import Datagrams
from netloom.links.dressing import Dressing
from netloom.links.introducing import introduced
from netloom.links.network import Listening, Network, SockAddr, describe, shown, unix
from netloom.links.stream import Stream
from netloom.links.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from qh3.quic.configuration import QuicConfiguration

    from netloom.accounts import Accounts
    from netloom.endpoint import Endpoint
    from netloom.links.faults.line import Line
    from netloom.links.options import LinkOptions
    from netloom.links.quic.link import QuicLink
    from netloom.links.quic.server import Acceptor
    from netloom.links.route import Route

    Link = Stream | Datagrams | QuicLink

log = logging.getLogger("netloom.serve")

IDLE_CHECK = 0.05
"""Seconds between two looks at who has become idle, while a server stops."""
CARRIERS = {"http": "netloom.links.http:carry", "https": "netloom.links.http:carry", "ssh": "netloom.links.ssh:carry"}
ALPN = {"https": ("h2", "http/1.1", "http/1.0")}
QUIC = {"https": "netloom.links.http.h3_server:carry"}
"""What carries the same over QUIC, on the UDP port of the same number, where an option of a route asks for it."""


def _carrier(over: str) -> Any:
    """Loaded before anybody comes: afterwards the process may be a user who can't read it."""
    return _load(CARRIERS.get(over, ""))


def _load(place: str) -> Any:
    if not place:
        return None
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


class Listener:
    """Listens for one or more routes on one port, on every address of the host.

    Without a host it is loopback, both families with the same port; `*` is every address. `dressing` is what its
    connections wear.
    """

    def __init__(
        self,
        network: Network,
        routes: list[Route],
        options: LinkOptions,
        accounts: Accounts,
        dressing: Dressing | None = None,
    ) -> None:
        self.network = network
        self.routes = routes
        self.options = options
        self.accounts = accounts
        self.dressing = dressing if dressing is not None else Dressing.of(routes, options)
        self.closing = False
        self.endings: dict[object, Callable[[], None]] = {}
        """What is called once when it stops, by whoever wants to hear of it."""
        self.port = 0
        self.connections: dict[asyncio.Task[None], Context] = {}
        self._carry = _carrier(self.routes[0].scheme.over)
        self._listening: list[Listening] = []
        self._sockets: list[Datagrams] = []
        self._per_peer: Counter[str] = Counter()
        self.http3: str = next((mode for each in routes if (mode := getattr(each.options, "http3", ""))), "")
        self._quic: list[Acceptor] = []
        self._quic_configuration: Callable[[Line | None], QuicConfiguration] | None = None

    @property
    def over(self) -> str:
        """What carries this port's routes."""
        return self.routes[0].scheme.over

    async def open(self) -> list[Endpoint]:
        """Bind and listen; gives the real endpoints, one a socket. Raises UsageError, CapabilityError."""
        endpoint = self.routes[0].endpoint
        self._prepare_quic(endpoint)
        try:
            for _ in range(16):
                addresses = await self._addresses(endpoint)
                bound = await self._bind(addresses)
                if bound is not None:
                    self.port = describe(bound[0])[2]
                    return [self._named(endpoint, address) for address in bound]
        except BaseException:
            self.let_go()
            raise
        raise UsageError(f"no port was free in both families for {endpoint}", hint="choose a port")

    async def close(self, grace: float = 5.0) -> int:
        """Stop listening, let those finish who are at something, close the rest. Gives how many there were."""
        self.closing = True
        for end in list(self.endings.values()):
            end()
        for listening in self._listening:
            listening.close()
        self._listening.clear()
        count = len(self.connections)
        try:
            await self._drain(grace)
            for task in self.connections:
                task.cancel()
            if self.connections:
                await asyncio.wait(self.connections)
        finally:
            self.let_go()
        await asyncio.sleep(0)  # the transports go on the loop's next turn
        return count

    async def _drain(self, grace: float) -> None:
        """Close who is idle, and who becomes idle within `grace` seconds."""
        until = asyncio.get_running_loop().time() + grace
        told: set[asyncio.Task[None]] = set()
        while pending := set(self.connections):
            for task in pending - told:
                if not self.connections[task].busy:
                    told.add(task)
                    task.cancel()
            left = until - asyncio.get_running_loop().time()
            if left <= 0 and pending > told:
                return
            # Who is idle is known only by looking: a dialogue may be between two words.
            await asyncio.wait(pending, timeout=min(IDLE_CHECK, max(left, 0.0)) if pending > told else None)

    # Binding

    async def _addresses(self, endpoint: Endpoint) -> list[SockAddr]:
        if endpoint.socket:
            return [unix(endpoint.socket)]
        if endpoint.port is None:
            raise UsageError(
                f"{endpoint} needs a port", hint=f"{endpoint.scheme}://{endpoint.host}:0 lets the kernel choose"
            )
        port, family = endpoint.port, self._family()
        everywhere: list[SockAddr] = [(socket.AF_INET, ("0.0.0.0", port)), (socket.AF_INET6, ("::", port, 0, 0))]  # noqa: S104  # `*` asks for it
        loopback: list[SockAddr] = [(socket.AF_INET, ("127.0.0.1", port)), (socket.AF_INET6, ("::1", port, 0, 0))]
        if endpoint.host in ("", "*", "localhost"):
            both = everywhere if endpoint.host == "*" else loopback
            return [a for a in both if family == "any" or (a[0] == socket.AF_INET) == (family == "4")]
        return await self.network.resolve(endpoint.host, port, family, endpoint.zone)

    def _family(self) -> str:
        """The families to listen in: a multicast group has one."""
        group = self.options.multicast_group
        return self.options.family if not group else "6" if ":" in group else "4"

    async def _bind(self, addresses: list[SockAddr]) -> list[SockAddr] | None:
        """All addresses with the same port, or None where what the kernel chose is taken in the second family.

        The same goes for `udp+tcp`, where a port chosen for TCP may be taken in UDP.
        """
        bound: list[SockAddr] = []
        chosen = 0
        for number, (family, place) in enumerate(addresses):
            try:
                address = await self._bind_one((family, (place[0], chosen, *place[2:]) if chosen else place))
            except UsageError:
                if number and self._both_by_default(addresses) and not _has_ipv6(family):
                    continue
                if not chosen and not ((self.over == "udp+tcp" or self.http3) and not place[1]):
                    raise
                self.let_go()
                return None
            bound.append(address)
            if family != socket.AF_UNIX and not addresses[0][1][1]:
                chosen = address[1][1]
        return bound

    def _both_by_default(self, addresses: list[SockAddr]) -> bool:
        return len(addresses) == 2 and addresses[0][1][0] in ("127.0.0.1", "0.0.0.0")  # noqa: S104  # compared, not bound

    async def _bind_one(self, address: SockAddr) -> SockAddr:
        if self.over == "udp":
            return await self._bind_datagrams(address)
        if self.over == "icmp":
            return await self._bind_icmp(address)
        if self.http3 == "only":
            return await self._bind_quic(address)
        listening = await self.network.listen(address, self._accept, self.options)
        self._listening.append(listening)
        if self.over == "udp+tcp" and address[0] != socket.AF_UNIX:
            await self._bind_datagrams(listening.address)  # the same port; one endpoint stands for both
        elif self.http3:
            await self._bind_quic(listening.address)
        return listening.address

    async def _bind_datagrams(self, address: SockAddr) -> SockAddr:
        link = await self._datagrams(address)
        self._start(link, self._serve_datagrams(link), None)
        return address[0], link.info("sockname")

    def _prepare_quic(self, endpoint: Endpoint) -> None:
        """Loaded before anybody comes, too. Raises UsageError where HTTP/3 is asked for and can't be."""
        if not self.http3:
            return
        if self.over not in QUIC or self.dressing.tls is None or endpoint.socket:
            raise UsageError("HTTP/3 wants https and a UDP port", hint="netloom serve https://…#http3=also")
        from netloom.links.quic.server import configured

        _load(QUIC[self.over])
        self._quic_configuration = configured(
            self.dressing.certified, IDLE if self.options.idle is None else self.options.idle, self.dressing.key_log
        )

    async def _bind_quic(self, address: SockAddr) -> SockAddr:
        """HTTP/3's socket: one for all its connections."""
        from netloom.links.quic.server import Acceptor

        assert self._quic_configuration is not None  # noqa: S101  # `open` has made it
        link = await self._datagrams(address)
        acceptor = Acceptor(link, self._quic_configuration, self._accept_quic)
        link.attach(acceptor)
        self._quic.append(acceptor)
        return address[0], link.info("sockname")

    async def _datagrams(self, address: SockAddr) -> Datagrams:
        link = Datagrams(asyncio.get_running_loop())
        top = self.dressing.datagrams(link, link.kind)
        await self.network.datagrams(None, address, lambda: top, self.options)
        self._sockets.append(link)
        return link

    async def _bind_icmp(self, address: SockAddr) -> SockAddr:
        """ICMP has no ports: whoever comes is told apart by nothing but the address."""
        from netloom.links.icmp import IcmpLink

        endpoint = self.routes[0].endpoint
        if endpoint.socket or endpoint.port:
            raise UsageError(f"{endpoint}: ICMP has neither ports nor Unix sockets", hint=f"{endpoint.scheme}://*")
        link = IcmpLink(asyncio.get_running_loop())
        top = self.dressing.datagrams(link, link.kind)
        await self.network.icmp(None, address, lambda: top, self.options)
        self._sockets.append(link)
        self._start(link, self._serve_datagrams(link), None)
        return address

    def _named(self, endpoint: Endpoint, address: SockAddr) -> Endpoint:
        family, host, port = describe(address)
        if family == "unix":
            return endpoint
        return endpoint.replace(host=host.partition("%")[0], port=port or None, zone="")

    def let_go(self) -> None:
        """Nobody listens any more, and nobody is served: at once. Again does nothing."""
        for listening in self._listening:
            listening.close()
        for acceptor in self._quic:
            acceptor.close()
        self._quic.clear()
        for link in self._sockets:
            link.abort()
        for task in self.connections:
            task.cancel()
        self._listening.clear()
        self._sockets.clear()

    # Serving

    def _accept(self) -> asyncio.Protocol:
        loop = asyncio.get_running_loop()
        stream = _Accepted(loop, Trace(self.network.clock), self)
        top = self.dressing.stream(stream)
        stream.line = getattr(top, "line", None)
        return top

    def accepted(self, stream: _Accepted) -> None:
        """A connection stands. Those beyond the limits are closed at once."""
        peer = shown(stream.info("peername"))
        stream.peer = peer
        host = peer.rpartition(":")[0] or None
        if not self._admits(peer, host):
            stream.abort()
            return
        if sockets.wanted(self.options):
            sockets.after_accepting(stream.info("socket"), self.options)
        self._start(stream, self._serve(stream), host)

    def _accept_quic(self, link: QuicLink) -> bool:
        """The same for a connection that begins on a socket of datagrams. Whether it may."""
        host = link.peer.rpartition(":")[0]
        if not self._admits(link.peer, host):
            return False
        self._start(link, self._serve_quic(link), host)
        return True

    def _admits(self, peer: str, host: str | None) -> bool:
        """Whether one more may come; it is counted then."""
        if (
            self.closing
            or len(self.connections) >= self.options.limit
            or (host is not None and self._per_peer[host] >= self.options.limit_per_peer)
        ):
            log.warning("connection from %s refused: the limit is reached", peer or "a local process")
            return False
        if host is not None:
            self._per_peer[host] += 1
        return True

    def _start(self, link: Link, work: Any, host: str | None) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.connections[task] = Context(self, self.routes[0], link.peer, link)
        task.add_done_callback(lambda done: self._finished(done, host))

    def _finished(self, task: asyncio.Task[None], host: str | None) -> None:
        self.connections.pop(task).let_go()
        if host is not None:
            self._per_peer[host] -= 1
            if not self._per_peer[host]:
                del self._per_peer[host]
        if not task.cancelled() and task.exception() is not None:
            log.error("a bug in the server's side of %s", self.routes[0].declared.name, exc_info=task.exception())

    async def _serve_datagrams(self, link: Datagrams) -> None:
        route = self.routes[0]
        await route.serve(link, route.content, self._context(link))

    async def _serve(self, stream: _Accepted) -> None:
        context = self._context(stream)
        stream.set_idle(context.idle)
        try:
            if self.options.accept_proxy:
                async with asyncio.timeout(HANDSHAKE):
                    context.proxied = await introduced(stream)
                context.peer = stream.peer
            if self.over in ("tls", "https"):
                await self._handshake(stream)
            if self._carry is None:
                await self.routes[0].serve(stream, self.routes[0].content, context)
            else:
                await self._carry(stream, self.routes, context)
            await stream.close()
        except asyncio.CancelledError:
            if self.closing and not context.busy:
                stream.transport.close()  # it is idle: TLS says close_notify, so that nobody takes it for a cut
            raise
        except NetloomError as exc:
            log.debug("%s: %s", stream.peer, exc.message)
        except TimeoutError:
            log.debug("%s: too slow", stream.peer)
        finally:
            stream.abort()

    async def _serve_quic(self, link: QuicLink) -> None:
        carry = _load(QUIC[self.over])
        try:
            async with asyncio.timeout(HANDSHAKE):
                await asyncio.shield(link.opened)
            await carry(link, self.routes, self._context(link))
        except NetloomError as exc:
            log.debug("%s: %s", link.peer, exc.message)
        except TimeoutError:
            log.debug("%s: too slow", link.peer)
            link.drop()

    async def _handshake(self, stream: _Accepted) -> None:
        from netloom.links.tls import accept

        async with asyncio.timeout(HANDSHAKE):
            await accept(stream, self.dressing.certified(stream.line), self.dressing.key_log, at_once=True)

    def _context(self, link: Link) -> Context:
        task = asyncio.current_task()
        found = self.connections.get(task) if task is not None else None
        return found or Context(self, self.routes[0], link.peer, link)


class _Accepted(Stream):
    """A stream that tells its listener when it stands."""

    __slots__ = ("_listener", "line")

    def __init__(self, loop: asyncio.AbstractEventLoop, trace: Trace, listener: Listener) -> None:
        super().__init__(loop, trace)
        self._listener = listener
        self.line: Line | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._listener.accepted(self)


def _has_ipv6(family: Any) -> bool:
    """Whether this machine has the family at all: without IPv6, loopback is IPv4 alone."""
    if family != socket.AF_INET6:
        return True
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
