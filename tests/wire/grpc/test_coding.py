from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.grpc import coding
from netloom.wire.grpc.coding import Bounds
from netloom.wire.grpc.framing import Frame, TooLarge

BOUNDS = Bounds(size=1000, ratio=20, free=100)


@given(st.binary(max_size=900), st.sampled_from(coding.KNOWN))
def test_there_and_back(payload: bytes, encoding: str) -> None:
    assert coding.unpack(coding.pack(payload, encoding), encoding, Bounds()) == payload


def test_what_gains_nothing_stays() -> None:
    assert coding.pack(b"ab", "gzip") == Frame(b"ab")
    assert coding.pack(b"", "gzip") == Frame(b"")
    assert coding.pack(b"a" * 100, "gzip").compressed
    assert coding.pack(b"a" * 100, "identity") == Frame(b"a" * 100)


def test_foreign_forms() -> None:
    assert coding.unpack(Frame(gzip.compress(b"loom", mtime=0), True), "gzip", BOUNDS) == b"loom"
    assert coding.unpack(Frame(zlib.compress(b"loom"), True), "deflate", BOUNDS) == b"loom"


@pytest.mark.parametrize(
    ("payload", "encoding"),
    [
        (b"loom", "gzip"),
        (b"", "gzip"),
        (gzip.compress(b"loom", mtime=0)[:-3], "gzip"),
        (gzip.compress(b"loom", mtime=0), "identity"),
        (gzip.compress(b"loom", mtime=0), "snappy"),
        (zlib.compress(b"loom") + b"x", "deflate"),
    ],
)
def test_what_isnt_what_it_says(payload: bytes, encoding: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        coding.unpack(Frame(payload, True), encoding, BOUNDS)
    assert not isinstance(refused.value, TooLarge)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_bombs(encoding: str) -> None:
    for payload in (bytes(1001), bytes(900)):  # beyond the size; beyond the ratio
        with pytest.raises(TooLarge):
            coding.unpack(coding.pack(payload, encoding), encoding, BOUNDS)
    assert coding.unpack(coding.pack(bytes(100), encoding), encoding, BOUNDS) == bytes(100)


def test_what_is_accepted() -> None:
    assert coding.accepts("identity, gzip", "gzip")
    assert coding.accepts("", "identity")
    assert not coding.accepts("identity,gzipped", "gzip")
