"""Flows that are over, as the flow kernel keeps them, and as both trackers give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netloom.packet.flows.tracked import Ended, Key, Names, Side, Tracked
from netloom.packet.kernels import table as T

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netloom.packet.kernels.call import Array

_U64 = (1 << 64) - 1
_U32 = (1 << 32) - 1
_UNNAMED = Names()


class Block(NamedTuple):
    """Flows that are over: their words (`table`) as n times WORDS integers, and for each what it ended of (REASONS).

    `apps` says what each speaks, as a number into `spoken`, which may grow later. Few have names: those by their place.
    """

    words: Array
    reasons: Array
    apps: Array
    spoken: Sequence[str]
    names: Mapping[int, Names]


def halves(words: Array, word: int) -> Array:
    """What a word of each flow counts forward and backward."""
    return words.view(np.uint32)[:, 2 * word : 2 * word + 2]


def made(block: Block) -> list[Ended]:
    """A block's flows one by one."""
    flows: list[list[int]] = block.words.tolist()
    told = zip(flows, block.reasons.tolist(), block.apps.tolist(), strict=True)
    return [
        Ended(_tracked(flow, block.spoken[app], block.names.get(number, _UNNAMED)), T.REASONS[reason])
        for number, (flow, reason, app) in enumerate(told)
    ]


def _tracked(flow: list[int], app: str, names: Names) -> Tracked:
    meta = flow[T.META]
    key = Key(
        meta >> T.VERSION & 15,
        meta >> T.PROTOCOL & 255,
        flow[T.SRC_HIGH] & _U64,
        flow[T.SRC_LOW] & _U64,
        meta & 0xFFFF,
        flow[T.DST_HIGH] & _U64,
        flow[T.DST_LOW] & _U64,
        meta >> T.PORT & 0xFFFF,
        bool(meta >> T.ONE_WAY & 1),
    )
    return Tracked(
        key=key,
        number=flow[T.SERIAL],
        first=flow[T.FIRST],
        last=flow[T.LAST],
        vlan=flow[T.TAGS] & 0xFFFF,
        tunnels=flow[T.TAGS] >> T.TUNNELS & 0xFF,
        rtt=flow[T.RTT],
        app=app,
        names=names,
        forward=_side(flow, 0),
        backward=_side(flow, 1),
    )


def _half(word: int, back: int) -> int:
    return word >> T.HALF * back & _U32


def _side(flow: list[int], back: int) -> Side:
    return Side(
        packets=flow[T.PACKETS + back],
        bytes=flow[T.BYTES + back],
        payload=flow[T.PAYLOAD + back],
        flags=flow[T.FLAGS] >> 16 * back & 0xFFFF,
        retransmissions=_half(flow[T.RETRANSMISSIONS], back),
        out_of_order=_half(flow[T.OUT_OF_ORDER], back),
        zero_windows=_half(flow[T.ZERO_WINDOWS], back),
        resets=_half(flow[T.RESETS], back),
        gaps=_half(flow[T.GAPS], back),
    )
