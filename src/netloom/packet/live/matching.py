"""Matching: which packet that came answers which one that was sent, by what their headers say."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, NamedTuple

from netloom.packet.dissect import Dissected, dissect
from netloom.packet.formats.arp import ARP
from netloom.packet.formats.tcp import TCP as SEGMENT
from netloom.packet.frame import Frame
from netloom.packet.row import MAPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.row import Row

LIMIT = 65_536
"""Packets that wait for their answers; the oldest give way."""

TCP, UDP, SCTP = 6, 17, 132
_ICMP = {1: 4, 58: 6}
_WITH_PORTS = (TCP, UDP, SCTP)
_ERRORS = {1: (3, 4, 5, 11, 12), 58: (1, 2, 3, 4)}
_REPLIES = {1: {8: 0, 13: 14, 15: 16, 17: 18}, 58: {128: 129}}
"""What asks, and what answers it with the same identifier and sequence (RFC 792, RFC 950, RFC 4443 §4)."""
_SOLICITATION, _ADVERTISEMENT = 135, 136
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_ARP = 0x0806
_DNS = 53
_RAW = 101
_HALF = 1 << 31
_WORD = 1 << 32

Key = tuple[object, ...]
"""What a question and its answer have in common."""
_ANYBODY = "anybody"


class Match(NamedTuple):
    """`number` is which packet it answers, in the order in which they were sent, from 0.

    `is_error` where the network says what became of it (ICMP), `is_first` where nothing had answered it before.
    """

    number: int
    is_error: bool
    is_first: bool


class _Sent(NamedTuple):
    key: Key
    row: Row
    query: bytes


class Matcher:
    """Those that were sent, and look for their answers."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._count = 0
        self._sent: OrderedDict[int, _Sent] = OrderedDict()
        self._waiting: dict[Key, deque[int]] = {}
        self._answered: set[int] = set()
        self._gone: set[int] = set()

    def sent(self, frame: Frame) -> int:
        """Note a packet that goes out; gives its number."""
        number, self._count = self._count, self._count + 1
        read = dissect(frame)
        key = question(frame, read)
        if key is not None:
            self._sent[number] = _Sent(key, read.row, _query(frame, read.row))
            self._waiting.setdefault(key, deque()).append(number)
            if len(self._sent) > self._limit:
                self._forget()
        return number

    def _forget(self) -> None:
        number, sent = self._sent.popitem(last=False)
        waiting = self._waiting[sent.key]
        waiting.popleft()  # the oldest of all is the oldest there
        if not waiting:
            del self._waiting[sent.key]
        self._answered.discard(number)
        self._gone.discard(number)

    def went(self, frame: Frame) -> int | None:
        """Which packet a frame is, where the way out was heard too: each is, once."""
        read = dissect(frame)
        row = read.row
        for number in self._waiting.get(question(frame, read) or (), ()):
            if number not in self._gone and _said(self._sent[number].row) == _said(row):
                self._gone.add(number)
                return number
        return None

    def received(self, frame: Frame) -> Match | None:
        """Which packet this one answers, if any: of several that could be meant the oldest without an answer."""
        read = dissect(frame)
        about = quoted(frame, read)
        if about is not None:
            key = question(*about)
            # What it was sent to is named, even where anybody might have answered
            keys = [key, _widened(key)] if key is not None else []
            fitting = [number for number in self._asked(keys) if _is_quoted(self._sent[number], *about)]
            return self._match(fitting, is_error=True)
        query = _query(frame, read.row)
        fitting = [
            number
            for number in self._asked(answered(frame, read))
            if fits(self._sent[number].row, read.row) and query in (b"", self._sent[number].query)
        ]
        return self._match(fitting, is_error=False)

    def _asked(self, keys: list[Key]) -> Iterator[int]:
        for key in keys:
            yield from self._waiting.get(key, ())

    def _match(self, fitting: list[int], *, is_error: bool) -> Match | None:
        if not fitting:
            return None
        number = next((one for one in fitting if one not in self._answered), fitting[-1])
        is_first = number not in self._answered
        self._answered.add(number)
        return Match(number, is_error, is_first)


def question(frame: Frame, read: Dissected) -> Key | None:
    """What an answer to a packet will have in common with it; None for what isn't answered."""
    row = read.row
    if row.ethertype == _ARP and not row.version:
        operation, sender, target = _arp(read)
        return ("arp", target, sender) if operation == 1 else None
    if not row.version:
        there = _ANYBODY if row.dst_mac >> 40 & 1 else row.dst_mac
        return ("link", row.ethertype, row.src_mac, there) if row.src_mac else None
    here, there_ip = _source(row), _ANYBODY if _is_for_many(row) else _destination(row)
    if row.protocol in _ICMP:
        return _icmp_question(frame, row, here, there_ip)
    here_port, there_port = _ports(frame, row)
    return ("ip", row.protocol, here, here_port, there_ip, there_port)


