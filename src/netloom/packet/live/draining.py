"""Draining: what a ring has handed over as octets of a capture file, by compiled kernels or in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from netloom.packet.live.compose import pcap_records, pcapng_blocks

if TYPE_CHECKING:
    from netloom.packet.live.blocks import Blocks
    from netloom.packet.live.compose import Composed

ALL = 1 << 62
"""Packets or blocks, however many there are."""


class Drain(Protocol):
    """Takes packets out of one ring, for a file of one kind."""

    def take(self, most: int = ALL, blocks: int = ALL) -> Composed | None:
        """The next packets, at most so many of at most so many blocks; None where nothing is handed over yet.

        Blocks that were taken whole are handed back. The octets are good until this is asked for again.
        """

    def close(self) -> None:
        """Let go of the ring's memory; again does nothing."""


class Plain:
    """A block at a time, in plain Python. `number` is the interface's in the file."""

    def __init__(self, ring: Blocks, kind: str, number: int = 0) -> None:
        self._ring = ring
        self._write = pcap_records if kind == "pcap" else pcapng_blocks
        self._number = number

    def take(self, most: int = ALL, blocks: int = ALL) -> Composed | None:  # noqa: ARG002 - one is at most so many
        taken: Composed | None = None
        for block, packets in self._ring.blocks():
            if taken is not None:  # by asking for this one the one before was handed back
                break
            if not packets:
                continue
            taken = self._write(self._ring, block, min(packets, most), self._number)
            if most < packets:
                break
        return taken

    def close(self) -> None:
        """It holds nothing."""


def warm() -> None:
    """Load what draining by kernels takes, before the first packet comes."""
    from netloom.packet.kernels import compiled

    if compiled.available() and compiled.ready():
        from netloom.packet.kernels import drain  # noqa: F401 - it is there when it is needed

        compiled.load()


def drain(ring: Blocks, kind: str, number: int = 0) -> Drain:
    """By kernels where they were compiled before: nobody waits for a compiler while packets pass."""
    from netloom.packet.kernels import compiled

    if not (compiled.available() and compiled.ready()):
        return Plain(ring, kind, number)
    from netloom.packet.kernels.drain import Drained

    return Drained(ring, kind, number)
