"""Raw links: tcp, udp, unix and tls carry bytes and no meaning, so sending, reading and attending is all there is."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from netloom.errors import Phase
from netloom.links.datagrams import Datagrams
from netloom.shapes import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.context import Context
    from netloom.links.dial import Dialler
    from netloom.links.stream import Stream
    from netloom.records import Message


class ChannelOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What raw links can be told."""

    reply: Annotated[
        Literal["none", "some", "line", "all"],
        Meta(description="what to read after sending: nothing, some bytes (or a datagram), a line, all until the end"),
    ] = "none"
    banner: Annotated[bool, Meta(description="probe: wait for the first bytes that the server says by itself")] = False
    payload: Annotated[str, Meta(description="probe, udp: what to send; an answer to it is expected")] = ""


class StreamChannel:
    """A raw stream as a client: `open` gives the stream itself."""

    Options = ChannelOptions

    def __init__(self, dial: Dialler, endpoint: object, options: ChannelOptions) -> None:
        self.options = options
        self._dial = dial
        self._stream: Stream | None = None

    async def open(self) -> Stream:
        """The connected stream."""
        if self._stream is None:
            self._stream = await self._dial.stream()
        return self._stream

    async def send(self, message: Message) -> Reply | None:
        """Send the payload, and read what `reply` says."""
        stream = await self.open()
        stream.enter(Phase.REQUEST)
        wanted = self.options.reply
        if wanted == "none":
            await stream.write(message.payload)
            await stream.write_eof()
            return None
        stream.write_soon(message.payload)
        stream.enter(Phase.FIRST_BYTE)
        if wanted == "line":
            return Reply(body=await stream.read_line())
        if wanted == "some":
            return Reply(body=await stream.read())
        await stream.write_eof()
        return Reply(body=_beginning_with(await stream.read(), stream))  # the deadline holds until the first byte

    async def close(self) -> None:
        """Let what was written reach the peer; the dialler lets go of the stream."""
        if self._stream is not None and self._stream.transport.get_write_buffer_size():
            await self._stream.close()


async def _beginning_with(first: bytes, stream: Stream) -> AsyncIterator[bytes]:
    if first:
        yield first
        async for chunk in stream:
            yield chunk


class DatagramChannel:
    """A raw datagram socket as a client: `open` gives the socket itself."""

    Options = ChannelOptions

    def __init__(self, dial: Dialler, endpoint: object, options: ChannelOptions) -> None:
        self.options = options
        self._dial = dial
        self._link: Datagrams | None = None

    async def open(self) -> Datagrams:
        """The socket, connected to its peer."""
        if self._link is None:
            self._link = await self._dial.datagrams()
        return self._link

    async def send(self, message: Message) -> Reply | None:
        """Send the payload as one datagram, and read one where `reply` asks for any."""
        link = await self.open()
        link.enter(Phase.REQUEST)
        await link.send(message.payload)
        if self.options.reply == "none":
            await asyncio.sleep(0)  # lets a refusal that the kernel knows already come in
            return None
        link.enter(Phase.FIRST_BYTE)
        return Reply(body=await link.receive())

    async def close(self) -> None:
        """UDP has no word for goodbye; the dialler lets go of the socket."""


async def serve(link: Stream | Datagrams, content: Any, context: Context) -> None:
    """The server's side of a raw link: the content attends to it. A datagram socket has no connections to record."""
    started = time.time()
    try:
        with context.attending():
            await content.attend(link)
    finally:
        if not isinstance(link, Datagrams):
            context.access("CONNECT", started=started)
