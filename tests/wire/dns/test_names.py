"""DNS: names on the wire and as text, compression and its traps."""

from __future__ import annotations

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.dns import names
from netloom.wire.dns.names import emit_name, from_text, mix_case, read_name, reverse, to_text
from tests.fuzzing import hammer

labels = st.binary(min_size=1, max_size=63)
wires = (
    st.lists(labels, max_size=20)
    .map(lambda found: b"".join(bytes((len(label),)) + label for label in found) + b"\0")
    .filter(lambda wire: len(wire) <= 255)
)


@given(wires)
def test_text_is_dnspythons_and_leads_back(wire: bytes) -> None:
    text = to_text(wire)
    assert text == dns.name.from_wire(wire, 0)[0].to_text()
    assert from_text(text) == wire
    assert read_name(wire, 0, {}) == (wire, len(wire))


@given(st.lists(wires, min_size=1, max_size=8))
def test_compressed_names_are_read_again_by_both(several: list[bytes]) -> None:
    out = bytearray()
    seen: dict[bytes, int] = {}
    places = []
    for wire in several:
        places.append(len(out))
        emit_name(out, wire, seen)
    data = bytes(out)
    assert len(data) <= sum(map(len, several))
    for place, wire in zip(places, several, strict=True):
        found, end = read_name(data, place, {})
        assert found == wire
        name, used = dns.name.from_wire(data, place)
        assert name.to_wire() == wire
        assert end == place + used


def test_compression_points_at_suffixes() -> None:
    out = bytearray(b"\0" * 12)
    seen: dict[bytes, int] = {}
    for text in ("www.example.com", "mail.example.com", "example.com", "www.example.com"):
        emit_name(out, from_text(text), seen)
    assert bytes(out[12:]) == b"\3www\7example\3com\0" + b"\4mail\xc0\x10" + b"\xc0\x10" + b"\xc0\x0c"


def test_what_lies_beyond_14_bits_is_not_pointed_at() -> None:
    out = bytearray(0x4000)
    seen: dict[bytes, int] = {}
    for _ in range(2):
        emit_name(out, b"\1a\0", seen)
    assert not seen
    assert out[0x4000:] == b"\1a\0" * 2


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (b"\xc0\x00", 0),  # itself
        (b"\xc0\x02\xc0\x00", 0),  # forwards
        (b"\1a\xc0\x00", 0),  # a loop with a label in it
        (b"\xc0\x02\xc0\x00", 2),  # two that point at each other
        (b"\1a\xc0\x02", 0),
        (b"\x40a", 0),  # reserved
        (b"\x80a", 0),
        (b"\3ab", 0),
        (b"\1a", 0),
        (b"\xc0", 0),
        (b"", 0),
        (b"\x3f" + b"a" * 63 + (b"\x3f" + b"a" * 63) * 3 + b"\0", 0),  # 257 octets
    ],
)
def test_traps(data: bytes, at: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        read_name(data, at, {})
    assert caught.value.rule


def test_a_name_of_255_octets_is_as_long_as_names_get() -> None:
    wire = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\0"
    assert len(wire) == 255
    assert read_name(wire, 0, {}) == (wire, 255)
    assert from_text(to_text(wire)) == wire
    with pytest.raises(RemoteProtocolError):
        read_name(b"\1b" + b"\xc0\4" + wire, 0, {})
    with pytest.raises(LocalProtocolError, match="255"):
        from_text(to_text(wire) + "b")


def test_a_chain_of_pointers_that_leads_nowhere_is_cut() -> None:
    data = b"\1a\0\0" + b"".join((0xC000 | max(place * 2 - 2, 0)).to_bytes(2) for place in range(2, 400))
    assert read_name(data, 2 + 2 * 50, {})[0] == b"\0"
    with pytest.raises(RemoteProtocolError, match="pointer"):
        read_name(data, len(data) - 2, {})


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("", b"\0"),
        (".", b"\0"),
        ("example.com", b"\7example\3com\0"),
        ("Example.com.", b"\7Example\3com\0"),
        (r"a\.b.c", b"\3a.b\1c\0"),
        (r"a\046b.c", b"\3a.b\1c\0"),
        (r"\000\255", b"\2\0\xff\0"),
        ("_25._tcp.mail", b"\3_25\4_tcp\4mail\0"),
    ],
)
def test_texts(text: str, wire: bytes) -> None:
    assert from_text(text) == wire


@pytest.mark.parametrize(
    "text", ["..", ".a", "a..b", "a" * 64, "ä.de", "a\\", "a\\25", "a\\999", "a\\2x", ".".join(["abc"] * 64)]
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(LocalProtocolError):
        from_text(text)


@given(wires, st.binary(min_size=255, max_size=255))
def test_mixed_case_is_the_same_name(wire: bytes, noise: bytes) -> None:
    mixed = mix_case(wire, noise[: len(wire)])
    assert mixed.lower() == wire.lower()
    assert dns.name.from_wire(mixed, 0)[0] == dns.name.from_wire(wire, 0)[0]


def test_case_follows_the_noise() -> None:
    name = from_text("www.example-1.com")
    assert mix_case(name, bytes(len(name))) == name
    assert mix_case(name, b"\xff" * len(name)) == from_text("WWW.EXAMPLE-1.COM")
    assert len({mix_case(name, bytes((bit,)) * len(name)) for bit in (0, 0x20)}) == 2


def test_addresses_reversed() -> None:
    assert reverse("192.0.2.1") == from_text("1.2.0.192.in-addr.arpa")
    v6 = reverse("2001:db8::1")
    assert v6 is not None
    assert to_text(v6) == "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa."
    assert reverse("example.com") is None


@pytest.mark.fuzz
def test_hostile_names() -> None:
    samples = [b"\3www\7example\3com\0\4mail\xc0\4\xc0\x11", b"\0", b"\x3f" + b"x" * 63 + b"\xc0\0"[:0] + b"\0"]

    def every_name(data: bytes) -> None:
        at = 0
        while at < len(data):
            wire, at = read_name(data, at, {})
            assert len(wire) <= names.NAME_LIMIT
            assert from_text(to_text(wire)) == wire

    hammer(every_name, samples)
