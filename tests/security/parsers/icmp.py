"""ICMP."""

from __future__ import annotations

from ipaddress import IPv4Address

from netloom.packet.conversation import ip_packet
from netloom.wire import icmp
from netloom.wire.checksum import checksum
from tests.security.parsers.parser import Parser

_ASKED = icmp.emit(icmp.Echo(4, False, 7, 3, b"hello"))
_QUOTED = ip_packet(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.9"), 1, _ASKED, 1)
_LABELS = icmp.Extension(1, 1, bytes.fromhex("0001f101"))
_MESSAGES = [
    _ASKED,
    icmp.emit(icmp.Problem(4, 3, 1, _QUOTED)),
    icmp.emit(icmp.Problem(4, 11, 0, _QUOTED, extensions=(_LABELS,))),
    icmp.emit(icmp.Timestamp(True, 1, 2, 3, 4, 5)),
]
_SIX = [icmp.emit(icmp.Echo(6, True, 7, 3, b"hello")), icmp.emit(icmp.Problem(6, 1, 0, bytes(60)))]


def _summed(said: bytes, version: int) -> object:
    """The checksum is made right, so that what stands behind it is read as well."""
    whole = said[:2] + b"\0\0" + said[4:]
    if version == 4 and len(said) >= 4:
        said = said[:2] + checksum(whole).to_bytes(2, "big") + said[4:]
    found = icmp.parse(said, version)
    return icmp.asked_by(found) if isinstance(found, icmp.Problem) else found


PARSERS = {
    "icmp": Parser(lambda said: _summed(said, 4), _MESSAGES),
    "icmp, version 6": Parser(lambda said: _summed(said, 6), _SIX),
    "icmp, what is quoted": Parser(icmp.parse_packet, [_QUOTED]),
    "icmp, extensions": Parser(icmp.parse_extensions, [bytes.fromhex("20000000 0008 01 01 0001f101")]),
}  # fmt: skip
SAID = {"icmp": [*_MESSAGES, *_SIX]}
