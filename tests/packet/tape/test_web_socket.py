"""WebSocket, replayed: the handshake's key, masks, compression, and pings aside."""

from __future__ import annotations

import zlib

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.web_socket import Replay, is_handshake
from netloom.wire.websocket import unmasked
from tests.packet.tape.parts import gists, keeps_to_it, split

KEY, ACCEPT = b"dGhlIHNhbXBsZSBub25jZQ==", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 §1.3
SMALL = zlib.compressobj(wbits=-15)
DEFLATED = (SMALL.compress(b"warp" * 9) + SMALL.flush(zlib.Z_SYNC_FLUSH))[:-4]


def frame(first: int, payload: bytes, mask: bytes = b"") -> bytes:
    size = bytes([len(payload) | (0x80 if mask else 0)])
    return bytes([first]) + size + mask + (unmasked(payload, mask) if mask else payload)


def talk(key: bytes = KEY, accept: bytes = ACCEPT, mask: bytes = b"abcd") -> list[tuple[str, bytes]]:
    return [
        (CLIENT, b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n"),
        (SERVER, b"HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n" + frame(0x81, b"hello")),
        (CLIENT, frame(0x81, b"weft", mask) + frame(0x89, b"?", mask)),
        (SERVER, frame(0x8A, b"?") + frame(0xC2, DEFLATED) + frame(0x01, b"a") + frame(0x80, b"b")),
        (CLIENT, frame(0x88, b"\3\xe8bye", mask)),
    ]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, talk())
    assert is_handshake(talk()[0][1])
    assert not is_handshake(b"GET / HTTP/1.1\r\n\r\n")


def test_units() -> None:
    assert gists(Replay, talk()) == [
        "GET /chat", "HTTP/1.1 101", "1 True b'hello'", "1 True b'weft'", None, None, f"2 True {b'warp' * 9!r}",
        "1 False b'a'", "0 True b'b'", "8 03e8",
    ]  # fmt: skip
    assert gists(Replay, talk(mask=b"\0\1\2\3")) == gists(Replay, talk())


def test_the_key_that_was_heard_is_answered() -> None:
    part = Replay()
    asked, told = split(Replay, talk(b"recorded", b"recorded too"))[:2]
    assert part.adapt(told) == told.data
    part.met(asked, split(Replay, talk())[0])
    assert part.adapt(told) == told.data.replace(b"recorded too", ACCEPT)


def test_pings_are_answered() -> None:
    ping, pong = (unit for unit in split(Replay, talk()) if unit.gist is None)
    assert Replay().aside(ping) == frame(0x8A, b"?")
    assert Replay().aside(pong) == b""


def test_long_frames() -> None:
    said = talk()[:2]
    said += [(SERVER, b"\x82\x7e\1\0" + bytes(256)), (SERVER, b"\x82\x7f" + (70_000).to_bytes(8) + bytes(70_000))]
    assert [len(unit.data) for unit in split(Replay, said)[3:]] == [260, 70_010]
