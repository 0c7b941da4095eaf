"""HTTP/2 put together: streams side by side, fields in several frames, padding, and what a peer may break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h2.connection
import h2.events
import pytest
from h2.config import H2Configuration
from hpack import Encoder
from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.http.passive import exchange_frames
from netloom.wire.http.passive.exchanges import Exchanges
from netloom.wire.http.passive.h2 import PREFACE
from netloom.wire.http.passive.pairs import Room

if TYPE_CHECKING:
    from netloom.wire.http.passive.pairs import Pair


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def asking(path: str, **fields: str) -> list[tuple[str, str]]:
    return [(":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", path), *fields.items()]


def talk() -> list[tuple[str, bytes]]:
    """What two engines that aren't ours say: two requests, answered the other way round."""
    said: list[tuple[str, bytes]] = []
    client = h2.connection.H2Connection(H2Configuration(client_side=True))
    server = h2.connection.H2Connection(H2Configuration(client_side=False))

    def pass_on() -> None:
        for sender, one, other in (("client", client, server), ("server", server, client)):
            data = one.data_to_send()
            if data:
                said.append((sender, data))
                other.receive_data(data)

    client.initiate_connection()
    server.initiate_connection()
    for _ in range(2):
        pass_on()
    client.send_headers(1, [*asking("/1"), ("x-long", "y" * 40_000)])
    client.send_data(1, b"question", end_stream=True)
    client.send_headers(3, asking("/3"), end_stream=True)
    pass_on()
    server.send_headers(3, [(":status", "103"), ("link", "x")])
    server.send_headers(3, [(":status", "204"), ("a", "b")], end_stream=True)
    server.send_headers(1, [(":status", "200"), ("a", "c")])
    server.send_data(1, b"ans", pad_length=9)
    server.send_data(1, b"wer")
    server.send_headers(1, [("trailer", "t")], end_stream=True)
    pass_on()
    return said


def told(pairs: list[Pair]) -> list[tuple[str, bytes, int, list[tuple[str, str]], bytes]]:
    return [
        (one.target, bytes(one.request.body), one.status, one.response.fields, bytes(one.response.body))
        for one in pairs
    ]


EXPECTED = [
    ("/3", b"", 204, [("a", "b")], b""),
    ("/1", b"question", 200, [("a", "c"), ("trailer", "t")], b"answer"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000, 1 << 20])
def test_a_connection(size: int) -> None:
    exchanges, found = Exchanges(), []
    for time, (sender, data) in enumerate(talk()):
        for at in range(0, len(data), size):
            found += exchanges.feed(sender, data[at : at + size], time)
    assert told(found) == EXPECTED
    first, second = found
    assert (first.method, first.authority, first.response.version) == ("GET", "h", "HTTP/2.0")
    assert ("x-long", "y" * 40_000) in second.request.fields
    assert second.request.began <= second.request.ended < second.response.began <= second.response.ended
    assert exchanges.end("server", 9) == exchanges.close() == []


def begun(*frames: bytes) -> tuple[Exchanges, list[Pair]]:
    exchanges = Exchanges()
    return exchanges, exchanges.feed("client", PREFACE + frame(4, 0, 0) + b"".join(frames), 1)


def test_an_end_that_comes_in_pieces() -> None:
    asked, answered = Encoder(), Encoder()
    exchanges, _ = begun(frame(1, 5, 1, asked.encode(asking("/"))))
    data = frame(1, 4, 1, answered.encode([(":status", "200")])) + frame(0, 1, 1, b"warp")
    assert exchanges.feed("server", data[:-2], 2) == []
    (pair,) = exchanges.feed("server", data[-2:], 3)
    assert (bytes(pair.response.body), pair.response.began, pair.response.ended) == (b"warp", 2, 3)


def test_a_stream_that_is_reset_and_one_that_stays() -> None:
    encoder = Encoder()
    first, second = (frame(1, 4 | 1, stream, encoder.encode(asking(f"/{stream}"))) for stream in (1, 3))
    exchanges, found = begun(first, second)
    assert found == []
    (reset,) = exchanges.feed("server", frame(4, 0, 0) + frame(3, 0, 1, bytes(4)), 2)
    assert (reset.target, reset.status, reset.whole) == ("/1", 0, False)
    assert [pair.target for pair in exchanges.close()] == ["/3"]


