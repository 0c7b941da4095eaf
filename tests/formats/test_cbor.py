"""CBOR: what is written is read again; tags, references and hostile lengths."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, Unsupported
from netloom.formats._values import leaf
from netloom.formats.cbor import read, write
from tests.formats.values import VALUES, same


@given(VALUES)
def test_there_and_back(value: Any) -> None:
    assert same(read(write(value)), value)


def test_numbers_of_any_size() -> None:
    assert read(write([2**64, -(2**200)])) == [2**64, -(2**200)]


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("c11a514b67b0", datetime(2013, 3, 21, 20, 4, tzinfo=UTC)),
        ("c1fb41d452d9ec200000", datetime(2013, 3, 21, 20, 4, 0, 500000, tzinfo=UTC)),
        ("c074323031332d30332d32315432303a30343a30305a", datetime(2013, 3, 21, 20, 4, tzinfo=UTC)),
        ("d9d9f783010203", [1, 2, 3]),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("5f42010243030405ff", b"\x01\x02\x03\x04\x05"),
        ("d82076687474703a2f2f7777772e6578616d706c652e636f6d", "http://www.example.com"),
        ("d818456449455446", b"dIETF"),
        ("d8256161", "a"),
        ("d8236161", "a"),
        ("c48221196ab3", [-2, 27315]),
        ("d90102820102", [1, 2]),
        ("a101a20203f93c00f6", None),
    ],
)
def test_examples(octets: str, value: Any) -> None:
    """RFC 8949, appendix A, and tags that are passed over."""
    if value is None:
        with pytest.raises(RemoteProtocolError):
            read(bytes.fromhex(octets))
    else:
        assert same(read(bytes.fromhex(octets)), value)


@given(
    st.integers(0, 2**64 - 1) | st.integers(0, 1100), st.sampled_from([b"\x01", b"\x41a", b"\x61a", b"\x82\x01\x02"])
)
def test_no_tag_makes_anything_but_a_value(tag: int, inside: bytes) -> None:
    head = b"\xdb" + tag.to_bytes(8, "big")
    try:
        found = read(head + inside)
    except RemoteProtocolError:
        return
    for each in found if isinstance(found, list) else [found]:
        leaf(each)


@pytest.mark.parametrize("tag", ["d81d00", "d81c81d81d00", "d81900", "d90100826161d81900"])
def test_references_arent_taken(tag: str) -> None:
    with pytest.raises(RemoteProtocolError, match="a reference to another part"):
        read(bytes.fromhex(tag))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "premature end"),
        (b"\x82\x01", "premature end"),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "CBOR: "),
        (b"\x9a\x0f\xff\xff\xff", "premature end"),
        (b"\xba\xff\xff\xff\xff", "premature end"),
        (b"\x5b\x00\xff\xff\xff\xff\xff\xff\xff", "premature end"),
        (b"\x81" * 100_000, "depth"),
        (b"\xd9\xff\x00" * 100_000, "depth"),
        (b"\x81" * 101 + b"\x01", "depth"),
        (b"\x01\x01", "something follows the value"),
        (b"\xff", "break"),
        (b"\x61\xff", "CBOR: "),
        (b"\xa2\x01\x01\x01\x02", "Duplicate map key: 1"),
        (b"\xa1\x81\x01\x01", "a key is a text or a whole number"),
        (b"\xa1\xf5\x01", "a key is a text or a whole number, not True"),
        (b"\x81\xf7", "no value at /0: undefined is no value"),
        (b"\x81\xe0", "no value at /0: .* is no value"),
        (b"\xc0\x63abc", "datetime"),
        (b"\xc1\xfb\x7e\x37\xe4\x3c\x88\x00\x75\x9c", "datetime"),
    ],
)
def test_mistakes(data: bytes, words: str) -> None:
    with pytest.raises(RemoteProtocolError, match=words):
        read(data)


@pytest.mark.parametrize(("data", "offset"), [(b"\x82\x01", 2), (b"\x83\x01\xff\x01", 3), (b"\x01\x02", 1)])
def test_where(data: bytes, offset: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        read(data)
    assert caught.value.offset == offset


def test_the_place_of_a_mistake_in_a_large_one_isnt_looked_for() -> None:
    with pytest.raises(RemoteProtocolError, match="premature end") as caught:
        read(b"\x9a\x00\xff\xff\xff" + b"\x01" * (1 << 20))
    assert caught.value.offset is None


def test_what_it_cant_hold() -> None:
    with pytest.raises(Unsupported, match="CBOR can't hold this at /0: a moment without a zone"):
        write([datetime(2026, 11, 21)])  # noqa: DTZ001