def _icmp_question(frame: Frame, row: Row, here: object, there: object) -> Key | None:
    reply = _REPLIES[row.protocol].get(row.icmp_type)
    if reply is not None:
        return ("icmp", row.protocol, reply, here, there, _rest(frame, row))
    if row.protocol == 58 and row.icmp_type == _SOLICITATION:
        return ("neighbour", frame.data[row.payload_at : row.payload_at + 16])
    return None


def answered(frame: Frame, read: Dissected) -> list[Key]:
    """The keys of the questions that a packet may answer."""
    row = read.row
    if row.ethertype == _ARP and not row.version:
        operation, sender, target = _arp(read)
        return [("arp", sender, target)] if operation == 2 else []
    if not row.version:
        return [("link", row.ethertype, row.dst_mac, there) for there in (row.src_mac, _ANYBODY)]
    here, sides = _destination(row), (_source(row), _ANYBODY)
    if row.protocol in _ICMP:
        if row.protocol == 58 and row.icmp_type == _ADVERTISEMENT:
            return [("neighbour", frame.data[row.payload_at : row.payload_at + 16])]
        return [("icmp", row.protocol, row.icmp_type, here, there, _rest(frame, row)) for there in sides]
    there_port, here_port = _ports(frame, row)
    return [("ip", row.protocol, here, here_port, there, there_port) for there in sides]


def fits(sent: Row, came: Row) -> bool:
    """Whether TCP's numbers agree (RFC 9293 §3.10.7): what came acknowledges what was sent, or resets it."""
    if sent.protocol != TCP or not sent.version:
        return True
    octets = sent.payload_length + bool(sent.flags & _SYN) + bool(sent.flags & _FIN)
    if came.flags & _ACK:
        distance = (came.ack - sent.seq) % _WORD
        return (0 < distance <= octets) if octets else distance == 0
    if came.flags & _RST:
        return bool(sent.flags & _ACK) and came.seq == sent.ack
    return bool(came.flags & _SYN and sent.flags & _SYN)  # both open at once


def quoted(frame: Frame, read: Dissected) -> tuple[Frame, Dissected] | None:
    """The packet that an ICMP error is about, as far as it quotes it."""
    row = read.row
    if not row.version or row.icmp_type not in _ERRORS.get(row.protocol, ()) or row.fragment > 0:
        return None
    data = frame.data[row.payload_at : row.payload_at + row.payload]
    if not data:
        return None
    about = Frame(data, None, _RAW, 65_535)
    found = dissect(about)
    return (about, found) if found.row.version else None


def _said(row: Row) -> tuple[int, ...]:
    """What tells packets apart that go the same way."""
    return row.seq, row.ack, row.flags, row.payload_length


def _widened(key: Key) -> Key:
    """The same question, to anybody."""
    return (*key[:4], _ANYBODY, *key[5:]) if key[0] in ("ip", "icmp") else key


def _source(row: Row) -> tuple[int, int]:
    return row.src_high, row.src_low


def _destination(row: Row) -> tuple[int, int]:
    return row.dst_high, row.dst_low


def _is_for_many(row: Row) -> bool:
    """Sent to a group or to all: whoever answers does so from an address of its own."""
    if row.version == 6:
        return row.dst_high >> 56 == 0xFF
    address = row.dst_low & ~MAPPED
    return address >> 28 == 0xE or address == 0xFFFFFFFF or row.dst_mac == 0xFFFFFFFFFFFF


def _ports(frame: Frame, row: Row) -> tuple[int, int]:
    """Source and destination; also where no more than eight octets of a header are quoted (RFC 792)."""
    if row.protocol not in _WITH_PORTS or row.fragment > 0:
        return 0, 0
    if row.src_port or row.dst_port:
        return row.src_port, row.dst_port
    data = frame.data[row.payload_at : row.payload_at + 4]
    return int.from_bytes(data[:2], "big"), int.from_bytes(data[2:], "big")


def _rest(frame: Frame, row: Row) -> bytes:
    """Identifier and sequence: the last four octets of ICMP's header."""
    return frame.data[row.payload_at - 4 : row.payload_at]


def _query(frame: Frame, row: Row) -> bytes:
    """The identifier that a DNS query over UDP and its answer share (RFC 1035 §4.1.1); empty for other packets."""
    if row.protocol != UDP or _DNS not in (row.src_port, row.dst_port):
        return b""
    return frame.data[row.payload_at : row.payload_at + 2]


def _is_quoted(sent: _Sent, frame: Frame, read: Dissected) -> bool:
    """Whether it is this one of those that went the same way, as far as the quotation goes."""
    row = read.row
    if row.protocol == TCP and row.fragment <= 0:
        layers = zip(read.packet, read.offsets, strict=False)
        at = next((at for layer, at in layers if isinstance(layer, SEGMENT)), row.payload_at)
        seq = frame.data[at + 4 : at + 8]
        return len(seq) < 4 or int.from_bytes(seq, "big") == sent.row.seq
    return _query(frame, row) in (b"", sent.query)


def _arp(read: Dissected) -> tuple[int, object, object]:
    """The operation, the sender's protocol address and the target's (RFC 826); 0 where that wasn't captured."""
    if ARP not in read.packet:
        return 0, b"", b""
    layer = read.packet[ARP]
    return layer.operation, layer.spa, layer.tpa
