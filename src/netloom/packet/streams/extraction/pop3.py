"""Mails as POP3 brings them: what answers RETR (RFC 1939 §5)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.packet.streams.events import CLIENT, SERVER, Closed, Data, Finished, Gap, Reset
from netloom.packet.streams.extraction.body import HOLE, MAIL, About
from netloom.packet.streams.extraction.lines import Lines
from netloom.wire.pop3.block import Decoder

if TYPE_CHECKING:
    from netloom.packet.streams.events import Event
    from netloom.packet.streams.extraction.body import Body, Shelf
    from netloom.packet.streams.record import Taken

LIMIT = 1 << 30
"""Octets of an answer of several lines."""
_ASKED = 1000


class Pop3:
    """One session."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._client, self._server = Lines(), Lines()
        self._asked: deque[tuple[bytes, bytes]] = deque(maxlen=_ASKED)
        self._block: Decoder | None = None
        self._body: Body | None = None
        self._greeted = False
        self._over = False

    def data(self, event: Data) -> list[Taken]:
        """Some octets of one side."""
        if self._over or event.data[:2] == b"\x16\x03":
            self._over = True
            return []
        if event.sender == CLIENT:
            self._client.add(event.data)
            while (line := self._client.next()) is not None:
                if not self._asked or self._asked[0][0] != b"AUTH":  # what follows AUTH is no command
                    verb, _, rest = line.strip().partition(b" ")
                    self._asked.append((verb.upper(), rest.strip()))
            return []
        self._server.add(event.data)
        return self._answers(event)

    def gap(self, event: Gap) -> list[Taken]:
        """Octets that are missing; within a mail zeros stand for them."""
        (self._client if event.sender == CLIENT else self._server).take()
        if event.sender == CLIENT or self._body is None:
            return []
        if event.size > HOLE:
            self._block = None
            return self._end(event, complete=False, note="octets are missing in the middle")
        self._body.hole(event, event.size)
        return []

    def ends(self, event: Finished | Reset | Closed) -> list[Taken]:
        """A side has no more to say."""
        if not isinstance(event, Closed) and event.sender != SERVER:
            return []
        return self._end(event, complete=False, note="it ends in the middle")

    def _answers(self, event: Event) -> list[Taken]:
        taken: list[Taken] = []
        while self._server:
            if self._block is not None:
                taken += self._content(event, self._block)
            elif (line := self._server.next()) is None:
                break
            else:
                self._answer(line)
        return taken

    def _content(self, event: Event, block: Decoder) -> list[Taken]:
        try:
            data = block.feed(self._server.take())
        except RemoteProtocolError as error:
            self._over = True
            return self._end(event, complete=False, note=error.message)
        if self._body is not None:
            self._body.write(event, data)
        if not block.done:
            return []
        self._server.add(block.unused)
        self._block = None
        return self._end(event, complete=True)

    def _answer(self, line: bytes) -> None:
        if line[:1] not in (b"+", b"-") or line[:2] == b"+ ":
            return  # a challenge
        if not self._greeted and not self._asked:
            self._greeted = True
            return
        verb, argument = self._asked.popleft() if self._asked else (b"", b"")
        if line[:3].upper() != b"+OK":
            return
        if verb in (b"RETR", b"TOP", b"CAPA") or (verb in (b"LIST", b"UIDL") and not argument):
            self._block = Decoder(LIMIT)
        if verb == b"RETR":
            number = argument.decode("ascii", "replace")[:10]
            self._body = self._shelf.begin(
                About(protocol="pop3", sender=SERVER, name=f"message-{number}.eml", kind=MAIL)
            )

    def _end(self, event: Event, *, complete: bool, note: str = "") -> list[Taken]:
        body, self._body = self._body, None
        return [body.end(event, complete=complete, note=note)] if body is not None else []
