"""ICMP, the client's side: echoes to a host, one or many (RFC 792, RFC 4443 §4)."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError, UsageError
from netloom.protocols.icmp.options import LARGEST
from netloom.protocols.icmp.options import Options as IcmpOptions
from netloom.protocols.icmp.pinger import Pinger
from netloom.shapes import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.icmp import IcmpLink
    from netloom.protocols.icmp.pinger import Ping
    from netloom.records import Message


class Client:
    """Pings a host."""

    Options = IcmpOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: IcmpOptions) -> None:
        if endpoint.socket:
            raise UsageError("ICMP isn't spoken over a Unix socket", hint="icmp://127.0.0.1")
        if endpoint.port:
            raise UsageError("ICMP has no ports", hint=f"icmp://{endpoint.replace(port=None).authority}")
        self.options = options
        self._dial = dial
        self._link: IcmpLink | None = None

    async def link(self) -> IcmpLink:
        """The socket. Raises CapabilityError where the kernel doesn't let us ping."""
        if self._link is None:
            self._link = await self._dial.icmp()
        return self._link

    async def pinger(self, data: bytes = b"") -> Pinger:
        """What sends pings and matches what comes back; with `data` they carry just that."""
        options = self.options
        return Pinger(await self.link(), wait=options.wait, data=data, size=options.size)

    async def get(self, path: str) -> Reply:
        """A line for each ping, as it is answered or given up. Raises what became of them where none was answered."""
        options, pinger = self.options, await self.pinger()
        host = self._dial.trace.peer
        pings = pinger.pings(options.count, options.interval)
        first = await anext(pings)  # from now on there is an answer, or word that there is none
        return Reply({"address": host, "bytes": options.size}, body=_lines(first, pings, host))

    async def send(self, message: Message) -> Reply:
        """One ping with this payload, which comes back. Raises what became of it where it isn't answered."""
        if not 0 < len(message.payload) <= LARGEST:
            raise LocalProtocolError(f"a ping carries 1 to {LARGEST} bytes", rule="RFC 792 p. 14")
        pinger = await self.pinger(message.payload)
        async with aclosing(pinger.pings(1, self.options.interval)) as pings:
            ping = await anext(pings)
        if ping.error is not None:
            raise ping.error
        return Reply({"rtt": ping.rtt, "ttl": ping.ttl}, body=message.payload)

    async def close(self) -> None:
        """ICMP has no word for goodbye; the dialler lets go of the socket."""


async def _lines(first: Ping, following: AsyncGenerator[Ping, None], host: str) -> AsyncIterator[bytes]:
    answered, error = first.error is None, first.error
    yield in_words(first, host).encode() + b"\n"
    async with aclosing(following):
        async for ping in following:
            answered = answered or ping.error is None
            error = error or ping.error
            yield in_words(ping, host).encode() + b"\n"
    if not answered and error is not None:
        raise error


def in_words(ping: Ping, host: str) -> str:
    """What became of a ping, on a line."""
    if ping.error is not None:
        return f"seq={ping.sequence} {ping.error.message}"
    ttl = f" ttl={ping.ttl}" if ping.ttl is not None else ""
    return f"seq={ping.sequence} {ping.size} bytes from {host}:{ttl} time={(ping.rtt or 0.0) * 1000:.3f} ms"
