"""HTTP/2, replayed: what ends a message is waited for, whatever else stands between."""

from __future__ import annotations

from zlib import crc32

from h2.config import H2Configuration
from h2.connection import H2Connection
from hpack import Encoder

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.web import Replay
from netloom.packet.tape.web_frames import Frames
from netloom.wire.http.passive import h2
from netloom.wire.http.passive.h2 import PREFACE
from tests.packet.tape.parts import gists, keeps_to_it, split


def talk(agent: str = "x", content: bytes = b"warp") -> list[tuple[str, bytes]]:
    client, server = H2Connection(), H2Connection(H2Configuration(client_side=False))
    said: list[tuple[str, bytes]] = []

    def exchange() -> None:
        while True:
            there, back = client.data_to_send(), server.data_to_send()
            said.extend(piece for piece in ((CLIENT, there), (SERVER, back)) if piece[1])
            if not there and not back:
                return
            if there:
                server.receive_data(there)
            if back:
                client.receive_data(back)

    client.initiate_connection()
    server.initiate_connection()
    exchange()
    asked = [(":scheme", "https"), (":authority", "here"), ("user-agent", agent)]
    client.send_headers(1, [(":method", "GET"), (":path", "/a"), *asked], end_stream=True)
    client.send_headers(3, [(":method", "POST"), (":path", "/b"), *asked])
    client.ping(b"12345678")
    client.send_data(3, b"x" * 100, end_stream=True)
    exchange()
    server.send_headers(1, [(":status", "103")])
    server.send_headers(1, [(":status", "200"), ("content-type", "text/html")])
    server.send_data(1, content, end_stream=True)
    server.send_headers(3, [(":status", "404")], end_stream=True)
    exchange()
    return said


def waited(said: list[tuple[str, bytes]], sender: str) -> list[str | None]:
    return [unit.gist for unit in split(Replay, said) if unit.gist is not None and unit.sender == sender]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, talk())


def test_what_is_the_same() -> None:
    assert waited(talk(), CLIENT) == ["1 GET /a", "3 POST /b"]
    assert waited(talk("another"), CLIENT) == waited(talk(), CLIENT)
    told = waited(talk(), SERVER)
    assert [words.rpartition(" ")[0] for words in told if words] == ["1 200 text/html", "3 404"]
    assert waited(talk(content=b"weft"), SERVER) != told


def test_a_table_that_is_lost() -> None:
    said = [(CLIENT, PREFACE + b"\0\0\1\1\5\0\0\0\1\xff")]
    assert gists(Replay, said) == [None, "1 "]


def test_what_is_under_way_is_bounded() -> None:
    frames = Frames(SERVER)
    for stream in range(h2.STREAMS + 100):
        frames.feed(b"\0\0\1\0\0" + stream.to_bytes(4) + b"x")
    assert len(frames._open) == h2.STREAMS
    for stream in range(h2.STREAMS + 100):
        frames.feed(b"\0\0\4\3\0" + stream.to_bytes(4) + bytes(4))
    assert not frames._open


def test_padding_is_no_content() -> None:
    def content(data: bytes, flags: int) -> str | None:
        return Frames(SERVER).feed(bytes([0, 0, len(data), 0, flags]) + (1).to_bytes(4) + data)[0].gist

    assert content(b"warp", 1) == content(b"\2warp\0\0", 9) == f"1  {crc32(b'warp')}"


def test_a_block_in_several_frames() -> None:
    block = Encoder().encode([(":method", "GET"), (":path", "/a")])
    parts = b"\0\0\1\1\1\0\0\0\1" + block[:1] + bytes([0, 0, len(block) - 1, 9, 4, 0, 0, 0, 1]) + block[1:]
    (unit,) = Frames(SERVER).feed(parts)
    assert unit.data == parts
    assert gists(Replay, [(CLIENT, PREFACE + parts)]) == [None, "1 GET /a"]


def test_what_is_said_before_the_end_counts() -> None:
    def frame(kind: int, flags: int, payload: bytes) -> bytes:
        return len(payload).to_bytes(3) + bytes([kind, flags, 0, 0, 0, 1]) + payload

    encoder = Encoder()
    head = frame(h2.HEADERS, 4, encoder.encode([(":status", "200"), ("content-type", "a/b")]))
    promise = frame(h2.PUSH_PROMISE, 4, bytes(4) + encoder.encode([(":method", "GET"), ("content-type", "c/d")]))
    trailers = frame(h2.HEADERS, 5, encoder.encode([("x-sum", "1")]))
    units = Frames(SERVER).feed(head + promise + frame(h2.DATA, 0, b"warp") + trailers)
    assert [unit.gist for unit in units] == [None, None, None, f"1 200 a/b {crc32(b'warp')}"]


def test_what_isnt_whole() -> None:
    units = Replay().units("tcp")
    assert len(units.feed(CLIENT, PREFACE + b"\0\0\2\0\0\0\0\0\1x")) == 1
    assert units.rest(CLIENT) == b"\0\0\2\0\0\0\0\0\1x"
    assert units.rest(CLIENT) == b""


def test_a_tunnel_has_no_end() -> None:
    block = Encoder().encode([(":method", "CONNECT"), (":path", "/a")])
    said = [(CLIENT, PREFACE + bytes([0, 0, len(block), 1, 4, 0, 0, 0, 1]) + block + b"\0\0\1\0\0\0\0\0\1x")]
    assert gists(Replay, said) == [None, "1 CONNECT /a", None]
