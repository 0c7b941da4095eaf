"""An answer that is no longer than it may be: whole, or a block of it that is small enough (RFC 7959 §2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.coap import codes
from netloom.wire.coap.block import Block, emit_block
from netloom.wire.coap.message import Message, emit, sorted_options, uint

if TYPE_CHECKING:
    from netloom.protocols.coap.sites import State

Options = list[tuple[int, bytes]]


def described(state: State) -> Options:
    """The options that say what a representation is; there may be none yet."""
    if state.format is None:
        return []
    found: Options = [(codes.CONTENT_FORMAT, uint(state.format))]
    if state.max_age != codes.MAX_AGE_DEFAULT:
        found.append((codes.MAX_AGE, uint(state.max_age)))
    return found


def fitted(around: Message, state: State, wanted: Block | None, room: int, echo: bytes = b"") -> bytes | None:
    """A datagram with a representation, or with the block that is wanted, in at most `room` octets; None: none fits.

    `around` has everything else. A block that isn't the first keeps its place, where it has to be smaller as well.
    With a first block of several there goes an `echo`: who shows it the next time may be told more at once.
    """
    payload, tag = state.payload, [(codes.ETAG, state.etag)] if state.format is not None else []
    options: Options = [*around.options, *described(state)]
    whole = wanted is None or (wanted.number == 0 and len(payload) <= wanted.size)
    if whole and len(payload) <= Block().size:
        asked = [(codes.BLOCK2, emit_block(Block(0, False, wanted.exponent)))] if wanted is not None else []
        for extra in (tag, []):
            made = _emitted(around, [*options, *extra, *asked], payload)
            if len(made) <= room:
                return made
    most = (wanted or Block()).exponent
    start = wanted.offset if wanted is not None else 0
    sizes: Options = [(codes.SIZE2, uint(len(payload)))] if start == 0 else []

    def made_of(exponent: int, more: Options) -> bytes | None:
        size = 1 << exponent + 4
        block = Block(start // size, start + size < len(payload), exponent)
        found = _emitted(
            around, [*options, *tag, *more, (codes.BLOCK2, emit_block(block))], payload[start : start + size]
        )
        return found if len(found) <= room else None

    for exponent in range(most, -1, -1):
        made_here = made_of(exponent, sizes) or made_of(exponent, [])
        if made_here is None:
            continue
        if echo and start == 0 and len(payload) > 1 << exponent + 4:
            proof: Options = [(codes.ECHO, echo)]
            smaller = made_of(exponent - 1, proof) if exponent else None
            made_here = made_of(exponent, [*sizes, *proof]) or made_of(exponent, proof) or smaller or made_here
        return made_here
    return None


def _emitted(around: Message, options: Options, payload: bytes) -> bytes:
    return emit(
        Message(around.type, around.code, around.id, around.token, sorted_options(options), payload)
    )  # fmt: skip
