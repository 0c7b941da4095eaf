"""HTTP/2's frames as they come, by their nine-byte headers alone (RFC 9113 §4.1): what the engine below isn't to see.

The engine ends everything at a GOAWAY, where the protocol lets what was begun be finished (§6.8): those frames are
taken out here. Frames that carry nothing are counted, for whoever ends a flood of them.
"""

from __future__ import annotations

import msgspec

from netloom.errors import RemoteProtocolError

PREFACE_SIZE = 24
_HEADER = 9
_FRAME_LIMIT = 16384
_ACK = _END_STREAM = 0x1

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)


class GoAway(msgspec.Struct, frozen=True):
    """The peer takes no stream after `last`; `code` is why (RFC 9113 §7)."""

    last: int
    code: int
    text: str


class Frames:
    """Follows one direction. `idle` counts frames that carry nothing, `paced` those that may answer ours."""

    __slots__ = ("_head", "_kept", "_left", "_skip", "first", "goaways", "idle", "oversize", "paced")

    def __init__(self, *, preface: bool) -> None:
        self._skip = PREFACE_SIZE if preface else 0
        self._head = b""  # of a frame whose header isn't whole
        self._left = 0  # of a frame's payload that is still to come
        self._kept: bytearray | None = None  # a GOAWAY that isn't whole
        self.first = True
        self.oversize = False  # why it was refused
        self.idle = self.paced = 0
        self.goaways: list[GoAway] = []

    def feed(self, data: bytes) -> bytes:
        """What the engine is to see of this piece. Raises RemoteProtocolError where HTTP/2 can't begin so."""
        if self._skip:
            taken = min(self._skip, len(data))
            self._skip -= taken
            return data[:taken] + (self.feed(data[taken:]) if len(data) > taken else b"")
        if self._left >= len(data) and self._kept is None:  # the middle of one large frame
            self._left -= len(data)
            return data
        passed = []
        at, size = 0, len(data)
        while at < size:
            if self._left:
                end = min(size, at + self._left)
                self._left -= end - at
                if self._kept is None:
                    passed.append(data[at:end])
                else:
                    self._keep(data[at:end])
                at = end
                continue
            missing = _HEADER - len(self._head)
            self._head += data[at : at + missing]
            at += missing
            if len(self._head) == _HEADER:
                head, self._head = self._head, b""
                if self._begin(head):
                    passed.append(head)
        return b"".join(passed)

    def _begin(self, head: bytes) -> bool:
        """A frame begins: whether the engine is to see it."""
        length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        if self.first:
            self.first = False
            if kind != SETTINGS or flags or head[5:] != b"\0\0\0\0" or length % 6 or length > _FRAME_LIMIT:
                raise RemoteProtocolError("HTTP/2 begins with SETTINGS", rule="RFC 9113 §3.4", seen=head)
        if length > _FRAME_LIMIT:  # the engine would wait for all of it before it refuses
            self.oversize = True
            raise RemoteProtocolError(f"a frame of {length} bytes", rule="RFC 9113 §4.2")
        self._left = length
        if kind == GOAWAY and length >= 8 and head[5:] == b"\0\0\0\0":
            self._kept = bytearray()
            return False
        if kind in (WINDOW_UPDATE, PING):
            self.paced += not (kind == PING and flags & _ACK)
        elif kind != HEADERS and not (kind == SETTINGS and flags & _ACK):
            self.idle += kind != DATA or not (length or flags & _END_STREAM)
        return True

    def _keep(self, data: bytes) -> None:
        kept = self._kept
        assert kept is not None  # noqa: S101  # whoever calls has looked
        kept += data
        if not self._left:
            self._kept = None
            text = kept[8:200].decode("ascii", "backslashreplace")
            self.goaways.append(
                GoAway(int.from_bytes(kept[:4], "big") & 0x7FFFFFFF, int.from_bytes(kept[4:8], "big"), text)
            )
