from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.http3 import varint
from netloom.wire.http3.codes import Code, Http3Error
from netloom.wire.http3.frames import DATA, GOAWAY, HEADERS, SETTINGS, Frames, emit

GREASE = 0x21
PARTS = [
    emit(HEADERS, b"\0\0\xd1"),
    emit(DATA, b"x" * 100),
    emit(GREASE, b"nobody knows" * 20),
    emit(DATA, b""),
    emit(DATA, b"y" * 70),
    emit(GREASE + 0x1F, b""),
    emit(HEADERS, b"\0\0"),
]
WHOLE = b"".join(PARTS)


def joined(pieces: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    made: list[tuple[int, bytes]] = []
    for kind, payload in pieces:
        if made and kind == DATA == made[-1][0]:
            made[-1] = DATA, made[-1][1] + payload
        else:
            made.append((kind, payload))
    return made


EXPECTED = [(HEADERS, b"\0\0\xd1"), (DATA, b"x" * 100 + b"y" * 70), (HEADERS, b"\0\0")]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=30))
def test_cutting_changes_nothing(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(WHOLE)]
    frames = Frames(1000)
    found = [piece for a, b in itertools.pairwise(places) for piece in frames.feed(WHOLE[a:b])]
    assert joined(found) == EXPECTED
    assert frames.between
    assert frames.empty == 3
    assert not frames.held


def test_a_byte_at_a_time() -> None:
    frames = Frames(1000)
    found = [piece for at in range(len(WHOLE)) for piece in frames.feed(WHOLE[at : at + 1])]
    assert joined(found) == EXPECTED


@given(st.lists(st.tuples(st.sampled_from([DATA, HEADERS, SETTINGS, GOAWAY]), st.binary(min_size=1, max_size=50))))
def test_what_is_emitted_is_parsed(said: list[tuple[int, bytes]]) -> None:
    found = Frames(50).feed(b"".join(emit(kind, payload) for kind, payload in said))
    assert joined(found) == joined(said)


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    frames = Frames(100)
    try:
        frames.feed(data)
    except RemoteProtocolError:
        return
    assert frames.held <= 100 + 16


class TestLimits:
    def test_a_frame_beyond_the_limit_is_refused_before_it_comes(self) -> None:
        with pytest.raises(Http3Error) as caught:
            Frames(100).feed(varint.emit(HEADERS) + varint.emit(101))
        assert caught.value.code is Code.EXCESSIVE_LOAD

    def test_what_has_no_meaning_is_never_kept(self) -> None:
        frames = Frames(100)
        frames.feed(varint.emit(GREASE) + varint.emit(1 << 40))
        for _ in range(100):
            assert frames.feed(b"z" * 10_000) == []
            assert frames.held == 0
        assert not frames.between

    def test_data_of_any_length_comes_in_pieces(self) -> None:
        frames = Frames(100)
        assert frames.feed(varint.emit(DATA) + varint.emit(1 << 61) + b"a") == [(DATA, b"a")]
        assert frames.feed(b"bc") == [(DATA, b"bc")]

    @pytest.mark.parametrize("kind", [0x2, 0x6, 0x8, 0x9])
    def test_frames_of_http2_have_no_place(self, kind: int) -> None:
        with pytest.raises(Http3Error) as caught:
            Frames(100).feed(emit(kind, b""))
        assert caught.value.code is Code.FRAME_UNEXPECTED
