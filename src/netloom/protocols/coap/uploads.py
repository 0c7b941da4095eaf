"""Bodies that come in pieces, until they are whole (RFC 7959 §2.5)."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from netloom.wire.coap import codes
from netloom.wire.coap.codes import EXCHANGE_LIFETIME

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from netloom.wire.coap.block import Block

BODY_LIMIT = 1 << 16
"""Octets of a body."""
BODIES = 64
"""Bodies that are under way at once; beyond so many, the oldest are given up."""


class Refused(Exception):
    """A body, or a piece of it, isn't taken."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


class Uploads:
    """What has come of each body. `key` is who sends what to where."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun: OrderedDict[Hashable, tuple[float, bytearray]] = OrderedDict()

    def take(self, key: Any, block: Block, payload: bytes) -> bytes | None:
        """The body once its last piece has come, None before. Raises Refused."""
        until, body = self._begun.pop(key, (0.0, bytearray()))
        if block.number == 0:
            body = bytearray()
        elif until < self._clock() or block.offset > len(body):
            raise Refused(codes.INCOMPLETE, "a piece before this one is missing")
        if (block.more and len(payload) != block.size) or len(payload) > block.size:
            raise Refused(codes.BAD_REQUEST, f"the block has {len(payload)} octets, not {block.size}")
        del body[block.offset :]  # a piece that comes again
        body += payload
        if len(body) > BODY_LIMIT:
            raise Refused(codes.TOO_LARGE, f"a body has at most {BODY_LIMIT} octets")
        if not block.more:
            return bytes(body)
        self._begun[key] = self._clock() + EXCHANGE_LIFETIME, body
        if len(self._begun) > BODIES:
            self._begun.popitem(last=False)
        return None

    def __len__(self) -> int:
        return len(self._begun)
