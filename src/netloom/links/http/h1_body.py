"""HTTP/1.1, the body of one request as it comes: so many bytes, or chunks (RFC 9112 §6.3, §7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httptools

from netloom.links.http.body import TOO_LARGE, Inbox
from netloom.links.http.h1_request import Refusal

if TYPE_CHECKING:
    from netloom.links.http.limits import Limits

_END = b"\r\n\r\n"
_PRIMER = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


class Intake:
    """Puts a body into its inbox, and never takes a byte of what follows it. `length` is -1 for chunks."""

    __slots__ = ("_chunks", "_left", "_limits", "done", "inbox")

    def __init__(self, inbox: Inbox, length: int, limits: Limits) -> None:
        self.inbox = inbox
        self.done = False
        self._left = length
        self._limits = limits
        self._chunks = _Chunks(inbox, limits) if length < 0 else None

    def take(self, data: bytes, at: int) -> int:
        """Use `data` from `at` on; gives where the body's bytes end in it. Raises Refusal."""
        if self._chunks is not None:
            end = self._chunks.take(data, at)
            if self.inbox.came > self._limits.max_body:
                raise Refusal(413, f"a body of more than {self._limits.max_body} bytes", TOO_LARGE)
            if self._chunks.done:
                self.done = True
                self.inbox.end(tuple(self._chunks.trailers))
            return end
        piece = data[at : at + self._left] if at or len(data) > self._left else data
        self._left -= len(piece)
        self.inbox.feed(piece)
        if not self._left:
            self.done = True
            self.inbox.end()
        return at + len(piece)

    def may_be_skipped(self, limit: int) -> bool:
        """Whether what is still to come, as far as that is known, is no more than so many bytes."""
        return self._left <= limit


class _Chunks:
    """The parser of chunks, fed up to where a body may end: it isn't to see the next request."""

    __slots__ = ("_idle", "_inbox", "_limits", "_parser", "_tail", "done", "trailers")

    def __init__(self, inbox: Inbox, limits: Limits) -> None:
        self.trailers: list[tuple[str, str]] = []
        self.done = False
        self._inbox = inbox
        self._limits = limits
        self._tail = b""  # the last bytes that were fed
        self._idle = 0  # bytes of framing since the last data
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(_PRIMER)
        self.trailers.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.trailers.append((name.decode("ascii").lower(), value.rstrip(b" \t").decode("latin-1")))

    def on_body(self, data: bytes) -> None:
        self._inbox.feed(data)

    def on_message_complete(self) -> None:
        self.done = True

    def take(self, data: bytes, at: int) -> int:
        """A body ends with an empty line, so that it is fed up to one at a time."""
        tail, came = self._tail, self._inbox.came
        across = (tail + data[at : at + 3]).find(_END)
        end = at + across + 4 - len(tail) if across >= 0 else data.find(_END, at) + 4
        if across < 0 and end == 3:
            end = len(data)
        piece = data[at:end]
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserError as exc:
            raise Refusal(400, f"no chunks: {str(exc).lower()}", "RFC 9112 §7.1") from None
        self._tail = (tail + piece)[-3:]
        self._idle = self._idle + len(piece) if self._inbox.came == came else 0
        if self._idle > self._limits.max_head:
            raise Refusal(400, "chunks that carry nothing", "RFC 9112 §7.1.1")
        if len(self.trailers) > self._limits.max_headers:
            raise Refusal(431, f"more than {self._limits.max_headers} trailer fields", "RFC 6585 §5")
        return end
