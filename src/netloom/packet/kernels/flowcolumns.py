"""Columns of flows: one row a flow, as NumPy arrays of the widths that `FlowRow` tells."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.flows.row import FlowRow
from netloom.packet.kernels import table as T
from netloom.packet.kernels.call import Array, Call
from netloom.packet.kernels.gone import halves
from netloom.packet.kernels.growing import Columns, Growing
from netloom.packet.kernels.memory import aligned
from netloom.packet.row import columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netloom.packet.flows.tracked import Names
    from netloom.packet.kernels.gone import Block

COMMUNITY_ID = f"S{T.COMMUNITY_ID}"
WIDTHS = {**columns(FlowRow), "community_id": COMMUNITY_ID}

_WORDS = {
    "start": T.FIRST,
    "end": T.LAST,
    "src_high": T.SRC_HIGH,
    "src_low": T.SRC_LOW,
    "dst_high": T.DST_HIGH,
    "dst_low": T.DST_LOW,
    "handshake_rtt": T.RTT,
}
_SIDES = {
    "packets": T.PACKETS,
    "bytes": T.BYTES,
    "payload": T.PAYLOAD,
}
_HALVES = {
    "retransmissions": T.RETRANSMISSIONS,
    "out_of_order": T.OUT_OF_ORDER,
    "zero_windows": T.ZERO_WINDOWS,
    "resets": T.RESETS,
    "gaps": T.GAPS,
}


class FlowColumns(Columns):
    """Flows as arrays. `app` is a number into `apps`."""

    def __init__(
        self, arrays: dict[str, Array], apps: Sequence[str], names: Sequence[tuple[int, Mapping[int, Names]]]
    ) -> None:
        super().__init__(arrays)
        self.apps = apps
        self._names = names

    @functools.cached_property
    def names(self) -> dict[int, Names]:
        """Those of the flows that have any, by row."""
        return {first + place: names for first, several in self._names for place, names in several.items()}

    def meanings(self) -> dict[str, Array]:
        """The names that `app` and `reason` count."""
        return {"apps": np.array(self.apps), "reasons": np.array(T.REASONS)}


class CollectedFlows:
    """Columns of flows that grow block by block. `seed` is Community ID's."""

    def __init__(self, seed: int = 0) -> None:
        self._communities = Communities(seed)
        self._growing = Growing(WIDTHS)
        self._rows = 0
        self._apps: Sequence[str] = ("",)
        self._names: list[tuple[int, Mapping[int, Names]]] = []

    def take(self, block: Block) -> None:
        """Take flows that are over into every column."""
        self._growing.put(_rows(block) | {"community_id": self._communities(block.words)})
        self._names.append((self._rows, block.names))
        self._apps = block.spoken
        self._rows += len(block.words)

    def done(self) -> FlowColumns:
        """What was collected."""
        return FlowColumns(self._growing.done(), tuple(self._apps), self._names)


class Communities:
    """Spells the Community IDs of flows."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._call = Call(
            "community.communities",
            table=np.zeros(0, np.int64),
            octets=np.zeros(T.SCRATCH, np.uint8),
            words=aligned(T.ROUNDS * T.LANES, np.uint32),
            states=aligned((T.ROUNDS + 5) * T.LANES, np.uint32),
            cells=np.zeros(0, np.uint8),
        )

    def __call__(self, words: Array) -> Array:
        """Of each flow, by its words: 30 characters."""
        cells = np.empty(len(words) * T.COMMUNITY_ID, np.uint8)
        self._call.bind("table", words.reshape(-1))
        self._call.bind("cells", cells)
        self._call(n=len(words), seed=self._seed)
        return cells.view(COMMUNITY_ID)


def _rows(block: Block) -> dict[str, Array]:
    """A block's columns, as parts of its words where they are that."""
    words = block.words
    meta, tags, flags = words[:, T.META], words[:, T.TAGS], words[:, T.FLAGS]
    found = {name: words[:, word] for name, word in _WORDS.items()}
    for name, word in _SIDES.items():
        found[f"{name}_forward"], found[f"{name}_backward"] = words[:, word], words[:, word + 1]
    for name, word in _HALVES.items():
        both = halves(words, word)
        found[f"{name}_forward"], found[f"{name}_backward"] = both[:, 0], both[:, 1]
    return found | {
        "version": meta >> T.VERSION & 15,
        "protocol": meta >> T.PROTOCOL & 255,
        "src_port": meta & 0xFFFF,
        "dst_port": meta >> T.PORT & 0xFFFF,
        "app": block.apps,
        "reason": block.reasons,
        "vlan": tags & 0xFFFF,
        "tunnels": tags >> T.TUNNELS & 0xFF,
        "flags_forward": flags & 0xFFFF,
        "flags_backward": flags >> 16 & 0xFFFF,
    }
