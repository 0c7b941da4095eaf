"""A request that came to a name server: who sent it, how much it may be told, and the frame of its response."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from netloom.errors import RemoteProtocolError
from netloom.wire.dns import codes, edns, tsig
from netloom.wire.dns.message import CLASSIC_UDP, HEADER_SIZE, MESSAGE_LIMIT, Edns, Message, Record, emit, parse
from netloom.wire.dns.names import to_text

if TYPE_CHECKING:
    from netloom.accounts import Account, Accounts

AMPLIFICATION = 3
"""How many times as long as the request a response over UDP may be to somebody who may not have asked."""
UDP_SIZE = 1232
"""Octets of a datagram that pass nearly everywhere without fragments (DNS flag day 2020)."""
_SECRET = os.urandom(32)
_SIGNATURE_ROOM = 256


class Source(Struct, frozen=True, gc=False):
    """Where a request came from: an address, and whether in a datagram, or over an encrypted way."""

    address: str
    datagram: bool = False
    encrypted: bool = False

    @property
    def is_loopback(self) -> bool:
        return self.address.startswith("127.") or self.address in ("::1", "")


class Refusal(Exception):
    """A request that gets an rcode for an answer, in the bytes of a whole response."""

    def __init__(self, rcode: int, data: bytes) -> None:
        super().__init__(codes.rcode_name(rcode))
        self.rcode = rcode
        self.data = data


class Request:
    """A well-formed request. `limit` are the octets that its response may have; `account` is who has signed it."""

    __slots__ = ("_chain", "_edns", "_name", "_padded", "account", "data", "limit", "message", "source")

    def __init__(self, data: bytes, message: Message, source: Source) -> None:
        self.data = data
        self.message = message
        self._name = b""
        if len(message.questions) == 1:
            # The response is made for the name in lower case, and what was asked is put into it when it is finished:
            # whatever points at the question then has the asker's case (RFC 4343 §4, and 0x20 relies on it).
            question = message.questions[0]
            self._name = question.name
            self.message = message.replace(questions=(replace(question, name=question.name.lower()),))
        self.source = source
        self.account: Account | None = None
        self.limit = MESSAGE_LIMIT
        self._chain: tsig.Chain | None = None
        self._edns: Edns | None = None
        self._padded = False

    @classmethod
    def read(cls, data: bytes, source: Source, accounts: Accounts) -> Request | None:
        """The request in some octets, or None for what isn't to be answered at all. Raises Refusal."""
        if len(data) < HEADER_SIZE or data[2] & 0x80:
            return None
        try:
            message = parse(data)
        except RemoteProtocolError:
            raise Refusal(codes.FORMERR, _bare(data, codes.FORMERR)) from None
        request = cls(data, message, source)
        verified = request._read_edns()
        if source.datagram:
            size = CLASSIC_UDP if message.edns is None else max(CLASSIC_UDP, min(message.edns.size, UDP_SIZE))
            request.limit = size if verified else min(size, AMPLIFICATION * len(data))
        if message.additional:
            request._read_signature(accounts)
        return request

    @property
    def do(self) -> bool:
        """Whether DNSSEC's records are wanted."""
        return self.message.edns is not None and self.message.edns.do

    @property
    def plain(self) -> bool:
        """Whether the same octets always get the same response: nothing in it is meant for the asker alone."""
        return self._chain is None and (self.message.edns is None or not self.message.edns.options)

    def respond(self, rcode: int, *sections: tuple[Record, ...], flags: int = 0) -> bytes:
        """The whole response: answers, authority and additional records in the frame that the request asks for."""
        return self.emit(self.response(rcode, *sections, flags=flags))

    def response(self, rcode: int, *sections: tuple[Record, ...], flags: int = 0) -> Message:
        """The response before it is bytes."""
        asked = self.message
        kept = asked.flags & (0x7800 | codes.RD | codes.CD)
        reply = self._edns
        if reply is not None and rcode >> 4:
            reply = Edns(reply.size, rcode >> 4, 0, reply.flags, reply.options)
        answers, authority, additional = (*sections, (), (), ())[:3]
        return Message(
            asked.id, codes.QR | kept | flags | rcode & 15, asked.questions, answers, authority, additional, reply
        )

    def emit(self, message: Message) -> bytes:
        """The response as it is sent: cut to what fits, padded and signed."""
        if self._chain is not None:
            return self._chain.sign(self._echo(emit(message, self.limit - _SIGNATURE_ROOM)), int(time.time()))
        data = emit(message, self.limit)
        if self._padded and message.edns is not None and len(data) + 4 + edns.RESPONSE_BLOCK <= self.limit:
            filler = (codes.OPTION_PADDING, edns.padding(len(data) + 4, edns.RESPONSE_BLOCK))
            padded = Edns(message.edns.size, message.edns.rcode, 0, message.edns.flags, (*message.edns.options, filler))
            data = emit(message.replace(edns=padded), self.limit)
        return self._echo(data)

    def _echo(self, data: bytes) -> bytes:
        return data[:HEADER_SIZE] + self._name + data[HEADER_SIZE + len(self._name) :]

    def _read_edns(self) -> bool:
        """What the request's EDNS asks for; whether its cookie shows that it comes from where it says."""
        asked = self.message.edns
        if asked is None:
            return False
        options: list[tuple[int, bytes]] = []
        verified = False
        cookie = asked.option(codes.OPTION_COOKIE)
        self._edns = Edns(UDP_SIZE, flags=asked.flags & codes.DO)
        if asked.version:
            raise Refusal(codes.BADVERS, self.respond(codes.BADVERS))
        if cookie is not None:
            if not edns.cookie_is_whole(cookie):
                raise Refusal(codes.FORMERR, self.respond(codes.FORMERR))
            now, address = int(time.time()), self.source.address
            verified = edns.cookie_is_ours(_SECRET, cookie, address, now)
            client = cookie[: edns.CLIENT_COOKIE]
            options.append((codes.OPTION_COOKIE, client + edns.server_cookie(_SECRET, client, address, now)))
        self._edns = Edns(UDP_SIZE, flags=asked.flags & codes.DO, options=tuple(options))
        self._padded = self.source.encrypted and asked.option(codes.OPTION_PADDING) is not None
        return verified

    def _read_signature(self, accounts: Accounts) -> None:
        """Who has signed the request: an account, whose name is the key's and whose password its secret (RFC 8945)."""
        try:
            said = tsig.signature(self.message)
            if said is None:
                return
            name = to_text(said.name).rstrip(".").lower()
            secret = accounts.secret_of(name)
            algorithm = to_text(said.algorithm).rstrip(".").lower()
            if secret is None or algorithm not in tsig.ALGORITHMS:
                self._reject(said, tsig.BADKEY)
            else:
                chain = tsig.Chain(tsig.key(name, secret, algorithm))
                error = chain.check(self.data, self.message, int(time.time()))
                if error:
                    self._reject(said, error)
                self._chain = chain
                self.account = accounts.get(name)
        except RemoteProtocolError:
            raise Refusal(codes.FORMERR, _bare(self.data, codes.FORMERR)) from None

    def _reject(self, said: tsig.Signature, error: int) -> None:
        data = tsig.refused(self._echo(emit(self.response(codes.NOTAUTH), self.limit)), said, error, int(time.time()))
        raise Refusal(codes.NOTAUTH, data)


def _bare(data: bytes, rcode: int) -> bytes:
    """A header alone, for a request that can't be understood (RFC 1035 §4.1.1)."""
    return data[:2] + bytes((0x80 | data[2] & 0x79, rcode)) + bytes(8)
