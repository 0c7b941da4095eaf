"""HTTP/2's frames in words."""

from __future__ import annotations

from hpack import Encoder

from netloom.wire.http.passive.frames import FrameReader
from netloom.wire.http.passive.h2 import PREFACE


def frame(kind: int, payload: bytes = b"", flags: int = 0, stream: int = 0) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def words(reader: FrameReader, data: bytes) -> list[str]:
    return [said.words for said in reader.feed(data)]


def test_each_kind() -> None:
    reader = FrameReader("client")
    assert words(reader, PREFACE[:10]) == []
    assert words(reader, PREFACE[10:] + frame(4)) == ["SETTINGS"]
    assert words(reader, frame(4, flags=1)) == ["SETTINGS acknowledged"]
    assert words(reader, frame(3, (8).to_bytes(4, "big"), stream=3)) == ["stream 3: RST_STREAM: CANCEL"]
    assert words(reader, frame(7, bytes(4) + (99).to_bytes(4, "big"))) == ["GOAWAY: 99"]
    assert words(reader, frame(6, bytes(8))) == ["PING"]
    assert words(reader, frame(0xAB, b"x")) == ["frame of type 171"]


def test_data_is_counted_and_not_kept() -> None:
    reader = FrameReader("server")
    whole = frame(0, bytes(1_000_000), 1, 5)
    assert words(reader, whole[:100]) == ["stream 5: 1000000 bytes of the body, the end"]
    for at in range(100, len(whole), 10_000):
        assert words(reader, whole[at : at + 10_000]) == []
    assert words(reader, frame(6, bytes(8))) == ["PING"]


def test_fields_over_several_frames() -> None:
    encoder = Encoder()
    block = encoder.encode([(":status", "200"), ("x-a", "1")])
    reader = FrameReader("server")
    assert words(reader, frame(1, bytes([2]) + bytes(5) + block[:3] + bytes(2), 0x28, 1)) == []
    assert words(reader, frame(9, block[3:], 4, 1)) == ["stream 1: HTTP/2 200", "stream 1: x-a: 1"]
    trailers = encoder.encode([("x-sum", "1")])
    assert words(reader, frame(1, trailers, 5, 1)) == ["stream 1: trailers, the end", "stream 1: x-sum: 1"]


def test_fields_that_cannot_be_read() -> None:
    reader = FrameReader("server")
    assert words(reader, frame(1, b"\xff" * 20, 4, 1)) == ["stream 1: fields that can't be read"]
    assert words(reader, frame(1, Encoder().encode([(":status", "200")]), 4, 3)) == [
        "stream 3: fields that can't be read"
    ]
    flood = FrameReader("server")
    for kind in (1, 9, 9, 9, 9):
        assert words(flood, frame(kind, bytes(60_000), 0, 1)) == []
    assert words(flood, frame(9, b"", 4, 1)) == ["stream 1: fields that can't be read"]


def test_each_octet_is_counted_once() -> None:
    block = Encoder().encode([(":status", "200"), ("x-a", "1")])
    data = frame(1, block[:2], 1, 1) + frame(9, block[2:], 4, 1) + frame(0, bytes(9), 0, 3) + frame(6, bytes(8))
    said = FrameReader("server").feed(data)
    assert [each.words for each in said[:2]] == ["stream 1: HTTP/2 200, the end", "stream 1: x-a: 1"]
    assert sum(each.size for each in said) == len(data)
    crumbs = FrameReader("server")
    assert [each for at in range(len(data)) for each in crumbs.feed(data[at : at + 1])] == said


def test_a_promise_keeps_the_table_right() -> None:
    encoder, reader = Encoder(), FrameReader("server")
    promised = encoder.encode([(":path", "/pushed"), ("x-new", "field")])
    assert words(reader, frame(5, bytes(4) + promised, 4, 1)) == ["stream 1: PUSH_PROMISE"]
    block = encoder.encode([(":status", "200"), ("x-new", "field")])
    assert words(reader, frame(1, block, 4, 1)) == ["stream 1: HTTP/2 200", "stream 1: x-new: field"]


def test_what_bodies_say() -> None:
    reader = FrameReader("server", lambda sender, body: [f"{sender}'s {body.decode()}"])
    whole = frame(0, b"\2warp" + bytes(2), 0x08, 1) + frame(0, b"weft", 1, 1)
    said = [each for at in range(len(whole)) for each in words(reader, whole[at : at + 1])]
    assert said == [
        "stream 1: 7 bytes of the body",
        "stream 1: 4 bytes of the body, the end",
        "stream 1: server's warpweft",
    ]
    trailers = frame(0, b"warp", 0, 3) + frame(1, Encoder().encode([("x-sum", "1")]), 5, 3)
    assert words(reader, trailers)[1:] == [
        "stream 3: trailers, the end", "stream 3: x-sum: 1", "stream 3: server's warp",
    ]  # fmt: skip


def test_a_terminal_is_not_commanded() -> None:
    (said,) = words(FrameReader("server"), frame(1, Encoder().encode([(":status", "\x1b[2J")]), 4, 1))
    assert said == r"stream 1: HTTP/2 \x1b[2J"
