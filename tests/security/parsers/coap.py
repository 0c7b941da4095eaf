"""CoAP: messages, blocks, links."""

from __future__ import annotations

from netloom.wire.coap import codes
from netloom.wire.coap.block import Block, emit_block, parse_block
from netloom.wire.coap.links import parse_links
from netloom.wire.coap.message import Message, emit, parse, uint
from tests.security.parsers.parser import Parser, text

MESSAGES = [
    Message(codes.CON, codes.GET, 0x7D34),
    Message(codes.CON, codes.GET, 0x7D35, b"\x20", ((codes.URI_PATH, b"temperature"),)),
    Message(codes.ACK, codes.CONTENT, 0x7D34, b"\x20", ((codes.CONTENT_FORMAT, b""),), b"22.3 C"),
    Message(codes.CON, codes.EMPTY, 1),
    Message(codes.RST, codes.EMPTY, 1),
    Message(codes.ACK, codes.EMPTY, 65535),
    Message(codes.NON, codes.PUT, 9, b"12345678", (
        (codes.IF_MATCH, b"\1\2"), (codes.IF_MATCH, b""), (codes.OBSERVE, b""), (codes.URI_PATH, "größe".encode()),
        (codes.URI_PATH, b"x" * 255), (codes.CONTENT_FORMAT, uint(11542)), (codes.URI_QUERY, b"a=b"),
        (codes.BLOCK1, emit_block(Block(5, True, 4))), (codes.SIZE1, uint(70000)), (codes.ECHO, bytes(8)),
        (codes.NO_RESPONSE, b"\x1a"), (codes.REQUEST_TAG, b"t"), (65000, b"whatever"),
    ), bytes(range(64))),
    Message(codes.CON, codes.NOT_FOUND, 2, b"t", ((codes.ETAG, b"\0"), (codes.MAX_AGE, uint(2**31))), b"no"),
]  # fmt: skip
DATAGRAMS = [emit(message) for message in MESSAGES]
LINKS = (
    '</sensors>;ct=40;title="Sensor Index",</sensors/temp>;rt="temperature-c";if="sensor";obs,'
    '<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel="describedby",'
    "</t>;anchor=\"/sensors/temp\";rel=alternate;title*=UTF-8'en'x;sz=262144"
)

PARSERS = {
    "CoAP messages": Parser(parse, DATAGRAMS),
    "CoAP blocks": Parser(parse_block, [b"", b"\x06", b"\x1e", b"\xff\xff\xfe"]),
    "CoAP links": Parser(text(parse_links), [LINKS.encode(), b"", b"</>", b' <a> ; x = "y" , <b>']),
}
SAID = {"coap": DATAGRAMS}
