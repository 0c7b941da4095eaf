"""TFTP, one file's way at the server, in or out, on a socket of its own (RFC 1350, 2347, 2348, 2349, 7440)."""

from __future__ import annotations

import contextlib
import ipaddress
from typing import TYPE_CHECKING, Any, cast

from netloom.accounts import Right
from netloom.contents import Exists, Forbidden, NotFound
from netloom.errors import NetloomError
from netloom.protocols.tftp.channel import Channel
from netloom.protocols.tftp.ends import Blocks, give, hear, take
from netloom.wire.tftp import netascii, options
from netloom.wire.tftp.packets import Ack, Code, Data, OptionAck, Request
from netloom.wire.tftp.transfer import Receiver, Sender

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from netloom.contents.files import Files, OpenFile
    from netloom.links.context import Context
    from netloom.protocols.tftp.options import TftpOptions
    from netloom.wire.tftp.options import Agreed

LINGER = 10.0
"""Seconds after an upload in which its last block may come again: about what clients' patience is."""
_MODES = ("octet", "netascii")


class Refused(NetloomError):
    """A request that isn't carried out, and TFTP's number for why."""

    def __init__(self, number: Code, message: str) -> None:
        super().__init__(message)
        self.number = number


class Transfer:
    """One file's way, in or out."""

    def __init__(self, content: Files, context: Context, request: Request, peer: tuple[Any, ...]) -> None:
        self.request = request
        self.peer = peer
        self.channel: Channel | None = None
        self.allowance = 0
        self.size = 0
        self._received: Receiver | None = None
        self._content = content
        self._context = context
        self._options: TftpOptions = context.options
        # The path of machines that boot Windows has backslashes; what it leads to is checked as any other's
        self._path = request.name.replace("\\", "/")

    async def run(self) -> None:
        """From the request to the last acknowledgement."""
        if self.request.mode not in _MODES:
            raise Refused(Code.ILLEGAL, "the mode is octet or netascii")
        verb = "WRQ" if self.request.writes else "RRQ"
        no = self._context.refuses("request", verb, target=self.request.name, peer=self.peer)
        if no is not None:
            raise Refused(Code(no.number), no.words())
        await (self._take() if self.request.writes else self._give())

    def is_for(self, request: Request, quiet: float) -> bool:
        """Whether this is what a request asks for: the same, unless the peer fell silent since it was answered."""
        silence = self.channel.quiet if self.channel is not None else None
        return self.request == request and (silence is None or silence < quiet)

    async def ask_again(self, size: int) -> None:
        """The same request came once more. That its peer can't be reached any more a transfer hears by itself."""
        if self.channel is not None:
            with contextlib.suppress(NetloomError):
                await self.channel.allow(size)

    async def linger(self) -> None:
        """After a file was taken: where the last acknowledgement was lost, the last block comes again (RFC 1350 §6)."""
        channel, receiver = self.channel, self._received
        if channel is None or receiver is None:
            return
        with contextlib.suppress(NetloomError):
            while isinstance(packet := await channel.linger(LINGER), Data):
                if receiver.take(packet)[1]:
                    await channel.repeat()

    # Reading

    async def _give(self) -> None:
        if not self._context.accounts.may(None, Right.READ):
            raise Refused(Code.ACCESS, "nobody may read here")
        as_text = self.request.mode == "netascii"
        async with self._content.open(self._path) as file:
            size = None if as_text else file.entry.size
            agreed, acknowledged = self._agree(size)
            first = 4 + min(file.entry.size * (2 if as_text else 1), options.BLOCK)
            if not acknowledged:
                self._check_first(first)
            channel = await self._open(agreed)
            if acknowledged:
                await channel.send(OptionAck(acknowledged))
                await _until(channel, Ack(0))
            else:
                channel.free(first)
            async with contextlib.aclosing(_text_of(file) if as_text else _bytes_of(file)) as chunks:
                blocks = Blocks(chunks, agreed.blksize)
                try:
                    await give(channel, Sender(agreed.blksize, agreed.windowsize), blocks)
                finally:
                    self.size = blocks.size

    def _check_first(self, size: int) -> None:
        """A request without options is answered by a whole block: to somebody who may not be there that is too much."""
        if size > self.allowance and self._options.plain != "yes" and not self._is_near():
            raise Refused(Code.OPTIONS, "ask with an option, such as tsize (RFC 2347)")

    # Writing

    async def _take(self) -> None:
        overwrite = self._may_write()
        await self._check_place(overwrite)
        agreed, acknowledged = self._agree(None)
        if agreed.tsize is not None and agreed.tsize > self._content.limits.file:
            raise Refused(Code.FULL, f"a file has no more than {self._content.limits.file} bytes here")
        channel = await self._open(agreed)
        await channel.send(OptionAck(acknowledged) if acknowledged else Ack(0))
        first = await _first(channel)
        receiver = Receiver(agreed.blksize, agreed.windowsize)
        decoder = netascii.Decoder() if self.request.mode == "netascii" else None
        async with self._content.write(self._path, overwrite=overwrite) as sink:
            async with contextlib.aclosing(take(channel, receiver, first, holds_last=True)) as chunks:
                async for chunk in chunks:
                    self.size += len(chunk)
                    await sink.write(chunk if decoder is None else decoder.feed(chunk))
            if decoder is not None:
                await sink.write(decoder.finish())
        await channel.send(receiver.last)
        self._received = receiver

    def _may_write(self) -> bool:
        """Whether an old file may be written over. Raises Refused where nothing may be written."""
        allowed = self._options.write
        if self._context.accounts.may(None, Right.WRITE):
            allowed = allowed or "yes"
        if not allowed and self._content.in_memory and self._is_local():
            allowed = "yes"
        if allowed in ("", "no"):
            raise Refused(Code.ACCESS, "nobody may write here")
        return allowed == "yes"

    async def _check_place(self, overwrite: bool) -> None:
        """Say it before anything is sent in vain."""
        parent = await self._content.stat(self._path.rpartition("/")[0])
        if parent.kind != "directory":
            raise NotFound(f"there is no directory {parent.path}")
        try:
            present = await self._content.stat(self._path)
        except NotFound:
            return
        if present.kind == "directory":
            raise Forbidden(f"{present.path} is a directory")
        if not overwrite:
            raise Exists(f"{present.path} is there already")

    # Both

    def _agree(self, size: int | None) -> tuple[Agreed, dict[str, str]]:
        own = self._options
        most = options.Most(blksize=own.max_blksize, windowsize=own.max_windowsize)
        return options.answer(self.request.options, most, size, writes=self.request.writes)

    async def _open(self, agreed: Agreed) -> Channel:
        """A socket of its own. The kernel hears only the peer on it: others' datagrams don't disturb (RFC 1350 §4)."""
        link = await self._context.beside.datagrams(self.peer)
        allowance = None if self._is_near() else self.allowance
        self.channel = Channel(link, tries=self._options.tries, allowance=allowance)
        if agreed.timeout is not None:
            self.channel.fixed = float(agreed.timeout)
        return self.channel

    def _is_near(self) -> bool:
        """Whether the kernel vouches for the sender: nobody elsewhere can send from a loopback address."""
        return self._is_local() and self._options.plain != "no"

    def _is_local(self) -> bool:
        address = ipaddress.ip_address(str(self.peer[0]).partition("%")[0])
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback


async def _until(channel: Channel, wanted: Ack) -> None:
    """Until an acknowledgement comes, what was sent is sent again."""
    while (packet := await hear(channel)) != wanted:
        if packet is None:
            await channel.repeat()
    channel.moved()


async def _first(channel: Channel) -> Data:
    while not isinstance(packet := await hear(channel), Data):
        if packet is None:
            await channel.repeat()
    channel.moved()
    return packet


def _bytes_of(file: OpenFile) -> AsyncGenerator[bytes]:
    # It is one, and is to be closed where it isn't read to its end
    return cast("AsyncGenerator[bytes]", file.read())


async def _text_of(file: OpenFile) -> AsyncGenerator[bytes]:
    encoder = netascii.Encoder()
    async with contextlib.aclosing(_bytes_of(file)) as chunks:
        async for chunk in chunks:
            yield encoder.feed(chunk)
