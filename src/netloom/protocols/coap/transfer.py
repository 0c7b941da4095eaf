"""Bodies in blocks, both ways, and the Echo that a server may want to see (RFC 7959 §2, RFC 9175 §2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.wire.coap import codes
from netloom.wire.coap.block import Block, emit_block, exponent_of, parse_block
from netloom.wire.coap.message import Message, sorted_options, uint

if TYPE_CHECKING:
    from netloom.protocols.coap.session import Session

BODY_LIMIT = 16 << 20
"""Octets of a body that is taken."""
_AGAIN = 3
"""How often a body is begun anew that changes while it is read."""
Options = list[tuple[int, bytes]]


class Transfer:
    """Requests with bodies of any size. `blocks` counts the pieces of the latest answer, `challenged` is whether the
    server wanted to know that we are there."""

    def __init__(self, session: Session, block: int) -> None:
        self.session = session
        self.blocks = 0
        self.challenged = False
        self._exponent = exponent_of(block)
        self._echo = b""

    async def request(self, code: int, options: Options, payload: bytes = b"", *, token: bytes = b"") -> Message:
        """The response with its whole body; with `token`, the first request has it. Raises as `Session.ask`."""
        first = await self._upload(code, options, payload, token)
        return await self.completed(code, options, first)

    async def first(self, code: int, options: Options, token: bytes) -> Message:
        """The response, or the first block of it, to a request without a body."""
        return await self._upload(code, options, b"", token)

    async def completed(self, code: int, options: Options, first: Message) -> Message:
        """A response with what follows its first block. Raises RemoteProtocolError."""
        block = _block(first, codes.BLOCK2)
        if block is not None and block.more and block.exponent < self._exponent and first.value(codes.ECHO) is not None:
            # It sends no more to somebody who may not be there: show that we are, and begin anew (RFC 9175 §2.4).
            first = await self._asked(code, [*_plain(options), *self._wanted(Block(0, False, self._exponent))], b"")
        for _ in range(_AGAIN):
            body, changed = await self._rest(code, options, first)
            if not changed:
                return Message(first.type, first.code, first.id, first.token, first.options, bytes(body))
            first = await self._asked(code, [*_plain(options), *self._wanted(Block(0, False, self._exponent))], b"")
        raise RemoteProtocolError("the body changes faster than it can be read", rule="RFC 7959 §2.4")

    # Inside

    async def _rest(self, code: int, options: Options, first: Message) -> tuple[bytearray, bool]:
        """The body, and whether it has changed while it came."""
        body = bytearray(first.payload)
        block, self.blocks = _block(first, codes.BLOCK2), 1
        if block is not None and block.number:
            raise RemoteProtocolError(f"block {block.number} comes first", rule="RFC 7959 §2.4")
        last = first
        rest = _plain(options)
        while block is not None and block.more:
            if len(last.payload) != block.size:
                raise RemoteProtocolError(
                    f"a block of {block.size} has {len(last.payload)} octets", rule="RFC 7959 §2.2"
                )
            if len(body) > BODY_LIMIT:
                raise RemoteProtocolError(f"a body of more than {BODY_LIMIT} octets", rule="RFC 7959 §4")
            wanted = Block(len(body) // block.size, False, block.exponent)
            last = await self._asked(code, [*rest, *self._wanted(wanted)], b"")
            block = _block(last, codes.BLOCK2)
            if last.code != first.code or last.value(codes.ETAG) != first.value(codes.ETAG):
                return body, True
            if block is None or block.offset != len(body):
                raise RemoteProtocolError("another block comes than was asked for", rule="RFC 7959 §2.4")
            body += last.payload
            self.blocks += 1
        return body, False

    async def _upload(self, code: int, options: Options, payload: bytes, token: bytes) -> Message:
        """The answer to the whole of a body, in as many pieces as it takes."""
        exponent, at = self._exponent, 0
        if len(payload) <= 1 << exponent + 4:
            found = await self._asked(code, [*options, *self._hoped(code, payload)], payload, token)
            smaller = _block(found, codes.BLOCK1)
            if found.code != codes.TOO_LARGE or smaller is None or smaller.exponent >= exponent:
                return found
            exponent = smaller.exponent
        while True:
            size = 1 << exponent + 4
            block = Block(at // size, at + size < len(payload), exponent)
            size1 = [(codes.SIZE1, uint(len(payload)))] if at == 0 else []
            said = [*options, *size1, (codes.BLOCK1, emit_block(block))]
            found = await self._asked(code, said, payload[at : at + size], token)
            answered = _block(found, codes.BLOCK1)
            smaller_wanted = answered is not None and answered.exponent < exponent
            if found.code == codes.TOO_LARGE and smaller_wanted and at == 0 and answered is not None:
                exponent = answered.exponent
                continue
            if found.code >> 5 != 2 or not block.more:
                return found
            if answered is None or answered.offset != block.offset:
                raise RemoteProtocolError("a piece isn't confirmed", rule="RFC 7959 §2.3")
            at += size
            exponent = min(exponent, answered.exponent)

    def _hoped(self, code: int, payload: bytes) -> Options:
        """How large blocks of an answer may be, where that isn't as large as there are."""
        if code in (codes.GET, codes.FETCH) and self._exponent < Block().exponent:
            return self._wanted(Block(0, False, self._exponent))
        return []

    def _wanted(self, block: Block) -> Options:
        return [(codes.BLOCK2, emit_block(block))]

    async def _asked(self, code: int, options: Options, payload: bytes, token: bytes = b"") -> Message:
        """The answer; where the server wants to see an Echo first, after that."""
        found = await self._said(code, options, payload, token)
        wanted = found.value(codes.ECHO)
        is_new = wanted is not None and wanted != self._echo
        if wanted is not None:
            self._echo = wanted
        if found.code == codes.UNAUTHORIZED and is_new:
            self.challenged = True
            found = await self._said(code, options, payload, token)
        return found

    async def _said(self, code: int, options: Options, payload: bytes, token: bytes) -> Message:
        echo = [(codes.ECHO, self._echo)] if self._echo else []
        said = sorted_options([*options, *echo])
        return await self.session.ask(code, said, payload, token or self.session.token())


def _plain(options: Options) -> Options:
    """What is asked again for a block: neither that it is observed, nor what was sent with it."""
    return [each for each in options if each[0] not in (codes.OBSERVE, codes.BLOCK1)]


def _block(message: Message, number: int) -> Block | None:
    value = message.value(number)
    return None if value is None else parse_block(value)
