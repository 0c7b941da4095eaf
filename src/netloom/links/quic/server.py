"""QUIC, the server's side of one socket: whose each datagram is, and who may begin (RFC 9000 §5.2, §8)."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Any

from qh3.quic.packet import encode_quic_retry, encode_quic_version_negotiation

from netloom.links.faults import dress
from netloom.links.quic import configuration
from netloom.links.quic.engine import Engine
from netloom.links.quic.link import QuicLink
from netloom.links.quic.token import Tokens
from netloom.wire import quic

if TYPE_CHECKING:
    from collections.abc import Callable

    from qh3.quic.configuration import QuicConfiguration

    from netloom.links.datagrams import Datagrams
    from netloom.links.faults.line import Line
    from netloom.links.tls import ServerTLS

log = logging.getLogger("netloom.serve")

ALPN = ("h3",)
WINDOWS = configuration.Windows(connection=1024 * 1024, stream=256 * 1024)
_ID = 8
_PATIENCE, _TIMES = 30.0, 5.0
_CERTIFICATES = 8
"""Kept ready: the server's own, and wrong ones. What was replaced is forgotten in time."""


class Acceptor(asyncio.DatagramProtocol):
    """Attached to a bound socket: gives each connection what is its own, and makes new ones.

    `accepted` is asked about each new one, and takes care of it from then on, or says no.
    """

    def __init__(
        self,
        datagrams: Datagrams,
        current: Callable[[Line | None], QuicConfiguration],
        accepted: Callable[[QuicLink], bool],
    ) -> None:
        self._datagrams = datagrams
        self._current = current
        self._accepted = accepted
        self._links: dict[bytes, QuicLink] = {}
        self._ids: dict[QuicLink, set[bytes]] = {}
        self._tokens = Tokens()

    def close(self) -> None:
        """Let go of every connection, without a word."""
        for link in list(self._ids):
            link.drop()

    # What the socket calls

    def datagram_received(self, data: bytes, addr: Any) -> None:
        header = quic.parse(data, _ID)
        if header is None:
            return
        link = self._links.get(header.destination)
        if link is not None:
            link.received(data, addr)
        elif header.long and len(data) >= quic.SMALLEST_INITIAL:  # whoever sends less gets no answer (RFC 9000 §14.1)
            if header.version not in (quic.VERSION_1, 0):
                self._send(encode_quic_version_negotiation(header.destination, header.source, [quic.VERSION_1]), addr)
            elif header.initial:
                self._begin(data, addr, header)

    def error_received(self, exc: Exception) -> None:
        """A datagram of ours came to nobody: that is known to the connection's timer soon enough."""

    def connection_lost(self, exc: Exception | None) -> None:
        self.close()

    # Inside

    def _begin(self, data: bytes, addr: Any, header: quic.Header) -> None:
        # Who begins is asked to come back with a token, always: nobody is answered with more than was sent, and nothing
        # is kept for an address that somebody made up. (The engine itself can't go on once it meets its limit of three
        # times what came from an address that isn't proved.)
        now = self._datagrams.loop.time()
        proved = self._tokens.check(addr, header.token, now) if header.token else None
        if proved is None:
            if len(header.destination) < _ID:  # RFC 9000 §7.2
                return
            own = os.urandom(_ID)
            token = self._tokens.make(addr, header.destination, own, now)
            self._send(encode_quic_retry(quic.VERSION_1, own, header.source, header.destination, token), addr)
            return
        line = dress.line(self._datagrams, addr)
        engine = Engine(
            configuration=self._current(line),
            original_destination_connection_id=proved[0],
            retry_source_connection_id=proved[1],
        )
        link = QuicLink(engine, self._send, self._datagrams.loop)
        link.line = line
        link.peer = f"[{addr[0]}]:{addr[1]}" if ":" in addr[0] else f"{addr[0]}:{addr[1]}"
        if not self._accepted(link):
            link.drop()
            return
        self._keep(link, {header.destination, engine.host_cid})
        link.received(data, addr)

    def _keep(self, link: QuicLink, ids: set[bytes]) -> None:
        self._ids[link] = ids
        self._links.update(dict.fromkeys(ids, link))
        link.forget = lambda: self._forget(link)
        link.named = lambda name, issued: self._named(link, name, issued=issued)

    def _named(self, link: QuicLink, name: bytes, *, issued: bool) -> None:
        if issued:
            self._ids[link].add(name)
            self._links[name] = link
        else:
            self._ids[link].discard(name)
            self._links.pop(name, None)

    def _forget(self, link: QuicLink) -> None:
        for name in self._ids.pop(link, ()):
            self._links.pop(name, None)

    def _send(self, data: bytes, addr: Any) -> None:
        self._datagrams.transport.sendto(data, addr)


def configured(
    certified: Callable[[Line | None], ServerTLS], idle: float, key_log: Callable[[bytes], None] | None = None
) -> Callable[[Line | None], QuicConfiguration]:
    """What each new connection brings, with the certificate that is shown on it. Raises UsageError.

    `idle` is how long whoever asks nothing may stay; an answer may be much longer in coming, without a word between.
    """
    idle = max(_PATIENCE, _TIMES * idle)
    made: dict[tuple[bytes, bytes], QuicConfiguration] = {}

    def current(line: Line | None) -> QuicConfiguration:
        tls = certified(line)
        if tls.pem not in made:
            if len(made) >= _CERTIFICATES:
                made.pop(next(iter(made)))
            made[tls.pem] = configuration.for_server(tls, ALPN, WINDOWS, idle, key_log)
        return made[tls.pem]

    current(None)
    return current
