"""Message data: dot-stuffing both ways, every cut, every way to smuggle, limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.smtp import data
from netloom.wire.smtp.data import Decoder
from tests.fuzzing import hammer

# Made of what matters to the framing, so that dots and line ends meet often
contents = st.lists(st.sampled_from([b".", b"..", b"a", b"\r\n", b"\r\n.", b"\0", b"\xff"]), max_size=30).map(b"".join)
SAMPLES = [data.encode(b"Subject: x\r\n\r\n.hidden\r\n..\r\nend"), b".\r\n", b"..\r\n.\r\n"]


def decode(octets: bytes, size: int = 0) -> tuple[bytes, Decoder]:
    """All that a decoder gives; fed in pieces of `size`, 0: at once."""
    decoder = Decoder()
    step = size or len(octets) or 1
    got = b"".join(decoder.feed(octets[start : start + step]) for start in range(0, len(octets), step))
    return got, decoder


@given(contents, st.integers(0, 7))
def test_what_is_encoded_is_decoded_again(content: bytes, size: int) -> None:
    got, decoder = decode(data.encode(content) + b"QUIT\r\n", size)
    assert got == (content if content.endswith(b"\r\n") or not content else content + b"\r\n")
    assert decoder.done
    assert decoder.unused == b"QUIT\r\n"
    assert decoder.size == len(got)


@given(st.lists(st.sampled_from([b".", b"a", b"\r", b"\n", b"\r\n"]), max_size=20).map(b"".join))
def test_cutting_changes_nothing(octets: bytes) -> None:
    def outcome(size: int) -> object:
        try:
            got, decoder = decode(octets, size)
        except RemoteProtocolError as error:
            return error.offset
        return got, decoder.done, decoder.unused, decoder.size

    assert outcome(1) == outcome(2) == outcome(3) == outcome(0)


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    hammer(decode, SAMPLES)


def test_literal_octets() -> None:
    assert data.encode(b"") == b".\r\n"
    assert data.encode(b".") == b"..\r\n.\r\n"
    assert data.encode(b"a\r\n.b\r\n") == b"a\r\n..b\r\n.\r\n"
    assert decode(b".\r\n")[0] == b""
    assert decode(b"..\r\n.\r\n")[0] == b".\r\n"
    assert decode(b".a\r\n.\r\n")[0] == b"a\r\n"


@pytest.mark.parametrize(
    ("smuggled", "offset"),
    [
        (b"a\r\n.\nMAIL", 4),
        (b"a\n.\r\nMAIL", 1),
        (b"a\n.\nMAIL", 1),
        (b"a\r.\r\nMAIL", 1),
        (b"a\r.\rMAIL", 1),
        (b"a\r\n.\rMAIL", 4),
        (b"a\r\r\n.\r\nMAIL", 1),
        (b"a\n\r.\r\nMAIL", 1),
        (b".\n", 1),
        (b"\n", 0),
        (b"\n.\r\n", 0),
    ],
)
@pytest.mark.parametrize("size", [0, 1, 3])
def test_nothing_is_smuggled(smuggled: bytes, offset: int, size: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode(smuggled, size)
    assert caught.value.offset == offset


def test_too_large_is_read_to_the_end_and_not_given() -> None:
    decoder = Decoder(size_limit=10)
    assert decoder.feed(b"123456\r\n") == b"123456"
    assert not decoder.oversize
    assert decoder.feed(b"123456\r\n.\r\nQUIT\r\n") == b""
    assert decoder.oversize
    assert decoder.done
    assert decoder.unused == b"QUIT\r\n"


def test_exactly_the_limit_is_given() -> None:
    decoder = Decoder(size_limit=10)
    assert decoder.feed(b"12345678\r\n.\r\n") == b"12345678\r\n"
    assert not decoder.oversize


def test_without_end_is_refused() -> None:
    decoder = Decoder(size_limit=10)
    decoder.feed(b"a" * 20)
    with pytest.raises(RemoteProtocolError):
        decoder.feed(b"a")


@pytest.mark.parametrize(
    ("content", "offset"), [(b"a\nb", 1), (b"a\rb", 1), (b"a\r\n\r", 3), (b"\n", 0), (b"\r\r\n", 0)]
)
def test_line_ends_that_stand_alone_are_never_sent(content: bytes, offset: int) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        data.encode(content)
    assert caught.value.offset == offset
    assert decode(data.encode(data.to_crlf(content)))[1].done


def test_long_lines_are_never_sent() -> None:
    assert data.encode(b"." * 998)
    with pytest.raises(LocalProtocolError):
        data.encode(b"a\r\n" + b"a" * 999)


@pytest.mark.parametrize("text", [b"a\nb\n", b"a\rb\r", b"a\r\nb\r\n", b"a\nb\r\n"])
def test_to_crlf(text: bytes) -> None:
    assert data.to_crlf(text) == b"a\r\nb\r\n"
