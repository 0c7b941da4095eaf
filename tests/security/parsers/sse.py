"""Server-sent events."""

from __future__ import annotations

from netloom.wire import sse
from tests.security.parsers.parser import Parser

_STREAM = sse.emit_all(
    [
        sse.Comment("hello"),
        sse.Retry(2500),
        sse.Event("warp\nand weft", "add", "7"),
        sse.Event("", id="8"),
        sse.Event("ä" * 40),
    ]
)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def _sse(said: bytes) -> object:
    """An event has 120 bytes here: there is nothing else that could be refused."""
    parser = sse.Parser(120)
    middle = len(said) // 2
    return parser.feed(said[:middle]) + parser.feed(said[middle:])


PARSERS = {
    "sse": Parser(_sse, [_STREAM, b"\xef\xbb\xbfdata: a\r\rid: 1\r\nretry\n\n"]),
}  # fmt: skip
SAID = {
    "sse": [
        b"GET /events/a?token=x HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\nLast-Event-ID: 7\r\n\r\n",
        _HEAD + b"%x\r\n%b\r\n0\r\n\r\n" % (len(_STREAM), _STREAM),
        _HEAD.replace(b"Transfer-Encoding: chunked\r\n", b"") + _STREAM,
    ]
}
