"""DNS, the passive decoder: datagrams, or a stream's messages with their lengths (RFC 1035 §4)."""

from __future__ import annotations

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire.dns import codes
from netloom.wire.dns.message import HEADER_SIZE, MESSAGE_LIMIT, Message, Record, parse, unframed

_SHOWN = 4
"""Records of an answer that are spelled out."""


class Decoder:
    """Each message in words. A stream, with lengths before its messages, is known by its first piece."""

    def __init__(self) -> None:
        self._framed: bool | None = None
        self._buffers: dict[str, bytes] = {}

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A datagram, or a piece of a stream."""
        if self._framed is not True:
            try:
                message = parse(data)
            except RemoteProtocolError as exc:
                if self._framed is False or not _may_be_framed(data):
                    return [Said(sender=sender, words=f"no DNS message: {exc.message}", size=len(data))]
                self._framed = True
            else:
                self._framed = False
                return [Said(sender=sender, words=words(message), size=len(data))]
        return self._stream(sender, data)

    def _stream(self, sender: str, data: bytes) -> list[Said]:
        buffer = self._buffers.get(sender, b"") + data
        said = []
        while found := unframed(buffer):
            piece, size = found
            try:
                told = words(parse(piece))
            except RemoteProtocolError as exc:
                told = f"no DNS message: {exc.message}"
            said.append(Said(sender=sender, words=told, size=size))
            buffer = buffer[size:]
        self._buffers[sender] = buffer[: MESSAGE_LIMIT + 2]
        return said


def _may_be_framed(data: bytes) -> bool:
    """Whether a stream of messages may begin so: with a length, and then no reserved bit in the header."""
    return len(data) < 2 or data[0] << 8 | data[1] >= HEADER_SIZE


def words(message: Message) -> str:
    """A message on one line."""
    asked = ", ".join([str(question) for question in message.questions]) or "nothing"
    if not message.has(codes.QR):
        kind = "" if message.opcode == codes.QUERY else f"{codes.opcode_name(message.opcode)} "
        return f"{kind}{asked}?"
    records = message.answers or message.authority
    shown = "; ".join([_record(record) for record in records[:_SHOWN]])
    more = f" and {len(records) - _SHOWN} more" if len(records) > _SHOWN else ""
    cut = " (truncated)" if message.has(codes.TC) else ""
    return (
        f"{codes.rcode_name(message.rcode)}{cut}: {shown}{more}"
        if shown
        else f"{codes.rcode_name(message.rcode)}{cut}: {asked}"
    )


def _record(record: Record) -> str:
    try:
        return str(record)
    except RemoteProtocolError as exc:
        return exc.message


def is_query(data: bytes) -> bool:
    """Whether a first datagram is one question."""
    try:
        message = parse(data)
    except RemoteProtocolError:
        return False
    return not message.has(codes.QR) and len(message.questions) == 1 and not message.answers


def is_framed_query(data: bytes) -> bool:
    """Whether a stream begins with one question and its length."""
    found = unframed(data)
    return found is not None and is_query(found[0])
