"""Files over FTP's data connections, which the control connection announces (RFC 959 §4.1.2, RFC 2428)."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import RemoteProtocolError
from netloom.packet.streams.events import CLIENT, SERVER, Closed, Data, Finished, Gap, Reset
from netloom.packet.streams.extraction.body import HOLE, About
from netloom.packet.streams.extraction.lines import Lines
from netloom.wire.ftp import addresses

if TYPE_CHECKING:
    from netloom.packet.streams.events import Event, Stream
    from netloom.packet.streams.extraction.body import Body, Shelf
    from netloom.packet.streams.record import Taken

ANNOUNCED = 1024
"""Data connections that are waited for."""
_TO_CLIENT = {"RETR": "", "LIST": "a listing", "NLST": "a listing", "MLSD": "a listing"}
_TO_SERVER = frozenset(("STOR", "APPE", "STOU"))


class Announced(Struct, eq=False):
    """A data connection that will come: `passive` ones go to the server. The next command says what it is for."""

    passive: bool
    verb: str = ""
    name: str = ""
    start: int = 0
    protected: bool = False


class Expectations:
    """Data connections by where they go, over all control connections. The last `ANNOUNCED` are known."""

    def __init__(self) -> None:
        self._places: OrderedDict[tuple[str, int], Announced] = OrderedDict()

    def expect(self, hosts: set[str], port: int, announced: Announced) -> None:
        """One is announced; where addresses are translated, the one that is told isn't the one that is seen."""
        for host in hosts:
            self._places[host, port] = announced
            self._places.move_to_end((host, port))
        while len(self._places) > ANNOUNCED:
            self._places.popitem(last=False)

    def find(self, stream: Stream, shelf: Shelf) -> Transfer | None:
        """What takes a stream's file, if it was announced."""
        if stream.transport != "tcp":
            return None
        for place in (stream.server, stream.client) if not stream.whole else (stream.server,):
            announced = self._places.pop((place.host, place.port), None)
            if announced is not None:
                receiver_is_client = (place == stream.server) != announced.passive
                return Transfer(announced, shelf, clients=SERVER if receiver_is_client else CLIENT)
        return None


class Control:
    """A control connection: announcements, and the commands that use them."""

    def __init__(self, stream: Stream, expected: Expectations) -> None:
        self._stream = stream
        self._expected = expected
        self._lines = {CLIENT: Lines(), SERVER: Lines()}
        self._announced: Announced | None = None
        self._start = 0
        self._protected = self._over = False

    def data(self, event: Data) -> list[Taken]:
        """Some octets of one side."""
        if self._over or event.data[:2] == b"\x16\x03":
            self._over = True
            return []
        lines = self._lines[event.sender]
        lines.add(event.data)
        while (line := lines.next()) is not None:
            text = line.decode("utf-8", "replace")
            try:
                if event.sender == CLIENT:
                    self._command(text)
                else:
                    self._reply(text)
            except RemoteProtocolError:
                continue  # no announcement that anybody could follow
        return []

    def gap(self, event: Gap) -> list[Taken]:
        """What began before isn't a line any more."""
        self._lines[event.sender].take()
        return []

    def ends(self, event: Finished | Reset | Closed) -> list[Taken]:
        """A line that isn't whole is none; nothing else is under way here."""
        for lines in self._lines.values() if isinstance(event, Closed) else ():
            lines.take()
        return []

    def _command(self, text: str) -> None:
        verb, _, argument = text.strip().partition(" ")
        verb = verb.upper()
        if verb == "PORT":
            self._expect(*addresses.parse_port(argument), passive=False)
        elif verb == "EPRT":
            self._expect(*addresses.parse_extended_port(argument), passive=False)
        elif verb == "PROT":
            self._protected = argument.strip().upper() == "P"
        elif verb == "REST":
            self._start = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 20 else 0
        elif (verb in _TO_CLIENT or verb in _TO_SERVER) and self._announced is not None:
            self._announced.verb, self._announced.name = verb, argument.strip()
            self._announced.start, self._announced.protected = self._start, self._protected
            self._announced, self._start = None, 0

    def _reply(self, text: str) -> None:
        if text.startswith("227"):
            self._expect(*addresses.parse_passive(text[3:]), passive=True)
        elif text.startswith("229"):
            self._expect(self._stream.server.host, addresses.parse_extended_passive(text), passive=True)

    def _expect(self, host: str, port: int, *, passive: bool) -> None:
        self._announced = Announced(passive)
        other = self._stream.server if passive else self._stream.client
        self._expected.expect({host, other.host}, port, self._announced)


class Transfer:
    """A data connection. `clients` is what the one who listens to the control connection's server is called on it."""

    def __init__(self, announced: Announced, shelf: Shelf, *, clients: str) -> None:
        self._announced = announced
        self._shelf = shelf
        self._client = clients
        self._body: Body | None = None
        self._done = False

    def data(self, event: Data) -> list[Taken]:
        """Some octets of the file."""
        body = self._opened(event.sender)
        if body is not None:
            body.write(event, event.data)
        return []

    def gap(self, event: Gap) -> list[Taken]:
        """Zeros stand for what is missing."""
        body = self._opened(event.sender)
        if body is None:
            return []
        if event.size > HOLE:
            return self._end(event, complete=False, note="octets are missing in the middle")
        body.hole(event, event.size)
        return []

    def ends(self, event: Finished | Reset | Closed) -> list[Taken]:
        """The file ends with its connection."""
        if isinstance(event, Closed):
            return self._end(event, complete=False, note="it ends in the middle")
        if event.sender != self._sender:
            return self._end(event, complete=False, note="broken off") if isinstance(event, Reset) else []
        self._opened(event.sender)
        whole = isinstance(event, Finished)
        return self._end(event, complete=whole, note="" if whole else "broken off")

    @property
    def _sender(self) -> str:
        """Who sends the file, as it is called on this connection."""
        if self._announced.verb in _TO_SERVER:
            return self._client
        return CLIENT if self._client == SERVER else SERVER

    def _opened(self, sender: str) -> Body | None:
        told = self._announced
        if self._body is None and not self._done and told.verb and not told.protected and sender == self._sender:
            listing = _TO_CLIENT.get(told.verb, "")
            note = listing or (f"from octet {told.start} on" if told.start else "")
            kind = "text/plain" if listing else "application/octet-stream"
            uploads = told.verb in _TO_SERVER
            name = told.name or ("listing" if listing else "unnamed")
            self._body = self._shelf.begin(
                About(protocol="ftp", sender=CLIENT if uploads else SERVER, name=name[:255], kind=kind, note=note)
            )
        return self._body

    def _end(self, event: Event, *, complete: bool, note: str = "") -> list[Taken]:
        body, self._body, self._done = self._body, None, True
        return [body.end(event, complete=complete, note=note)] if body is not None else []
