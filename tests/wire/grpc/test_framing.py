from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.grpc import framing
from netloom.wire.grpc.framing import Deframer, Frame, TooLarge

FRAMES = st.lists(st.builds(Frame, st.binary(max_size=50), st.booleans()), max_size=6)


def test_literal() -> None:
    assert framing.emit(Frame(b"loom")) == b"\0\0\0\0\4loom"
    assert framing.emit(Frame(b"x", compressed=True)) == b"\1\0\0\0\1x"
    assert framing.emit(Frame(b"")) == bytes(5)


@given(FRAMES, st.lists(st.integers(0, 400), max_size=6))
def test_cut_anywhere(frames: list[Frame], cuts: list[int]) -> None:
    whole = b"".join(map(framing.emit, frames))
    deframer = Deframer(1000)
    found = []
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    for start, end in itertools.pairwise(places):
        found += list(deframer.feed(whole[start:end]))
    deframer.finish()
    assert found == frames


@given(st.binary(max_size=200))
def test_any_octets(said: bytes) -> None:
    deframer = Deframer(100)
    refused = None
    try:
        list(deframer.feed(said))
        deframer.finish()
    except RemoteProtocolError as error:
        refused = error
    assert refused is None or (refused.rule and refused.offset is not None and refused.offset <= len(said))


def test_a_flag_that_is_none() -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        list(Deframer(10).feed(framing.emit(Frame(b"ab")) + b"\2\0\0\0\0"))
    assert refused.value.offset == 7


def test_the_limit() -> None:
    deframer = Deframer(4)
    assert list(deframer.feed(framing.emit(Frame(b"loom")))) == [Frame(b"loom")]
    with pytest.raises(TooLarge):
        list(deframer.feed(b"\0\xff\xff\xff\xff"))


def test_the_end_in_the_middle() -> None:
    deframer = Deframer(10)
    assert list(deframer.feed(b"\0\0\0\0\4loo")) == []
    with pytest.raises(RemoteProtocolError, match="8 bytes of it came"):
        deframer.finish()


def test_nothing_is_kept_of_what_was_given() -> None:
    """Whoever stops between two messages gets the second with the next piece."""
    deframer = Deframer(10)
    frames = deframer.feed(framing.emit(Frame(b"a")) + framing.emit(Frame(b"b")))
    assert next(frames) == Frame(b"a")
    frames.close()  # type: ignore[attr-defined]  # a generator
    assert list(deframer.feed(b"")) == [Frame(b"b")]
