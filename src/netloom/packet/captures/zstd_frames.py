"""Where zstd's frames end, so that one that is cut can be told from one that is whole (RFC 8878 §3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SKIPPABLE = b"\x2a\x4d\x18"
_RLE = 1


class ZstdFrames:
    """Follows compressed octets from frame to frame, without decompressing them."""

    def __init__(self) -> None:
        self._head = b""
        self._wanted = 4
        self._skip = 0
        self._step: Callable[[bytes], None] = self._magic
        self._checksum = 0

    @property
    def whole(self) -> bool:
        """Whether what was fed ends with a frame."""
        return self._step == self._magic and not self._head and not self._skip

    def feed(self, data: bytes) -> None:
        """The octets that follow; what they are in sum is found out by whoever decompresses them."""
        at = 0
        while at < len(data):
            if self._skip:
                step = min(self._skip, len(data) - at)
                self._skip -= step
                at += step
                continue
            piece = data[at : at + self._wanted - len(self._head)]
            at += len(piece)
            self._head += piece
            if len(self._head) == self._wanted:
                head, self._head = self._head, b""
                self._step(head)

    def _expect(self, wanted: int, step: Callable[[bytes], None]) -> None:
        self._wanted = wanted
        self._step = step

    def _magic(self, head: bytes) -> None:
        if head[1:] == _SKIPPABLE and head[0] >> 4 == 5:
            self._expect(4, self._skippable)
        else:
            self._expect(1, self._descriptor)

    def _skippable(self, head: bytes) -> None:
        self._skip = int.from_bytes(head, "little")
        self._expect(4, self._magic)

    def _descriptor(self, head: bytes) -> None:
        """§3.1.1.1: by its bits, the window, the dictionary and the content's size follow."""
        size, single = head[0] >> 6, head[0] >> 5 & 1
        self._checksum = 4 * (head[0] >> 2 & 1)
        self._skip = (not single) + (0, 1, 2, 4)[head[0] & 3] + (single, 2, 4, 8)[size]
        self._expect(3, self._block)

    def _block(self, head: bytes) -> None:
        """§3.1.1.2: whether it is the last one, its type, and its size."""
        value = int.from_bytes(head, "little")
        self._skip = 1 if value >> 1 & 3 == _RLE else value >> 3
        if value & 1:
            self._skip += self._checksum
            self._expect(4, self._magic)
