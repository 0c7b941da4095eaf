"""DNS messages: header, question, records and EDNS, both ways (RFC 1035 §4, RFC 6891)."""

from __future__ import annotations

import struct
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.dns import codes, rdata
from netloom.wire.dns.names import ROOT, emit_name, read_name, to_text

HEADER_SIZE = 12
MESSAGE_LIMIT = 0xFFFF
"""Octets of a message: the length before it on a stream has two (RFC 1035 §4.2.2)."""
CLASSIC_UDP = 512
"""Octets that may be sent to whoever doesn't say otherwise (RFC 1035 §4.2.1)."""

_HEADER = struct.Struct("!HHHHHH")
_QUESTION = struct.Struct("!HH")
_RECORD = struct.Struct("!HHIH")
_OPTION = struct.Struct("!HH")
_FORMAT = "RFC 1035 §4.1"
_EDNS = "RFC 6891 §6.1.1"


class Question(Struct, frozen=True, gc=False):
    """What is asked: a name in its wire form, a type and a class."""

    name: bytes
    rdtype: int
    rdclass: int = codes.IN

    def __str__(self) -> str:
        group = "" if self.rdclass == codes.IN else f"{codes.class_name(self.rdclass)} "
        return f"{to_text(self.name)} {group}{codes.type_name(self.rdtype)}"


class Record(Struct, frozen=True, gc=False):
    """One record. `name` and `rdata` are wire forms without compression; `ttl` in seconds, as it came."""

    name: bytes
    rdtype: int
    rdclass: int
    ttl: int
    rdata: bytes

    @property
    def data(self) -> str:
        """The data as text. Raises RemoteProtocolError."""
        return rdata.text(self.rdtype, self.rdclass, self.rdata)

    @property
    def seconds(self) -> int:
        """The TTL as it is to be understood: one with its highest bit set is 0 (RFC 2181 §8)."""
        return self.ttl if self.ttl < 0x80000000 else 0

    def plain(self) -> dict[str, Any]:
        """Name, type, TTL and data as plain values. Raises RemoteProtocolError."""
        return {
            "name": to_text(self.name),
            "type": codes.type_name(self.rdtype),
            "ttl": self.seconds,
            "data": rdata.text(self.rdtype, self.rdclass, self.rdata),
        }

    def __str__(self) -> str:
        kind = f"{codes.class_name(self.rdclass)} {codes.type_name(self.rdtype)}"
        return f"{to_text(self.name)} {self.seconds} {kind} {self.data}"


class Edns(Struct, frozen=True):
    """The pseudo-record OPT (RFC 6891 §6.1.3). `size` are the octets of a datagram that its sender takes."""

    size: int = 1232
    rcode: int = 0
    version: int = 0
    flags: int = 0
    options: tuple[tuple[int, bytes], ...] = ()

    @property
    def do(self) -> bool:
        """Whether DNSSEC's records are wanted (RFC 3225)."""
        return bool(self.flags & codes.DO)

    def option(self, code: int) -> bytes | None:
        """The data of the first option with this code."""
        for number, data in self.options:
            if number == code:
                return data
        return None


class Message(Struct, frozen=True):
    """A message. `flags` is the header's second word, opcode and the rcode's lower four bits included.

    OPT isn't among `additional`: it is `edns`.
    """

    id: int
    flags: int
    questions: tuple[Question, ...] = ()
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    edns: Edns | None = None

    @property
    def opcode(self) -> int:
        return self.flags >> 11 & 15

    @property
    def rcode(self) -> int:
        """The whole rcode, EDNS's upper bits included (RFC 6891 §6.1.3)."""
        low = self.flags & 15
        return low if self.edns is None else self.edns.rcode << 4 | low

    def has(self, flag: int) -> bool:
        """Whether a flag of the header is set: `message.has(codes.AA)`."""
        return bool(self.flags & flag)

    def replace(self, **changes: Any) -> Message:
        """The same message with some fields changed."""
        return replace(self, **changes)


