from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.links.http.body import Inbox
from netloom.links.http.h1_body import Intake
from netloom.links.http.h1_request import Refusal
from netloom.links.http.limits import DEFAULT
from tests.fuzzing import hammer

CHUNKS = b"5\r\nab\r\n\r\r\n4;x=y\r\n\r\n\r\n\r\n0\r\nX-T: 1\r\n\r\n"
BODY = b"ab\r\n\r\r\n\r\n"
NEXT = b"GET / HTTP/1.1\r\n\r\n"


def take(pieces: list[bytes], length: int) -> tuple[bytes, bytes, Inbox]:
    """The body, what follows it, and its inbox."""
    loop = asyncio.new_event_loop()
    try:
        inbox = Inbox(loop, None, lambda _: None)
        intake = Intake(inbox, length, DEFAULT)
        rest = b""
        for piece in pieces:
            at = 0
            while at < len(piece) and not intake.done:
                at = intake.take(piece, at)
            rest += piece[at:]
        return b"".join(inbox.take_all()), rest, inbox
    finally:
        loop.close()


@given(st.lists(st.integers(0, len(CHUNKS + NEXT)), max_size=20))
def test_cutting_chunks_changes_nothing(cuts: list[int]) -> None:
    data = CHUNKS + NEXT
    places = [0, *sorted(cuts), len(data)]
    body, rest, inbox = take([data[a:b] for a, b in itertools.pairwise(places)], -1)
    assert (body, rest) == (BODY, NEXT)
    assert inbox.ended
    assert inbox.trailers == (("x-t", "1"),)


@given(st.lists(st.integers(0, 30), max_size=20), st.integers(1, 20))
def test_a_length_is_kept(cuts: list[int], length: int) -> None:
    data = bytes(range(30))
    places = [0, *sorted(cuts), len(data)]
    body, rest, inbox = take([data[a:b] for a, b in itertools.pairwise(places)], length)
    assert (body, rest) == (data[:length], data[length:])
    assert inbox.ended


@given(st.binary(max_size=1000), st.integers(1, 100))
def test_what_is_chunked_is_unchunked(data: bytes, size: int) -> None:
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    said = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    body, rest, _ = take([said + NEXT], -1)
    assert (body, rest) == (data, NEXT)


def test_hostile_bytes() -> None:
    def one(data: bytes) -> None:
        body, rest, inbox = take([data], -1)
        assert len(body) + len(rest) <= len(data)
        if data == CHUNKS:
            assert inbox.ended

    hammer(one, [CHUNKS, b"0\r\n\r\n", b"A\r\n0123456789\r\n00\r\n\r\n"], allowed=Refusal)


@pytest.mark.parametrize("data", [b"1;" + b"x" * 70_000, b"0\r\n" + b"X: y\r\n" * 200])
def test_framing_has_its_limits(data: bytes) -> None:
    with pytest.raises(Refusal):
        take([data[at : at + 1000] for at in range(0, len(data), 1000)], -1)
