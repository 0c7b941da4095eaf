"""Mails as IMAP brings and takes them: literals of FETCH and APPEND (RFC 9051 §4.3, §6.4.5, §6.3.12)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.packet.streams.events import CLIENT, OTHER, SERVER, Closed, Data, Finished, Gap, Reset
from netloom.packet.streams.extraction.body import HOLE, MAIL, About
from netloom.packet.streams.extraction.lines import Lines

if TYPE_CHECKING:
    from netloom.packet.streams.events import Event
    from netloom.packet.streams.extraction.body import Body, Shelf
    from netloom.packet.streams.record import Taken

_LITERAL = re.compile(rb"~?\{(\d{1,15})(\+?)\}\Z")
_FETCH = re.compile(rb"\* (\d{1,10}) FETCH ", re.IGNORECASE)
_ITEM = re.compile(
    rb"(BODY|BINARY|RFC822)(?:\[([^\]]{0,200})\]|\.(HEADER|TEXT))?(<\d{1,10}>)? ~?\{\d+\+?\}\Z", re.IGNORECASE
)
_APPEND = re.compile(rb"\S{1,100} APPEND ", re.IGNORECASE)
_REFUSED = re.compile(rb"\S{1,100} (?:NO|BAD)\b", re.IGNORECASE)
_WORDS = 64


class Imap:
    """One session. After a gap outside a literal it goes on at the next line."""

    def __init__(self, shelf: Shelf) -> None:
        self._sides = {side: _Side(side, shelf) for side in (CLIENT, SERVER)}
        self._over = False

    def data(self, event: Data) -> list[Taken]:
        """Some octets of one side."""
        if self._over or (event.data[:2] == b"\x16\x03" and not self._sides[event.sender].literal):
            self._over = True
            return []
        return self._sides[event.sender].feed(event, self._sides[OTHER[event.sender]])

    def gap(self, event: Gap) -> list[Taken]:
        """Octets that are missing; within a literal zeros stand for them."""
        return self._sides[event.sender].skip(event)

    def ends(self, event: Finished | Reset | Closed) -> list[Taken]:
        """A side has no more to say."""
        sides = self._sides.values() if isinstance(event, Closed) else [self._sides[event.sender]]
        return [taken for side in sides for taken in side.end(event, complete=False, note="it ends in the middle")]


class _Side:
    """What one side says: lines, and literals between them."""

    def __init__(self, sender: str, shelf: Shelf) -> None:
        self.literal = 0
        """Octets left of a literal."""
        self._sender = sender
        self._shelf = shelf
        self._lines = Lines()
        self._body: Body | None = None
        self._message = b""
        self._waits = self._astray = False

    def feed(self, event: Data, other: _Side) -> list[Taken]:
        self._lines.add(event.data)
        taken: list[Taken] = []
        while self._lines:
            if self.literal:
                self._waits = False
                data = self._lines.take(self.literal)
                self.literal -= len(data)
                if self._body is not None:
                    self._body.write(event, data)
                taken += self.end(event, complete=True) if not self.literal else []
            elif (line := self._lines.next()) is None:
                break
            elif self._astray:
                self._astray = False
            else:
                if self._sender == SERVER and _REFUSED.match(line):
                    other.refused()
                self._line(line)
        return taken

    def refused(self) -> None:
        """The other side said no: a literal that waits for its leave won't come."""
        if self._waits:
            self.literal, self._waits, self._body = 0, False, None

    def skip(self, event: Gap) -> list[Taken]:
        self._lines.take()
        if self._body is None or event.size > min(self.literal, HOLE):
            self.literal, self._astray = max(0, self.literal - event.size), True
            if self.literal:
                self._astray = False
            return self.end(event, complete=False, note="octets are missing")
        self._body.hole(event, event.size)
        self.literal -= event.size
        return self.end(event, complete=True) if not self.literal else []

    def end(self, event: Event, *, complete: bool, note: str = "") -> list[Taken]:
        body, self._body = self._body, None
        return [body.end(event, complete=complete, note=note)] if body is not None else []

    def _line(self, line: bytes) -> None:
        found = _LITERAL.search(line, max(0, len(line) - 24))
        fetch = _FETCH.match(line) if self._sender == SERVER else None
        if fetch is not None:
            self._message = fetch[1]
        elif self._sender == SERVER and (line.startswith((b"* ", b"+ ")) or not self._message):
            self._message = b""
        if found is None:
            return
        self.literal, self._waits = int(found[1]), not found[2] and self._sender == CLIENT
        about = self._about(line)
        if about is not None and self.literal:
            self._body = self._shelf.begin(about)

    def _about(self, line: bytes) -> About | None:
        """What a literal is, if it is worth taking."""
        if self._sender == CLIENT:
            return About(protocol="imap", sender=CLIENT, name="append.eml", kind=MAIL) if _APPEND.match(line) else None
        item = _ITEM.search(line, max(0, len(line) - 300))
        if item is None or not self._message:
            return None
        number = self._message.decode("ascii")
        section = (item[2] or item[3] or b"").decode("ascii", "replace").lower()
        note = "a part of it" if item[4] else ""
        if not section:
            return About(protocol="imap", sender=SERVER, name=f"message-{number}.eml", kind=MAIL, note=note)
        name = f"message-{number}-{section[:_WORDS]}"
        return About(protocol="imap", sender=SERVER, name=name, kind="application/octet-stream", note=note)
