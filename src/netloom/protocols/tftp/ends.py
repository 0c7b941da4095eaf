"""TFTP, both ends of a transfer over a channel: giving blocks and taking them (RFC 1350 §2, RFC 7440 §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import PeerRefused, RemoteProtocolError
from netloom.protocols.tftp.channel import forbid
from netloom.wire.tftp.packets import Ack, Code, Data, OptionAck, Refusal
from netloom.wire.tftp.transfer import Taken

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from netloom.protocols.tftp.channel import Channel
    from netloom.wire.tftp.packets import Packet
    from netloom.wire.tftp.transfer import Receiver, Sender

_AT_ONCE = 64 * 1024

WORDS: dict[int, str] = {
    Code.UNDEFINED: "refused", Code.NOT_FOUND: "there is no such file", Code.ACCESS: "not allowed",
    Code.FULL: "the disk is full", Code.ILLEGAL: "the request is illegal", Code.UNKNOWN_ID: "the transfer isn't known",
    Code.EXISTS: "the file is there already", Code.NO_USER: "there is no such user",
    Code.OPTIONS: "the options are refused",
}  # fmt: skip


class Blocks:
    """Chunks of any size, cut into blocks of one size. The last is shorter, or empty."""

    def __init__(self, chunks: AsyncIterator[bytes], blksize: int) -> None:
        self.size = 0
        self._chunks = chunks
        self._blksize = blksize
        self._held = b""
        self._at = 0

    async def next(self) -> bytes:
        """The next block."""
        while len(self._held) - self._at < self._blksize:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                break
            self._held = self._held[self._at :] + chunk
            self._at = 0
        block = self._held[self._at : self._at + self._blksize]
        self._at += len(block)
        self.size += len(block)
        return block


def refused(refusal: Refusal) -> PeerRefused:
    """What an ERROR packet means."""
    known = WORDS.get(refusal.code, "refused")
    text = refusal.text[:1000]
    return PeerRefused(f"{known}: {refusal.code} {text[:300]}".rstrip(), code=refusal.code, text=text)


async def hear(channel: Channel) -> Packet | None:
    """The next packet, None where something is to be sent again. Raises PeerRefused for an error of the peer's."""
    try:
        packet = await channel.hear()
    except RemoteProtocolError as error:
        await forbid(channel, error)
        raise
    if isinstance(packet, Refusal):
        raise refused(packet)
    return packet


async def give(channel: Channel, sender: Sender, blocks: Blocks) -> None:
    """Send blocks until the last of them has been acknowledged."""
    await _fill(channel, sender, blocks)
    while not sender.done:
        packet = await hear(channel)
        again = packet is None
        if isinstance(packet, Ack):
            before = sender.acknowledged
            try:
                again = sender.acknowledge(packet.block)
            except RemoteProtocolError as error:
                await forbid(channel, error)
                raise
            if sender.acknowledged > before:
                channel.moved()
        if again:
            for data in sender.again():
                await channel.pass_on(data)
        await _fill(channel, sender, blocks)


async def _fill(channel: Channel, sender: Sender, blocks: Blocks) -> None:
    while sender.room:
        await channel.pass_on(sender.add(await blocks.next()))


async def take(
    channel: Channel, receiver: Receiver, first: Data | None = None, *, holds_last: bool = False
) -> AsyncGenerator[bytes]:
    """What comes, in its order. Each window is acknowledged; the last block isn't where the receiver `holds_last`,
    since it is only said to have come once it is kept."""
    held: list[bytes] = []
    size = 0
    packet: Packet | None = first
    while True:
        if packet is None:
            packet = await hear(channel)
        if packet is None:
            await (channel.send(receiver.again()) if receiver.taken else channel.repeat())
        elif isinstance(packet, Data):
            try:
                taken, acknowledge = receiver.take(packet)
            except RemoteProtocolError as error:
                await forbid(channel, error)
                raise
            if taken is Taken.NEXT:
                channel.moved()
                held.append(packet.payload)
                size += len(packet.payload)
            if acknowledge and not (receiver.done and holds_last):
                await channel.send(receiver.last)
        elif not receiver.taken and isinstance(packet, OptionAck):
            await channel.repeat()  # our acknowledgement of it was lost
        packet = None
        if held and (receiver.done or size >= _AT_ONCE):
            yield b"".join(held)
            held, size = [], 0
        if receiver.done:
            return
