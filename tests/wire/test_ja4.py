"""JA4 against what FoxIO publishes: lists of numbers, as their tools print them, and the fingerprints."""

from __future__ import annotations

import contextlib
from hashlib import sha256

import pytest
from hypothesis import given, settings

from netloom.errors import RemoteProtocolError
from netloom.wire.ja4 import QUIC, grease, ja4
from netloom.wire.tls_hello import ClientHello
from tests.wire.test_tls_hello import hellos

# Captures that come with FoxIO's tools: the ClientHello's numbers in their own order (JA4_ro), and its JA4
PUBLISHED = [
    (
        "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035",
        "0000,0017,ff01,000a,000b,0023,0010,0005,000d,0012,0033,002d,002b,001b,4469,0015",
        "0403,0804,0401,0503,0805,0501,0806,0601",
        "t13d1516h2_8daaf6152771_e5627efa2ab1",
    ),
    (
        "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035",
        "fe0d,0010,0017,0033,44cd,ff01,000a,000d,0023,002b,000b,ca34,002d,0000,0005,001b,0012",
        "0904,0905,0906,0403,0804,0401,0503,0805,0501,0806,0601",
        "t13d1517h2_8daaf6152771_cb7bf5808d99",
    ),
]


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number, 16) for number in text.split(","))


def listed(*values: int, size: int = 2) -> bytes:
    octets = b"".join(value.to_bytes(2, "big") for value in values)
    return len(octets).to_bytes(size, "big") + octets


def hello(
    ciphers: str = "1301",
    extensions: str = "000d",
    signatures: str = "0403",
    alpn: bytes = b"h2",
    version: int = 0x0303,
) -> ClientHello:
    known = {
        0: b"\0\x04\0\0\x01x",
        13: listed(*numbers(signatures)),
        16: (len(alpn) + 1).to_bytes(2, "big") + bytes([len(alpn)]) + alpn,
        43: listed(0x0303, 0x0304, size=1),
    }
    return ClientHello(
        version=version,
        ciphers=numbers(ciphers),
        extensions=tuple((kind, known.get(kind, b"")) for kind in numbers(extensions)),
    )


@pytest.mark.parametrize(("ciphers", "extensions", "signatures", "expected"), PUBLISHED)
def test_published(ciphers: str, extensions: str, signatures: str, expected: str) -> None:
    assert ja4(hello(ciphers, extensions, signatures)) == expected
    assert ja4(hello(ciphers, extensions, signatures), QUIC) == "q" + expected[1:]


@pytest.mark.parametrize(("ciphers", "extensions", "signatures", "expected"), PUBLISHED)
def test_grease_means_nothing(ciphers: str, extensions: str, signatures: str, expected: str) -> None:
    greased = hello(f"3a3a,{ciphers}", f"{extensions},fafa", f"{signatures},0a0a")
    supported = tuple(
        (kind, listed(0xAAAA, 0x0304, 0x0303, size=1) if kind == 43 else data) for kind, data in greased.extensions
    )
    assert ja4(ClientHello(ciphers=greased.ciphers, extensions=supported)) == expected


def test_what_is_grease() -> None:
    assert [number for number in range(1 << 16) if grease(number)] == [0x0A0A + 0x1010 * at for at in range(16)]


def test_nothing_offered() -> None:
    assert ja4(ClientHello()) == "t12i000000_000000000000_000000000000"
    assert ja4(ClientHello(extensions=((0, b""), (16, b"")))) == "t12d000200_000000000000_000000000000"


def test_without_signatures_there_is_no_underscore_to_hash() -> None:
    made = ja4(ClientHello(ciphers=(0x1301,), extensions=((10, b""),)))
    assert made == f"t12i010100_{sha256(b'1301').hexdigest()[:12]}_{sha256(b'000a').hexdigest()[:12]}"


@pytest.mark.parametrize(
    ("version", "expected"), [(0x0303, "12"), (0x0302, "11"), (0x0301, "10"), (0x0300, "s3"), (2, "s2"), (0x7F1C, "00")]
)
def test_versions_without_the_extension(version: int, expected: str) -> None:
    assert ja4(hello(version=version))[1:3] == expected


def test_the_extension_counts_before_the_head() -> None:
    assert ja4(hello(extensions="002b", version=0x0301))[1:3] == "13"


@pytest.mark.parametrize(
    ("alpn", "expected"),
    [
        (b"h2", "h2"),
        (b"http/1.1", "h1"),
        (b"h", "hh"),
        (b"\xab", "ab"),
        (b"\xab\xcd", "ad"),
        (b"0\xab", "3b"),
        (b"01\xab\xcd", "3d"),
        (b"0\xab\xcd1", "01"),
        (b"\xe9\xe9", "e9"),
    ],
)
def test_the_first_protocol(alpn: bytes, expected: str) -> None:
    assert ja4(hello(extensions="0010", alpn=alpn))[8:10] == expected


def test_counts_have_two_digits() -> None:
    many = ",".join(f"{number:04x}" for number in range(0x4000, 0x4000 + 120))
    assert ja4(hello(many, many)).startswith("t12i9999")


@settings(deadline=None)
@given(hellos)
def test_any_hello(made: ClientHello) -> None:
    with contextlib.suppress(RemoteProtocolError):
        assert len(ja4(made)) == 36
