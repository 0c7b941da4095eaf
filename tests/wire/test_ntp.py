"""NTP: packets both ways, timestamps across eras, what is trusted, and the arithmetic."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import ntplib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, PeerRefused, RemoteProtocolError
from netloom.wire import ntp
from netloom.wire.ntp import Mode, Packet, Source
from tests.fuzzing import hammer

if TYPE_CHECKING:
    from collections.abc import Callable

stamps = st.integers(0, (1 << 64) - 1)
shorts = st.integers(0, (1 << 32) - 1)
signed = st.integers(-128, 127)
packets = st.builds(
    Packet,
    st.integers(0, 3),
    st.integers(0, 7),
    st.integers(0, 7),
    st.integers(0, 255),
    signed,
    signed,
    shorts,
    shorts,
    st.binary(min_size=4, max_size=4),
    stamps,
    stamps,
    stamps,
    stamps,
    st.lists(st.binary(min_size=4, max_size=4), max_size=9).map(b"".join),
)
NOW = 1_790_000_000_123_456_789
SECOND = 1 << 32
T = ntp.from_unix_ns(NOW)
ASKED = ntp.request(T)
SOURCE = Source(stratum=2, reference_id=b"\xc0\0\x02\x01", reference=T - 9 * SECOND)
ANSWER = ntp.response(ASKED, SOURCE, T + SECOND, T + SECOND + 1)


def changed(**fields: object) -> Packet:
    """The good answer, with some fields made otherwise."""
    return Packet(**{name: getattr(ANSWER, name) for name in Packet.__struct_fields__} | fields)


@given(packets)
def test_what_is_emitted_is_parsed_again(packet: Packet) -> None:
    assert ntp.parse(ntp.emit(packet)) == packet


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    def look(data: bytes) -> None:
        packet = ntp.parse(data)
        assert packet.reference_words.isprintable()
        ntp.check_request(packet)

    hammer(look, [ntp.emit(ASKED), ntp.emit(ntp.request(1, 3)) + bytes(20)])


@pytest.mark.fuzz
def test_hostile_answers() -> None:
    def look(data: bytes) -> None:
        with suppress(PeerRefused):
            ntp.check_response(ASKED, ntp.parse(data))

    hammer(look, [ntp.emit(ANSWER), ntp.emit(ntp.kiss(ASKED, "RATE"))])


@pytest.mark.parametrize("size", [0, 1, 47, 49, 50, 51])
def test_sizes_that_no_packet_has(size: int) -> None:
    with pytest.raises(RemoteProtocolError):
        ntp.parse(bytes(size))


def test_literal_octets() -> None:
    data = ntp.emit(Packet(leap=3, version=4, mode=3, poll=6, precision=-20, transmit=0x0102030405060708))
    assert data == bytes.fromhex("e30006ec") + bytes(36) + bytes.fromhex("0102030405060708")


def test_another_implementation_reads_our_answer() -> None:
    theirs = ntplib.NTPPacket()
    theirs.from_data(ntp.emit(ANSWER))
    assert (theirs.mode, theirs.stratum, theirs.leap, theirs.version) == (4, 2, 0, 4)
    assert ntplib.NTP.NTP_DELTA == ntp.UNIX_EPOCH
    assert theirs.orig_timestamp - ntplib.NTP.NTP_DELTA == pytest.approx(NOW / 1e9, abs=1e-5)


# Timestamps


@given(st.integers(-2_000_000_000_000_000_000, 9_000_000_000_000_000_000), st.integers(-2, 2))
def test_nanoseconds_survive_in_every_era(unix_ns: int, decades: int) -> None:
    near = unix_ns + decades * 315_000_000_000_000_000
    assert ntp.to_unix_ns(ntp.from_unix_ns(unix_ns), near) == unix_ns


@pytest.mark.parametrize(
    ("timestamp", "unix"),
    [
        (ntp.UNIX_EPOCH << 32, 0),
        (0xFFFFFFFF << 32, 2_085_978_495),  # the last second of era 0, 2036-02-07 06:28:15
        (0, 2_085_978_496),  # and the first of era 1
        (1 << 63, -61_505_152),  # 1968-01-20 03:14:08, the earliest without a pivot
        ((1 << 63) - SECOND, 4_233_462_143),
    ],
)
def test_eras_without_a_pivot(timestamp: int, unix: int) -> None:
    assert ntp.to_unix_ns(timestamp) == unix * 1_000_000_000
    assert ntp.to_unix(timestamp) == unix


def test_the_pivot_chooses_the_era() -> None:
    assert ntp.to_unix(0, 0) == -ntp.UNIX_EPOCH + (1 << 32)
    assert ntp.to_unix(0, -2_000_000_000_000_000_000) == -ntp.UNIX_EPOCH


@given(stamps, st.integers(-(1 << 62), 1 << 62))
def test_differences_cross_eras(start: int, span: int) -> None:
    assert ntp.difference((start + span) % (1 << 64), start) == span / (1 << 32)


def test_short_times() -> None:
    assert ntp.short_to_seconds(0x00018000) == 1.5
    assert ntp.seconds_to_short(1.5) == 0x00018000
    for wrong in (-1.0, 65536.0):
        with pytest.raises(LocalProtocolError):
            ntp.seconds_to_short(wrong)


# Trust


def test_a_good_answer_is_trusted() -> None:
    ntp.check_response(ASKED, ANSWER)
    ntp.check_request(ASKED)


@pytest.mark.parametrize(
    ("fields", "offset"),
    [
        ({"mode": Mode.CLIENT}, 0),
        ({"mode": Mode.BROADCAST}, 0),
        ({"version": 3}, 0),
        ({"origin": T + 1}, 24),
        ({"origin": T + 1, "stratum": 0, "reference_id": b"DENY"}, 24),  # a forged kiss
        ({"receive": 0}, 32),
        ({"transmit": 0}, 40),
    ],
)
def test_answers_that_are_not_trusted(fields: dict[str, object], offset: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        ntp.check_response(ASKED, changed(**fields))
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ntp.kiss(ASKED, "RATE"), "RATE"),
        (changed(stratum=0, reference_id=b"X\0\0\0"), "X"),
        (changed(stratum=0, reference_id=bytes(4)), "unspecified"),
        (changed(leap=3), "unsynchronized"),
        (changed(stratum=16), "unsynchronized"),
    ],
)
def test_answers_that_say_no(answer: Packet, code: str) -> None:
    with pytest.raises(PeerRefused) as caught:
        ntp.check_response(ASKED, answer)
    assert caught.value.code == code


@pytest.mark.parametrize("asked", [ANSWER, ntp.request(1, 0), ntp.request(1, 5), Packet(mode=Mode.PRIVATE)])
def test_questions_that_get_no_answer(asked: Packet) -> None:
    with pytest.raises(RemoteProtocolError):
        ntp.check_request(asked)


def test_an_answer_never_amplifies() -> None:
    asked = Packet(transmit=T, extension=bytes(400))
    assert len(ntp.emit(ntp.response(asked, SOURCE, T, T))) == ntp.HEADER_SIZE


# Arithmetic and words


def test_offset_and_delay() -> None:
    # The server is 10 s ahead; 0.25 s there, 0.5 s inside, 0.75 s back
    t1 = T
    t2 = t1 + 10 * SECOND + SECOND // 4
    t3 = t2 + SECOND // 2
    t4 = t3 - 10 * SECOND + 3 * SECOND // 4
    found = ntp.measure(t1, t2, t3, t4)
    assert (found.offset, found.delay) == (9.75, 1.0)


def test_offset_across_the_end_of_an_era() -> None:
    t1 = (1 << 64) - SECOND
    found = ntp.measure(t1, SECOND, SECOND, t1)
    assert found.offset == 2.0
    assert found.delay == 2.0**ntp.PRECISION


@pytest.mark.parametrize(
    ("stratum", "identifier", "words"),
    [
        (0, b"RATE", "RATE: rate exceeded: ask less often"),
        (1, b"GPS\0", "GPS: Global Position System"),
        (1, b"\x1b[m\n", "\\x1b[m\\x0a"),
        (2, b"\xc0\0\x02\x01", "192.0.2.1"),
        (16, b"\0\0\0\0", "0.0.0.0"),
    ],
)
def test_reference_in_words(stratum: int, identifier: bytes, words: str) -> None:
    assert Packet(stratum=stratum, reference_id=identifier).reference_words == words


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: ntp.emit(Packet(leap=4)),
        lambda: ntp.emit(Packet(stratum=256)),
        lambda: ntp.emit(Packet(poll=128)),
        lambda: ntp.emit(Packet(transmit=1 << 64)),
        lambda: ntp.emit(Packet(transmit=-1)),
        lambda: ntp.emit(Packet(reference_id=b"abc")),
        lambda: ntp.emit(Packet(extension=b"abc")),
        lambda: ntp.kiss(ASKED, "TOOLONG"),
    ],
)
def test_illegal_packets_are_never_emitted(wrong: Callable[[], object]) -> None:
    with pytest.raises(LocalProtocolError):
        wrong()
