"""What a server's side of a connection is given besides its link and its content."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from typing import TYPE_CHECKING

from netloom import registry
from netloom.errors import UsageError
from netloom.links.beside import ServedBeside
from netloom.links.datagrams import Datagrams, Peer
from netloom.links.faults import dress
from netloom.links.network import shown
from netloom.links.stream import Stream
from netloom.records import AccessRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.links.faults.line import Line
    from netloom.links.faults.refusing import No
    from netloom.links.listener import Listener
    from netloom.links.quic.link import QuicLink
    from netloom.links.route import Route
    from netloom.wire.proxy_protocol import Proxied

    Link = Stream | Datagrams | QuicLink

IDLE = 60.0
"""Seconds of silence that a server bears, unless the endpoint says otherwise."""
HANDSHAKE = 10.0
"""Seconds in which a TLS handshake has to be finished."""


class Context:
    """What a server's side of one connection is given besides the link and the content."""

    def __init__(self, listener: Listener, route: Route, peer: str, link: Link) -> None:
        self.endpoint = route.endpoint
        self.options = route.options
        self.accounts = listener.accounts
        self.network = listener.network
        self.peer = peer
        self.proxied: Proxied | None = None
        """What a PROXY header told of the connection."""
        self._listener = listener
        self._route = route
        self._link = link
        self._busy = 0
        self._attending = False
        self._outer: Context | None = None
        self._beside: ServedBeside | None = None

    def for_route(self, route: Route) -> Context:
        """The context of one route on a shared port; what is at work there is at work on the connection."""
        made = Context(self._listener, route, self.peer, self._link)
        made._outer = self
        return made

    @property
    def idle(self) -> float:
        """Seconds of silence that a peer may take."""
        chosen = self._listener.options.idle
        return IDLE if chosen is None else chosen

    @property
    def closing(self) -> bool:
        """True once the server stops: finish what was begun, take nothing new."""
        return self._listener.closing

    @property
    def http3(self) -> int:
        """The port on which HTTP/3 stands beside this connection; 0 where it doesn't."""
        return self._listener.port if self._listener.http3 == "also" else 0

    @property
    def can_secure(self) -> bool:
        """Whether STARTTLS can be offered."""
        return self._listener.dressing.tls is not None and self._listener.options.tls != "never"

    @property
    def beside(self) -> ServedBeside:
        """Where further sockets come from that belong to this connection, or to this socket of datagrams."""
        if self._beside is None:
            if not isinstance(self._link, Stream | Datagrams):
                raise UsageError("a connection of QUIC has no sockets beside it")
            listener, line = self._listener, getattr(self._link, "line", None)
            number = line.number if line is not None else None
            self._beside = ServedBeside(self.network, self._link, listener.options, listener.dressing, number)
        return self._beside

    def let_go(self) -> None:
        """The connection has ended, and with it what is beside it."""
        if self._beside is not None:
            self._beside.close()

    @property
    def faulty(self) -> bool:
        """Whether a fault may want something refused: answers that are kept ready would pass it by."""
        return self._listener.dressing.faults is not None

    def refuses(self, *steps: str, target: str = "", peer: Peer = None, by: str = "") -> No | None:
        """What a fault wants to be said in the place of an answer, if one does; with that it is counted.

        `steps` are names of the command or step where we stand, which the protocol declares; an empty one is none.
        `target` is what the command is about, `peer` who sent a datagram. `by` is the protocol of a carrier that asks
        for those that it carries.
        """
        faults = self._listener.dressing.faults
        if faults is None:
            return None
        from netloom.links.faults.refusing import Asking, refused

        declared = self._route.declared
        asking = Asking(registry.protocol(by) if by else declared, steps, target)
        return refused(faults, (declared, self._route.scheme), asking, self._line(peer))

    def _line(self, peer: Peer = None) -> Line | None:
        """What the faults know the connection by; that of a datagram's sender."""
        if peer is not None and isinstance(self._link, Datagrams):
            return dress.line(self._link, peer)
        return getattr(self._link, "line", None)

    async def secure(self, link: Stream, *, at_once: bool = False) -> None:
        """STARTTLS, the server's side; `at_once` where the link begins with the handshake: one beside the first, on
        which it may be that only the client speaks."""
        from netloom.links.tls import accept
        from netloom.links.tls.tickets import HeldTickets

        if at_once:
            HeldTickets.under(link)
        async with asyncio.timeout(HANDSHAKE):
            dressing = self._listener.dressing
            await accept(link, dressing.certified(self._line()), dressing.key_log, at_once=at_once)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """While inside, a graceful stop waits for this connection; outside it is idle and may be closed."""
        with self._outer.working() if self._outer is not None else contextlib.nullcontext():
            self._busy += 1
            try:
                yield
            finally:
                self._busy -= 1

    @contextlib.contextmanager
    def attending(self) -> Iterator[None]:
        """The same for a dialogue that only its content understands: it is idle while it waits for the peer's word.

        A datagram socket is always idle: it has no dialogues to finish.
        """
        self._attending = True
        try:
            yield
        finally:
            self._attending = False

    @contextlib.contextmanager
    def until_closing(self, end: Callable[[], None]) -> Iterator[None]:
        """While inside, `end` is called as soon as the server stops: what lasts, as a stream of events, ends by it."""
        if self.closing:
            end()
        mark = object()
        self._listener.endings[mark] = end
        try:
            yield
        finally:
            self._listener.endings.pop(mark, None)

    @property
    def busy(self) -> bool:
        """True while a graceful stop should wait for this connection."""
        return self._busy > 0 or (self._attending and isinstance(self._link, Stream) and not self._link.waiting)

    @functools.cached_property
    def place(self) -> str:
        """The real endpoint, as access records show it."""
        port = self.endpoint.port or self._listener.port or None
        return str(self.endpoint.replace(port=port, user="", password=None, options=(), beside=()))

    @property
    def reports(self) -> bool:
        """Whether anybody reads access records: what only they tell needn't be put into words otherwise."""
        return self._route.report is not None

    def access(  # noqa: PLR0913  # the fields of a record, by name
        self,
        verb: str,
        target: str = "",
        *,
        status: str = "",
        user: str = "",
        size: int = 0,
        started: float | None = None,
        peer: Peer = None,
    ) -> None:
        """Record what the peer did. `started` is the moment (Unix seconds) at which it began; no secret goes in.

        `peer` is who sent a datagram: a socket of them has no single one.
        """
        report = self._route.report
        if report is None:
            return
        now = time.time()
        report(
            AccessRecord(
                at=now,
                endpoint=self.place,
                protocol=self._route.declared.name,
                peer=shown(peer) if peer else self.peer,
                user=user,
                verb=verb,
                target=target,
                status=status,
                size=size,
                duration=now - started if started is not None else 0.0,
            )
        )
