"""DNS."""

from __future__ import annotations

from netloom.endpoint import Secret
from netloom.wire.dns import codes, tsig
from netloom.wire.dns import message as dns
from netloom.wire.dns.names import from_text
from netloom.wire.dns.update import update
from tests.security.parsers.parser import Parser


def _dns(said: bytes) -> object:
    found = dns.parse(said)
    return [record.plain() for record in (*found.answers, *found.authority, *found.additional)], str(found.questions)


def _tsig(said: bytes) -> object:
    return tsig.Chain(tsig.key("ann", Secret("c2VjcmV0"))).check(said, dns.parse(said), 1)


_QUERY = dns.emit(
    dns.Message(
        7,
        codes.RD,
        (dns.Question(from_text("a.example.test"), codes.A, codes.IN),),
        edns=dns.Edns(1232, options=((10, bytes(8)),)),
    )
)
_RECORDS = tuple(
    dns.Record(from_text("example.test"), kind, codes.IN, 300, octets)
    for kind, octets in (
        (codes.A, b"\xc0\0\2\1"), (codes.TXT, b"\5hello"), (codes.MX, b"\0\x0a\4mail\7example\4test\0"),
        (codes.NS, b"\2ns\7example\4test\0"),
        (codes.SOA, b"\0\0" + bytes(20)), (codes.AAAA, bytes(16)), (33, b"\0\1\0\2\0\3\0"), (257, b"\0\5issueca"),
        (65, b"\0\1\0\0\1\0\3\2h2"),
    )
)  # fmt: skip
_ANSWER = dns.emit(
    dns.Message(
        7,
        codes.QR,
        (dns.Question(from_text("example.test"), codes.CLASS_ANY, codes.IN),),
        _RECORDS,
        edns=dns.Edns(1232),
    )
)
_UPDATE = dns.emit(update(from_text("example.test"), "add a.example.test 60 A 192.0.2.1\ndelete b.example.test"))

PARSERS = {
    "dns": Parser(_dns, [_QUERY, _ANSWER, _UPDATE]),
    "dns in a stream": Parser(dns.unframed, [dns.framed(_QUERY)]),
    "tsig": Parser(_tsig, [tsig.Chain(tsig.key("ann", Secret("c2VjcmV0"))).sign(_QUERY, 1)]),
}  # fmt: skip
SAID = {"dns": [_QUERY, _ANSWER, dns.framed(_QUERY)]}
