"""Questions as bytes, from a template that only the id and the case of the name change in (RFC 1035 §4.1)."""

from __future__ import annotations

import struct

from msgspec import Struct
from msgspec.structs import replace

from netloom.wire.dns import codes
from netloom.wire.dns.edns import CLIENT_COOKIE, QUERY_BLOCK, padding
from netloom.wire.dns.message import HEADER_SIZE, Edns, Message, Question, emit_edns, parse
from netloom.wire.dns.names import mix_case

_HEADER = struct.Struct("!HHHHHH")
_TYPE = struct.Struct("!HH")


class Query(Struct, frozen=True, gc=False):
    """A question as it is sent. `data` is the message, `asked` its question's octets, as a true answer echoes them."""

    id: int
    data: bytes
    question: Question
    asked: bytes
    cookie: bytes = b""

    def answers(self, data: bytes) -> bool:
        """Whether a message is a response to this question, to the letter (RFC 5452 §4.2, §4.3)."""
        return (
            len(data) >= HEADER_SIZE
            and data[0] << 8 | data[1] == self.id
            and data[2] >= 0x80
            and (
                (data.startswith(self.asked, HEADER_SIZE) and data[4:6] == b"\0\1")
                or (data[4:6] == b"\0\0" and (data[3] & 15 != 0 or self._may_be_bare()))
            )
        )

    def _may_be_bare(self) -> bool:
        """Whether a good answer may leave the question out: to an update, and but for the first in a transfer.

        (RFC 2136 §3.8, RFC 5936 §2.2.1; who can't parse a question may always)
        """
        return self.question.rdtype in (codes.AXFR, codes.IXFR) or self.data[2] >> 3 & 15 == codes.UPDATE

    def has_cookie(self, message: Message) -> bool:
        """Whether a response has the cookie of the question, or none at all (RFC 7873 §5.3)."""
        given = message.edns.option(codes.OPTION_COOKIE) if message.edns is not None and self.cookie else None
        return given is None or given[:CLIENT_COOKIE] == self.cookie[:CLIENT_COOKIE]

    def answers_but_for_case(self, data: bytes) -> bool:
        """Whether it would be one if the case of the name weren't looked at."""
        end = HEADER_SIZE + len(self.asked)
        echoed = data[HEADER_SIZE : end - 4].lower() + data[end - 4 : end]
        plain = self.asked[:-4].lower() + self.asked[-4:]
        ours = len(data) >= end and data[0] << 8 | data[1] == self.id and data[2] >= 0x80
        return ours and data[4:6] == b"\0\1" and echoed == plain

    def restored(self, data: bytes) -> bytes:
        """A response with the name in the case that was meant, before 0x20 changed it."""
        if not data.startswith(self.asked, HEADER_SIZE):
            return data
        end = HEADER_SIZE + len(self.asked) - 4
        return data[:HEADER_SIZE] + self.question.name + data[end:]

    def read(self, data: bytes) -> Message:
        """What a response says that `answers` this question. Raises RemoteProtocolError."""
        restored = self.restored(data)
        return parse(restored, self.question if restored is not data else None)


class Template:
    """Questions of one kind: their flags and EDNS. A client's cookie is the last EDNS option, or there is none."""

    __slots__ = ("_head", "_tail", "edns", "flags")

    def __init__(self, flags: int, edns: Edns | None) -> None:
        self.flags = flags
        self.edns = edns
        self._head = _HEADER.pack(0, flags, 1, 0, 0, edns is not None)[2:]
        self._tail = emit_edns(edns) if edns is not None else b""

    def query(self, number: int, question: Question, case: bytes = b"", cookie: bytes = b"") -> Query:
        """A question with the id `number`.

        `case` are random octets for the case of the letters, as many as the name has, or none; `cookie` takes the place
        of the client's cookie.
        """
        name = mix_case(question.name, case) if case else question.name
        asked = name + _TYPE.pack(question.rdtype, question.rdclass)
        tail = self._tail[: -len(cookie)] + cookie if cookie else self._tail
        return Query(number, number.to_bytes(2) + self._head + asked + tail, question, asked, cookie)

    def padded(self, question: Question) -> Template:
        """The template for the same question, padded for an encrypted way (RFC 8467 §4.1)."""
        if self.edns is None:
            return self
        options = self.edns.options
        size = len(self.query(0, question).data) + 4
        filler = (codes.OPTION_PADDING, padding(size, QUERY_BLOCK))
        return Template(self.flags, replace(self.edns, options=(filler, *options)))
