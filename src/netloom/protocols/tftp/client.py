"""TFTP, the client's side: get and put (RFC 1350, 2347, 2348, 2349, 7440)."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from netloom.errors import ConnectionLost, DeadlineExceeded, PeerRefused, Phase, RemoteProtocolError, UsageError
from netloom.protocols.tftp.channel import Channel, forbid
from netloom.protocols.tftp.ends import Blocks, give, hear, take
from netloom.protocols.tftp.options import TftpOptions
from netloom.shapes import Reply
from netloom.wire.tftp import netascii, options, packets
from netloom.wire.tftp.options import Agreed
from netloom.wire.tftp.packets import Ack, Code, Data, OptionAck, Request
from netloom.wire.tftp.transfer import Receiver, Sender

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.wire.tftp.packets import Packet

_LOOK_AHEAD = 1 << 20


class Client:
    """Moves files. Each has a socket of its own."""

    Options = TftpOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: TftpOptions) -> None:
        self.endpoint = endpoint
        self.options = options
        self._dial = dial

    async def get(self, path: str) -> Reply:
        """A file. Raises PeerRefused, DeadlineExceeded, RemoteProtocolError."""
        request = self.request(path, size=0 if self.options.mode == "octet" else None)
        channel, request, answer = await self.begin(request)
        agreed = await self.agreed(channel, request, answer)
        first = answer if isinstance(answer, Data) else None
        if first is None:
            await channel.send(Ack(0))
        body = _body(channel, Receiver(agreed.blksize, agreed.windowsize), first, agreed.tsize)
        meta = {"size": agreed.tsize, "blksize": agreed.blksize, "windowsize": agreed.windowsize}
        told = {name: value for name, value in meta.items() if value is not None}
        return Reply(told, body=_decoded(body) if self.options.mode == "netascii" else body)

    async def put(self, path: str, body: AsyncIterator[bytes]) -> Reply:
        """Store a file. Its size is told where it is short. Raises as `get` does."""
        async with aclosing(_encoded(body) if self.options.mode == "netascii" else _chunks(body)) as chunks:
            begun, whole = await _begun(chunks)
            request = self.request(path, size=len(begun) if whole else None, writes=True)
            channel, request, answer = await self.begin(request)
            agreed = await self.agreed(channel, request, answer)
            channel.link.enter(Phase.TRANSFER)
            channel.moved()
            blocks = Blocks(_joined(begun, chunks), agreed.blksize)
            try:
                await give(channel, Sender(agreed.blksize, agreed.windowsize), blocks)
            except (ConnectionLost, DeadlineExceeded, PeerRefused, RemoteProtocolError):
                raise  # the peer knows, or can't be told
            except BaseException:
                await channel.refuse(Code.UNDEFINED, "given up")
                raise
            await channel.link.close()
        return Reply({"sent": blocks.size, "blksize": agreed.blksize, "windowsize": agreed.windowsize})

    async def close(self) -> None:
        """TFTP has no word for goodbye; the dialler lets go of the sockets."""

    # For the probe, too

    def request(self, path: str, *, size: int | None, writes: bool = False) -> Request:
        """What is asked for, with the options that are wanted. Raises UsageError."""
        name = unquote((path or self.endpoint.path).removeprefix("/"), errors="surrogateescape")
        if not name:
            raise UsageError("which file? The endpoint has no path", hint="tftp://HOST/FILE")
        own = self.options
        window = min(own.windowsize, options.fitting(own.blksize))
        wanted = {
            "blksize": own.blksize if own.blksize != options.BLOCK else None,
            "windowsize": window if window > 1 else None,
            "timeout": own.timeout,
            "tsize": size if own.tsize else None,
        }
        asked = {option: str(value) for option, value in wanted.items() if value is not None}
        return Request(name, own.mode, asked, writes)

    async def begin(self, request: Request) -> tuple[Channel, Request, Packet]:
        """The first answer to a request; a server that refuses options is asked without them (RFC 2347)."""
        try:
            channel, answer = await self.ask(request)
        except PeerRefused as exc:
            if exc.code != Code.OPTIONS or not request.options:
                raise
            request = msgspec.structs.replace(request, options={})
            channel, answer = await self.ask(request)
        return channel, request, answer

    async def ask(self, request: Request) -> tuple[Channel, Packet]:
        """The first answer to a request, from whichever port it comes. Raises PeerRefused."""
        link = await self._dial.datagrams()
        channel = Channel(link, tries=self.options.tries, moves=True)
        if self.options.timeout is not None:
            channel.fixed = float(self.options.timeout)
        said = packets.emit(request)
        if len(said) > packets.REQUEST_LIMIT:
            raise UsageError(f"the request has {len(said)} bytes: {packets.REQUEST_LIMIT} at most", hint="RFC 2347")
        link.enter(Phase.REQUEST)
        await channel.send(request)
        link.enter(Phase.FIRST_BYTE)
        while True:
            packet = await hear(channel)
            if packet is None:
                await channel.repeat()
            else:
                return channel, packet

    async def agreed(self, channel: Channel, request: Request, answer: Packet) -> Agreed:
        """What an answer makes of the options. Raises RemoteProtocolError for one that is none."""
        try:
            if isinstance(answer, OptionAck):
                return options.agree(request.options, answer.options)
        except RemoteProtocolError as error:
            await channel.refuse(Code.OPTIONS, error.message[:100])
            raise
        expected = Ack if request.writes else Data
        block = getattr(answer, "block", None)
        if not isinstance(answer, expected) or block != (0 if request.writes else 1):
            words = f"a packet of another kind answers a request: {type(answer).__name__.lower()}, block {block}"
            problem = RemoteProtocolError(words, rule="RFC 1350 §4")
            await forbid(channel, problem)
            raise problem
        return Agreed()


async def _body(
    channel: Channel, receiver: Receiver, first: Data | None, expected: int | None
) -> AsyncGenerator[bytes]:
    """What comes. A server that is left before the end is told so."""
    size = 0
    try:
        async with aclosing(take(channel, receiver, first)) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                yield chunk
        await channel.link.close()
    finally:
        if not receiver.done:
            await channel.refuse(Code.UNDEFINED, "no more is wanted")
    if expected is not None and size != expected:
        raise ConnectionLost(f"{expected} bytes were announced and {size} came")


async def _decoded(body: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    decoder = netascii.Decoder()
    async with aclosing(body):
        async for chunk in body:
            yield decoder.feed(chunk)
    if held := decoder.finish():
        yield held


async def _encoded(body: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    encoder = netascii.Encoder()
    async for chunk in body:
        yield encoder.feed(chunk)


async def _chunks(body: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    async for chunk in body:
        yield chunk


async def _begun(chunks: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    """How a body begins, and whether that is all of it."""
    begun = bytearray()
    async for chunk in chunks:
        begun += chunk
        if len(begun) > _LOOK_AHEAD:
            return bytes(begun), False
    return bytes(begun), True


async def _joined(begun: bytes, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    yield begun
    async for chunk in chunks:
        yield chunk
