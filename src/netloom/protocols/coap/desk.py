"""Where messages arrive: what is new, who may be told how much, and what is answered in which kind (RFC 7252 §4)."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.errors import RemoteProtocolError
from netloom.protocols.coap.answers import Answers
from netloom.protocols.coap.exchange import Answer, Asked
from netloom.protocols.coap.fitting import fitted
from netloom.protocols.coap.observers import DATAGRAM, Observers
from netloom.protocols.coap.proof import Proofs
from netloom.protocols.coap.recent import Recent
from netloom.protocols.coap.uploads import Uploads
from netloom.wire.coap import codes, uri
from netloom.wire.coap.message import Message, emit, parse, sorted_options

if TYPE_CHECKING:
    from netloom.links.context import Context
    from netloom.links.datagrams import Datagrams, Peer
    from netloom.protocols.coap.sites import Site

log = logging.getLogger("netloom.serve")

FACTOR = 3
"""Octets that are sent for one that came, to somebody who hasn't shown to be there (RFC 9175 §2.4)."""
_WORDS = 200


class _Reset(Exception):
    """A message is rejected (RFC 7252 §4.2)."""


class Desk:
    """One socket: its observers, what has come lately, and what comes in pieces."""

    def __init__(self, link: Datagrams, site: Site, context: Context) -> None:
        clock = asyncio.get_running_loop().time
        own = context.options
        self.context = context
        self.proofs = Proofs(clock)
        self.uploads = Uploads(clock)
        self.observers = Observers(site, self._say, self._number, (own.observers, own.observers_per_peer))
        self._link = link
        self._recent = Recent(clock)
        self._answers = Answers(site, self)
        self._last = secrets.randbelow(1 << 16)

    def take(self, data: bytes, peer: Peer) -> None:
        """A datagram."""
        try:
            message = parse(data)
        except RemoteProtocolError:
            if len(data) >= 4 and data[0] >> 4 == 4:  # one that wants to be confirmed is refused (§4.2)
                self._refuse(int.from_bytes(data[2:4]), peer)
            return
        if message.type in (codes.ACK, codes.RST):
            self.observers.answered(peer, message)
        elif message.is_request:
            self._request(message, len(data), peer)
        elif message.type == codes.CON:  # a ping, or an answer to nothing
            self._refuse(message.id, peer)

    def close(self) -> None:
        """Nobody is told anything any more."""
        self.observers.close()

    def may_write(self, peer: Peer) -> bool:
        """Anybody where that was said or the accounts allow it; otherwise who is on this machine."""
        given = self.context.options.write
        if given or self.context.accounts.may(None, Right.WRITE):
            return bool(given != "no")
        if not isinstance(peer, tuple):
            return True  # a Unix socket's
        try:
            return ip_address(str(peer[0]).partition("%")[0]).is_loopback
        except ValueError:
            return False

    # Inside

    def _request(self, message: Message, size: int, peer: Peer) -> None:
        proven = self.proofs.stands(peer)
        room = DATAGRAM if proven else min(DATAGRAM, FACTOR * size)
        before = self._recent.get(peer, message.id)
        if before is not None:
            if before and message.type == codes.CON and len(before) <= room:
                self._say(before, peer)
            return
        started = time.time()
        echo = message.value(codes.ECHO)
        if echo is not None and self.proofs.show(peer, echo):
            proven, room = True, DATAGRAM
        asked = Asked(message, peer, room, proven)
        try:
            answer = self._refusal(message, peer) or self._answers.to(asked)
        except _Reset:
            self._recent.put(peer, message.id, emit(Message(codes.RST, codes.EMPTY, message.id)))
            self._refuse(message.id, peer)
            return
        except Exception:  # one request's bug isn't the others'
            log.exception("a bug in the server's side of coap")
            answer = Answer(codes.SERVER_ERROR)
        if answer is None:
            self._recent.put(peer, message.id, b"")
            return
        made = self._made(asked, answer)
        self._recent.put(peer, message.id, made)
        if made:
            self._say(made, peer)
        if self.context.reports:
            code = codes.dotted(made[1]) if len(made) > 1 and made[1] else codes.dotted(answer.code)
            target = uri.path_of(message)
            verb = codes.METHODS.get(message.code, codes.dotted(message.code))
            self.context.access(verb, target, status=code, size=len(made), started=started, peer=peer)

    def _refusal(self, message: Message, peer: Peer) -> Answer | None:
        """What a fault wants to be answered. Raises _Reset for one that wants nothing to be."""
        method = codes.METHODS.get(message.code, "")
        no = self.context.refuses("request", method, target=uri.path_of(message), peer=peer)
        if no is None:
            return None
        if no.code == "RST":
            self.context.access(method, uri.path_of(message), status="RST", peer=peer)
            raise _Reset
        major, _, minor = no.code.partition(".")
        return Answer(codes.code(int(major), int(minor)), words=no.words())

    def _made(self, asked: Asked, answer: Answer) -> bytes:
        """The datagram, empty where there is none."""
        message, observer = asked.message, answer.observer
        if self._is_unwanted(message, answer.code):
            if observer is not None:
                self.observers.remove(observer.peer, observer.token)
            return emit(Message(codes.ACK, codes.EMPTY, message.id)) if message.type == codes.CON else b""
        kind, number = (codes.ACK, message.id) if message.type == codes.CON else (codes.NON, self._number())
        around = Message(kind, answer.code, number, message.token, sorted_options(answer.options))
        made: bytes | None
        if answer.state is not None:
            echo = b"" if asked.proven else self.proofs.challenge(asked.peer)
            made = fitted(around, answer.state, answer.block, asked.room, echo)
        else:
            made = _with_words(around, answer.words, asked.room)
        if made is None:
            if observer is not None:
                self.observers.remove(observer.peer, observer.token)
            return self._challenged(asked, around)
        if observer is not None and not asked.proven:
            observer.room = asked.room - len(made)
        return made

    def _challenged(self, asked: Asked, around: Message) -> bytes:
        """What says that who asked is to show first that they are there."""
        said = Message(around.type, codes.UNAUTHORIZED, around.id, around.token)
        echo = emit(Message(*_fields(said), ((codes.ECHO, self.proofs.challenge(asked.peer)),)))
        if len(echo) <= asked.room:
            return echo
        bare = emit(said)
        return bare if len(bare) <= asked.room else b""

    def _is_unwanted(self, message: Message, code: int) -> bool:
        """Whether who asked doesn't want to hear answers of this class (RFC 7967 §2.1)."""
        wish = message.uint(codes.NO_RESPONSE)
        return wish is not None and bool(wish & 1 << (code >> 5) - 1)

    def _number(self) -> int:
        self._last = (self._last + 1) & 0xFFFF
        return self._last

    def _refuse(self, number: int, peer: Peer) -> None:
        self._say(emit(Message(codes.RST, codes.EMPTY, number)), peer)

    def _say(self, data: bytes, peer: Peer) -> None:
        if not self._link.transport.is_closing():
            self._link.transport.sendto(data, peer)


def _with_words(around: Message, words: str, room: int) -> bytes | None:
    """A message with a diagnosis for people, as much of it as there is room for (§5.5.2)."""
    bare = emit(around)
    if len(bare) > room:
        return None
    text = words.encode("utf-8", "replace")[: max(0, min(_WORDS, room - len(bare) - 1))]
    return emit(Message(*_fields(around), around.options, text.decode("utf-8", "ignore").encode()))


def _fields(message: Message) -> tuple[int, int, int, bytes]:
    return message.type, message.code, message.id, message.token
