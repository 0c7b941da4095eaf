"""TFTP: packets and options."""

from __future__ import annotations

from netloom.wire.tftp import netascii, options, packets
from netloom.wire.tftp.options import Most
from netloom.wire.tftp.packets import Ack, Data, OptionAck, Refusal, Request
from netloom.wire.tftp.transfer import Receiver, Sender
from tests.security.parsers.parser import Parser

ASKED = {"blksize": "1428", "tsize": "0", "windowsize": "16", "timeout": "2"}
READ = packets.emit(Request("hello.txt", options=ASKED))
WRITE = packets.emit(Request("new/a.txt", "netascii", {"tsize": "9", "multicast": ""}, writes=True))
PLAIN = packets.emit(Request("hello.txt"))
BLOCKS = [packets.emit(Data(number, b"x" * size)) for number, size in ((1, 512), (2, 512), (3, 17))]
ACKS = [packets.emit(Ack(number)) for number in (0, 1, 3, 65535)]
AGREED = packets.emit(OptionAck({"blksize": "1428", "tsize": "14", "windowsize": "4"}))
REFUSAL = packets.emit(Refusal(1, "there is no such file"))
EVERY = [READ, WRITE, PLAIN, *BLOCKS, *ACKS, AGREED, REFUSAL]


def _packet(said: bytes) -> object:
    """A packet, and what either side makes of it."""
    packet = packets.parse(said)
    if isinstance(packet, Request):
        for size in (0, 10**12, None):
            options.answer(packet.options, Most(), size, writes=packet.writes)
    elif isinstance(packet, Data):
        Receiver(65464, 2).take(packet)
    elif isinstance(packet, Ack):
        sender = Sender(512, 4)
        sender.add(b"x" * 512)
        if packet.block < 2:
            sender.acknowledge(packet.block)
    return packet


def _agreement(said: bytes) -> object:
    packet = packets.parse(said)
    return options.agree(ASKED, packet.options) if isinstance(packet, OptionAck) else packet


def _text(said: bytes) -> object:
    decoder, middle = netascii.Decoder(), len(said) // 2
    return decoder.feed(said[:middle]) + decoder.feed(said[middle:]) + decoder.finish()


PARSERS = {
    "tftp": Parser(_packet, EVERY),
    "tftp agreements": Parser(_agreement, [AGREED]),
    "tftp netascii": Parser(_text, [b"a\r\nb\r\0c\n\r\r\n\r"]),
}
SAID = {"tftp": [READ, PLAIN, BLOCKS[0], AGREED, REFUSAL, WRITE]}
