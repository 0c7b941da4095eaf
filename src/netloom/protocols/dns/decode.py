"""DNS, the passive decoder: datagrams, messages with their lengths, or what HTTP carries (RFC 1035, RFC 8484)."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire.dns import codes
from netloom.wire.dns.message import HEADER_SIZE, MESSAGE_LIMIT, Message, Record, parse, unframed

if TYPE_CHECKING:
    from netloom.wire.http.passive import Decoder as HttpDecoder

_SHOWN = 4
"""Records of an answer that are spelled out."""
_WEB = (b"GET /", b"POST /", b"PRI * HTTP/2", b"HTTP/1.")
_ASKED = re.compile(r"[?&]dns=([A-Za-z0-9_-]+)")


class Decoder:
    """Each message in words. A stream, with lengths before its messages or in HTTP, is known by its first piece."""

    def __init__(self) -> None:
        self._web: HttpDecoder | None = None
        self._framed: bool | None = None
        self._buffers: dict[str, bytes] = {}

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A datagram, or a piece of a stream."""
        if self._web is None and self._framed is None and _is_http(sender, data):
            from netloom.wire.http import passive

            self._web = passive.Decoder(_carried)
        if self._web is not None:
            return [told for said in self._web.feed(sender, data) for told in (said, *_asked(said))]
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


def _is_http(sender: str, data: bytes) -> bool:
    """Whether a connection's first piece is HTTP's. A server's SETTINGS may come before its client's preface; they look
    like an empty message that isn't an answer."""
    settings = data[:2] == b"\0\0" and len(data) >= 9 and data[3:9] == b"\4\0\0\0\0\0"
    return data.startswith(_WEB) or (sender == "server" and settings)


def _carried(sender: str, body: bytes) -> list[str]:
    """A body; of one that is something else, such as an error's page, its size is told already."""
    try:
        return [words(parse(body))]
    except RemoteProtocolError:
        return []


def _asked(said: Said) -> list[Said]:
    """The question in a target (RFC 8484 §4.1)."""
    found = _ASKED.search(said.words) if said.sender == "client" else None
    if found is None:
        return []
    data = base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)) if len(found[1]) % 4 != 1 else b""
    return [Said(sender=said.sender, words=told) for told in _carried(said.sender, data)]


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
