"""A client's side of Telnet's options: our terminal, its size and its variables (RFC 1073, 1091, 1572, 2066)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.telnet.layer import TelnetLayer
from netloom.wire.telnet import codes, subnegotiation
from netloom.wire.telnet.subnegotiation import Variable, Window

if TYPE_CHECKING:
    from netloom.links.stream import Stream
    from netloom.wire.telnet.options import Change

_WELL_KNOWN = {"USER", "JOB", "ACCT", "PRINTER", "SYSTEMTYPE", "DISPLAY"}


class ClientLayer(TelnetLayer):
    """The server may echo; we tell what terminal we are, where it asks."""

    OURS = frozenset({codes.SGA, codes.BINARY, codes.NAWS, codes.TTYPE, codes.NEW_ENVIRON, codes.CHARSET})
    THEIRS = frozenset({codes.ECHO, codes.SGA, codes.BINARY, codes.CHARSET})

    def __init__(self, stream: Stream, kind: str, size: tuple[int, int]) -> None:
        super().__init__(stream)
        self.environment: dict[str, str] = {}
        self.charset = ""
        self._kind = (
            kind if kind.isascii() and kind.isprintable() and len(kind) <= subnegotiation.NAME_LIMIT else "DUMB"
        )
        self._size = size

    def resize(self, columns: int, rows: int) -> None:
        """Our terminal has another size."""
        self._size = columns, rows
        if self.options.on(codes.NAWS, ours=True):
            self.tell(codes.NAWS, subnegotiation.emit_window(Window(min(columns, 65535), min(rows, 65535))))

    def changed(self, change: Change) -> None:
        if change.option == codes.NAWS and change.ours and change.on:
            self.resize(*self._size)

    def said(self, option: int, data: bytes) -> None:
        if option == codes.TTYPE and subnegotiation.parse_terminal(data) is None:
            self.tell(codes.TTYPE, subnegotiation.emit_terminal(self._kind.upper().replace(" ", "-")))
        elif option == codes.NEW_ENVIRON:
            verb, wanted = subnegotiation.parse_variables(data)
            if verb == subnegotiation.SEND:
                self._tell_variables(wanted)
        elif option == codes.CHARSET:
            self._charset(*subnegotiation.parse_charset(data))

    def _tell_variables(self, wanted: list[Variable]) -> None:
        """Those that are wanted, or all; what somebody didn't say to tell isn't told."""
        told = [
            Variable(name.encode(), value.encode(), is_own=name not in _WELL_KNOWN)
            for name, value in self.environment.items()
            if not wanted or any(one.name in (b"", name.encode()) for one in wanted)
        ]
        self.tell(codes.NEW_ENVIRON, subnegotiation.emit_variables(subnegotiation.IS, told))

    def _charset(self, verb: int, names: list[str]) -> None:
        if verb == subnegotiation.REQUEST:
            known = [name for name in names if name.upper() in ("UTF-8", "US-ASCII")]
            answer = subnegotiation.ACCEPTED if known else subnegotiation.REJECTED
            self.charset = known[0] if known else ""
            self.tell(codes.CHARSET, subnegotiation.emit_charset(answer, known[:1]))
        elif verb == subnegotiation.ACCEPTED and names:
            self.charset = names[0]
