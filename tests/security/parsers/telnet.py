"""Telnet: commands in data, what options say, and what a terminal shows of it."""

from __future__ import annotations

from netloom.wire.telnet import codes, subnegotiation
from netloom.wire.telnet.options import Options
from netloom.wire.telnet.screen import shown
from netloom.wire.telnet.stream import Negotiation, Reader, emit_negotiation, emit_subnegotiation
from tests.security.parsers.parser import Parser, text

_VARIABLES = subnegotiation.emit_variables(
    subnegotiation.IS, [subnegotiation.Variable(b"USER", b"ann"), subnegotiation.Variable(b"a\1b", None, is_own=True)]
)
_CHARSET = subnegotiation.emit_charset(subnegotiation.REQUEST, ["UTF-8", "US-ASCII"])
_CLIENT = (
    emit_negotiation(codes.DO, codes.ECHO)
    + emit_negotiation(codes.WILL, codes.NAWS)
    + emit_subnegotiation(codes.NAWS, b"\0\xff\0\x18")
    + emit_subnegotiation(codes.TTYPE, b"\0XTERM")
    + emit_subnegotiation(codes.NEW_ENVIRON, _VARIABLES)
    + emit_subnegotiation(codes.CHARSET, _CHARSET)
    + b"ann\r\0can4ry\r\nshow \xff\xff version\x1b[D\r\n"
    + bytes((codes.IAC, codes.IP, codes.IAC, codes.AYT))
)
_SERVER = (
    emit_negotiation(codes.WILL, codes.ECHO)
    + emit_negotiation(codes.DO, codes.TTYPE)
    + emit_subnegotiation(codes.TTYPE, b"\1")
    + b"\r\nUsername: \r\nPassword: \r\nedge>show\r\n --More-- \r          \r\x1b[2K\x1b[1;31mred\x1b[0m\tedge#"
)


def _stream(said: bytes) -> object:
    """The events, and what is answered to them."""
    reader, options = Reader(), Options(frozenset({codes.SGA}), frozenset({codes.ECHO}))
    events = []
    for event in reader.events(said):
        events.append(event)
        if isinstance(event, Negotiation):
            options.received(event.verb, event.option)
    return events, options.unsent()


PARSERS = {
    "telnet streams": Parser(_stream, [_CLIENT, _SERVER]),
    "telnet windows": Parser(subnegotiation.parse_window, [b"\0\x50\0\x18"]),
    "telnet terminals": Parser(subnegotiation.parse_terminal, [b"\0XTERM", b"\1"]),
    "telnet variables": Parser(subnegotiation.parse_variables, [_VARIABLES, b"\1\0USER\3"]),
    "telnet character sets": Parser(subnegotiation.parse_charset, [_CHARSET, b"\2UTF-8"]),
    "telnet screens": Parser(text(shown), [_SERVER]),
}
SAID = {"telnet": [_CLIENT, _SERVER]}
