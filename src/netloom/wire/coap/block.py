"""A piece of a body: which one, whether more follow, and how large they are (RFC 7959 §2.2)."""

from __future__ import annotations

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.coap.message import uint

LARGEST = 6
"""The exponent of blocks of 1024 octets, the largest there are."""
_NUMBERS = 1 << 20


class Block(Struct, frozen=True):
    """The block `number` of blocks of 2 ** (`exponent` + 4) octets."""

    number: int = 0
    more: bool = False
    exponent: int = LARGEST

    @property
    def size(self) -> int:
        """Octets of each block but the last."""
        return 1 << self.exponent + 4

    @property
    def offset(self) -> int:
        """Where in the body it begins."""
        return self.number << self.exponent + 4


def parse_block(value: bytes) -> Block:
    """A Block1 or Block2 option. Raises RemoteProtocolError."""
    number = int.from_bytes(value)
    if len(value) > 3 or number & 7 > LARGEST:
        raise RemoteProtocolError("there is no block of this size", rule="RFC 7959 §2.2")
    return Block(number >> 4, bool(number & 8), number & 7)


def emit_block(block: Block) -> bytes:
    """The option's value. Raises LocalProtocolError."""
    if not 0 <= block.number < _NUMBERS or not 0 <= block.exponent <= LARGEST:
        raise LocalProtocolError(f"there is no block {block.number} of this size", rule="RFC 7959 §2.2")
    return uint(block.number << 4 | block.more << 3 | block.exponent)


def exponent_of(size: int) -> int:
    """The exponent of the largest blocks that aren't larger than so many octets (16 at least)."""
    return max(0, min(LARGEST, size.bit_length() - 5))
