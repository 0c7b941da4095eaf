"""Bodies of HTTP/1.1, requests' and answers', their codings undone (RFC 9112 §6, RFC 9110 §8.4)."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.packet.streams.events import CLIENT, SERVER, Closed, Data, Finished, Gap, Reset
from netloom.packet.streams.extraction.body import HOLE, ZEROS, About
from netloom.wire.http.coding import Decoder, Limits
from netloom.wire.http.passive.body import Chunks, Counted, body_of

if TYPE_CHECKING:
    from netloom.packet.streams.events import Event
    from netloom.packet.streams.extraction.body import Body, Shelf
    from netloom.packet.streams.record import Taken
    from netloom.wire.http.passive.body import BodyReader

HEAD_LIMIT = 64 * 1024
LIMITS = Limits(size=256 << 20)
"""What a coded body may become."""
_ASKED = 100
_REQUEST = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,40}) ([!-~]{1,60000}) HTTP/1\.[01]\r?\n")
_TOKEN = re.compile(rb"[A-Z]{0,7}|[A-Z]{1,6} [!-~]{0,5}")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |\r?\n)")
_BLANK = re.compile(rb"\r?\n\r?\n")
_FILENAME = re.compile(r"filename\s*=\s*(?:\"([^\"]{1,255})\"|([^\s;\"]{1,255}))", re.IGNORECASE)
_FIRST = {CLIENT: _REQUEST, SERVER: _STATUS}


def speaks(event: Data) -> bool:
    """Whether a side's first octets begin a message of HTTP/1."""
    return _FIRST[event.sender].match(event.data) is not None


class Web:
    """Both sides of a connection. After a gap it goes on where a packet begins with a message."""

    def __init__(self, shelf: Shelf) -> None:
        asked: deque[tuple[str, str]] = deque(maxlen=_ASKED)
        self._sides = {side: _Side(side, shelf, asked) for side in (CLIENT, SERVER)}

    def data(self, event: Data) -> list[Taken]:
        """Some octets of one side."""
        return self._sides[event.sender].feed(event)

    def gap(self, event: Gap) -> list[Taken]:
        """Octets that are missing; zeros stand for them where the length of a body is known."""
        return self._sides[event.sender].skip(event)

    def ends(self, event: Finished | Reset | Closed) -> list[Taken]:
        """A side has no more to say: that may be what ends a body."""
        if not isinstance(event, Closed):
            return self._sides[event.sender].end(event, finished=isinstance(event, Finished))
        return [taken for side in self._sides.values() for taken in side.end(event, finished=False)]


