"""Headers of the PROXY protocol: those of its text, there and back, and hostile ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.proxy_protocol import LINE_LIMIT, SIGNATURE, Proxied, Version, emit, parse

FOUR = Proxied(("192.168.0.1", 56324), ("192.168.0.11", 443))
SIX = Proxied(("2001:db8::1", 1), ("2001:db8::2", 65535))
UNIX = Proxied(("/run/a.sock", 0), ("/run/b.sock", 0))
EXTENDED = Proxied(FOUR.source, FOUR.destination, ((4, b"x"), (0x30, b"")))


def test_the_lines_of_its_text() -> None:
    assert emit("v1", FOUR) == b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"
    assert emit("v1", SIX) == b"PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"
    assert emit("v1", Proxied()) == emit("v1", UNIX) == b"PROXY UNKNOWN\r\n"
    longest = b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"
    assert parse(longest + b"GET") == (Proxied(), len(longest))


def test_a_binary_header() -> None:
    head = emit("v2", FOUR)
    assert head == SIGNATURE + bytes.fromhex("2111000c c0a80001 c0a8000b dc04 01bb")
    assert emit("v2", Proxied()) == SIGNATURE + bytes.fromhex("20000000")


@pytest.mark.parametrize("proxied", [FOUR, SIX, Proxied()])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_there_and_back_however_it_is_cut(proxied: Proxied, version: Version) -> None:
    head = emit(version, proxied)
    assert parse(head + b"rest") == (proxied, len(head))
    assert all(parse(head[:size]) is None for size in range(len(head)))


@pytest.mark.parametrize("proxied", [UNIX, EXTENDED])
def test_what_only_version_2_can_say(proxied: Proxied) -> None:
    head = emit("v2", proxied)
    assert parse(head) == (proxied, len(head))


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", b"PROXY TCP4 1.2.3.4 1.2.3.4 1 99999\r\n",
        b"PROXY TCP4 ::1 ::1 1 2\r\n",
        b"PROXY TCP6 1.2.3.4 ::1 1 2\r\n", b"PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n", b"PROXY " + b"x" * LINE_LIMIT,
        b"PROXY TCP4 1.2.3.4 300.2.3.4 1 2\r\n", SIGNATURE + b"\x31\x11\0\0", SIGNATURE + b"\x21\x11\0\x04abcd",
        SIGNATURE + b"\x21\x41\0\0", SIGNATURE + b"\x21\x13\0\0", SIGNATURE + b"\x21\0\0\x02ab",
        SIGNATURE + b"\x21\0\0\x04\x04\xff\xffa",
    ],
)  # fmt: skip
def test_what_is_none(head: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse(head)


def test_what_can_not_be_said() -> None:
    with pytest.raises(LocalProtocolError):
        emit("v1", Proxied(extensions=((4, b"x"),)))
    with pytest.raises(LocalProtocolError):
        emit("v2", Proxied(extensions=((4, b"x" * 65535),)))
    with pytest.raises(LocalProtocolError):
        emit("v2", Proxied(("/" + "x" * 108, 0), ("/y", 0)))


REST = st.binary(max_size=300)


@given(st.one_of(REST, REST.map(lambda rest: SIGNATURE + rest), REST.map(lambda rest: b"PROXY " + rest)))
def test_hostile_octets(data: bytes) -> None:
    try:
        found = parse(data)
    except RemoteProtocolError:
        return
    assert found is None or 0 < found[1] <= len(data)
