"""Socket.IO, Engine.IO below it, and WebSocket's frames as they pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.socketio import engine, packets
from tests.security.parsers.parser import Parse, Parser

if TYPE_CHECKING:
    from collections.abc import Callable

_OPEN = '{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
_MESSAGES: list[str | bytes] = [
    f"0{_OPEN}", "2probe", "3", '40/admin,{"token":"x"}', '42/admin,7["add",1,{"a":[null,"ä"]}]', "6",
    '451-["add",{"_placeholder":true,"num":0}]', b"\1\xff", '437[{"status":"ok"}]', '44{"message":"no"}', "41", "1",
]  # fmt: skip
_TEXTS = [message.encode() for message in _MESSAGES if isinstance(message, str)]
_PAYLOAD = engine.emit_payload(_MESSAGES)
_FRAMES = b"\x81\x02" + b"40" + b"\x01\x03" + b"42[" + b"\x80\x04" + b'"a"]' + b"\x82\x01\xff\x88\x02\x03\xe8"


def _texts(parse: Callable[[str], object]) -> Parse:
    """A WebSocket's text message is UTF-8, or it never comes so far."""
    return lambda said: parse(said.decode("utf-8", "replace"))


def _packets(said: bytes) -> object:
    """Each line a message; what begins with a NUL is an attachment."""
    reader = packets.Reader(packets.Limits(attachments=3, size=1000))
    lines = said.split(b"\n")
    return [reader.feed(line[1:] if line[:1] == b"\0" else line.decode("utf-8", "replace")) for line in lines]


PARSERS = {
    "engine.io": Parser(_texts(engine.parse), _TEXTS),
    "engine.io payloads": Parser(engine.parse_payload, [_PAYLOAD]),
    "engine.io handshakes": Parser(engine.parse_handshake, [_OPEN.encode()]),
    "socket.io": Parser(
        _packets,
        [
            b'0/admin,{"token":"x"}\n2/admin,7["add",1,{"a":[null,"\xc3\xa4"]}]\n37[{"status":"ok"}]\n1',
            b'52-["a",{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]]\n\0\xff\n\0abc\n2["b"]',
        ],
    ),
}  # fmt: skip
SAID = {
    "socketio": [
        b"GET /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1\r\nHost: h\r\n\r\n",
        b"POST /socket.io/?EIO=4 HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(_PAYLOAD) + _PAYLOAD,
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(_PAYLOAD) + _PAYLOAD,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n" + _FRAMES,
    ]
}
