"""802.11: headers of every length, who the ends are, and which frames carry something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.formats.dot11 import Dot11
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.llc import LLC, SNAP
from netloom.packet.formats.udp import UDP
from tests.packet.formats.agreement import SHORTS, WORDS, again, cut_anywhere, same_again, whatever

A1, A2, A3, A4 = (f"02:00:00:00:00:0{number}" for number in range(1, 5))
THREE = "020000000001 020000000002 020000000003 6512"
# Data from an access point: duration 0x2c, frame 0x126, fragment 5
FROM = bytes.fromhex("0802 2c00" + THREE)
# QoS data between access points with HT control: QoS 0x0007
BETWEEN = bytes.fromhex("8883 0000 020000000001 020000000002 020000000003 6012 020000000004 0700 78563412")
# A beacon, a clear to send, a request to send
BEACON = bytes.fromhex("8000 0000" + THREE)
CLEAR = bytes.fromhex("c400 2c00 020000000001")
REQUEST = bytes.fromhex("b400 2c00 020000000001 020000000002")
MACS = st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":"))
DATA = st.builds(
    Dot11,
    addr1=MACS,
    addr2=MACS,
    addr3=MACS,
    subtype=st.sampled_from(range(8)),
    to_ds=st.just(True),
    retry=st.booleans(),
    protected=st.booleans(),
    duration=SHORTS,
    sequence=st.integers(0, 4095),
    fragment=st.integers(0, 15),
)
QOS = st.builds(
    Dot11,
    addr4=MACS,
    subtype=st.sampled_from(range(8, 16)),
    to_ds=st.just(True),
    from_ds=st.just(True),
    more_fragments=st.booleans(),
    order=st.just(True),
    qos=SHORTS,
    ht_control=WORDS,
)


def test_three_addresses_are_read() -> None:
    parsed = same_again(Dot11, FROM)
    assert parsed.layer == Dot11(addr1=A1, addr2=A2, addr3=A3, from_ds=True, duration=0x2C, sequence=0x126, fragment=5)
    assert (parsed.header, parsed.end, parsed.above) == (24, None, None)


def test_four_addresses_and_both_controls_are_read() -> None:
    parsed = same_again(Dot11, BETWEEN)
    assert parsed.layer == Dot11(
        addr1=A1,
        addr2=A2,
        addr3=A3,
        addr4=A4,
        subtype=8,
        to_ds=True,
        from_ds=True,
        order=True,
        sequence=0x126,
        qos=7,
        ht_control=0x12345678,
    )
    assert (parsed.header, parsed.above) == (36, ("llc", 0))


def test_other_kinds_of_frames_are_read() -> None:
    beacon = same_again(Dot11, BEACON)
    assert beacon.layer == Dot11(type=0, subtype=8, addr1=A1, addr2=A2, addr3=A3, sequence=0x126, fragment=5)
    assert same_again(Dot11, CLEAR).layer == Dot11(type=1, subtype=12, addr1=A1, duration=0x2C)
    assert same_again(Dot11, REQUEST).layer == Dot11(type=1, subtype=11, addr1=A1, addr2=A2, duration=0x2C)
    assert [same_again(Dot11, data).header for data in (BEACON, CLEAR, REQUEST)] == [24, 10, 16]
    assert same_again(Dot11, bytes([0x80, 0x80]) + BEACON[2:] + bytes(4)).header == 28
    assert same_again(Dot11, b"\x0c" + CLEAR[1:]).header == 10


@pytest.mark.parametrize("kind", range(64))
@pytest.mark.parametrize("flags", [0x00, 0x03, 0x80, 0x83])
def test_every_kind_is_written_as_it_was(kind: int, flags: int) -> None:
    data = bytes([kind << 2, flags]) + bytes(range(1, 39))
    header = same_again(Dot11, data).header
    assert header >= 10
    cut_anywhere(Dot11, data[:header])


def test_which_control_frames_tell_their_sender() -> None:
    headers = [Dot11.parse(bytes([subtype << 4 | 4]) + bytes(15)).header for subtype in range(16)]
    assert headers == [10, 10, 16, 10, 16, 16, 10, 10, 16, 16, 16, 16, 10, 10, 16, 16]


def test_cut_anywhere() -> None:
    for data in (FROM, BETWEEN, BEACON, CLEAR, REQUEST):
        cut_anywhere(Dot11, data)


@given(DATA | QOS)
def test_written_and_read(layer: Dot11) -> None:
    assert same_again(Dot11, bytes(layer)).layer == layer


@given(st.binary(max_size=40))
def test_any_octets(data: bytes) -> None:
    whatever(Dot11, data)


def test_another_version_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="version 1"):
        Dot11.parse(b"\x09" + FROM[1:])


@pytest.mark.parametrize(
    ("layer", "above"),
    [
        (Dot11(), ("llc", 0)),
        (Dot11(more_fragments=True), ("llc", 0)),
        (Dot11(subtype=8), ("llc", 0)),
        (Dot11(subtype=3), ("llc", 0)),
        (Dot11(fragment=1), None),
        (Dot11(protected=True), None),
        (Dot11(subtype=4), None),
        (Dot11(subtype=12), None),
        (Dot11(subtype=8, qos=0x80), None),
        (Dot11(type=0), None),
        (Dot11(type=1), None),
        (Dot11(type=3), None),
    ],
    ids=repr,
)
def test_which_frames_carry_something(layer: Dot11, above: tuple[str, int] | None) -> None:
    assert same_again(Dot11, bytes(layer)).above == above


def test_only_qos_data_is_aggregated() -> None:
    assert Dot11(qos=0x80).readable
    assert not Dot11(qos=0x80, subtype=8).readable


@pytest.mark.parametrize("wrong", [Dot11(type=4), Dot11(sequence=4096), Dot11(fragment=16), Dot11(qos=-1)], ids=repr)
def test_numbers_have_their_width(wrong: Dot11) -> None:
    with pytest.raises(UsageError, match="doesn't fit"):
        bytes(wrong)


@pytest.mark.parametrize(
    ("to_ds", "from_ds", "source", "destination"),
    [(False, False, 2, 1), (False, True, 3, 1), (True, False, 2, 3), (True, True, 4, 3)],
)
def test_a_row_has_the_ends(to_ds: bool, from_ds: bool, source: int, destination: int) -> None:
    layer = Dot11(addr1=A1, addr2=A2, addr3=A3, addr4=A4, to_ds=to_ds, from_ds=from_ds)
    row = again(layer / LLC() / SNAP() / IPv4() / UDP() / b"abc", link=105)
    assert (row.src_mac, row.dst_mac) == (0x020000000000 + source, 0x020000000000 + destination)
    assert (row.ethertype, row.version, row.payload_length) == (0x0800, 4, 3)


def test_a_row_of_other_frames_has_who_sends_and_takes() -> None:
    for layer, source in (
        (Dot11(type=0, addr1=A1, addr2=A2, addr3=A3), 0x020000000002),
        (Dot11(type=1, subtype=11, addr1=A1, addr2=A2), 0x020000000002),
        (Dot11(type=1, subtype=12, addr1=A1), 0),
    ):
        row = again(layer / b"abc", link=105)
        assert (row.src_mac, row.dst_mac, row.payload_length) == (source, 0x020000000001, 3)