def test_an_answer_that_cant_be_read_and_one_after_it() -> None:
    asked, answered = Encoder(), Encoder()
    exchanges, _ = begun(*(frame(1, 5, stream, asked.encode(asking(f"/{stream}"))) for stream in (1, 3)))
    exchanges.feed("server", frame(1, 4, 3, answered.encode([(":status", "200")])), 2)
    broken = frame(1, 4, 1, b"\xff" * 9) + frame(0, 1, 1, b"body")
    assert exchanges.feed("server", broken, 3) == []
    (whole,) = exchanges.feed("server", frame(0, 1, 3, b"warp"), 4)
    assert (whole.target, whole.status, bytes(whole.response.body)) == ("/3", 200, b"warp")
    (left,) = exchanges.close()
    assert (left.target, left.status, left.whole, left.response.coded) == ("/1", 0, False, 0)
    assert exchanges.close() == []


def test_a_stream_that_is_asked_on_twice() -> None:
    encoder, room = Encoder(), Room(10)
    exchanges = Exchanges(room)
    twice = [frame(1, 4, 1, encoder.encode(asking("/1"))) + frame(0, 0, 1, b"weft") for _ in range(2)]
    exchanges.feed("client", PREFACE + b"".join(twice), 1)
    (pair,) = exchanges.close()
    assert (pair.target, bytes(pair.request.body), room.left) == ("/1", b"weftweft", 2)


def test_an_upgrade() -> None:
    client = h2.connection.H2Connection(H2Configuration(client_side=True))
    server = h2.connection.H2Connection(H2Configuration(client_side=False))
    offered = client.initiate_upgrade_connection()
    server.initiate_upgrade_connection(offered)
    exchanges = Exchanges()
    exchanges.feed("client", b"GET /up HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n", 1)
    server.send_headers(1, [(":status", "200")])
    server.send_data(1, b"warp", end_stream=True)
    switched = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"
    (pair,) = exchanges.feed("server", switched + server.data_to_send(), 2)
    assert (pair.target, pair.authority, pair.status, bytes(pair.response.body)) == ("/up", "h", 200, b"warp")
    client.send_headers(3, asking("/next"), end_stream=True)
    assert exchanges.feed("client", client.data_to_send(), 3) == []
    assert [pair.target for pair in exchanges.close()] == ["/next"]


def test_a_promise_keeps_the_table_right() -> None:
    asked, answered = Encoder(), Encoder()
    exchanges, _ = begun(frame(1, 5, 1, asked.encode(asking("/"))))
    promise = frame(5, 4, 1, bytes(3) + b"\2" + answered.encode(asking("/pushed", new="field")))
    head = frame(1, 5, 1, answered.encode([(":status", "200"), ("new", "field")]))
    (pair,) = exchanges.feed("server", promise + head, 2)
    assert (pair.status, pair.response.fields) == (200, [("new", "field")])


@pytest.mark.parametrize(
    "broken",
    [frame(1, 5, 1, b"\xff\xff\xff\xff\xff\xff"), frame(1, 0, 1, b"x") + frame(9, 0, 1, b"y" * 300_000), b"\xff" * 9],
)
def test_what_cant_be_read_ends_it(broken: bytes) -> None:
    exchanges, found = begun(broken, frame(1, 5, 3, Encoder().encode(asking("/"))))
    assert found == exchanges.close() == []


def test_streams_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_frames, "STREAMS", 2)
    encoder = Encoder()
    exchanges, _ = begun(*(frame(1, 5, 2 * at + 1, encoder.encode(asking(f"/{at}"))) for at in range(5)))
    assert [pair.target for pair in exchanges.close()] == ["/3", "/4"]


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.integers(0, 10), st.integers(0, 255), st.binary())))
def test_whatever_is_said(frames: list[tuple[str, int, int, bytes]]) -> None:
    room = Room(40)
    exchanges = Exchanges(room)
    found = exchanges.feed("client", PREFACE + frame(1, 4, 1, Encoder().encode(asking("/"))), 0)
    for sender, kind, flags, payload in frames:
        found += exchanges.feed(sender, frame(kind, flags, 1, payload), 0)
    for pair in found + exchanges.close():
        pair.let_go()
    assert room.left == 40
