"""NETCONF, the client's dialogue: hellos, operations and their replies (RFC 6241 §4)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from netloom.errors import (
    ConnectionLost,
    NetloomError,
    PeerRefused,
    Phase,
    RemoteProtocolError,
    Unauthenticated,
    Unsupported,
)
from netloom.wire.netconf import framing, messages
from netloom.wire.netconf.messages import BASE_10, BASE_11, Hello, Notification, Reply, Rpc

if TYPE_CHECKING:
    from netloom.links.ssh.channel import ChannelStream
    from netloom.wire.netconf.xml import Node


class Dialogue:
    """One session. `hello` is what the server said of itself."""

    def __init__(self, stream: ChannelStream, limit: int) -> None:
        self.stream = stream
        self.hello = Hello(())
        self._reader = framing.Reader(limit)
        self._number = 0

    async def begin(self, version: str = "") -> None:
        """Both say hello, and the newer version that both speak is spoken from then on. Raises RemoteProtocolError."""
        ours = {"1.0": (BASE_10,), "1.1": (BASE_11,)}.get(version, (BASE_10, BASE_11))
        await self.stream.write(framing.emit(messages.emit_hello(Hello(ours)), chunked=False))
        self.hello = messages.parse_hello(await self._message())
        if self.hello.session is None:
            raise RemoteProtocolError("a server's hello has a session-id", rule="RFC 6241 §8.1")
        if not set(ours) & set(self.hello.capabilities):
            raise Unsupported(f"the server doesn't speak version {version}", hint="leave version out")
        self._reader.chunked = BASE_11 in ours and self.hello.is_chunked

    async def ask(self, operation: Node) -> Reply:
        """Ask for an operation. Raises PeerRefused with the errors of its reply; warnings are in the reply."""
        self._number += 1
        number = str(self._number)
        sent = messages.emit_rpc(Rpc(operation, {"message-id": number}))
        await self.stream.write(framing.emit(sent, chunked=self._reader.chunked))
        self.stream.enter(Phase.FIRST_BYTE)
        while True:
            heard = messages.parse(await self._message())
            if isinstance(heard, Notification):
                continue  # nobody asked for those here but who subscribed by hand
            if not isinstance(heard, Reply) or heard.attributes.get("message-id", number) != number:
                raise RemoteProtocolError(f"the reply to rpc {number} is expected", rule="RFC 6241 §4.2")
            if any(error.severity == "error" for error in heard.errors):
                raise refused(heard)
            return heard

    async def try_to(self, operation: Node) -> None:
        """Ask for something on the way out, where it doesn't matter any more whether it can be done."""
        with contextlib.suppress(NetloomError):
            await self.ask(operation)

    async def _message(self) -> bytes:
        while (message := self._reader.take()) is None:
            data = await self.stream.read()
            if not data:
                raise ConnectionLost("the server ended the session in the middle of a dialogue")
            self._reader.feed(data)
        return message


def refused(reply: Reply) -> PeerRefused:
    """A reply's errors: all of them in the message, the first one's tag as the code."""
    errors = [error for error in reply.errors if error.severity == "error"]
    first = errors[0]
    kind = Unauthenticated if first.tag == "access-denied" else PeerRefused
    return kind("; ".join(map(str, errors)), code=first.tag, text=first.message)
