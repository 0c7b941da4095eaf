"""Every picture shows what matters of its record, within the columns that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.output.text.pictures import picture
from netloom.output.text.places import ends, place
from netloom.output.text.style import Style
from netloom.output.text.words import width
from netloom.packet.captures.record import DamagedFile
from netloom.packet.flows.record import Flow
from netloom.packet.record import AnswerRow, PacketRecord

if TYPE_CHECKING:
    from netloom.records import Record

STYLE = Style(colour=False, unicode=True)
PACKET = PacketRecord(
    number=7,
    time=1_700_000_000.000004,
    src="192.0.2.1",
    src_port=50_000,
    dst="2001:db8::1",
    dst_port=443,
    protocol="tcp",
    length=100,
    captured=60,
    words="S seq 1, win 8192",
    anomalies=("cut",),
)
FLOW = Flow(
    protocol="tcp",
    src_ip="192.0.2.1",
    src_port=50_000,
    dst_ip="198.51.100.7",
    dst_port=443,
    start=1.7e9,
    end=1.7e9 + 2,
    packets=7,
    bytes=1000,
    packets_forward=4,
    packets_backward=3,
    bytes_forward=400,
    bytes_backward=600,
    payload_forward=1,
    payload_backward=2,
    app_protocol="tls",
    server_name="example.org",
    handshake_rtt=0.03,
    retransmissions_forward=2,
    community_id="1:x",
)


def drawn(record: Record, columns: int) -> list[str]:
    found = picture(type(record).__name__)
    assert found is not None
    return list(found(record, STYLE, columns))


@pytest.mark.parametrize("columns", [60, 80, 100, 160])
@pytest.mark.parametrize("record", [PACKET, FLOW, AnswerRow(row={"src": "192.0.2.1", "n": 3, "none": None, "at": 1.5})])
def test_it_fits(record: Record, columns: int) -> None:
    lines = drawn(record, columns)
    assert all(width(line) <= max(columns, 100) for line in lines)
    assert lines


def test_a_packet() -> None:
    (line,) = drawn(PACKET, 160)
    assert ".000004  192.0.2.1:50000 → [2001:db8::1]:443" in line
    assert line.endswith("tcp  S seq 1, win 8192  60 of 100 octets  cut")


def test_a_packet_without_a_time() -> None:
    untold = PacketRecord(number=1, time=None, src="a", dst="b", protocol="arp", length=1, captured=1)
    assert "---------------" in drawn(untold, 160)[0]


def test_a_flow() -> None:
    (line,) = drawn(FLOW, 200)
    assert "tls  example.org  4+3 packets  400 B + 600 B  2.00 s  rtt 30 ms  2 sent again" in line


def test_a_flow_without_ports() -> None:
    ping = Flow(
        protocol="icmp",
        src_ip="192.0.2.1",
        src_port=8,
        dst_ip="192.0.2.2",
        dst_port=0,
        start=0,
        end=0,
        packets=1,
        bytes=1,
        packets_forward=1,
        packets_backward=0,
        bytes_forward=1,
        bytes_backward=0,
        payload_forward=0,
        payload_backward=0,
        community_id="1:x",
    )
    assert "192.0.2.1 → 192.0.2.2 " in drawn(ping, 160)[0]


def test_an_answer() -> None:
    assert drawn(AnswerRow(row={"src": "192.0.2.1", "n": 3, "none": None}), 100) == ["  src 192.0.2.1  n 3  none -"]


def test_damage() -> None:
    lines = drawn(DamagedFile(file="x.pcap", damaged="it ends within a packet", byte=99, frames=1), 200)
    assert lines == ["  ! x.pcap is damaged at byte 99: it ends within a packet; 1 packet before it kept"]


@pytest.mark.parametrize("hostile", ["a\x1b[2Jb", "a\nb"])
def test_what_a_capture_says_moves_no_cursor(hostile: str) -> None:
    shown = drawn(
        Flow(**{name: getattr(FLOW, name) for name in FLOW.__struct_fields__} | {"server_name": hostile}), 200
    )
    assert len(shown) == 1
    assert "\x1b" not in shown[0]


def test_an_unknown_record_has_no_picture() -> None:
    assert picture("NoSuchRecord") is None


def test_places() -> None:
    assert (place("a", None), place("a", 1), place("::1", 1)) == ("a", "a:1", "[::1]:1")
    assert ends(PACKET, STYLE) == "192.0.2.1:50000 → [2001:db8::1]:443"
