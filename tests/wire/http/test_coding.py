"""Content codings, cut anywhere, broken and bombed."""

from __future__ import annotations

import gzip
import itertools
import zlib
from typing import TYPE_CHECKING

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.http import coding
from netloom.wire.http.coding import Decoder, Limits
from tests.fuzzing import hammer

if TYPE_CHECKING:
    from collections.abc import Callable


def raw_deflate(data: bytes) -> bytes:
    made = zlib.compressobj(wbits=-15)
    return made.compress(data) + made.flush()


ENCODERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "members": ("gzip", lambda data: gzip.compress(data[:10]) + gzip.compress(data[10:])),
    "deflate": ("deflate", zlib.compress),
    "raw": ("deflate", raw_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstandard.compress),
    "frames": ("zstd", lambda data: zstandard.compress(data[:10]) + zstandard.compress(data[10:])),
    "two": ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
    "none": ("identity", lambda data: data),
}
TEXT = b"".join(b"%d bottles\n" % number for number in range(3000))
every = pytest.mark.parametrize("kind", ENCODERS)


def decode(encoding: str, *pieces: bytes, limits: Limits | None = None) -> bytes:
    decoder = Decoder(encoding, limits)
    made = b"".join(itertools.chain.from_iterable(decoder.feed(piece) for piece in pieces))
    decoder.finish()
    return made


@every
@given(st.binary())
def test_what_is_encoded_is_decoded(kind: str, data: bytes) -> None:
    encoding, encode = ENCODERS[kind]
    assert decode(encoding, encode(data)) == data


@every
def test_cutting_changes_nothing(kind: str) -> None:
    encoding, encode = ENCODERS[kind]
    whole = encode(TEXT)
    assert decode(encoding, *(whole[at : at + 1] for at in range(len(whole)))) == TEXT
    assert decode(encoding, *(whole[at : at + 1000] for at in range(0, len(whole), 1000))) == TEXT
    for at in range(0, len(whole), max(1, len(whole) // 50)):
        assert decode(encoding, whole[:at], whole[at:]) == TEXT


@pytest.mark.parametrize("kind", [kind for kind in ENCODERS if kind != "none"])
def test_a_body_that_ends_in_the_middle(kind: str) -> None:
    encoding, encode = ENCODERS[kind]
    whole = encode(TEXT)
    for at in (1, 2, len(whole) // 3, len(whole) - 1):
        with pytest.raises(RemoteProtocolError, match="middle"):
            decode(encoding, whole[:at])


@every
def test_an_empty_body_has_no_coding(kind: str) -> None:
    assert decode(ENCODERS[kind][0], b"") == b""


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", ["gzip", "deflate", "raw", "br", "zstd", "two"])
def test_hostile_bytes(kind: str) -> None:
    encoding, encode = ENCODERS[kind]
    hammer(lambda data: decode(encoding, data), [encode(TEXT[:300]), encode(b"")], count=2000)


ZEROS = bytes(64 << 20)


@pytest.mark.parametrize("kind", ["gzip", "deflate", "br", "zstd", "two"])
def test_a_bomb_is_stopped(kind: str) -> None:
    encoding, encode = ENCODERS[kind]
    bomb = encode(ZEROS)
    assert len(bomb) < 100_000
    decoder = Decoder(encoding)
    made = 0
    largest = 0

    def swallow() -> None:
        nonlocal made, largest
        for piece in decoder.feed(bomb):
            made += len(piece)
            largest = max(largest, len(piece))

    with pytest.raises(RemoteProtocolError, match="bomb"):
        swallow()
    assert made <= Limits().free
    assert largest <= 16 << 20


def test_a_size_limit() -> None:
    with pytest.raises(RemoteProtocolError, match="more than 1000 bytes"):
        decode("gzip", gzip.compress(TEXT), limits=Limits(size=1000))


def test_what_compresses_well_is_no_bomb() -> None:
    data = bytes(1 << 20)
    assert decode("gzip", gzip.compress(data)) == data
    assert decode("gzip", gzip.compress(ZEROS), limits=Limits(ratio=2000)) == ZEROS


def test_what_is_not_known() -> None:
    with pytest.raises(RemoteProtocolError, match="isn't known"):
        Decoder("compress")
    with pytest.raises(RemoteProtocolError, match="more than"):
        Decoder("gzip, " * 5)


def test_a_zstd_window_that_is_too_large() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    whole = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(RemoteProtocolError):
        decode("zstd", whole.compress(TEXT) + whole.flush())


def test_something_after_the_end() -> None:
    for encoding, whole in (
        ("deflate", zlib.compress(b"a") + b"x"),
        ("br", brotli.compress(b"a") + b"x"),
        ("gzip", gzip.compress(b"a") + b"x"),
    ):
        with pytest.raises(RemoteProtocolError):
            decode(encoding, whole)


def test_all_that_is_accepted_is_known() -> None:
    for name in coding.ACCEPTED.split(", "):
        Decoder(name)
