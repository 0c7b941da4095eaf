from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.http.passive import Decoder
from netloom.wire.http3 import frames, qpack

ASKED = frames.emit(
    frames.HEADERS,
    qpack.emit(
        [
            (b":method", b"PUT"),
            (b":scheme", b"https"),
            (b":authority", b"a"),
            (b":path", b"/x?token=can4ry"),
            (b"authorization", b"Basic can4ry"),
        ]
    ),
) + frames.emit(frames.DATA, b"warp")
ANSWERED = frames.emit(frames.HEADERS, qpack.emit([(b":status", b"200"), (b"x-loom", b"1")])) + frames.emit(
    frames.HEADERS, qpack.emit([(b"x-sum", b"42")])
)


def test_a_request_and_its_answer() -> None:
    decoder = Decoder()
    said = [each.words for each in decoder.feed("client", ASKED) + decoder.feed("server", ANSWERED)]
    assert said == [
        "PUT /x?token=••• HTTP/3",
        "authorization: Basic •••",
        "4 bytes of the body",
        "HTTP/3 200",
        "x-loom: 1",
        "trailers",
        "x-sum: 42",
    ]


@given(st.integers(1, len(ASKED) - 1))
def test_heads_cut_anywhere(cut: int) -> None:
    decoder = Decoder()
    said = [each.words for each in decoder.feed("client", ASKED[:cut]) + decoder.feed("client", ASKED[cut:])]
    assert said[:2] == ["PUT /x?token=••• HTTP/3", "authorization: Basic •••"]


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_any_bytes(pieces: list[bytes]) -> None:
    decoder = Decoder()
    decoder.feed("client", ASKED[:1])
    for piece in pieces:
        assert all(each.words.isprintable() for each in decoder.feed("client", piece))
