"""Mails as SMTP hands them over: after DATA, and in chunks after BDAT (RFC 5321 §4.1.1.4, RFC 3030)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.streams.events import CLIENT, Closed, Data, Finished, Gap, Reset
from netloom.packet.streams.extraction.body import HOLE, MAIL, About
from netloom.packet.streams.extraction.lines import Lines
from netloom.wire.pop3.block import Decoder

if TYPE_CHECKING:
    from netloom.packet.streams.events import Event
    from netloom.packet.streams.extraction.body import Body, Shelf
    from netloom.packet.streams.record import Taken

LIMIT = 1 << 30
"""Octets of a mail."""
_ABOUT = About(protocol="smtp", sender=CLIENT, name="mail.eml", kind=MAIL)


class Smtp:
    """One session. What begins as TLS after STARTTLS isn't looked at."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._client, self._server = Lines(), Lines()
        self._body: Body | None = None
        self._stuffed: Decoder | None = None  # within DATA
        self._chunk = 0  # octets left of BDAT's
        self._last = False
        self._asked = b""
        self._gap = self._over = False

    def data(self, event: Data) -> list[Taken]:
        """Some octets of one side."""
        if self._over:
            return []
        if event.sender != CLIENT:
            self._server.add(event.data)
            return self._replies(event)
        if self._asked == b"STARTTLS" and event.data[:2] == b"\x16\x03":
            self._over = True
            return []
        if self._asked == b"DATA" and self._stuffed is None and not self._client:
            self._stuffed = Decoder(LIMIT)  # the answer wasn't seen, but this can't be a command
            self._body = self._shelf.begin(_ABOUT)
        self._client.add(event.data)
        return self._commands(event)

    def gap(self, event: Gap) -> list[Taken]:
        """Octets that are missing; within a mail zeros stand for them."""
        if event.sender != CLIENT:
            self._server.take()
            return []
        self._client.take()
        if self._body is None:
            return []
        if event.size > HOLE or (self._chunk and event.size > self._chunk):
            return self._end(event, complete=False, note="octets are missing in the middle")
        self._chunk -= min(self._chunk, event.size)
        self._body.hole(event, event.size)
        self._gap = True
        return []

    def ends(self, event: Finished | Reset | Closed) -> list[Taken]:
        """A side has no more to say."""
        if not isinstance(event, Closed) and event.sender != CLIENT:
            return []
        return self._end(event, complete=False, note="it ends in the middle")

    def _commands(self, event: Event) -> list[Taken]:
        taken: list[Taken] = []
        while self._client:
            if self._chunk and self._body is not None:
                data = self._client.take(self._chunk)
                self._body.write(event, data)
                self._chunk -= len(data)
                if not self._chunk and self._last:
                    taken += self._end(event, complete=True)
            elif self._stuffed is not None and self._body is not None:
                self._body.write(event, self._stuffed.feed(self._client.take()))
                if self._stuffed.done:
                    self._client.add(self._stuffed.unused)
                    taken += self._end(event, complete=True)
            elif (line := self._client.next()) is None:
                break
            else:
                taken += self._command(event, line)
        return taken

    def _command(self, event: Event, line: bytes) -> list[Taken]:
        verb, _, rest = line.strip().upper().partition(b" ")
        self._asked = verb
        if verb == b"BDAT":
            size, _, last = rest.partition(b" ")
            self._chunk = int(size) if size.isdigit() and len(size) < 16 else 0
            self._last = last.strip() == b"LAST"
            self._body = self._body or self._shelf.begin(_ABOUT)
            if not self._chunk and self._last:
                return self._end(event, complete=True)
        elif verb in (b"RSET", b"QUIT", b"EHLO", b"HELO"):
            return self._end(event, complete=False, note="it was given up")
        return []

    def _replies(self, event: Event) -> list[Taken]:
        taken: list[Taken] = []
        while (line := self._server.next()) is not None:
            if line[3:4] == b"-" or not line[:3].isdigit():
                continue
            if self._asked == b"DATA" and self._stuffed is None and line[:1] == b"3":
                self._stuffed = Decoder(LIMIT)
                self._body = self._shelf.begin(_ABOUT)
                taken += self._commands(event)
            elif self._asked == b"DATA" and self._stuffed is None and line[:1] in b"45":
                self._asked = b""
            elif self._stuffed is not None and self._gap:
                # The end was in the gap
                taken += self._end(event, complete=False)
        return taken

    def _end(self, event: Event, *, complete: bool, note: str = "") -> list[Taken]:
        body, self._body, self._stuffed = self._body, None, None
        self._chunk, self._last, self._gap, self._asked = 0, False, False, b""
        return [body.end(event, complete=complete, note=note)] if body is not None else []
