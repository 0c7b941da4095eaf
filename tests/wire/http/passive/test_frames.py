"""HTTP/2's frames in words."""

from __future__ import annotations

from hpack import Encoder

from netloom.wire.http.passive.frames import PREFACE, FrameReader


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
    assert len(reader._buffer) == 0
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
    words(flood, frame(1, bytes(60_000), 0, 1))
    words(flood, frame(9, bytes(60_000), 0, 1))
    assert len(flood._block) <= 65536
