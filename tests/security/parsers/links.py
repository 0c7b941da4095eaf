"""What links read."""

from __future__ import annotations

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.packet.captures import compose, parse, pcap
from netloom.packet.frame import Frame
from netloom.wire import socks
from tests.security.parsers.parser import Parser, text

_FRAME = Frame(b"E" + bytes(30), 1, 101, 31, comment="x")
_BLOCKS = (
    compose.section_block() + compose.interface_block() + compose.packet_block(_FRAME) + compose.secrets_block(b"A B\n")
)
_RECORDS = pcap.file_header(101) + pcap.record(_FRAME) * 2


def _captures(said: bytes) -> object:
    try:
        return list(parse(said))
    except UsageError:
        return None  # it doesn't begin like a capture


PARSERS = {
    "socks 5": Parser(socks.parse_datagram, [socks.emit_datagram(socks.Datagram("example.com", 53, b"query"))]),
    "captures": Parser(_captures, [_BLOCKS, _RECORDS]),
    "endpoints": Parser(
        text(Endpoint.parse), [b"http://u:p@[::1]:80/a?b=c#ttl=1,nodelay", b"unix:///run/x.sock", b"http+unix://%2Frun%2Fx/a"],
    ),
}  # fmt: skip
SAID = {"tls": [b"\x16\x03\x01\0\x05\1\0\0\1\0"]}
