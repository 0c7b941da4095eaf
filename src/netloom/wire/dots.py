"""Text of many lines that ends in a line with a dot: a dot is added to lines that begin with one (RFC 1939 §3, RFC 5321
§4.5.2)."""

from __future__ import annotations

from typing import NamedTuple

_END = b"\r\n.\r\n"


def stuff(content: bytes) -> bytes:
    """Content as it is sent, with its end. A last line without CRLF gets one: it can't do without."""
    if content and not content.endswith(b"\r\n"):
        content += b"\r\n"
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


class Piece(NamedTuple):
    """What is sure by now: octets as they were sent, and without the dots that were added."""

    sent: bytes
    meant: bytes


class Unstuffer:
    """Such a text, piece by piece, until `done`; `unused` is what follows its end, which is CRLF dot CRLF."""

    def __init__(self) -> None:
        self.done = False
        self.unused = b""
        # The content starts at a line's start: as if a CRLF, which isn't part of it, had come before
        self._held = b"\r\n"
        self._skip = 2

    def feed(self, data: bytes) -> Piece:
        """Take some octets. The first piece that was sent begins with a CRLF of ours."""
        if self.done:
            self.unused += data
            return Piece(b"", b"")
        work = self._held + data
        end = work.find(_END)
        if end >= 0:
            sent, self.unused, self._held = work[: end + 2], work[end + len(_END) :], b""
            self.done = True
        else:
            # What may be the beginning of the end, or of a dot that was added, waits for the next octets
            keep = next((n for n in range(len(_END) - 1, 0, -1) if work.endswith(_END[:n])), 0)
            sent, self._held = work[: len(work) - keep], work[len(work) - keep :]
        meant = sent.replace(b"\r\n.", b"\r\n")
        skip = min(self._skip, len(meant))
        self._skip -= skip
        return Piece(sent, meant[skip:])
