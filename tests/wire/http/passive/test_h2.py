"""HTTP/2's frames, read from one side: cut anywhere, begun in the middle, and within bounds."""

from __future__ import annotations

import random

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes
from hpack import Encoder

from netloom.wire.http.passive import h2
from netloom.wire.http.passive.h2 import Control, Data, Event, Fields, Preface, Side
from tests.fuzzing import mutate

ANSWER = [(":status", "200"), ("x-loom", "warp")]


def frame(kind: int, payload: bytes = b"", flags: int = 0, stream: int = 0) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def told(said: list[Event]) -> list[object]:
    """What was said, with the pieces of each frame of data put together."""
    found: list[object] = []
    content = b""
    for event in said:
        if isinstance(event, Fields):
            found.append((event.stream, event.fields, event.ends, event.promise))
        elif isinstance(event, Control):
            found.append((event.stream, event.kind, event.code, event.acknowledges))
        elif isinstance(event, Data):
            content = event.content if event.first else content + event.content
            found += [(event.stream, content, event.ends)] if event.last else []
    return found


def fed(data: bytes, size: int, side: Side | None = None) -> list[Event]:
    side = side or Side()
    return [event for at in range(0, len(data), size) for event in side.feed(data[at : at + size])]


def talk() -> dict[str, bytes]:
    """What two engines that aren't ours say, each side on its own."""
    client, server = H2Connection(), H2Connection(H2Configuration(client_side=False))
    said = {"client": b"", "server": b""}

    def exchange() -> None:
        while (there := client.data_to_send()) + (back := server.data_to_send()):
            said["client"] += there
            said["server"] += back
            server.receive_data(there)
            client.receive_data(back)

    client.initiate_connection()
    server.initiate_connection()
    exchange()
    asked = [(":method", "GET"), (":scheme", "https"), (":authority", "here"), (":path", "/"), ("x-long", "y" * 40_000)]
    client.send_headers(1, asked, end_stream=True)
    client.send_headers(3, asked[:4], priority_weight=9)
    client.send_data(3, b"weft" * 9, pad_length=7)
    client.ping(b"12345678")
    client.end_stream(3)
    exchange()
    server.push_stream(1, 2, [*asked[:3], (":path", "/pushed"), ("x-new", "field")])
    server.send_headers(1, [*ANSWER, ("x-new", "field")])
    server.send_data(1, b"warp", pad_length=0)
    server.send_headers(1, [("x-sum", "42")], end_stream=True)
    server.reset_stream(3, 8)
    server.close_connection(error_code=11)
    exchange()
    return said


@pytest.mark.parametrize("size", [1, 2, 7, 10, 1000])
@pytest.mark.parametrize("sender", ["client", "server"])
def test_cut_anywhere(sender: str, size: int) -> None:
    data = talk()[sender]
    pieces, whole = fed(data, size), fed(data, len(data))
    assert told(pieces) == told(whole)
    for said in (pieces, whole):
        assert sum(event.size for event in said) == len(data)
        for event in said:
            assert isinstance(event, Preface) == (sender == "client" and event is said[0])


def test_what_two_engines_say() -> None:
    said = talk()
    asked, answered = (told(Side().feed(said[sender])) for sender in ("client", "server"))
    first, second, *data = (event for event in asked if event[0])  # type: ignore[index]
    assert (first[0], first[1][-1], first[2]) == (1, ("x-long", "y" * 40_000), True)  # type: ignore[index]
    assert (second[0], second[2]) == (3, False)  # type: ignore[index]
    assert data == [(3, b"weft" * 9, False), (3, b"", True)]
    assert (0, h2.SETTINGS, None, True) in asked
    assert (0, h2.PING, None, False) in asked
    promise, *rest = (event for event in answered if event[0])  # type: ignore[index]
    assert (promise[0], promise[1][3:], promise[2:]) == (  # type: ignore[index]
        1, [(":path", "/pushed"), ("x-new", "field")], (False, True),
    )  # fmt: skip
    assert rest == [
        (1, [*ANSWER, ("x-new", "field")], False, False), (1, b"warp", False), (1, [("x-sum", "42")], True, False),
        (3, h2.RST_STREAM, 8, False),
    ]  # fmt: skip
    assert answered[-1] == (0, h2.GOAWAY, 11, False)


