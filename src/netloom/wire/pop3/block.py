"""Responses of several lines: dots added to lines that begin with one, and a dot at the end (RFC 1939 §3)."""

from __future__ import annotations

from netloom.errors import RemoteProtocolError

_END = b"\r\n.\r\n"


def encode(content: bytes) -> bytes:
    """Content as it is sent after +OK, with its end. A last line without CRLF gets one: it can't do without."""
    if content and not content.endswith(b"\r\n"):
        content += b"\r\n"
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


class Decoder:
    """What came after +OK, piece by piece: `feed` gives the content's octets until `done`, `unused` is what follows.

    It ends with CRLF dot CRLF. More than `limit` octets raise RemoteProtocolError.
    """

    def __init__(self, limit: int) -> None:
        self.done = False
        self.size = 0
        self.unused = b""
        self._limit = limit
        # The content starts at a line's start: as if a CRLF, which isn't part of it, had come before
        self._held = b"\r\n"
        self._skip = 2

    def feed(self, data: bytes) -> bytes:
        """Take some octets; give those of the content that are sure by now."""
        if self.done:
            self.unused += data
            return b""
        work = self._held + data
        end = work.find(_END)
        if end >= 0:
            content, self.unused, self._held = work[: end + 2], work[end + len(_END) :], b""
            self.done = True
        else:
            # What may be the beginning of the end, or of a dot that was added, waits for the next octets
            keep = next((n for n in range(len(_END) - 1, 0, -1) if work.endswith(_END[:n])), 0)
            content, self._held = work[: len(work) - keep], work[len(work) - keep :]
        content = content.replace(b"\r\n.", b"\r\n")
        skip = min(self._skip, len(content))
        self._skip -= skip
        content = content[skip:]
        self.size += len(content)
        if self.size > self._limit:
            raise RemoteProtocolError(
                f"a response of more than {self._limit} bytes", rule="RFC 1939 §3", offset=self.size
            )
        return content
