"""Syslog, the client's side: messages in datagrams, or framed in a stream (RFC 5426, RFC 6587, RFC 5425)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from datetime import datetime
from typing import TYPE_CHECKING

from netloom.errors import Phase, UsageError
from netloom.protocols.syslog.messages import compose
from netloom.protocols.syslog.options import Options as SyslogOptions
from netloom.shapes import Reply
from netloom.wire import syslog
from netloom.wire.syslog.framing import frame

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.links.datagrams import Datagrams
    from netloom.links.dial import Dialler
    from netloom.links.stream import Stream
    from netloom.records import Message

DATAGRAM_LIMIT = 65_507
"""Bytes that one UDP datagram carries over IPv4."""


class Client:
    """Tells what happened. One connection is used for all."""

    Options = SyslogOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: SyslogOptions) -> None:
        self.options = options
        self.over_udp = endpoint.scheme == "syslog" and not endpoint.socket
        self._path = endpoint.path.strip("/")
        self._dial = dial
        self._stream: Stream | None = None
        self._datagrams: Datagrams | None = None

    async def stream(self) -> Stream:
        """The connection over TCP or TLS."""
        if self._stream is None:
            self._stream = await self._dial.stream()
        return self._stream

    async def datagrams(self) -> Datagrams:
        """The socket over UDP."""
        if self._datagrams is None:
            self._datagrams = await self._dial.datagrams()
        return self._datagrams

    async def send(self, message: Message) -> Reply:
        """Say one message, of which nobody answers that it has come. Raises LocalProtocolError for what the format or
        the frame can't say, ConnectError where UDP is known to be refused."""
        if self._path:
            raise UsageError("syslog has no paths", hint="-O app=NAME says who speaks")
        event = compose(message, self.options, socket.gethostname(), datetime.now().astimezone())
        said = syslog.emit(event)
        if self.over_udp:
            await self._send_datagram(said)
        else:
            framed = frame(said, self.options.framing)
            stream = await self.stream()
            stream.enter(Phase.REQUEST)
            await stream.write(framed)
        return Reply(
            {
                "format": event.format,
                "facility": event.facility_name,
                "severity": event.severity_name,
                "timestamp": event.timestamp,
                "size": len(said),
            }
        )

    async def _send_datagram(self, said: bytes) -> None:
        if len(said) > DATAGRAM_LIMIT:
            raise UsageError(
                f"a message of {len(said)} bytes doesn't fit into a datagram: {DATAGRAM_LIMIT} at most",
                hint="syslog+tcp:// or syslogs:// carry it",
            )
        link = await self.datagrams()
        link.enter(Phase.REQUEST)
        await link.send(said)
        for _ in range(2):  # so many turns of the loop bring a refusal that the kernel knows already
            await asyncio.sleep(0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                await link.receive()

    async def close(self) -> None:
        """Let what was written reach the peer: syslog has no word for goodbye."""
        if self._stream is not None:
            await self._stream.close()