class _Side:
    """What one side says."""

    def __init__(self, sender: str, shelf: Shelf, asked: deque[tuple[str, str]]) -> None:
        self._sender = sender
        self._shelf = shelf
        self._asked = asked
        self._buffer = b""
        self._searched = 0
        self._lost = self._over = False
        self._reader: BodyReader | None = None
        self._body: Body | None = None
        self._coding: Decoder | None = None
        self._open_end = False

    def feed(self, event: Data) -> list[Taken]:
        if self._over:
            return []
        if self._lost:
            if not speaks(event):
                return []
            self._lost = False
        self._buffer += event.data
        taken: list[Taken] = []
        while self._buffer and not self._lost and not self._over:
            if self._reader is not None:
                if not self._content(self._reader, event, taken):
                    break
            elif not self._head():
                break
        if self._lost or self._over:
            self._buffer, self._searched = b"", 0
        return taken

    def skip(self, event: Gap) -> list[Taken]:
        self._asked.clear()
        left = event.size
        taken: list[Taken] = []
        if isinstance(self._reader, Counted) and self._coding is None and left <= HOLE:
            while left and self._reader is not None:
                size, _ = self._reader.take(ZEROS[:left])
                left -= size
                if self._body is not None:
                    self._body.hole(event, size)
                if self._reader.done:
                    taken += self._finish(event, complete=True)
        elif self._reader is not None:
            taken += self._finish(event, complete=False, note="octets are missing in the middle")
        if left or self._reader is None:
            self._lost = True
            self._buffer, self._searched = b"", 0
        return taken

    def end(self, event: Event, *, finished: bool) -> list[Taken]:
        if self._reader is None:
            return []
        whole = self._open_end and finished
        return self._finish(event, complete=whole, note="" if whole else "it ends in the middle")

    def _content(self, reader: BodyReader, event: Event, taken: list[Taken]) -> bool:
        """Some octets of a body; False where more are needed."""
        size, content = reader.take(self._buffer)
        self._buffer = self._buffer[size:]
        problem = self._write(event, content)
        if not problem and isinstance(reader, Chunks) and reader.done and not self._may_begin():
            problem = "what comes after its last chunk is none"
        if problem:
            taken += self._finish(event, complete=False, note=problem)
            self._lost = True
        elif reader.done:
            taken += self._finish(event, complete=True)
        return bool(size)

    def _may_begin(self) -> bool:
        """Whether what is left could be the next message: broken chunks end with a line that is none of theirs."""
        rest = self._buffer.lstrip(b"\r\n")[:7]
        return b"HTTP/1.".startswith(rest) if self._sender == SERVER else _TOKEN.fullmatch(rest) is not None

    def _write(self, event: Event, content: bytes) -> str:
        """Hand octets on, their coding undone; what is wrong with it, if anything."""
        if self._body is None or not content:
            return ""
        if self._coding is None:
            self._body.write(event, content)
            return ""
        try:
            for piece in self._coding.feed(content):
                self._body.write(event, piece)
        except RemoteProtocolError as error:
            return error.message
        return ""

    def _finish(self, event: Event, *, complete: bool, note: str = "") -> list[Taken]:
        body, coding = self._body, self._coding
        self._body = self._coding = self._reader = None
        if body is None:
            return []
        if coding is not None and complete:
            try:
                coding.finish()
            except RemoteProtocolError as error:
                complete, note = False, error.message
        return [body.end(event, complete=complete, note=note)]

    def _head(self) -> bool:
        """One head, where it is whole."""
        found = _BLANK.search(self._buffer, max(0, self._searched - 4))
        if found is None:
            self._searched = len(self._buffer)
            self._lost = self._searched > HEAD_LIMIT
            return False
        head, self._buffer = self._buffer[: found.start()], self._buffer[found.end() :]
        self._searched = 0
        head = head.lstrip(b"\r\n")
        first = _FIRST[self._sender].match(head + b"\r\n")
        if first is None:
            self._lost = True
            return False
        lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")[1:]
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if self._sender == CLIENT:
            method, target = first[1].decode("ascii"), first[2].decode("ascii")
            self._asked.append((method, target))
            self._reader = body_of(fields, is_request=True)
        else:
            target = self._answered(int(first[1]), fields)
        if self._reader is not None:
            self._open_end = isinstance(self._reader, Counted) and not fields.get("content-length", "").isdigit()
            self._open(target, fields)
        return True

    def _answered(self, status: int, fields: dict[str, str]) -> str:
        """What follows an answer's head (RFC 9112 §6.3), and what had been asked for."""
        method, target = self._asked.popleft() if self._asked and (status >= 200 or status == 101) else ("", "")
        if status == 101 or (method == "CONNECT" and status < 300):
            self._over = True  # from here on another protocol is spoken
        elif status >= 200 and status not in (204, 304) and method != "HEAD":
            self._reader = body_of(fields, is_request=False)
        return target

    def _open(self, target: str, fields: dict[str, str]) -> None:
        coding, note = fields.get("content-encoding", ""), ""
        try:
            self._coding = Decoder(coding, LIMITS) if coding and coding.lower() != "identity" else None
        except RemoteProtocolError as error:
            note = f"left as it came: {error.message}"
        if self._coding is not None:
            note = f"{coding.lower()[:40]} undone"
        if "content-range" in fields:
            note = "; ".join(filter(None, (note, f"a part: {fields['content-range'][:60]}")))
        name = _FILENAME.search(fields.get("content-disposition", ""))
        named = (name[1] or name[2]) if name else target.partition("?")[0].rpartition("/")[2] or "index"
        kind = fields.get("content-type", "").partition(";")[0].strip().lower()[:100]
        self._body = self._shelf.begin(
            About(protocol="http", sender=self._sender, name=named[:255], kind=kind, note=note)
        )