def test_data_is_told_as_soon_as_it_comes_and_not_kept() -> None:
    side = Side()
    whole = frame(h2.DATA, b"\3" + b"x" * 100_000 + bytes(3), 0x09, 5)
    assert side.feed(whole[:9]) == []
    assert side.feed(whole[9:20]) == [Data(5, 20, b"x" * 10, 100_004, first=True, last=False, ends=True)]
    assert side.feed(whole[20:100_010]) == [Data(5, 99_990, b"x" * 99_990, 100_004, first=False, last=False, ends=True)]
    assert side._buffer == b""
    assert side.feed(whole[100_010:-1]) == [Data(5, 2, b"", 100_004, first=False, last=False, ends=True)]
    assert side.feed(whole[-1:]) == [Data(5, 1, b"", 100_004, first=False, last=True, ends=True)]
    assert side.feed(frame(h2.DATA, b"", 1, 5)) == [Data(5, 9, b"", 0, first=True, last=True, ends=True)]


@pytest.mark.parametrize("payload", [b"", b"\0", b"\1", b"\xff" + bytes(10)])
def test_padding_that_is_too_long(payload: bytes) -> None:
    assert told(Side().feed(frame(h2.DATA, payload, 0x08, 1))) == [(1, b"", False)]
    assert told(Side().feed(frame(h2.HEADERS, payload, 0x0C, 1))) == [(1, [], False, False)]


def test_a_block_in_several_frames() -> None:
    block = Encoder().encode(ANSWER)
    data = frame(h2.HEADERS, b"\2" + bytes(5) + block[:1] + bytes(2), 0x29, 1)
    data += frame(h2.CONTINUATION, block[1:3], 0, 1) + frame(h2.CONTINUATION, block[3:], 4, 1)
    assert Side().feed(data) == [Fields(1, len(data), ANSWER, ends=True)]


def test_a_block_that_is_broken_off() -> None:
    block = Encoder().encode(ANSWER)
    side = Side()
    data = frame(h2.HEADERS, block, 0, 1) + frame(h2.PING, bytes(8)) + frame(h2.CONTINUATION, b"", 4, 1)
    assert told(side.feed(data)) == [(1, None, False, False), (0, h2.PING, None, False), (1, None, False, False)]
    assert told(side.feed(frame(h2.HEADERS, block, 5, 3))) == [(3, None, True, False)]
    assert told(Side().feed(frame(h2.HEADERS, block, 0, 1) + frame(h2.CONTINUATION, b"", 4, 3))) == [
        (1, None, False, False), (3, None, False, False),
    ]  # fmt: skip
    assert told(Side().feed(frame(h2.HEADERS, block, 0, 1) + frame(h2.HEADERS, block, 4, 3))) == [
        (1, None, False, False), (3, None, False, False),
    ]  # fmt: skip
    assert told(Side().feed(frame(h2.CONTINUATION, block, 4, 3))) == [(3, None, False, False)]


def test_a_promise_ends_nothing() -> None:
    promise = frame(h2.PUSH_PROMISE, b"\1" + bytes(4) + Encoder().encode(ANSWER) + b"\0", 0xFF, 1)
    assert told(Side().feed(promise)) == [(1, ANSWER, False, True)]


def test_a_side_that_starts_in_the_middle() -> None:
    encoder = Encoder()
    encoder.encode([("x-old", "1"), ("x-older", "2")])
    side = Side()
    fresh = [(":status", "200"), ("x-new", "3")]
    for stream in (5, 7):
        assert told(side.feed(frame(h2.HEADERS, encoder.encode(fresh), 4, stream))) == [(stream, fresh, False, False)]
    unseen = frame(h2.HEADERS, encoder.encode([("x-old", "1")]), 5, 9)
    assert told(side.feed(unseen + frame(h2.DATA, b"warp", 1, 7))) == [(9, None, True, False), (7, b"warp", True)]


