"""The two ends of a transfer as state machines: which blocks to send, which to take (RFC 1350 §2, RFC 7440 §4).

Blocks are counted without end here; their 16-bit numbers on the wire begin anew at 0 after 65535.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

from netloom.errors import RemoteProtocolError
from netloom.wire.tftp.packets import Ack, Data


class Sender:
    """Keeps the blocks that aren't acknowledged, a window of them at most.

    A duplicate of an acknowledgement is never answered: otherwise each datagram that was late would be sent twice from
    then on (the sorcerer's apprentice, RFC 1123 §4.2.3.1). Where the first block of a window was lost, a duplicate is
    all that comes, and patience has to end; what was lost behind it is sent again at once (RFC 7440 §4).
    """

    def __init__(self, blksize: int, windowsize: int) -> None:
        self.blksize = blksize
        self.windowsize = windowsize
        self._under_way: deque[bytes] = deque()
        self._acknowledged = 0
        self._ended = False

    @property
    def room(self) -> int:
        """Blocks that may be added now; none once a window is under way, until it is acknowledged."""
        return 0 if self._ended else self.windowsize - len(self._under_way)

    @property
    def done(self) -> bool:
        """Whether all has been acknowledged."""
        return self._ended and not self._under_way

    @property
    def acknowledged(self) -> int:
        """How many blocks have come through."""
        return self._acknowledged

    def add(self, payload: bytes) -> Data:
        """The next block, to be sent. One that is shorter than `blksize` is the last."""
        self._under_way.append(payload)
        self._ended = len(payload) < self.blksize
        return Data(self._acknowledged + len(self._under_way) & 0xFFFF, payload)

    def acknowledge(self, block: int) -> bool:
        """Take an acknowledgement. True where what is `again()` has to be sent again.

        Whether it moved on is seen in `acknowledged`. Raises RemoteProtocolError for a block that wasn't sent.
        """
        ahead = block - self._acknowledged & 0xFFFF
        if ahead > len(self._under_way):
            if ahead < 0x8000:
                raise RemoteProtocolError(f"block {block} is acknowledged and wasn't sent", rule="RFC 1350 §2")
            return False  # one from before, late
        for _ in range(ahead):
            self._under_way.popleft()
        self._acknowledged += ahead
        # What is left of a window was lost: it is sent again, at the head of the next
        return bool(ahead and self._under_way)

    def again(self) -> list[Data]:
        """What is under way, to be sent once more."""
        return [
            Data(self._acknowledged + number & 0xFFFF, payload) for number, payload in enumerate(self._under_way, 1)
        ]


class Taken(Enum):
    """What a block was."""

    NEXT = "next"
    BEFORE = "before"
    GAP = "gap"


class Receiver:
    """Takes blocks in their order, and tells when to acknowledge: at a window's end, at the file's end, at a gap."""

    def __init__(self, blksize: int, windowsize: int) -> None:
        self.blksize = blksize
        self.windowsize = windowsize
        self.done = False
        self._taken = 0
        self._told = 0  # the last that was acknowledged
        self._in_window = 0
        self._told_gap = False

    @property
    def taken(self) -> int:
        """How many blocks have come in their order."""
        return self._taken

    @property
    def last(self) -> Ack:
        """The acknowledgement of all that has come."""
        return Ack(self._taken & 0xFFFF)

    def again(self) -> Ack:
        """What is acknowledged once more where nothing comes: a window begins anew after it."""
        self._in_window, self._told = 0, self._taken
        return self.last

    def take(self, data: Data) -> tuple[Taken, bool]:
        """What a block was, and whether to acknowledge now. Raises RemoteProtocolError for one that is too large."""
        if len(data.payload) > self.blksize:
            words = f"a block of {len(data.payload)} octets, and {self.blksize} were agreed on"
            raise RemoteProtocolError(words, rule="RFC 2348")
        ahead = data.block - self._taken - 1 & 0xFFFF
        if ahead == 0 and not self.done:
            self._taken += 1
            self._in_window += 1
            self._told_gap = False
            self.done = len(data.payload) < self.blksize
            whole = self.done or self._in_window >= self.windowsize
            if whole:
                self._in_window, self._told = 0, self._taken
            return Taken.NEXT, whole
        if ahead >= 0x8000 or self.done:
            # It comes again where our acknowledgement was lost. Of a window, its last block tells that.
            return Taken.BEFORE, self._taken == self._told and data.block == self._told & 0xFFFF
        told, self._told_gap = self._told_gap, True
        self._in_window, self._told = 0, self._taken
        return Taken.GAP, not told
