"""ICMP's codec: messages there and back, checksums, what is quoted, extensions, and every kind of nonsense."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.packet.conversation import ip_packet
from netloom.wire import icmp
from netloom.wire.checksum import checksum

HERE, THERE = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.9")
HERE_6, THERE_6 = IPv6Address("2001:db8::1"), IPv6Address("2001:db8::9")
SIXES = (HERE_6, THERE_6)
REAL = bytes.fromhex("0800f7fc00010002")
"""An echo request without data: 0800 + 0001 + 0002 = 0803, and its complement."""

numbers, longs = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
echoes = st.builds(icmp.Echo, st.sampled_from([4, 6]), st.booleans(), numbers, numbers, st.binary(max_size=80))
extensions = st.lists(
    st.builds(icmp.Extension, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=20)), min_size=1, max_size=3
).map(tuple)
timestamps = st.builds(icmp.Timestamp, st.booleans(), numbers, numbers, longs, longs, longs)
problems = st.one_of(
    st.builds(icmp.Problem, st.just(4), st.just(3), st.just(1), st.binary(max_size=60)),
    st.builds(icmp.Problem, st.just(4), st.just(3), st.just(4), st.binary(max_size=60), numbers),
    st.builds(icmp.Problem, st.just(4), st.just(5), st.integers(0, 3), st.binary(max_size=60), longs),
    st.builds(icmp.Problem, st.just(4), st.just(12), st.just(0), st.binary(max_size=60), st.integers(0, 255)),
    st.builds(icmp.Problem, st.just(6), st.just(2), st.just(0), st.binary(max_size=60), longs),
    st.builds(icmp.Problem, st.just(6), st.just(1), st.integers(0, 8), st.binary(max_size=60)),
    st.builds(
        icmp.Problem, st.just(4), st.just(11), st.just(0), st.binary(min_size=132, max_size=132), st.just(0), extensions
    ),
    st.builds(
        icmp.Problem, st.just(6), st.just(3), st.just(0), st.binary(min_size=136, max_size=136), st.just(0), extensions
    ),
)
others = st.builds(
    icmp.Other, st.just(6), st.sampled_from([135, 200]), st.integers(0, 255), st.binary(min_size=4, max_size=4),
    st.binary(max_size=30),
)  # fmt: skip


def version_of(message: icmp.Message) -> int:
    return 4 if isinstance(message, icmp.Timestamp) else message.version


def test_a_known_message() -> None:
    assert icmp.parse(REAL, 4) == icmp.Echo(4, False, 1, 2)
    assert icmp.emit(icmp.Echo(4, False, 1, 2)) == REAL


@given(st.one_of(echoes, timestamps, problems, others))
def test_there_and_back(message: icmp.Message) -> None:
    addresses = SIXES if version_of(message) == 6 else None
    assert icmp.parse(icmp.emit(message, addresses), version_of(message), addresses) == message


@given(echoes, st.data())
def test_a_damaged_octet_shows(message: icmp.Echo, data: st.DataObject) -> None:
    addresses = SIXES if message.version == 6 else None
    said = bytearray(icmp.emit(message, addresses))
    at = data.draw(st.integers(0, len(said) - 1))
    said[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(RemoteProtocolError, match="checksum"):
        icmp.parse(bytes(said), message.version, addresses)


def test_over_ipv6_the_addresses_count() -> None:
    said = icmp.emit(icmp.Echo(6, True, 1, 1, b"x"), SIXES)
    icmp.parse(said, 6, SIXES)
    with pytest.raises(RemoteProtocolError, match="checksum"):
        icmp.parse(said, 6, (HERE_6, HERE_6))
    assert icmp.parse(said, 6) == icmp.Echo(6, True, 1, 1, b"x")  # without them nobody can tell
    assert icmp.emit(icmp.Echo(6, True, 1, 1))[2:4] == b"\0\0"  # and the kernel sees to it


@given(st.binary(max_size=200), st.sampled_from([4, 6]))
def test_any_bytes(data: bytes, version: int) -> None:
    try:
        message = icmp.parse(data, version)
    except RemoteProtocolError:
        return
    if isinstance(message, icmp.Problem):
        icmp.asked_by(message)


@pytest.mark.parametrize("size", range(8))
def test_short_ones_are_refused(size: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        icmp.parse(REAL[:size], 4)
    assert caught.value.offset == size


def quoted(version: int, echo: icmp.Echo, *, extra: bytes = b"") -> bytes:
    source, destination = (HERE, THERE) if version == 4 else SIXES
    said = icmp.emit(echo, SIXES if version == 6 else None)
    return ip_packet(source, destination, 44 if extra else icmp.PROTOCOLS[version], extra + said, 1)


@pytest.mark.parametrize("version", [4, 6])
def test_what_a_problem_is_about(version: int) -> None:
    asked = icmp.Echo(version, False, 77, 5, b"hello")
    kind = 11 if version == 4 else 3
    problem = icmp.Problem(version, kind, 0, quoted(version, asked))
    assert icmp.asked_by(problem) == asked
    packet = icmp.parse_packet(problem.quoted)
    assert (packet.source, packet.destination) == ((HERE, THERE) if version == 4 else SIXES)
    assert packet.ttl == 64
    # Eight octets behind the header are all that RFC 792 promises
    size = (20 if version == 4 else 40) + 8
    assert icmp.asked_by(icmp.Problem(version, kind, 0, problem.quoted[:size])) == icmp.Echo(version, False, 77, 5)
    assert icmp.asked_by(icmp.Problem(version, kind, 0, problem.quoted[: size - 1])) is None


def test_headers_before_it_are_skipped() -> None:
    asked = icmp.Echo(6, False, 1, 2, b"x")
    fragment = bytes([58, 0, 0, 0, 0, 0, 0, 9])
    assert icmp.asked_by(icmp.Problem(6, 3, 1, quoted(6, asked, extra=fragment))) == asked


def test_about_something_else() -> None:
    udp = ip_packet(HERE, THERE, 17, bytes(8), 1)
    reply = icmp.emit(icmp.Echo(4, True, 1, 2))
    for data in (b"", udp, ip_packet(HERE, THERE, 1, reply, 1), b"\x50" + bytes(40)):
        assert icmp.asked_by(icmp.Problem(4, 3, 1, data)) is None


class TestExtensions:
    """RFC 4884."""

    LABELS = icmp.Extension(1, 1, bytes.fromhex("0001f101"))

    def test_the_quoted_packet_is_filled_up(self) -> None:
        said = icmp.emit(icmp.Problem(4, 11, 0, b"x" * 28, extensions=(self.LABELS,)))
        assert said[5] == 32  # words of 4 octets
        assert len(said) == 8 + 128 + 4 + 8
        found = icmp.parse(said, 4)
        assert isinstance(found, icmp.Problem)
        assert found.quoted == b"x" * 28 + bytes(100)
        assert found.extensions == (self.LABELS,)

    def test_over_ipv6_it_is_counted_otherwise(self) -> None:
        said = icmp.emit(icmp.Problem(6, 1, 0, b"x" * 129, extensions=(self.LABELS,)))
        assert said[4] == 17  # words of 8 octets

    def test_more_quoted_than_there_is(self) -> None:
        body = bytes([3, 0, 0, 0, 0, 200, 0, 0]) + bytes(20)
        said = body[:2] + checksum(body).to_bytes(2, "big") + body[4:]
        with pytest.raises(RemoteProtocolError, match="800 quoted octets") as caught:
            icmp.parse(said, 4)
        assert caught.value.offset == 5

    @pytest.mark.parametrize("size", [0, 3, 99])
    def test_an_object_that_does_not_fit(self, size: int) -> None:
        data = bytes([0x20, 0, 0, 0]) + size.to_bytes(2, "big") + bytes(6)
        with pytest.raises(RemoteProtocolError, match="doesn't fit"):
            icmp.parse_extensions(data)

    def test_a_wrong_checksum(self) -> None:
        with pytest.raises(RemoteProtocolError, match="checksum"):
            icmp.parse_extensions(bytes([0x20, 0, 0x12, 0x34, 0, 4, 1, 1]))

    def test_another_version_is_none(self) -> None:
        assert icmp.parse_extensions(bytes([0x10, 0, 0, 0, 0, 4, 1, 1])) == ()

    def test_not_every_type_has_them(self) -> None:
        with pytest.raises(LocalProtocolError):
            icmp.emit(icmp.Problem(4, 5, 0, b"", extensions=(self.LABELS,)))
        with pytest.raises(LocalProtocolError):
            icmp.emit(icmp.Problem(4, 3, 0, bytes(1024), extensions=(self.LABELS,)))


@pytest.mark.parametrize(
    "message",
    [
        icmp.Echo(4, False, 1 << 16, 0),
        icmp.Echo(4, False, 0, -1),
        icmp.Problem(4, 12, 0, b"", 256),
        icmp.Problem(4, 300, 0),
        icmp.Other(4, 40, 0, b"12345"),
        icmp.Timestamp(False, 0, 0, 1 << 32),
    ],
)
def test_what_cannot_be_said(message: icmp.Message) -> None:
    with pytest.raises(LocalProtocolError):
        icmp.emit(message)


def test_addresses_of_the_quoted() -> None:
    assert icmp.parse_packet(ip_packet(HERE, THERE, 6, b"", 1)).destination == ip_address("192.0.2.9")
    for data in (b"", b"\x45" + bytes(10), b"\x41" + bytes(30), b"\x60" + bytes(30)):
        with pytest.raises(RemoteProtocolError):
            icmp.parse_packet(data)