def test_tables_that_grow_and_shrink() -> None:
    client, server = H2Connection(), H2Connection(H2Configuration(client_side=False))
    client.initiate_connection()
    server.initiate_connection()
    reader, number = Side(), 0

    def exchange() -> list[object]:
        said = b""
        while (there := client.data_to_send()) + (back := server.data_to_send()):
            said += there
            server.receive_data(there)
            client.receive_data(back)
        return [event for event in told(reader.feed(said)) if isinstance(event[1], list)]  # type: ignore[index]

    exchange()
    for size in (h2.TABLE, 100, 0, 4096):
        server.update_settings({SettingCodes.HEADER_TABLE_SIZE: size})
        exchange()
        for _ in range(3):
            number = client.get_next_available_stream_id()
            fields = [(":method", "GET"), (":scheme", "http"), (":authority", "h"), (":path", "/" + "p" * 90)]
            client.send_headers(number, [*fields, *((f"x-{at}", "y" * 90) for at in range(90))])
            ((stream, found, ends, _),) = exchange()  # type: ignore[misc]
            assert (stream, len(found), found[:4], ends) == (number, 94, fields, False)  # type: ignore[has-type]
    assert number == 23


def test_a_table_has_a_limit() -> None:
    too_much = b"\x3f" + bytes([0x80 | (h2.TABLE + 1 - 31) & 127, 0x80 | (h2.TABLE + 1 - 31) >> 7 & 127, 3])
    assert told(Side().feed(frame(h2.HEADERS, too_much + b"\x88", 4, 1))) == [(1, None, False, False)]
    assert told(Side().feed(frame(h2.HEADERS, b"\x3f\xe1\xff\3\x88", 4, 1))) == [
        (1, [(":status", "200")], False, False)
    ]


def test_blocks_have_a_limit() -> None:
    bomb = Encoder()
    many = bomb.encode([("x", "y" * 4000)]) + bomb.encode([("x", "y" * 4000)]) * 100
    assert told(Side().feed(frame(h2.HEADERS, many, 4, 1))) == [(1, None, False, False)]
    side = Side()
    side.feed(frame(h2.HEADERS, b"", 0, 1))
    for _ in range(100):
        assert side.feed(frame(h2.CONTINUATION, bytes(60_000), 0, 1)) == []
        assert side._block is not None
        assert len(side._block.octets) <= h2.KEPT
    assert side.feed(frame(h2.CONTINUATION, b"", 4, 1)) == [Fields(1, 9 * 102 + 6_000_000, None)]
    side = Side()
    large = frame(h2.HEADERS, bytes((1 << 24) - 1), 4, 1)
    found: list[Event] = []
    for at in range(0, len(large), 1 << 20):
        found = side.feed(large[at : at + (1 << 20)])
        assert side._frame is None or len(side._frame.payload) <= h2.KEPT
    assert found == [Fields(1, len(large), None)]


def test_frames_that_nobody_knows() -> None:
    side = Side()
    assert side.feed(frame(0xAB, bytes(1000), 0xFF, 1 << 31 | 3)) == [Control(3, 1009, 0xAB)]
    for at in range(16):
        assert bool(side.feed(frame(0xAB, bytes((1 << 20) - 9))[at << 16 : (at + 1) << 16])) == (at == 15)
        assert side._frame is None or len(side._frame.payload) <= 8
    assert told(side.feed(frame(h2.RST_STREAM, b"\0\0", 0, 1) + frame(h2.SETTINGS, b"", 1))) == [
        (1, h2.RST_STREAM, None, False), (0, h2.SETTINGS, None, True),
    ]  # fmt: skip
    assert told(side.feed(frame(h2.HEADERS, Encoder().encode(ANSWER), 4, 1))) == [(1, ANSWER, False, False)]


def test_hostile_bytes() -> None:
    generator = random.Random(1)
    samples = list(talk().values())
    for _ in range(300):
        data = mutate(generator, samples)
        said = fed(data, generator.choice([1 + len(data) // 50, 1 << 20]))
        assert sum(event.size for event in said) <= len(data)