def parse(data: bytes, known_question: Question | None = None) -> Message:
    """A whole message. Raises RemoteProtocolError for anything that isn't exactly one.

    Whoever has seen already that it has a question, and which, needn't have it read again.
    """
    number, flags, asked, answered, authorities, extra = _header(data)
    known: dict[int, bytes] = {}
    at = HEADER_SIZE
    found = []
    if asked and known_question is not None:
        found.append(known_question)
        known[at] = known_question.name
        at += len(known_question.name) + 4
    at = _questions(data, at, asked, known, found)
    answers, at = _records(data, at, answered, known) if answered else ([], at)
    authority, at = _records(data, at, authorities, known) if authorities else ([], at)
    additional, at = _records(data, at, extra, known) if extra else ([], at)
    if at != len(data):
        raise RemoteProtocolError(f"{len(data) - at} octets follow the message", rule=_FORMAT, offset=at)
    edns = None
    for record in additional:
        if record.rdtype == codes.OPT:
            if edns is not None:
                raise RemoteProtocolError("there is more than one OPT", rule=_EDNS)
            edns = _edns(record)
    if edns is not None:
        additional = [record for record in additional if record.rdtype != codes.OPT] if len(additional) > 1 else []
    return Message(number, flags, tuple(found), tuple(answers), tuple(authority), tuple(additional), edns)


def questions(data: bytes) -> tuple[Question, ...]:
    """What a message asks, or answers, whatever follows. Raises RemoteProtocolError."""
    found: list[Question] = []
    _questions(data, HEADER_SIZE, _header(data)[2], {}, found)
    return tuple(found)


def _header(data: bytes) -> tuple[int, int, int, int, int, int]:
    if len(data) < HEADER_SIZE:
        raise RemoteProtocolError(f"{len(data)} octets aren't even a header", rule=_FORMAT, offset=len(data))
    return _HEADER.unpack_from(data)


def _questions(data: bytes, at: int, asked: int, known: dict[int, bytes], found: list[Question]) -> int:
    """Read until as many are found as are asked; where they end."""
    while len(found) < asked:
        start = at
        name, at = read_name(data, at, known)
        known[start] = name
        if at + 4 > len(data):
            raise _short(data, at)
        found.append(Question(name, *_QUESTION.unpack_from(data, at)))
        at += 4
    return at


def _records(data: bytes, at: int, count: int, known: dict[int, bytes]) -> tuple[list[Record], int]:
    records = []
    length = len(data)
    for _ in range(count):
        start = at
        # Most owners are one pointer to a name that was read before; OPT's is the root.
        found = None
        if at + 1 < length:
            first = data[at]
            if first >= 0xC0:
                found = known.get((first & 0x3F) << 8 | data[at + 1])
                at += 2
            elif not first:
                found = ROOT
                at += 1
        if found is not None:
            name = found
        else:
            name, at = read_name(data, start, known)
        known[start] = name
        after = at + 10
        if after > length:
            raise _short(data, at)
        rdtype, rdclass, ttl, size = _RECORD.unpack_from(data, at)
        at = after + size
        if at > length:
            raise _short(data, after)
        if size and rdtype in rdata.LAYOUTS:
            records.append(Record(name, rdtype, rdclass, ttl, rdata.read(data, after, size, rdtype, known)))
        else:
            records.append(Record(name, rdtype, rdclass, ttl, data[after:at]))
    return records, at


def _short(data: bytes, at: int) -> RemoteProtocolError:
    return RemoteProtocolError(f"the message ends after {len(data)} octets, within a record", rule=_FORMAT, offset=at)


def _edns(record: Record) -> Edns:
    if record.name != ROOT:
        raise RemoteProtocolError("an OPT's owner is the root", rule="RFC 6891 §6.1.2")
    ttl = record.ttl
    options = _options(record.rdata) if record.rdata else ()
    return Edns(record.rdclass, ttl >> 24, ttl >> 16 & 0xFF, ttl & 0xFFFF, options)


