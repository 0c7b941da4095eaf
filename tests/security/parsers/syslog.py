"""Syslog: both formats, structured data, and frames."""

from __future__ import annotations

from netloom.wire import syslog
from netloom.wire.syslog import framing, rfc3164, rfc5424, structured
from tests.security.parsers.parser import Parser

_MODERN = [
    b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed",
    b'<165>1 2003-10-11T22:14:15.003+02:00 m evntslog 8710 ID47 [exampleSDID@32473 iut="3" x="\\"\\]\\\\"][b] text',
    b"<0>1 - - - - - -",
]
_OLDER = [
    b"<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed",
    b"<189>46: 000045: *Mar  1 00:01:02.345 UTC: %SYS-5-CONFIG_I: Configured",
    b"<190>123: router RP/0/RSP0/CPU0:Oct 11 22:14:15.123 UTC: config[65743]: %MGBL-CONFIG-6-DB_COMMIT : Done",
    b"<34>1 2003-10-11T22:14:15Z host app - ID47 no structured data",
    b"no priority at all",
]
_FRAMED = [b"5 hello", b"<13>hello\n5 <1>hi", b"10 0123456789\n12 <13>a b c d e"]


def _frames(said: bytes) -> object:
    unframer = framing.Unframer(1000)
    middle = len(said) // 2
    found = [*unframer.feed(said[:middle]), *unframer.feed(said[middle:])]
    return [*found, unframer.rest()]


PARSERS = {
    "syslog": Parser(syslog.parse, [*_MODERN, *_OLDER]),
    "syslog, RFC 5424": Parser(rfc5424.parse, _MODERN),
    "syslog, RFC 3164": Parser(rfc3164.parse, [*_OLDER, *_MODERN]),
    "syslog's structured data": Parser(structured.parse, [b'[a@1 b="c" b="\\]"][d]', b"-"]),
    "syslog's frames": Parser(_frames, _FRAMED),
}
SAID = {"syslog": [*_MODERN, *_OLDER, *_FRAMED]}
