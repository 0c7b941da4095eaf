"""What links read."""

from __future__ import annotations

from netloom.endpoint import Endpoint
from netloom.packets import pcapng
from netloom.wire import socks
from tests.security.parsers.parser import Parser, text

_PACKED = (
    pcapng.section_block()
    + pcapng.interface_block()
    + pcapng.packet_block(b"E" + bytes(30), 1, comment="x")
    + pcapng.secrets_block(b"A B C\n")
)

PARSERS = {
    "socks 5": Parser(socks.parse_datagram, [socks.emit_datagram(socks.Datagram("example.com", 53, b"query"))]),
    "captures": Parser(lambda said: list(pcapng.parse(said)), [_PACKED]),
    "endpoints": Parser(
        text(Endpoint.parse), [b"http://u:p@[::1]:80/a?b=c#ttl=1,nodelay", b"unix:///run/x.sock", b"http+unix://%2Frun%2Fx/a"],
    ),
}  # fmt: skip
SAID = {"tls": [b"\x16\x03\x01\0\x05\1\0\0\1\0"]}
