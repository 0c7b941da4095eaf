"""QUIC, the client's side: from an endpoint to a connection whose peer is known (RFC 9000, RFC 9001)."""

from __future__ import annotations

import asyncio
import functools
import time
from typing import TYPE_CHECKING

from netloom.errors import DeadlineExceeded, Phase, TLSError, UsageError
from netloom.links.proxy import chain
from netloom.links.quic import configuration
from netloom.links.quic.engine import Engine, warm_up
from netloom.links.quic.link import QuicLink
from netloom.links.resolve import ascii_name
from netloom.links.tls import ClientTLS
from netloom.links.tls.chain import Verdict, judge
from netloom.links.translate import connecting
from netloom.records import TLS
from netloom.registry import settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.endpoint import Endpoint
    from netloom.links.datagrams import Datagrams
    from netloom.links.dial import Dialler

IDLE = 300.0
"""Seconds of silence after which the engine gives a connection up, whoever waits for something."""
HANDSHAKE = 60.0
"""Seconds in which a handshake has to be finished, where the attempt has no earlier deadline."""
_BAD_CERTIFICATE = 0x100 + 42


async def dial_quic(
    dial: Dialler, endpoint: Endpoint | None, alpn: Sequence[str], windows: configuration.Windows
) -> tuple[QuicLink, Datagrams]:
    """A connection to the endpoint's UDP port, and the socket that it has to itself.

    Raises ResolveError, ConnectError, TLSError, RemoteProtocolError.
    """
    _, _, place = settle(endpoint or dial.endpoint)
    if chain(dial.options, place):
        raise UsageError("QUIC can't go through a proxy: they carry streams", hint="version=2 can, or proxy=none")
    if place.socket:
        raise UsageError("QUIC is spoken in datagrams over IP, not over a Unix socket", hint="version=2 can")
    options = dial.options
    name = (options.sni or ascii_name(place.host or "localhost")).removesuffix(".")
    tls = ClientTLS(verify=options.verify, ca=options.ca, cert=options.cert, key=options.key, alpn=tuple(alpn))
    key_log = dial.recording.secret if dial.recording is not None else None
    prepared = configuration.for_client(tls, name, windows, max(IDLE, options.idle or 0.0), key_log)

    warm_up()

    async def begin(datagrams: Datagrams) -> tuple[QuicLink, Datagrams]:
        link = QuicLink(Engine(configuration=prepared), functools.partial(_send, datagrams), datagrams.loop)
        link.peer, link.local, link.trace = datagrams.peer, datagrams.local, datagrams.trace
        remote = datagrams.info("peername")
        below = _Below(link, datagrams, (remote[0].partition("%")[0], *remote[1:]))
        try:
            datagrams.attach(below)
            link.connect(below.remote)
            await _opened(link)
            _check(link, name, tls)
        except BaseException:
            link.drop()
            raise
        return link, datagrams

    return await dial.conversation(place, begin)


async def _opened(link: QuicLink) -> None:
    try:
        async with asyncio.timeout(HANDSHAKE):
            await asyncio.shield(link.opened)
    except TimeoutError:
        raise DeadlineExceeded(f"the QUIC handshake wasn't over after {HANDSHAKE:g} s") from None


def _send(datagrams: Datagrams, data: bytes, _: object) -> None:
    datagrams.transport.sendto(data)


class _Below(asyncio.DatagramProtocol):
    """Between a connected socket and its one connection. `remote` is what the engine is told of the peer."""

    def __init__(self, link: QuicLink, datagrams: Datagrams, remote: tuple[object, ...]) -> None:
        self._link = link
        self._datagrams = datagrams
        self._answered = False
        self.remote = remote

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self._answered:
            self._answered = True
            self._datagrams.enter(Phase.TLS)
        self._link.received(data, self.remote)

    def error_received(self, exc: Exception) -> None:
        # Once the handshake has proved who the peer is, nobody else's word counts (RFC 9000 §14.2.1).
        if isinstance(exc, OSError) and not self._link.opened.done():
            self._link.fail(connecting(exc, self._datagrams.peer))

    def connection_lost(self, exc: Exception | None) -> None:
        self._link.drop()


def _check(link: QuicLink, name: str, tls: ClientTLS) -> None:
    """Judge what the server showed; what it is goes into the attempt's trace. Raises TLSError."""
    leaf = link.engine.get_peercert()
    shown = [leaf.public_bytes()] if leaf is not None else []
    shown += [each.public_bytes() for each in link.engine.get_issuercerts()]
    verdict = judge(shown, name, tls)
    if link.trace is not None:
        link.trace.tls_of = functools.partial(describe, link, name, verdict, tls.alpn[0])
    if verdict.problem and tls.verify:
        link.close(_BAD_CERTIFICATE, "the certificate isn't trusted")
        raise TLSError(verdict.problem, hint=verdict.hint)


def describe(link: QuicLink, name: str, verdict: Verdict, alpn: str) -> TLS:
    """What both sides agreed on: QUIC has TLS 1.3 in it."""
    cipher = link.engine.get_cipher()
    return TLS(
        version="TLS 1.3",
        cipher=f"TLS_{cipher.name}" if cipher is not None else "",
        alpn=alpn,
        server_name=name,
        verified=not verdict.problem,
        problem=verdict.problem,
        expires_in=min(each.not_after for each in verdict.chain) - time.time() if verdict.chain else None,
        chain=verdict.chain,
    )