def _options(data: bytes) -> tuple[tuple[int, bytes], ...]:
    options = []
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            raise RemoteProtocolError("an EDNS option is cut short", rule="RFC 6891 §6.1.2")
        code, size = _OPTION.unpack_from(data, at)
        at += 4 + size
        if at > len(data):
            raise RemoteProtocolError("an EDNS option is cut short", rule="RFC 6891 §6.1.2")
        options.append((code, data[at - size : at]))
    return tuple(options)


def emit(message: Message, limit: int = MESSAGE_LIMIT) -> bytes:
    """The octets of a message, its names compressed.

    What doesn't fit into `limit` octets is left out: of the additional section silently, of the others with the flag TC
    (RFC 2181 §9); a referral without all of its glue has TC as well (RFC 9471). Raises LocalProtocolError for values
    that don't fit their fields, or a question that doesn't fit at all.
    """
    try:
        return _emit(message, min(limit, MESSAGE_LIMIT))
    except (struct.error, OverflowError, IndexError) as exc:
        raise LocalProtocolError(f"a name or a field's value can't be sent: {exc}", rule=_FORMAT) from None


def _emit(message: Message, limit: int) -> bytes:
    out = bytearray(HEADER_SIZE)
    seen: dict[bytes, int] = {}
    for question in message.questions:
        emit_name(out, question.name, seen)
        out += _QUESTION.pack(question.rdtype, question.rdclass)
    tail = emit_edns(message.edns) if message.edns is not None else b""
    room = limit - len(tail)
    if len(out) > room:
        raise LocalProtocolError(f"the question doesn't fit into {limit} octets", rule=_FORMAT)
    flags = message.flags
    answers = _emit_records(out, message.answers, seen, room)
    authority = additional = 0
    whole = answers == len(message.answers)
    if whole:
        authority = _emit_records(out, message.authority, seen, room)
        whole = authority == len(message.authority)
    if whole:
        additional = _emit_records(out, message.additional, seen, room)
        referral = bool(message.authority) and not message.answers and not flags & codes.AA
        if referral and additional < len(message.additional):
            flags |= codes.TC
    else:
        flags |= codes.TC
    _HEADER.pack_into(
        out, 0, message.id, flags, len(message.questions), answers, authority, additional + (message.edns is not None)
    )
    return bytes(out + tail)


def _emit_records(out: bytearray, records: tuple[Record, ...], seen: dict[bytes, int], room: int) -> int:
    """Append as many records as fit; gives how many those were."""
    for number, record in enumerate(records):
        start = len(out)
        emit_name(out, record.name, seen)
        out += _RECORD.pack(record.rdtype, record.rdclass, record.ttl, 0)
        data = len(out)
        if record.rdtype in rdata.COMPRESSED and record.rdata:
            _emit_compressed(out, record, seen)
        else:
            out += record.rdata
        if len(out) > room:
            # Nothing with a name in it follows, so what `seen` says about the part that goes does no harm.
            del out[start:]
            return number
        out[data - 2 : data] = (len(out) - data).to_bytes(2)
    return len(records)


def _emit_compressed(out: bytearray, record: Record, seen: dict[bytes, int]) -> None:
    done = 0
    for start, end in rdata.names_in(record.rdtype, record.rdata):
        out += record.rdata[done:start]
        emit_name(out, record.rdata[start:end], seen)
        done = end
    out += record.rdata[done:]


def emit_edns(edns: Edns) -> bytes:
    """The octets of an OPT record."""
    options = b"".join([_OPTION.pack(code, len(data)) + data for code, data in edns.options])
    ttl = edns.rcode << 24 | edns.version << 16 | edns.flags
    return ROOT + _RECORD.pack(codes.OPT, edns.size, ttl, len(options)) + options


def framed(message: bytes) -> bytes:
    """A message as it goes over a stream, with its length before it (RFC 1035 §4.2.2)."""
    return len(message).to_bytes(2) + message


def unframed(buffer: bytes) -> tuple[bytes, int] | None:
    """The first message of a stream and the octets that it took, or None while it isn't whole."""
    if len(buffer) < 2:
        return None
    end = 2 + (buffer[0] << 8 | buffer[1])
    return (buffer[2:end], end) if len(buffer) >= end else None
